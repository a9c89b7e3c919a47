"""The history of an order in the words of a neighbour (features.md V14): no names of systems, no full address."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haimengyuan.lib.moments import say_moment
from services.actions import RESIDENT
from services.models import OrderEvent, OrderStatus
from services.models.states import CLOSED_STATUSES

_S = OrderStatus
_ICONS = {
    _S.SUBMITTED: "clock",
    _S.OFFERED: "arrow",
    _S.ACCEPTED: "net",
    _S.WAITING: "pause",
    _S.ESCALATED: "up",
    _S.REPLIED: "talk",
    _S.SOLVED: "star",
}


@dataclass(frozen=True)
class Entry:
    """One line: `state` is done, now or todo; `at` an aware datetime or None."""

    title: str
    note: str = ""
    at: object = None
    state: str = "done"
    icon: str = "check"


def timeline(order, events):
    """What happened, where it stands and what will come, as a list of `Entry`.

    `events` are those of `OrderEvent.objects.for_resident()`, in order.
    """
    past = [Entry(title=_title(order, event), note=_note(order, event), at=event.at) for event in events]
    status = OrderStatus(order.status)
    if status in (_S.CONFIRMED, _S.UNCONFIRMED, _S.REJECTED, _S.CANCELLED):
        return past
    return [*past, Entry(title=_now(order), state="now", icon=_ICONS[status]), *_to_come(order, status)]


def _title(order, event):
    if event.kind == OrderEvent.Kind.MOVE:
        return _moved(order, event)
    if event.kind == OrderEvent.Kind.NOTE:
        return _("您补充了说明") if _by_resident(order, event) else _("社区说明")
    return {
        OrderEvent.Kind.PLACE: _("社区核实了是哪一格"),
        OrderEvent.Kind.VISIT: _("约时间"),
        OrderEvent.Kind.UNDO: _("撤回了上一步"),
    }[event.kind]


def _moved(order, event):
    old, new = event.old_status, event.new_status
    if new == _S.SUBMITTED:
        if not old:
            return _("社区帮您点了单") if event.actor_user_id else _("您已点单")
        if old in CLOSED_STATUSES:
            return _("您说没有解决，重新派人")
        return _("您补充了说明") if old == _S.WAITING else _("正在另外找人")
    if new == _S.ACCEPTED:
        return _("您补充了说明") if old == _S.WAITING else _("有人接了单")
    return {
        _S.OFFERED: _("社区派了单"),
        _S.WAITING: _("请您补充"),
        _S.ESCALATED: _("转给了上级"),
        _S.REPLIED: _("社区答复了"),
        _S.SOLVED: _("办好了"),
        _S.CONFIRMED: _("您确认办好了"),
        _S.UNCONFIRMED: _("7 天没有回音，先记为未确认"),
        _S.REJECTED: _("不能受理"),
        _S.CANCELLED: _("单子撤销了"),
    }[new]


def _note(order, event):
    if event.new_status == _S.OFFERED and event.kind == OrderEvent.Kind.MOVE:
        return _("请%s来办，等答复") % event.note if event.note else ""
    if event.new_status == _S.ESCALATED and event.kind == OrderEvent.Kind.MOVE:
        return " · ".join(filter(None, [order.outside_body, event.note]))
    if event.kind == OrderEvent.Kind.MOVE and not event.old_status and order.grid and not event.note:
        return _("自动找到%s") % order.grid
    return event.note


def _by_resident(order, event):
    if event.actor_person_id:
        return event.actor_person_id == order.contact_id
    return event.actor_timer == RESIDENT


def _now(order):
    return {
        _S.SUBMITTED: _finding(order),
        _S.OFFERED: _("等接单的人答复"),
        _S.ACCEPTED: _("正在办理"),
        _S.WAITING: _("等您补充"),
        _S.ESCALATED: _("等上级办理"),
        _S.REPLIED: _("等您说解决没有"),
        _S.SOLVED: _("等您说解决没有"),
    }[OrderStatus(order.status)]


def _finding(order):
    if order.dispatch_due_at < timezone.now():
        return _("还在找人，比说好的晚了，社区正在催")
    return _("正在找人，最晚%s 派出去") % say_moment(order.dispatch_due_at)


def _to_come(order, status):
    rate = Entry(title=_("请您评一评"), state="todo")
    if status in CLOSED_STATUSES:
        return [rate]
    taken = [Entry(title=_("有人接单"), state="todo")] if status in (_S.SUBMITTED, _S.OFFERED) else []
    return [*taken, Entry(title=_("办好了告诉您"), note=_due(order), state="todo"), rate]


def _due(order):
    if order.paused_at:
        return _("时间停着，您补充以后接着算")
    if order.is_overdue:
        return _("已经超过时间，社区正在催")
    return _("最晚%s 前") % say_moment(order.due_at)


def staff_timeline(events):
    """The whole history for the desk as a list of `Entry`, internal notes included, with who did each step.

    `events` are in order and come with `actor_user__person` and `actor_person`; residents are 王*明, colleagues and
    helpers have their names.
    """
    return [Entry(title=staff_title(event), note=_staff_note(event), at=event.at) for event in events]


def staff_title(event):
    """What was done, in the words of those who work on the order."""
    if event.kind == OrderEvent.Kind.NOTE:
        return _("内部备注") if event.is_internal else _("补充说明")
    if event.kind != OrderEvent.Kind.MOVE:
        return OrderEvent.Kind(event.kind).label
    if not event.old_status:
        return _("代居民点单") if event.actor_user_id else _("居民点单")
    if event.new_status == _S.SUBMITTED:
        return _("居民说没办好，重新派人") if event.old_status in CLOSED_STATUSES else _("回到待派单")
    if event.old_status == _S.WAITING and event.new_status == _S.ACCEPTED:
        return _("居民补充了，接着办")
    return _STAFF_TITLES[event.new_status]


_STAFF_TITLES = {
    _S.OFFERED: gettext_lazy("派出去了，等答复"),
    _S.ACCEPTED: gettext_lazy("接单"),
    _S.WAITING: gettext_lazy("请居民补充"),
    _S.ESCALATED: gettext_lazy("转给上级"),
    _S.REPLIED: gettext_lazy("已答复"),
    _S.SOLVED: gettext_lazy("已办结"),
    _S.CONFIRMED: gettext_lazy("居民确认办好了"),
    _S.UNCONFIRMED: gettext_lazy("7 天没有回音，记为未确认"),
    _S.REJECTED: gettext_lazy("不予受理"),
    _S.CANCELLED: gettext_lazy("撤单"),
}


def _staff_note(event):
    return " · ".join(filter(None, [actor_name(event), event.note]))


def actor_name(event):
    """Who did it, as the desk reads it."""
    if event.actor_user:
        return event.actor_user.display_name
    if event.actor_person:
        return event.actor_person.masked_name
    return _("居民") if event.actor_timer == RESIDENT else _("系统")
