import datetime as dt
from unittest.mock import Mock

import pytest
from celery.signals import worker_ready
from django.conf import settings

from haimengyuan.celery import app
from reminders import tasks
from reminders.models import Heartbeat, Reminder
from tests.makers import make_person, make_reminder
from tests.reminders.clock import at, it_is


def test_every_entry_of_the_schedule_is_a_registered_task():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled - set(app.tasks) == set()
    own = {name for name in app.tasks if name.startswith("reminders.")}
    assert own == {f"reminders.{name}" for name in ("send_due", "send_outside", "sweep", "send_digests")}
    # the one that no entry names is started by another
    assert own - scheduled == {"reminders.send_outside"}


def test_the_digest_is_written_before_the_night_ends():
    digest = settings.CELERY_BEAT_SCHEDULE["daily-digest"]["schedule"]
    assert (min(digest.hour), digest.minute) == (7, {55})


def test_nothing_slow_is_on_the_queue_of_the_inbox():
    names = ("send_due", "send_outside", "sweep", "send_digests")
    routed = {name: app.amqp.router.route({}, f"reminders.{name}")["queue"].name for name in names}
    assert routed == {name: "urgent" if name == "send_due" else "default" for name in names}
    assert set(routed.values()) <= {queue.name for queue in settings.CELERY_TASK_QUEUES}


@pytest.mark.django_db
def test_a_tick_delivers_beats_and_hands_on(monkeypatch):
    handed_on = Mock()
    monkeypatch.setattr(tasks.send_outside, "apply_async", handed_on)
    reminder = make_reminder()
    tasks.send_due()
    reminder.refresh_from_db()
    assert reminder.status == Reminder.Status.SENT
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["send_due"]
    handed_on.assert_called_once_with(expires=55)


@pytest.mark.django_db
def test_the_other_ticks_open_their_doors(monkeypatch, settings, tmp_path):
    settings.VAR_DIR, settings.SMS_BACKEND = tmp_path, "file"
    person = make_person(reach_by="sms")
    fields = {"person": person, "address": f"sms:{person.pk}", "channel": "sms"}
    with it_is("2026-11-24 10:00") as now:
        text = make_reminder(**fields, urgent=True)
        make_reminder(**fields, kind="overdue", due_at=now - dt.timedelta(days=1))
        late = make_reminder(due_at=now - dt.timedelta(days=1), expires_at=now)
        tasks.send_outside()
        tasks.sweep()
        tasks.send_digests()
    statuses = dict(Reminder.objects.values_list("pk", "status"))
    assert (statuses[text.pk], statuses[late.pk]) == (Reminder.Status.SENT, Reminder.Status.EXPIRED)
    assert Reminder.objects.filter(kind=Reminder.Kind.DIGEST).count() == 1


@pytest.mark.django_db
def test_a_worker_beats_when_it_starts():
    worker_ready.send(sender=None)
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["worker"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "alive"),
    [("2026-11-24 10:00:00", True), ("2026-11-24 10:10:00", True), ("2026-11-24 10:10:01", False)],
)
def test_ten_minutes_of_silence_are_red(now, alive):
    Heartbeat.objects.create(name="worker", beat_at=at("2026-11-24 09:00"))
    Heartbeat.objects.create(name="send_due", beat_at=at("2026-11-24 10:00"))
    with it_is(now):
        assert Heartbeat.is_alive(Heartbeat.objects.last_at()) is alive


@pytest.mark.django_db
def test_without_any_beat_nothing_is_alive():
    assert (Heartbeat.objects.last_at(), Heartbeat.is_alive(None)) == (None, False)


def test_no_task_takes_personal_data():
    """A tick has no arguments at all: what it needs is in the rows."""
    for name in ("send_due", "send_outside", "sweep", "send_digests"):
        assert getattr(tasks, name).__wrapped__.__code__.co_argcount == 0
