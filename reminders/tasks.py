"""The ticks of the reminder engine. Rows are the queue: a lost, doubled or late tick changes nothing."""

from celery import shared_task
from celery.signals import worker_ready

from reminders import actions

OUTSIDE_EXPIRES = 55  # seconds, as the ticks of the beat schedule


@worker_ready.connect
def beat_at_start(**kwargs):
    actions.beat("worker")


@shared_task(name="reminders.send_due")
def send_due():
    """Inbox first, on the queue that nothing slow may block; the gateways follow on a queue of their own."""
    actions.deliver_inbox()
    actions.beat("send_due")
    send_outside.apply_async(expires=OUTSIDE_EXPIRES)


@shared_task(name="reminders.send_outside")
def send_outside():
    actions.deliver_outside()


@shared_task(name="reminders.sweep")
def sweep():
    actions.sweep()


@shared_task(name="reminders.send_digests")
def send_digests():
    actions.send_digests()
