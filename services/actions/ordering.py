"""Taking an order, from any door."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.actions import Limit, recognise, spend_each, take_in, text_shown
from people.models import Consent
from services import clock
from services.actions.messages import announce
from services.actions.moving import RESIDENT, actor_fields
from services.errors import OrderRefused, ServiceClosed
from services.models import OrderEvent, OrderStatus, Service, ServiceOrder
from services.numbers import new_number

NUMBER_TRIES = 20
ORDERS_PER_ADDRESS = 30  # an hour; a stairwell or an office may share one address
ORDERS_PER_PHONE = 6  # an hour


def admit_order(*, address, phone=""):
    """Spend one of the orders that a network address and a phone may place within an hour (people may share both).

    Raises `people.errors.TooOften`.
    """
    hour = dt.timedelta(hours=1)
    limits = [Limit("order.address", address, ORDERS_PER_ADDRESS, hour)]
    if phone:
        limits.append(Limit("order.phone", phone, ORDERS_PER_PHONE, hour))
    spend_each(*limits)


def submit(
    service,
    *,
    submission_key,
    need,
    channel=ServiceOrder.Channel.WEB,
    name="",
    phone="",
    for_name="",
    for_phone="",
    building=None,
    door="",
    place_text="",
    wish=ServiceOrder.Wish.SOON,
    wish_on=None,
    wish_half="",
    entered_by=None,
    address="",
):
    """Take an order and route it to the grid of its building. Returns the `ServiceOrder`.

    The same `submission_key` gives the same order, however often and however parallel it comes. `phone` is
    normalised; a complaint (Z02) may come without name and phone. `door` is unit and room as typed. With a network
    `address` the order counts towards the limits of `admit_order`, in the same transaction, so that a repeated
    submission spends nothing.
    Raises `ServiceClosed`, `OrderRefused`, or `people.errors.TooOften`.
    """
    try:
        _check(service, name=name, phone=phone, building=building, wish=(wish, wish_on, wish_half))
    except (OrderRefused, ServiceClosed):
        if known := _taken(submission_key):
            return known  # it was taken while it could be
        raise
    columns = {
        "community": service.community,
        "service": service,
        "submission_key": submission_key,
        "channel": channel,
        "entered_by": entered_by,
        "consent_text": text_shown(entered_by),
        "need": need,
        **_where(building, door, place_text),
        **_when(wish, wish_on, wish_half),
    }
    people = {"name": name, "phone": phone, "for_name": for_name, "for_phone": for_phone}
    return _create_once(columns, people, entered_by, address)


def _taken(submission_key):
    """The order that these words have made already, else None."""
    return ServiceOrder.objects.one_or_none(submission_key=submission_key)


def _where(building, door, place_text):
    """The columns of the place; a door that is no known dwelling stays as it was typed."""
    dwelling = building.home_at(door) if building else None
    words = place_text if dwelling else " ".join(filter(None, [place_text, door]))
    return {
        "building": building,
        "grid": building.grid if building else None,
        "dwelling": dwelling,
        "place_text": words[:100],
    }


def _when(wish, wish_on, wish_half):
    """The columns of the wish; a day and a half belong to a wished half-day alone."""
    if wish != ServiceOrder.Wish.HALF_DAY:
        wish_on, wish_half = None, ""
    return {"wish": wish, "wish_on": wish_on, "wish_half": wish_half}


def _create_once(columns, people, entered_by, address):
    """Numbers are drawn by chance, so one that is in use is drawn again; a key that is in use is the same order."""
    for _try in range(NUMBER_TRIES):
        try:
            return _create(columns, people, entered_by, address)
        except IntegrityError:
            if known := _taken(columns["submission_key"]):
                return known
    raise OrderRefused(_("现在单子太多，没有提交成功。您填的内容还在，请再点一次"))


@transaction.atomic
def _create(columns, people, entered_by, address):
    now = timezone.now()
    service, community = columns["service"], columns["community"]
    contact = beneficiary = None
    if people["name"] or people["phone"]:
        contact = take_in(
            community=community,
            name=people["name"],
            phone=people["phone"],
            purpose=Consent.Purpose.ORDER,
            channel=columns["channel"],
            by=entered_by,
        )
    if people["for_name"]:
        beneficiary = recognise(community=community, name=people["for_name"], phone=people["for_phone"])
    dispatch_due_at, due_at = clock.due_times(service, now)
    order = ServiceOrder.objects.create(
        **columns,
        number=new_number(),
        contact=contact,
        for_person=beneficiary,
        submitted_at=now,
        moved_at=now,
        dispatch_due_at=dispatch_due_at,
        due_at=due_at,
    )
    if address:  # the row above has won the submission key: only the first of equal submissions comes here
        admit_order(address=address, phone=people["phone"])
    event = OrderEvent.objects.create(
        order=order,
        new_status=OrderStatus.SUBMITTED,
        note=_routing_note(order),
        at=now,
        **actor_fields(entered_by or contact or RESIDENT),
    )
    announce(order, event)
    return order


def _check(service, *, name, phone, building, wish):
    wish, wish_on, wish_half = wish
    if not service.can_be_ordered:
        raise ServiceClosed(_("“%s”现在不能网上点单，请打社区值班电话，我们帮您办") % service.name_zh)
    if service.code != Service.COMPLAINT and not (name and phone):
        raise OrderRefused(_("请写一下怎么称呼您，和一个能打通的电话"))
    if building is not None and building.grid.community_id != service.community_id:
        raise OrderRefused(_("这栋楼不在本社区，请重新选一下，或选“不知道几号楼”"))
    if wish == ServiceOrder.Wish.HALF_DAY:
        if wish_on is None or wish_half not in {"am", "pm"}:
            raise OrderRefused(_("请选哪一天的上午还是下午"))
        if wish_on < timezone.localdate():
            raise OrderRefused(_("选的日子已经过去了，请重新选一个"))


def _routing_note(order):
    if order.grid is None:
        return _("社区先核实是哪栋楼，再派人")
    if order.service.lead_duty is None and order.service.lead_name_zh:
        return _("社区安排，%s牵头") % order.service.lead_name_zh
    return ""
