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
from people.models import Community, Person
from reminders import tasks
from reminders.models import Heartbeat, Reminder

ROUNDS = 3
NOOP_TASKS = (
    600  # the file broker lists its folder for each message, so a longer queue would flatter the reminders
)
REMINDERS = 20_000
POLL_SECONDS = 0.005
LONGEST_WAIT = 120
DEFAULT_QUEUE = app.amqp.queues["default"]


def main():
    """Print one line of JSON: medians, and the rounds that they are of."""
    own_name = settings.DATABASES["default"]["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        person = _make_person()
        rounds = [_round(person) for _number in range(ROUNDS)]
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


def _make_person():
    community = Community.objects.create(code="370614001014", name="海梦苑社区", desk_phone="05350001200")
    return Person.objects.create(community=community, name="测试")


def _round(person):
    _make_due(person)
    Heartbeat.objects.all().delete()
    for _number in range(NOOP_TASKS):
        noop.delay()
    with _worker():
        noop_rate = NOOP_TASKS / _time_the_drain()
        _wait(Heartbeat.objects.filter(name="worker").exists)
        began = time.perf_counter()
        tasks.send_due.delay()
        _wait(lambda: not Reminder.objects.pending().exists())
        rate = REMINDERS / (time.perf_counter() - began)
    assert Reminder.objects.filter(status=Reminder.Status.SENT).count() == REMINDERS
    return {"noop_per_second": noop_rate, "reminders_per_second": rate, "ratio": rate / noop_rate}


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
