"""The ticks of grids. Each finds out by itself what is due: a lost, doubled or late tick changes nothing."""

from celery import shared_task

from grids import actions


@shared_task(name="grids.expire_bookings")
def expire_bookings():
    actions.expire_bookings()


@shared_task(name="grids.forget_notes")
def forget_notes():
    actions.forget_notes()
