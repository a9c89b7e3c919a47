"""Forgetting what nobody needs any more; safe to run twice."""

from celery import shared_task

from people import actions


@shared_task(name="people.forget_old")
def forget_old():
    actions.forget_old_windows()
    actions.forget_old_sessions()
