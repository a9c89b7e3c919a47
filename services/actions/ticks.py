"""What time alone does to orders; each is safe to run twice, late, or beside itself."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import Community
from services import clock
from services.actions.dispatch import end_offer
from services.actions.messages import tell_dispatch_overdue, tell_due_soon, tell_overdue
from services.actions.moving import move
from services.errors import TransitionRefused
from services.models import Offer, OrderStatus, ServiceOrder

UNANSWERED_AFTER = dt.timedelta(days=7)
BATCH = 500


def time_out_offers():
    """Offers unanswered for four working hours fall back; the last one returns its order (features.md V13).

    Returns how many offers timed out.
    """
    late = list(Offer.objects.late()[:BATCH])
    return sum(_time_out(made) for made in late)


def _time_out(made):
    return end_offer(
        made, Offer.Answer.TIMED_OUT, actor="offer-timeouts", words=_("四个工作小时没人接，社区另找人")
    )


def close_unanswered():
    """Ends that the resident has not answered for seven days are "unconfirmed", counted apart (features.md V15).

    Returns how many.
    """
    since = timezone.now() - UNANSWERED_AFTER
    closed = 0
    for order in ServiceOrder.objects.ended().filter(ended_at__lte=since).with_related()[:BATCH]:
        try:
            move(order, OrderStatus.UNCONFIRMED, actor="unanswered-orders")
            closed += 1
        except TransitionRefused:  # the resident answered in this very moment
            continue
    return closed


def remind_deadlines():
    """Tell staff of orders nearly late, late, and not sent out within an hour; each occasion once."""
    now = timezone.now()
    for community in Community.objects.all():
        orders = ServiceOrder.objects.filter(community=community).with_related()
        soon = clock.soon_after(community, now)
        tell_due_soon(orders.due_within(now, soon)[:BATCH])
        tell_overdue(orders.overdue(now)[:BATCH])
        tell_dispatch_overdue(orders.waiting_for_desk().filter(dispatch_due_at__lt=now)[:BATCH])
