"""The state machine of an order: one enum, one table of arrows (architecture.md §4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderStatus(models.TextChoices):
    SUBMITTED = "submitted", _("待派单")
    OFFERED = "offered", _("待接单")
    ACCEPTED = "accepted", _("办理中")
    WAITING = "waiting", _("等您补充")
    ESCALATED = "escalated", _("已转上级")
    REPLIED = "replied", _("已答复")
    SOLVED = "solved", _("已办结")
    CONFIRMED = "confirmed", _("居民已确认")
    UNCONFIRMED = "unconfirmed", _("未确认")
    REJECTED = "rejected", _("不予受理")
    CANCELLED = "cancelled", _("已撤销")


_S = OrderStatus

NEXT_STATUSES = {
    _S.SUBMITTED: frozenset(
        {_S.OFFERED, _S.ACCEPTED, _S.WAITING, _S.REPLIED, _S.SOLVED, _S.ESCALATED, _S.REJECTED, _S.CANCELLED}
    ),
    _S.OFFERED: frozenset({_S.ACCEPTED, _S.SUBMITTED, _S.CANCELLED}),
    _S.ACCEPTED: frozenset({_S.WAITING, _S.ESCALATED, _S.REPLIED, _S.SOLVED, _S.SUBMITTED, _S.CANCELLED}),
    _S.WAITING: frozenset({_S.ACCEPTED, _S.SUBMITTED, _S.REPLIED, _S.CANCELLED}),
    _S.ESCALATED: frozenset({_S.ACCEPTED, _S.REPLIED, _S.SOLVED}),
    _S.REPLIED: frozenset({_S.CONFIRMED, _S.UNCONFIRMED, _S.SUBMITTED}),
    _S.SOLVED: frozenset({_S.CONFIRMED, _S.UNCONFIRMED, _S.SUBMITTED}),
    _S.CONFIRMED: frozenset({_S.SUBMITTED}),
    _S.UNCONFIRMED: frozenset({_S.CONFIRMED, _S.SUBMITTED}),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
}

# Somebody still has to do something: the set of the board, of the partial indexes and of the due times.
OPEN_STATUSES = (_S.SUBMITTED, _S.OFFERED, _S.ACCEPTED, _S.WAITING, _S.ESCALATED)
# Handed back to the resident, who alone says whether it is right.
ENDED_STATUSES = (_S.REPLIED, _S.SOLVED)
# What the resident may rate and, within the days of `REOPEN_WITHIN`, reopen.
CLOSED_STATUSES = (_S.REPLIED, _S.SOLVED, _S.CONFIRMED, _S.UNCONFIRMED)
