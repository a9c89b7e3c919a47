"""The ticks of orders. Rows are the queue: a lost, doubled or late tick changes nothing."""

from celery import shared_task

from services import actions


@shared_task(name="services.time_out_offers")
def time_out_offers():
    actions.time_out_offers()


@shared_task(name="services.remind_deadlines")
def remind_deadlines():
    actions.remind_deadlines()


@shared_task(name="services.close_unanswered")
def close_unanswered():
    actions.close_unanswered()


@shared_task(name="services.flush_unmet_words")
def flush_unmet_words():
    actions.fold_unmet_words()
