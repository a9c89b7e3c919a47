"""The two ends of an order, and the resident's say about them (features.md V15, V19, F01, J5)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from services.actions.dispatch import close_accepted
from services.actions.moving import hours_key, move
from services.errors import RatingRefused, TransitionRefused
from services.models import OrderStatus, Rating, ServiceOrder
from services.models.states import CLOSED_STATUSES
from volunteers.actions import record_hours
from volunteers.errors import HoursRefused

QUESTIONS_BEFORE_REPLY = 2


@transaction.atomic
def solve(order, *, actor, result, minutes=0):
    """The matter is done; `result` is the one line that the resident reads. Returns the event.

    `minutes` of real service, travel excluded, go to the hours of whoever carries the order.
    Raises `TransitionRefused` without a result, for impossible minutes, or when the order is elsewhere.
    """
    event = _end(order, OrderStatus.SOLVED, actor=actor, result=result)
    if minutes and order.assigned_to:
        try:
            record_hours(order.assigned_to, minutes, what=order.service.name_zh, source_key=hours_key(order))
        except HoursRefused as error:
            raise TransitionRefused(str(error)) from error
    return event


@transaction.atomic
def reply(order, *, actor, result):
    """The resident has an answer, though the matter itself may not be solved. Returns the event.

    While the resident owes information, only after two requests (architecture.md §4).
    """
    if order.status == OrderStatus.WAITING and order.questions_asked < QUESTIONS_BEFORE_REPLY:
        raise TransitionRefused(_("要先问过居民两次，才能这样办结"))
    return _end(order, OrderStatus.REPLIED, actor=actor, result=result)


@transaction.atomic
def confirm(order, *, actor):
    """The resident says that it is right: the only way to "confirmed". Returns the event."""
    return move(order, OrderStatus.CONFIRMED, actor=actor)


@transaction.atomic
def reopen(order, *, actor, words=""):
    """ "It was not solved": same number, half the time, another pair of eyes. Within 15 days of the end.

    Raises `TransitionRefused` when it is too late or the order is not over.
    """
    if not order.can_be_reopened:
        raise TransitionRefused(_("办完超过 15 天了，请重新点一单，或者打社区值班电话"))
    event = move(order, OrderStatus.SUBMITTED, actor=actor, note=words)
    close_accepted(order)
    return event


@transaction.atomic
def rate(order, *, score, words=""):
    """Rate a finished order, one to five; it may be changed for seven days. Returns the `Rating`.

    An order that was reopened and ended anew is rated anew. Staff have no door to this. Raises `RatingRefused`.
    """
    if score not in Rating.Score.values:
        raise RatingRefused(_("请点一个评价"))
    now = timezone.now()
    # locked, so that nobody reopens it meanwhile and an order in work has a rating of this moment
    there = ServiceOrder.objects.select_for_update().filter(pk=order.pk, status__in=CLOSED_STATUSES)
    ended_at = there.values_list("ended_at", flat=True).first()
    if ended_at is None:
        raise RatingRefused(_("这张单子还在办，办完了再评"))
    rating, created = Rating.objects.select_for_update().get_or_create(
        order=order, defaults={"score": score, "words": words[:200]}
    )
    if not created:
        if rating.rated_at < ended_at:
            rating.rated_at = now
        if now > rating.rated_at + ServiceOrder.RATE_WITHIN:
            raise RatingRefused(_("评价 7 天后就不能改了，谢谢您"))
        rating.score, rating.words, rating.changed_at = score, words[:200], now
        rating.save(update_fields=["score", "words", "rated_at", "changed_at"])
    return rating


def _end(order, status, *, actor, result):
    if not (result := result.strip()):
        raise TransitionRefused(_("请写一句办得怎么样，居民会看到"))
    return move(order, status, actor=actor, note=result, result=result[:200])
