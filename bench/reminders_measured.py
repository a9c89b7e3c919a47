"""The process that measures reminders; `bench.reminders` starts it with secrets and data of its own."""

import contextlib
import datetime as dt
import json
import os
import signal
import statistics
import subprocess
import sys
import time

import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.noop import app, noop
from bench.surroundings import database_url
from people.models import Community, Consent, Person
from reminders import tasks
from reminders.models import Heartbeat, Reminder
from volunteers.actions import create_activity
from volunteers.actions.activity_messages import ASK_BEFORE, ask_before
from volunteers.models import Signup, SignupStatus
from volunteers.models.activities import MOST_PLACES

ROUNDS = 3
NOOP_TASKS = (
    600  # the file broker lists its folder for each message, so a longer queue would flatter the reminders
)
REMINDERS = 20_000
ACTIVITY_REMINDERS = 10_000
POLL_SECONDS = 0.005
LONGEST_WAIT = 120
DEFAULT_QUEUE = app.amqp.queues["default"]


def main():
    """Print one line of JSON: medians, and the rounds that they are of."""
    own_name = settings.DATABASES["default"]["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        community = _make_community()
        person = Person.objects.create(community=community, name="测试")
        signups = _make_signups(community)
        rounds = [_round(person, signups) for _number in range(ROUNDS)]
    finally:
        connection.creation.destroy_test_db(own_name, verbosity=0)
        _forget_redis()
    medians = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    broker = app.conf.broker_url.partition(":")[0]
    print(json.dumps({"database": connection.vendor, "broker": broker, **medians, "rounds": rounds}))


def _forget_redis():
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL) as server:
            for key in server.scan_iter(f"{settings.REDIS_PREFIX}:*", count=1000):
                server.delete(key)


def _make_community():
    return Community.objects.create(code="370614001014", name="海梦苑社区", desk_phone="05350001200")


def _make_signups(community):
    """ACTIVITY_REMINDERS people with a mobile telephone and a place each, as a sign-up of their own leaves them."""
    persons = [
        Person(
            community=community, name=f"测试{number}", phone=f"139{number:08d}", reach_by=Person.ReachBy.SMS
        )
        for number in range(ACTIVITY_REMINDERS)
    ]
    for person in persons:
        person.set_lookups()
    Person.objects.bulk_create(persons, batch_size=500)
    consent = {"purpose": Consent.Purpose.ACTIVITY, "text_version": "bench", "channel": "web"}
    Consent.objects.bulk_create((Consent(person=person, **consent) for person in persons), batch_size=500)
    shifts = [_make_shift(community) for _number in range(ACTIVITY_REMINDERS // MOST_PLACES)]
    return Signup.objects.bulk_create(
        (
            Signup(
                shift=shifts[number % len(shifts)],
                person=person,
                status=SignupStatus.PLACE,
                ticket=number,
                submission_key=f"bench{number}",
            )
            for number, person in enumerate(persons)
        ),
        batch_size=500,
    )


def _make_shift(community):
    starts_at = timezone.now() + 2 * ASK_BEFORE
    activity = create_activity(
        community,
        shifts=[{"capacity": MOST_PLACES}],
        publish=True,
        title="义剪日",
        place_text="社区门口",
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=2),
    )
    shift = activity.shifts.get()
    shift.activity = activity
    return shift


def _round(person, signups):
    _make_due(person)
    Heartbeat.objects.all().delete()
    for _number in range(NOOP_TASKS):
        noop.delay()
    with _worker():
        noop_rate = NOOP_TASKS / _time_the_drain()
        _wait(Heartbeat.objects.filter(name="worker").exists)
        rate = REMINDERS / _time_a_tick(REMINDERS)
        _make_questions_due(signups)
        activity_rate = ACTIVITY_REMINDERS / _time_a_tick(ACTIVITY_REMINDERS)
    rates = {"reminders": rate, "activity_reminders": activity_rate}
    found = {"noop_per_second": noop_rate}
    for name, each in rates.items():
        found |= {f"{name}_per_second": each, f"{name}_ratio": each / noop_rate}
    return found


def _time_a_tick(rows):
    """Seconds from the message to the last row of the inbox; there must be so many."""
    inbox = Reminder.objects.inbox()
    began = time.perf_counter()
    tasks.send_due.delay()
    _wait(lambda: not inbox.pending().exists())
    seconds = time.perf_counter() - began
    assert inbox.filter(status=Reminder.Status.SENT).count() == rows
    return seconds


def _make_questions_due(signups):
    """The question of the day before to each who comes, and by text what the inbox row says (features.md R04)."""
    Reminder.objects.all().delete()
    now, rows = timezone.now(), [row for signup in signups for row in ask_before(signup)]
    for row in rows:
        row.due_at = now
    Reminder.objects.bulk_create(rows, batch_size=2000)


def _make_due(person):
    Reminder.objects.all().delete()
    now = timezone.now()
    common = {"community_id": person.community_id, "person": person, "address": f"person:{person.pk}"}
    common |= {"kind": Reminder.Kind.OFFER, "subject": "请您接单", "text": "请您接单", "due_at": now}
    common |= {"expires_at": now + dt.timedelta(days=1)}
    rows = (Reminder(**common, dedupe_key=f"bench:{number}:") for number in range(REMINDERS))
    Reminder.objects.bulk_create(rows, batch_size=2000)


def _time_the_drain():
    """Seconds from the first message that a worker takes to the last."""
    _wait(lambda: _waiting_messages() < NOOP_TASKS)
    began = time.perf_counter()
    _wait(lambda: _waiting_messages() == 0)
    return time.perf_counter() - began


def _waiting_messages():
    with app.connection_for_write() as broker:
        return DEFAULT_QUEUE(broker.default_channel).queue_declare().message_count


@contextlib.contextmanager
def _worker():
    """The portal's worker as the embedded mode runs it, on the test database."""
    command = [sys.executable, "-W", "ignore", "-m", "celery", "--app", "bench.noop", "--quiet", "worker"]
    command += ["--pool", "threads", "--concurrency", "4", "--queues", "urgent,default"]
    command += ["--without-gossip", "--without-mingle"]
    environment = os.environ | {"DATABASE_URL": database_url(connection)}
    process = subprocess.Popen(command, env=environment, stdout=sys.stderr, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(happened):
    ends = time.monotonic() + LONGEST_WAIT
    while not happened():
        if time.monotonic() > ends:
            raise TimeoutError("the worker did not get on")
        time.sleep(POLL_SECONDS)
