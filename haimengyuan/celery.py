"""The Celery application. Its settings, and the beat schedule, are in `haimengyuan.settings`."""

import os

from celery import Celery
from celery.signals import beat_init, setup_logging, task_prerun
from django.db import close_old_connections

import haimengyuan.broker  # noqa: F401  (registers the file transport under its name)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "haimengyuan.settings")

app = Celery("haimengyuan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_the_logging_of_the_settings(**kwargs):
    """Celery would put its own handlers in place of the redacting one; a connected receiver forbids it."""


@beat_init.connect
def tick_at_once(**kwargs):
    """After a start nobody waits a minute to see whether scheduler, broker and worker are alive."""
    app.send_task("reminders.send_due", expires=55)


@task_prerun.connect
def drop_dead_connections(**kwargs):
    """A worker keeps its connection between tasks, so a restarted database must be noticed before the next one."""
    close_old_connections()
