"""The one door through which an order changes its status, and the way back within ten minutes."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from haimengyuan.lib.moments import say_moment
from people.models import Person, User
from reminders.actions import cancel, settle_desk
from services import clock
from services.actions.messages import announce, tell_offered, tell_restored, tell_withdrawn
from services.errors import TransitionRefused
from services.models import NEXT_STATUSES, Offer, OrderEvent, OrderStatus, ServiceOrder
from services.models.states import CLOSED_STATUSES, ENDED_STATUSES
from volunteers.actions import withdraw_hours

RESIDENT = "resident"  # the actor's name where a resident without a name acts (an anonymous complaint)

# What a move may change and an undo gives back.
_KEPT = (
    "status",
    "ended_as",
    "assigned_to_id",
    "visit_on",
    "visit_half",
    "visit_agreed",
    "result",
    "outside_body",
    "outside_number",
    "dispatch_due_at",
    "due_at",
    "paused_at",
    "ended_at",
    "questions_asked",
    "reopened_times",
)
_DATETIMES = {"dispatch_due_at", "due_at", "paused_at", "ended_at"}


@transaction.atomic
def move(order, new, *, actor, out_of=tuple(OrderStatus), note="", is_internal=False, **changes):
    """Move `order` to status `new`, write the `OrderEvent` and plan the reminders, in one transaction.

    `actor` is a `User`, a `Person` or the name of a timer. `changes` are further columns of the order. Several deeds
    share an arrow's head, so each that means less than all arrows to `new` says where its own begin: `out_of`.
    A conditional UPDATE decides who wins. Returns the event; `order` is refreshed.
    Raises `TransitionRefused` when the table has no such arrow or somebody else was first, saying who and when.
    """
    old = OrderStatus(order.status)
    if old not in out_of or new not in NEXT_STATUSES[old]:
        raise TransitionRefused(_why_not(order))
    now = timezone.now()
    before = _kept_of(order)
    values = {"status": new, "moved_at": now} | consequences(order, old, new, now) | changes
    if not ServiceOrder.objects.filter(pk=order.pk, status=old).update(**values):
        raise TransitionRefused(_why_not(order))
    order.refresh_from_db(fields=[*_KEPT, "moved_at"])
    event = OrderEvent.objects.create(
        order=order,
        old_status=old,
        new_status=new,
        note=note[:200],
        is_internal=is_internal,
        before=before,
        at=now,
        **actor_fields(actor),
    )
    cancel(f"order:{order.pk}:")
    if isinstance(actor, User):  # who acts on an order needs no message about it any more
        settle_desk(order.community_id, f"order:{order.pk}:")
    announce(order, event)
    return event


def note(order, *, actor, text, kind=OrderEvent.Kind.NOTE, is_internal=True):
    """Add something to the history without a change of status. Returns the event."""
    return OrderEvent.objects.create(
        order=order,
        kind=kind,
        old_status=order.status,
        new_status=order.status,
        note=text[:200],
        is_internal=is_internal,
        **actor_fields(actor),
    )


@transaction.atomic
def undo(order, *, actor):
    """Take back the last move, within ten minutes and by the same actor (features.md O04). Returns the undo event.

    Raises `TransitionRefused` when it is too late, somebody else acted since, or the step was taken back already.
    """
    last = order.events.order_by("-pk").filter(kind__in=[OrderEvent.Kind.MOVE, OrderEvent.Kind.UNDO]).first()
    if not can_undo(order, last, actor):
        raise TransitionRefused(_("这一步现在撤不回来了：只有本人在 10 分钟内可以撤回"))
    values = _kept_values(last.before) | {"moved_at": timezone.now()}
    if not ServiceOrder.objects.filter(pk=order.pk, status=last.new_status).update(**values):
        raise TransitionRefused(_why_not(order))
    order.refresh_from_db(fields=[*_KEPT, "moved_at"])
    try:
        with transaction.atomic():
            event = OrderEvent.objects.create(
                order=order,
                kind=OrderEvent.Kind.UNDO,
                old_status=last.new_status,
                new_status=order.status,
                undoes=last,
                **actor_fields(actor),
            )
    except IntegrityError as error:
        raise TransitionRefused(_("这一步已经撤回过了")) from error
    cancel(f"order:{order.pk}:")  # before anything is told of the undo itself
    _undo_offers(order, last, event)
    if last.new_status in ENDED_STATUSES:
        withdraw_hours(hours_key(order))
    announce(order, event)
    return event


def can_undo(order, event, actor):
    """Whether `actor` may take back `event`, the order's last move."""
    return (
        event is not None
        and event.kind == OrderEvent.Kind.MOVE
        and bool(event.before)
        and event.new_status == order.status
        and timezone.now() - event.at <= ServiceOrder.UNDO_WITHIN
        and {k: getattr(event, k) for k in actor_fields(actor)} == actor_fields(actor)
    )


def hours_key(order):
    """The `source_key` of the hours of this order; every reopening is a service of its own."""
    return f"order:{order.pk}:{order.reopened_times}"


def actor_fields(actor):
    """The columns of an event for a `User`, a `Person` or the name of a timer."""
    if isinstance(actor, User):
        return {"actor_user": actor}
    if isinstance(actor, Person):
        return {"actor_person": actor}
    return {"actor_timer": actor}


def check_seen(order, moved_at):
    """Raise `TransitionRefused`, saying who was first and when, if the order has moved since a page showed it.

    `moved_at` is the text that the page carried (the order's `moved_at` in ISO form); an empty one asks for nothing.
    """
    if moved_at and moved_at != order.moved_at.isoformat():
        raise TransitionRefused(_why_not(order))


def consequences(order, old, new, now):
    """What a change of status does to clocks and assignments, whoever asks for it."""
    values = {}
    if new == OrderStatus.WAITING:
        values["paused_at"] = now
    elif old == OrderStatus.WAITING:
        values |= {"paused_at": None, "due_at": clock.resumed_due(order, now)}
    if new in ENDED_STATUSES:
        values |= {"ended_at": now, "ended_as": new}
    if new == OrderStatus.SUBMITTED:
        values |= {
            "assigned_to": None,
            "visit_on": None,
            "visit_half": "",
            "visit_agreed": True,
            "dispatch_due_at": clock.dispatch_due(order.community, now),
        }
    if new == OrderStatus.SUBMITTED and old in CLOSED_STATUSES:
        values |= {
            "ended_at": None,
            "ended_as": "",
            "result": "",
            "due_at": clock.reopened_due(order.service, now),
            "reopened_times": order.reopened_times + 1,
        }
    return values


def _kept_of(order):
    values = {name: getattr(order, name) for name in _KEPT}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()
    }


def _kept_values(before):
    values = dict(before)
    for name in _DATETIMES:
        values[name] = parse_datetime(before[name]) if before[name] else None
    values["visit_on"] = parse_date(before["visit_on"]) if before["visit_on"] else None
    return values


def _undo_offers(order, event, undone):
    """Offers follow their order back: made ones are withdrawn, those that the step answered wait again."""
    if event.new_status == OrderStatus.OFFERED:
        tell_withdrawn(order.offers.unanswered())
        order.offers.unanswered().update(answer=Offer.Answer.WITHDRAWN, answered_at=timezone.now())
    elif event.old_status == OrderStatus.OFFERED:
        _ask_again(order, event, undone)
    elif event.new_status in {OrderStatus.SUBMITTED, OrderStatus.CANCELLED}:
        last = (
            order.offers.filter(answer=Offer.Answer.CLOSED, person=order.assigned_to).order_by("-pk").first()
        )
        if last:
            Offer.objects.filter(pk=last.pk).update(answer=Offer.Answer.ACCEPTED)
        if event.new_status == OrderStatus.CANCELLED:
            tell_restored(order, undone)


def _ask_again(order, event, undone):
    """An order that waits for answers again has offers that can be answered: those that ended with the step."""
    again = list(order.offers.filter(answered_at=event.at).select_related("person"))
    order.offers.filter(pk__in=[made.pk for made in again]).update(
        answer=Offer.Answer.NONE, reason=Offer.Reason.NONE, answered_at=None
    )
    for made in again:
        made.order = order
    tell_offered([made for made in again if made.person_id != event.actor_person_id], step=undone.pk)


def _why_not(order):
    """Who was first and when, for the one who comes second."""
    last = (
        OrderEvent.objects.filter(order_id=order.pk)
        .select_related("actor_user__person", "actor_person")
        .order_by("-pk")
        .first()
    )
    if last is None:
        return _("这张单子现在不能这样办，请看看最新情况")
    who = (
        last.actor_user.display_name
        if last.actor_user
        else last.actor_person.masked_name
        if last.actor_person
        else ""
    )
    return _("%(who)s已在 %(when)s 把这张单子变成“%(status)s”，请看看最新情况再办") % {
        "who": who or _("系统"),
        "when": say_moment(last.at),
        "status": OrderStatus(last.new_status).label,
    }
