"""Who is told what when something happens to an order. Texts name no resident and no house before acceptance."""

import datetime as dt

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Appointment, Cover
from haimengyuan.lib.compiled import compiled_once
from haimengyuan.lib.moments import say_dated_half_day, say_dated_moment
from people.models import Consent, Person
from reminders.actions import plan, to_desk, to_person
from reminders.models import Reminder
from services import links
from services.models import OrderStatus
from volunteers.models import HelperProfile

_EVENING = dt.time(18, 0)
_WEEK = dt.timedelta(days=7)


def announce(order, event):
    """Plan the reminders that follow from `event`, inside the caller's transaction."""
    tellers = {
        OrderStatus.SUBMITTED: _tell_submitted,
        OrderStatus.ACCEPTED: _tell_accepted,
        OrderStatus.WAITING: _ask,
        OrderStatus.REPLIED: _tell_ended,
        OrderStatus.SOLVED: _tell_ended,
        OrderStatus.CANCELLED: _tell_cancelled,
        OrderStatus.REJECTED: _tell_rejected,
        OrderStatus.ESCALATED: _tell_escalated,
    }
    if event.kind == event.Kind.MOVE and (tell := tellers.get(event.new_status)):
        plan(tell(order, event))


def tell_offered(offers, step=""):
    """Ask each person, with a signed link of their own; `step` tells a second time from the first.

    Helpers are asked because they agreed to be; whoever holds a duty is asked for that.
    """
    offers = list(offers)
    on_duty = Appointment.objects.current().values("person")
    asked = HelperProfile.objects.filter(person__in=[made.person_id for made in offers])
    helpers = set(asked.exclude(person__in=on_duty).values_list("person", flat=True))
    plan(
        to_person(
            made.person,
            kind=Reminder.Kind.OFFER,
            rests_on=Consent.Purpose.HELP if made.person_id in helpers else "",
            dedupe_key=_offer_key(made, step),
            subject=_("请您接单：%s") % made.order.service.name_zh,
            text=_("%(place)s，%(when)s。%(words)s不方便也没关系，点开告诉我们就行。")
            % {
                "place": made.order.place_to_building,
                "when": wish_text(made.order),
                "words": _sentence(made.note),
            },
            link=links.offer_path(made),
            expires_at=made.answer_due_at,
        )
        for made in offers
    )


def tell_passed_on(order, event):
    """The resident hears that somebody else comes."""
    text = _("%(who)s接着办您的单“%(what)s”，约好的时间不变。") % {
        "who": order.assigned_to.masked_name,
        "what": order.service.name_zh,
    }
    plan(_resident(order, event, Reminder.Kind.CHANGED, _("换人来办了"), text, suffix="passed"))


def tell_withdrawn(offers):
    """The question was taken back: those whom it has reached need not go."""
    plan(
        to_person(
            made.person,
            kind=Reminder.Kind.CHANGED,
            dedupe_key=f"order:{made.order_id}:withdrawn:{made.pk}",
            subject=_("这单不用去了：%s") % made.order.service.name_zh,
            text=_("社区已另外安排，您不用去了，谢谢您。"),
            urgent=True,
        )
        for made in offers.select_related("person", "order__service")
        if Reminder.objects.filter(
            Q(dedupe_key=_offer_key(made)) | Q(dedupe_key__startswith=f"{_offer_key(made)}:"),
            status=Reminder.Status.SENT,
        ).exists()
    )


def tell_restored(order, event):
    """The cancellation was a mistake: whoever carried the order heard that nobody need go, and is to go after all."""
    subject = _("单子还要办：%s") % order.service.name_zh
    text = _("刚才说撤了，是点错了，还请您去办，谢谢您。")
    plan(_to_carrier(order, event, Reminder.Kind.CHANGED, subject, text))


def tell_visit_changed(order, event):
    """The half-day was named, changed or agreed: resident and carrier hear of it."""
    plan(_visit_messages(order, event))


def tell_visit_refused(order, event):
    """The resident cannot at that time: carrier and desk are to call."""
    subject, text = _("居民这个时间不方便"), _("%s：请打电话另约时间。") % order.service.name_zh
    plan(
        _to_carrier(order, event, Reminder.Kind.VISIT, subject, text)
        + [_desk(order, event, Reminder.Kind.VISIT, subject, text)]
    )


def tell_information(order, event):
    """Something was added to an open order: whoever carries it, else the desk and the grid head."""
    subject = _("单子有补充：%s") % order.service.name_zh
    text = event.note
    carrier = _to_carrier(order, event, Reminder.Kind.CHANGED, subject, text)
    plan(carrier or _to_desk_and_heads(order, event, Reminder.Kind.CHANGED, subject, text))


def tell_wrong_grid(order, event):
    """A grid head says that an order is not for their grid: the desk is to look."""
    subject = _("不是这个网格的单子：%s") % order.service.name_zh
    plan([_desk(order, event, Reminder.Kind.CHANGED, subject, event.note)])


def ask_again(order, event):
    """The second request for information."""
    plan(_ask(order, event))


def tell_due_soon(orders):
    """Nearly late: desk and grid head, once for each due time."""
    _tell_clock(orders, Reminder.Kind.DUE_SOON, "soon", "due_at", _("快到时限：%s"))


def tell_overdue(orders):
    """Late: desk and grid head, once for each due time."""
    _tell_clock(orders, Reminder.Kind.OVERDUE, "over", "due_at", _("已超时：%s"))


def tell_dispatch_overdue(orders):
    """Nobody was sent within one desk hour: desk and grid head, once for each due time."""
    _tell_clock(orders, Reminder.Kind.OVERDUE, "dispatch", "dispatch_due_at", _("一小时还没派出去：%s"))


def wish_text(order):
    """When the resident would like it, in words."""
    if order.wish == order.Wish.HALF_DAY and order.wish_on:
        return say_dated_half_day(order.wish_on, order.wish_half)
    return order.get_wish_display()


def _tell_submitted(order, event):
    if event.old_status == "":
        subject = _("新点单：%s") % order.service.name_zh
        text = _("%(place)s，%(when)s。") % {"place": order.place_to_building, "when": wish_text(order)}
        return _to_desk_and_heads(order, event, Reminder.Kind.ORDER_NEW, subject, text)
    answered = event.old_status == OrderStatus.WAITING and not event.is_internal
    if answered:
        return _tell_answered(order, event)
    if event.old_status in {OrderStatus.OFFERED, OrderStatus.ACCEPTED, OrderStatus.WAITING}:
        subject = _("回到待派单：%s") % order.service.name_zh
        return _to_desk_and_heads(order, event, Reminder.Kind.OFFER_RETURNED, subject, event.note)
    subject = _("居民说没办好：%s") % order.service.name_zh
    return _to_desk_and_heads(order, event, Reminder.Kind.REOPENED, subject, event.note, urgent=True)


def _tell_accepted(order, event):
    if event.old_status == OrderStatus.WAITING:
        return _tell_answered(order, event)
    carrier = order.assigned_to.masked_name if order.assigned_to else _("社区值班人员")
    text = _("%(who)s接了您的单“%(what)s”，会先给您打电话。") % {
        "who": carrier,
        "what": order.service.name_zh,
    }
    told = _resident(order, event, Reminder.Kind.ACCEPTED, _("有人接单了"), text)
    return told + _visit_messages(order, event)


def _visit_messages(order, event):
    if order.visit_on is None:
        return []
    when = say_dated_half_day(order.visit_on, order.visit_half)
    if not order.visit_agreed:
        text = _("想约在%s上门。点开告诉我们行不行。") % when
        return _resident(order, event, Reminder.Kind.VISIT, _("换个时间行不行"), text)
    text = _("“%(what)s”约在%(when)s。") % {"what": order.service.name_zh, "when": when}
    told = _resident(order, event, Reminder.Kind.VISIT, _("上门时间"), text)
    if (eve := _evening_before(order.visit_on)) > timezone.now():
        later = {"due_at": eve, "suffix": "eve"}
        told += _resident(order, event, Reminder.Kind.VISIT, _("明天有人上门"), text, **later)
        told += _to_carrier(order, event, Reminder.Kind.VISIT, _("明天要上门"), text, **later)
    return told


def _ask(order, event):
    return _resident(order, event, Reminder.Kind.QUESTION, _("请您补充一点情况"), event.note)


def _tell_answered(order, event):
    subject = _("居民补充了：%s") % order.service.name_zh
    return _to_carrier(order, event, Reminder.Kind.ANSWERED, subject, event.note) or _to_desk_and_heads(
        order, event, Reminder.Kind.ANSWERED, subject, event.note
    )


def _tell_ended(order, event):
    subject = _("解决了吗？请您说一声")
    text = _("“%(what)s”：%(result)s") % {"what": order.service.name_zh, "result": order.result}
    return _resident(order, event, Reminder.Kind.WAS_IT_SOLVED, subject, text, expires_after=_WEEK)


def _tell_cancelled(order, event):
    subject = _("这单不用去了：%s") % order.service.name_zh
    text = _("居民撤了这张单子，您不用去了，谢谢您。")
    asked = Person.objects.filter(offers__order=order, offers__answer__in=["", "accepted"]).distinct()
    persons = {person.pk: person for person in asked} | (
        {order.assigned_to.pk: order.assigned_to} if order.assigned_to else {}
    )
    return [
        to_person(
            person,
            kind=Reminder.Kind.CHANGED,
            dedupe_key=_key(order, event, "cancelled"),
            subject=subject,
            text=text,
            urgent=True,
        )
        for person in persons.values()
    ]


def _tell_rejected(order, event):
    text = _("“%(what)s”：%(why)s") % {"what": order.service.name_zh, "why": event.note}
    return _resident(order, event, Reminder.Kind.CHANGED, _("这件事社区办不了"), text)


def _tell_escalated(order, event):
    text = _("“%(what)s”已转给%(body)s，社区继续盯着。") % {
        "what": order.service.name_zh,
        "body": order.outside_body,
    }
    return _resident(order, event, Reminder.Kind.CHANGED, _("已转给上级"), text)


def _tell_clock(orders, kind, name, column, subject):
    reminders = []
    orders = orders.prefetch_related(
        Prefetch(
            "grid__appointments", queryset=Appointment.objects.current().heads().select_related("person")
        )
    )
    for order in orders:
        due = timezone.localtime(getattr(order, column))
        key = f"order:{order.pk}:{name}:{due:%Y%m%d%H%M}"
        words = {"subject": subject % order.service.name_zh, "text": say_dated_moment(due)}
        reminders.append(
            to_desk(order.community, kind=kind, dedupe_key=key, link=links.staff_path(order), **words)
        )
        for appointment in order.grid.appointments.all() if order.grid else ():
            reminders.append(
                to_person(
                    appointment.person, kind=kind, dedupe_key=key, link=links.admin_path(order), **words
                )
            )
    plan(reminders)


def _resident(order, event, kind, subject, text, *, due_at=None, suffix="", expires_after=None):
    """To whoever ordered, if there is anybody to tell."""
    if order.contact is None:
        return []
    return [
        to_person(
            order.contact,
            kind=kind,
            rests_on=Consent.Purpose.ORDER,
            dedupe_key=_key(order, event, f"resident{suffix}:{kind}"),
            subject=subject,
            text=text[:300],
            link=links.resident_path(order),
            due_at=due_at,
            expires_at=(due_at or timezone.now()) + expires_after if expires_after else None,
        )
    ]


def _to_carrier(order, event, kind, subject, text, *, due_at=None, suffix=""):
    if order.assigned_to is None:
        return []
    return [
        to_person(
            order.assigned_to,
            kind=kind,
            dedupe_key=_key(order, event, f"carrier{suffix}:{kind}"),
            subject=subject,
            text=text[:300],
            link="/me/",
            due_at=due_at,
        )
    ]


def _desk(order, event, kind, subject, text, *, urgent=False):
    return to_desk(
        order.community,
        kind=kind,
        dedupe_key=_key(order, event, str(kind)),
        subject=subject,
        text=text[:300],
        link=links.staff_path(order),
        urgent=urgent,
    )


def _to_desk_and_heads(order, event, kind, subject, text, *, urgent=False):
    heads = [
        to_person(
            person,
            kind=kind,
            dedupe_key=_key(order, event, str(kind)),
            subject=subject,
            text=text[:300],
            link=links.admin_path(order),
            urgent=urgent,
        )
        for person in _heads_of(order)
    ]
    return [_desk(order, event, kind, subject, text, urgent=urgent), *heads]


def _heads_of(order):
    """The grid's head of today, and whoever covers for them."""
    if order.grid_id is None:
        return []
    return _leading.rows(grid=order.grid_id, today=timezone.localdate())


@compiled_once(grid=int, today=dt.date)
def _leading(grid, today):
    heads = Appointment.objects.current(today).heads().filter(grid=grid)
    covers = Cover.objects.current(today).filter(appointment__in=heads)
    found = Person.objects.filter(Q(appointments__in=heads) | Q(covers__in=covers)).distinct()
    return found.only("community", "reach_by", "prefers_phone_call")  # what a reminder needs of them


def _offer_key(made, step=""):
    return ":".join(filter(None, [f"order:{made.order_id}:offer:{made.pk}", str(step)]))


def _key(order, event, name):
    return f"order:{order.pk}:{event.pk}:{name}"


def _sentence(words):
    return f"{words}。" if words and words[-1] not in "。！？" else words


def _evening_before(day):
    return timezone.make_aware(dt.datetime.combine(day - dt.timedelta(days=1), _EVENING))
