"""The ticks of volunteers. Each finds out by itself what is due: a lost, doubled or late tick changes nothing."""

from celery import shared_task

from volunteers import actions


@shared_task(name="volunteers.pass_on_offers")
def pass_on_offers():
    actions.pass_on_lapsed()


@shared_task(name="volunteers.finish_activities")
def finish_activities():
    actions.finish_over()


@shared_task(name="volunteers.extend_series")
def extend_series():
    actions.extend_all()


@shared_task(name="volunteers.forget_declined")
def forget_declined():
    actions.forget_declined()
