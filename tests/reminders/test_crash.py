"""A real worker with a real broker, killed with SIGKILL in the middle of 2,000 due reminders."""

import contextlib
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from haimengyuan.celery import app
from people.models import Person
from reminders import tasks
from reminders.actions.outside import LEASE
from reminders.models import Heartbeat, Reminder
from tests.makers import make_community

pytestmark = pytest.mark.django_db(transaction=True)

Status = Reminder.Status
INBOX_ONLY, TEXTS = 1600, 400
OUTBOX = Path(settings.VAR_DIR) / "outbox" / "sms.jsonl"


def database_url():
    """The address of the test database, for another process."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    user = f"{known['USER']}:{known['PASSWORD']}" if known["PASSWORD"] else known["USER"]
    return f"postgres://{user}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"


@contextlib.contextmanager
def running(*command):
    """A process group of its own on the test database; it is killed at the end if it still runs."""
    environment = os.environ | {"DATABASE_URL": database_url(), "LOG_LEVEL": "ERROR"}
    process = subprocess.Popen(
        [sys.executable, *command], env=environment, cwd=settings.BASE_DIR, start_new_session=True
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)


def is_caught_sending(process):
    """Freeze the process; it stays frozen when it holds rows that it has claimed."""
    os.killpg(process.pid, signal.SIGSTOP)
    if count(texts(), Status.CLAIMED):
        return True
    os.killpg(process.pid, signal.SIGCONT)
    return False


def worker():
    return running(
        *("-W", "ignore", "-m", "celery", "--app", "haimengyuan", "--quiet", "worker", "--pool", "threads"),
        *("--concurrency", "2", "--queues", "urgent,default", "--without-gossip", "--without-mingle"),
    )


def wait_until(happened, seconds=60):
    """Ask again and again; fails when it has not happened in time."""
    ends = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.005)


def plan_two_thousand():
    """2,000 due reminders, 400 of them also as text messages; urgent, so that no hour of the day holds them back."""
    community, now = make_community(), timezone.now()
    persons = [
        Person(community=community, name=f"测试{n}", phone=f"1380001{n:04d}", reach_by="sms")
        for n in range(TEXTS)
    ]
    for person in persons:
        person.set_lookups()
    Person.objects.bulk_create(persons)
    common = {"community": community, "kind": "offer", "subject": "请您接单", "text": "文字", "urgent": True}
    common |= {"due_at": now, "expires_at": now + dt.timedelta(days=1)}
    Reminder.objects.bulk_create(
        Reminder(
            person=persons[n % TEXTS],
            address=f"person:{persons[n % TEXTS].pk}",
            channel="sms" if n < TEXTS else "",
            dedupe_key=f"offer:{n}:",
            **common,
        )
        for n in range(INBOX_ONLY + TEXTS)
    )


def count(rows, *statuses):
    return rows.filter(status__in=statuses).count()


def inbox():
    return Reminder.objects.inbox()


def texts():
    return Reminder.objects.outside()


def lines():
    return OUTBOX.read_text().splitlines() if OUTBOX.exists() else []


def empty_the_broker():
    """What a flushed Redis or a lost folder does: every message is gone, the ticks in it too."""
    with app.connection_for_write() as broker:
        for queue in app.conf.task_queues:
            queue(broker.default_channel).declare()
            queue(broker.default_channel).purge()


def time_passes():
    """The lease of whatever is claimed runs out."""
    Reminder.objects.filter(status=Status.CLAIMED).update(claimed_at=timezone.now() - 2 * LEASE)


@pytest.fixture(autouse=True)
def empty_outbox():
    OUTBOX.unlink(missing_ok=True)
    empty_the_broker()
    yield
    OUTBOX.unlink(missing_ok=True)
    empty_the_broker()


def test_a_killed_worker_and_an_emptied_broker_lose_nothing_and_double_nothing():
    plan_two_thousand()
    with worker() as process:
        wait_until(Heartbeat.objects.filter(name="worker").exists)
        tasks.send_due.apply_async()
        wait_until(lambda: len(lines()) >= 60)
        wait_until(lambda: is_caught_sending(process))
        kill(process)
    assert count(inbox(), Status.SENT) == INBOX_ONLY + TEXTS
    assert 0 < count(texts(), Status.SENT) < TEXTS
    assert count(texts(), Status.CLAIMED) > 0

    tasks.send_due.apply_async()
    empty_the_broker()  # this tick is never taken
    time_passes()
    with worker():
        tasks.sweep.apply_async()
        wait_until(lambda: count(texts(), Status.CLAIMED) == 0)
        tasks.send_due.apply_async()
        wait_until(lambda: count(texts(), Status.SENT) == TEXTS)

    assert set(Reminder.objects.values_list("status", flat=True)) == {Status.SENT}
    assert (inbox().count(), texts().count()) == (INBOX_ONLY + TEXTS, TEXTS)
    written = Counter(json.loads(line)["key"] for line in lines())
    expected = {f"{row.address}/{row.dedupe_key}" for row in texts()}
    assert (set(written), set(written.values())) == (expected, {1})


SMALL_BATCHES = (
    "import django; django.setup(); from reminders.actions import deliver_inbox; deliver_inbox(batch=20)"
)


def test_a_pump_killed_in_the_middle_of_the_inbox_leaves_whole_batches():
    plan_two_thousand()
    with running("-c", SMALL_BATCHES) as process:
        wait_until(lambda: count(inbox(), Status.SENT) >= 100)
        kill(process)
    sent, waiting = count(inbox(), Status.SENT), count(inbox(), Status.PENDING)
    assert 100 <= sent < INBOX_ONLY + TEXTS
    assert (sent + waiting, sent % 20) == (INBOX_ONLY + TEXTS, 0)
    # a row and what leaves with it are one
    assert texts().count() == count(inbox().filter(channel="sms"), Status.SENT)

    with running("-c", SMALL_BATCHES) as process:
        assert process.wait(timeout=60) == 0
    assert count(inbox(), Status.SENT) == INBOX_ONLY + TEXTS
    assert (texts().count(), count(texts(), Status.PENDING)) == (TEXTS, TEXTS)
