"""Sending somebody: offers, acceptance, and the visit's half-day (features.md V09, V12, V13, J3, J4)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from haimengyuan.lib.moments import say_dated_half_day
from people.models import Person
from services import clock
from services.actions.messages import (
    tell_offered,
    tell_passed_on,
    tell_visit_changed,
    tell_visit_refused,
    tell_withdrawn,
)
from services.actions.moving import move, note
from services.errors import OfferRefused, TransitionRefused
from services.models import Offer, OrderEvent, OrderStatus, ServiceOrder


@transaction.atomic
def offer(order, persons, *, by, words=""):
    """Ask one or more persons to take `order`; the first acceptance wins. Returns the offers.

    Each has four desk hours to answer. Raises `OfferRefused` when nobody is named or somebody is not here any more,
    `TransitionRefused` when somebody else dispatched the order first.
    """
    if not persons:
        raise OfferRefused(_("请先选一位"))
    if any(p.state != Person.State.ALIVE or p.community_id != order.community_id for p in persons):
        raise OfferRefused(_("选的人里有已经迁出的，请重新选"))
    now = timezone.now()
    due = clock.answer_due(order.community, now)
    offers = [
        Offer(order=order, person=person, offered_by=by, note=words[:100], offered_at=now, answer_due_at=due)
        for person in persons
    ]
    move(order, OrderStatus.OFFERED, actor=by, note="、".join(person.masked_name for person in persons))
    Offer.objects.bulk_create(offers)
    tell_offered(offers)
    return offers


@transaction.atomic
def accept(made, *, visit_on=None, visit_half="", words=""):
    """The asked person accepts, at the wished half-day or at another one. Returns the event.

    Another half-day than the resident wished waits for the resident's yes (`visit_agreed` is False).
    Raises `OfferRefused` when the offer was answered, withdrawn or timed out, when somebody else was first, and for
    somebody who has moved away meanwhile.
    """
    order = made.order
    if made.person.state != Person.State.ALIVE:
        raise OfferRefused(_("登记的是已经迁出，这一单不能接，要问请打社区值班电话"))
    if visit_on is not None and visit_on < timezone.localdate():
        raise OfferRefused(_("选的日子已经过去了，请重新选一个"))
    if not visit_on and order.wish == ServiceOrder.Wish.HALF_DAY:
        visit_on, visit_half = order.wish_on, order.wish_half
    try:
        event = move(
            order,
            OrderStatus.ACCEPTED,
            actor=made.person,
            out_of={OrderStatus.OFFERED},
            note=words,
            assigned_to=made.person,
            visit_on=visit_on,
            visit_half=visit_half if visit_on else "",
            visit_agreed=_as_wished(order, visit_on, visit_half),
        )
    except TransitionRefused as refused:
        raise OfferRefused(_("谢谢您！不过这张单子刚刚有人接了，您不用去了。%s") % refused) from refused
    mine = Offer.objects.filter(pk=made.pk, answer=Offer.Answer.NONE)
    if not mine.update(answer=Offer.Answer.ACCEPTED, answered_at=event.at):
        raise OfferRefused(_("这次派单已经收回或者过了时间，要接单请打社区值班电话"))
    order.offers.unanswered().update(answer=Offer.Answer.TAKEN, answered_at=event.at)
    return event


@transaction.atomic
def decline(made, *, reason=Offer.Reason.NONE):
    """The asked person cannot; no reason is needed and no mark is left. The last "no" returns the order to the desk.

    Raises `OfferRefused` when the offer was answered already.
    """
    answered = end_offer(
        made,
        Offer.Answer.DECLINED,
        reason=reason,
        actor=made.person,
        words=_("约的人这次不方便，社区另找人"),
    )
    if not answered:
        raise OfferRefused(_("这次派单已经答复过、收回了或者过了时间，不用再答复"))


@transaction.atomic
def end_offer(made, answer, *, actor, words, reason=Offer.Reason.NONE):
    """An offer ends without acceptance; the last one to end returns its order to the desk. Returns whether it did end.

    The order's row is locked before its offers, as in every action here: two that lock in different order would
    wait for each other for ever, and two last answers at once must not each see the other's offer as still open.
    """
    order = ServiceOrder.objects.select_for_update(of=["self"]).with_related().get(pk=made.order_id)
    mine = Offer.objects.filter(pk=made.pk, answer=Offer.Answer.NONE)
    if not mine.update(answer=answer, reason=reason, answered_at=timezone.now()):
        return False
    if order.status == OrderStatus.OFFERED and not order.offers.unanswered().exists():
        event = move(order, OrderStatus.SUBMITTED, actor=actor, note=words)
        # an undo finds what ended with a step by the step's own moment
        Offer.objects.filter(pk=made.pk).update(answered_at=event.at)
    return True


@transaction.atomic
def withdraw_offers(order, *, by):
    """The desk takes its question back, to ask somebody else. Raises `TransitionRefused` when it was answered."""
    event = move(order, OrderStatus.SUBMITTED, actor=by, out_of={OrderStatus.OFFERED}, note=_("社区换人"))
    tell_withdrawn(order.offers.unanswered())
    order.offers.unanswered().update(answer=Offer.Answer.WITHDRAWN, answered_at=event.at)
    return event


@transaction.atomic
def take(order, *, by, person):
    """A grid head or the desk does it themselves ("我来办"), without an offer. Returns the event.

    `person` is who goes; it may be None where the desk answers by phone.
    Raises `TransitionRefused` when somebody else was first.
    """
    visit = {}
    if order.wish == ServiceOrder.Wish.HALF_DAY:
        visit = {"visit_on": order.wish_on, "visit_half": order.wish_half}
    free = {OrderStatus.SUBMITTED, OrderStatus.OFFERED, OrderStatus.ESCALATED}
    event = move(order, OrderStatus.ACCEPTED, actor=by, out_of=free, assigned_to=person, **visit)
    order.offers.unanswered().update(answer=Offer.Answer.TAKEN, answered_at=event.at)
    return event


@transaction.atomic
def return_to_desk(order, *, actor, reason):
    """Whoever carries the order gives it back, with a reason that the desk reads. Returns the event."""
    if not (reason := reason.strip()):
        raise TransitionRefused(_("请写一句为什么退回，社区好接着办"))
    carried = {OrderStatus.ACCEPTED, OrderStatus.WAITING}
    event = move(order, OrderStatus.SUBMITTED, actor=actor, out_of=carried, note=reason, is_internal=True)
    close_accepted(order)
    return event


@transaction.atomic
def pass_on(order, *, person, by):
    """Another person carries the order from now on, because the one who did has left. Returns the event.

    The link of the one before opens nothing any more, and the resident hears who comes. Raises `TransitionRefused` when
    the order was moved or given to somebody else meanwhile.
    """
    carried = {"status__in": [OrderStatus.ACCEPTED, OrderStatus.WAITING], "assigned_to": order.assigned_to_id}
    now = timezone.now()
    if not ServiceOrder.objects.filter(pk=order.pk, **carried).update(assigned_to=person, moved_at=now):
        raise TransitionRefused(_("点单 %s 刚刚有变化，请看看最新情况再办交接") % order.number)
    order.refresh_from_db(fields=["assigned_to", "moved_at", "status"])
    close_accepted(order)
    event = note(order, actor=by, text=_("换成%s接着办") % person.masked_name, is_internal=False)
    tell_passed_on(order, event)
    return event


@transaction.atomic
def pass_offer_on(made, *, person, by):
    """An offer that nobody answered is taken back and made to `person`, unless others were asked as well."""
    told = Offer.objects.filter(pk=made.pk).select_related("person", "order__service")
    if not end_offer(made, Offer.Answer.WITHDRAWN, actor=by, words=_("换人")):
        return
    tell_withdrawn(told)
    order = ServiceOrder.objects.with_related().get(pk=made.order_id)
    if order.status == OrderStatus.SUBMITTED:
        offer(order, [person], by=by, words=made.note)


def close_accepted(order):
    """The acceptance of an order that goes round again is history."""
    order.offers.filter(answer=Offer.Answer.ACCEPTED).update(answer=Offer.Answer.CLOSED)


@transaction.atomic
def set_visit(order, *, actor, on, half):
    """The carrier names another half-day; the resident is told and asked. Returns the event.

    Raises `TransitionRefused` for an order that nobody carries or a day that has passed.
    """
    if on < timezone.localdate() or half not in {"am", "pm"}:
        raise TransitionRefused(_("请选今天或以后的某一天，上午或下午"))
    agreed = _as_wished(order, on, half)
    _change_visit(order, visit_on=on, visit_half=half, visit_agreed=agreed)
    when = say_dated_half_day(on, half)
    text = when if agreed else _("想约%s，等居民同意") % when
    event = note(order, actor=actor, text=text, kind=OrderEvent.Kind.VISIT, is_internal=False)
    tell_visit_changed(order, event)
    return event


@transaction.atomic
def agree_visit(order, *, actor):
    """The resident says yes to the half-day that the carrier named. Returns the event."""
    _change_visit(order, visit_agreed=True)
    event = note(
        order, actor=actor, text=_("居民同意这个时间"), kind=OrderEvent.Kind.VISIT, is_internal=False
    )
    tell_visit_changed(order, event)
    return event


@transaction.atomic
def refuse_visit(order, *, actor, words=""):
    """The resident cannot at that time; carrier and desk are told and call. Returns the event."""
    _change_visit(order, visit_on=None, visit_half="", visit_agreed=True)
    text = words or _("这个时间居民不方便，请打电话另约")
    event = note(order, actor=actor, text=text, kind=OrderEvent.Kind.VISIT, is_internal=False)
    tell_visit_refused(order, event)
    return event


def _change_visit(order, **values):
    if not ServiceOrder.objects.filter(pk=order.pk, status=OrderStatus.ACCEPTED).update(**values):
        raise TransitionRefused(_("这张单子现在没有人在办，不用约时间"))
    for name, value in values.items():
        setattr(order, name, value)


def _as_wished(order, visit_on, visit_half):
    """Whether the resident need not be asked: the wish leaves the time open, or this is the wished half-day."""
    if order.wish != ServiceOrder.Wish.HALF_DAY or visit_on is None:
        return True
    return (visit_on, visit_half) == (order.wish_on, order.wish_half)
