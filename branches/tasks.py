"""The ticks of branches. Each finds out by itself what is due: a lost, doubled or late tick changes nothing."""

from celery import shared_task

from branches import actions
from branches.actions import polls, register


@shared_task(name="branches.plan_life")
def plan_life():
    actions.plan_life()


@shared_task(name="branches.remind_meetings")
def remind_meetings():
    actions.remind_meetings()


@shared_task(name="branches.announce_terms")
def announce_terms():
    actions.announce_terms()


@shared_task(name="branches.send_birthday_cards")
def send_birthday_cards():
    actions.send_birthday_cards()


@shared_task(name="branches.expire_letters")
def expire_letters():
    register.expire_letters()


@shared_task(name="branches.close_polls")
def close_polls():
    polls.close_polls()


@shared_task(name="branches.ask_for_dues")
def ask_for_dues():
    actions.ask_for_month()


@shared_task(name="branches.remind_dues")
def remind_dues():
    actions.remind_dues()
