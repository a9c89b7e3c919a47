"""The background engine: what beat sends is known, in our time, and read by somebody."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import yaml
from celery.schedules import crontab
from django.conf import settings

from haimengyuan.celery import app
from haimengyuan.management.commands.serve import programs, reserve


def queues_of(command):
    return set(command[command.index("--queues") + 1].split(","))


def test_every_entry_is_a_registered_task():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - set(app.tasks) == set()


def test_every_tick_expires_before_the_next_minute():
    assert {entry["options"]["expires"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} == {55}


def test_times_of_day_mean_shanghai():
    assert app.conf.timezone == "Asia/Shanghai"
    assert app.conf.enable_utc
    at_ten_past_eight = crontab(hour=8, minute=10, app=app, nowfun=lambda: app.now())
    last = dt.datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    due = at_ten_past_eight.remaining_delta(last)
    assert (due[0] + due[1]).astimezone(dt.UTC).time() == dt.time(0, 10)


def test_every_schedule_is_a_time_of_the_calendar():
    assert {type(entry["schedule"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()} == {crontab}


def test_every_queue_has_a_consumer_on_one_machine_and_in_containers():
    names = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    with reserve("127.0.0.1", 0) as door:
        worker = next(program for program in programs(door, reload=False) if program.name == "worker")
    compose = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())
    assert queues_of(worker.command) == names
    assert queues_of(compose["services"]["worker"]["command"]) == names


def test_no_queue_gets_the_messages_of_another():
    bindings = {queue.name: (queue.exchange.name, queue.routing_key) for queue in app.amqp.queues.values()}
    assert bindings == {name: (name, name) for name in ("urgent", "default", "reports")}


def test_every_task_goes_to_a_queue_that_exists():
    app.loader.import_default_modules()
    names = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    own = [name for name in app.tasks if not name.startswith("celery.")]
    assert own
    assert {app.amqp.router.route({}, name)["queue"].name for name in own} <= names


def test_no_task_is_named_after_its_module():
    app.loader.import_default_modules()
    names = [name for name in app.tasks if not name.startswith("celery.")]
    assert [name for name in names if not re.fullmatch(r"[a-z]+\.[a-z_]+", name)] == []
