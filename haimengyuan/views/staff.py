"""The staff door's pages that show rows of several apps: the home page and the grids."""

import datetime as dt
from dataclasses import dataclass

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from haimengyuan.lib.gridmap import Tile
from haimengyuan.overviews.coverage import grid_rows
from people.doors import door
from people.visits import visited_community_or_404
from reminders.models import Heartbeat, Reminder
from reminders.workdays import is_provisional
from services import badges, board
from services.counting import capped_counts, say_count
from services.models import UnmetWord
from services.models.states import ENDED_STATUSES, OrderStatus

MAX_TODOS = 7
LATE_SHOWN = 3
_S = OrderStatus


@dataclass(frozen=True)
class Todo:
    """One line of "要您处理": what, where it leads, and whether time has run out."""

    text: str
    link: str
    href: str
    icon: str = "clock"
    late: bool = False


@door("enter_staff_door")
@require_safe
def home(request):
    """What is to be done, how the grids are covered, and whether reminders are running."""
    community = visited_community_or_404(request)
    now = timezone.now()
    orders = board.default_orders(request.user, community)
    numbers = _numbers(request.user, community, orders, now)
    grids = grid_rows(request.user, community)
    todos = _todos(orders, numbers, grids, now)
    context = {
        "hello": _hello(now, request.user),
        "numbers": {name: say_count(count) for name, count in numbers.items()},
        "late_orders": numbers["late"],
        "grids": grids,
        "covered": sum(bool(grid.branch) for grid in grids),
        "complete": sum(not grid.missing for grid in grids),
        "tiles": _tiles(grids),
        "todos": todos,
        "staff_counts": badges.say([numbers["waiting"], numbers["unread"]]),
        **_warnings(now),
    }
    return render(request, "staff/home.html", context)


def _hello(now, user):
    hour = timezone.localtime(now).hour
    parts = ((5, _("夜深了")), (11, _("早上好")), (13, _("中午好")), (18, _("下午好")), (24, _("晚上好")))
    part = next(words for end, words in parts if hour < end)
    return _("%(part)s，%(name)s") % {"part": part, "name": user.display_name}


def _numbers(user, community, orders, now):
    """The capped counts of the page, in one query: a dict by name."""
    today = timezone.make_aware(dt.datetime.combine(timezone.localdate(now), dt.time()))
    doing = [_S.OFFERED, _S.ACCEPTED, _S.WAITING, _S.ESCALATED]
    scopes = {
        "late": orders.overdue(now),
        **badges.scopes(user, community),
        "unsent": orders.waiting_for_desk().filter(dispatch_due_at__lt=now),
        "doing": orders.filter(status__in=doing),
        "today": board.filtered(orders, board.Filters(due="today"), user, now),
        "new": orders.filter(submitted_at__gte=today),
        "ended": orders.filter(status__in=ENDED_STATUSES),
        "nowhere": orders.open().filter(grid=None),
        "reopened": orders.open().filter(reopened_times__gt=0),
        "words": UnmetWord.objects.for_user(user).open(),
        "calls": Reminder.objects.for_user(user).calls(),
    }
    return dict(zip(scopes, capped_counts(*scopes.values()), strict=True))


def _todos(orders, numbers, grids, now):
    """At most seven things, the most pressing first."""
    lines = [_late(order, now) for order in _latest(orders, now)] if numbers["late"] else []
    more = numbers["late"] - len(lines)
    filtered = {key: board.Filters(due=key).url() for key in board.DUE}
    if more > 0:
        lines.append(
            Todo(_("超时的单子"), _("还有 %s 件") % say_count(more), filtered["late"], "stop", late=True)
        )
    counted = (
        ("unsent", _("满一小时还没派出去"), "clock"),
        ("reopened", _("居民说没办好，重新办"), "talk"),
        ("nowhere", _("不知道是哪栋楼"), "pin"),
    )
    for name, text, icon in counted:
        if numbers[name]:
            lines.append(Todo(text, _("%s 件") % say_count(numbers[name]), filtered[name], icon))
    lines += _told(numbers)
    lines += _vacancies(grids)
    if numbers["words"]:
        words = _("%s 个词") % say_count(numbers["words"])
        lines.append(Todo(_("居民搜过、清单里没有"), words, reverse("staff:unmet"), "search"))
    return lines[:MAX_TODOS]


def _latest(orders, now):
    rows = orders.overdue(now).select_related("service", "grid").order_by("due_at", "pk")
    return list(rows.only("number", "due_at", "service__name_zh", "grid__number", "grid__name")[:LATE_SHOWN])


def _late(order, now):
    where = order.grid.name if order.grid else _("不知道哪栋楼")
    text = f"{where}，{board.say_late(order.due_at, now)}"
    return Todo(text, order.service.name_zh, reverse("staff:order", args=[order.number]), "stop", late=True)


def _told(numbers):
    """Residents who want to be told by telephone, and what the portal has told the desk."""
    page = reverse("staff:reminders")
    found = (
        ("calls", _("想要电话通知的人"), _("打 %s 个电话"), "#calls", "phone"),
        ("unread", _("给社区的消息"), _("%s 条没看"), "#inbox", "bell"),
    )
    return [
        Todo(text, link % say_count(numbers[name]), page + anchor, icon)
        for name, text, link, anchor, icon in found
        if numbers[name]
    ]


def _vacancies(grids):
    lines = []
    headless = [str(grid.number) for grid in grids if not grid.head]
    short = [str(grid.number) for grid in grids if grid.missing]
    lone = [str(grid.number) for grid in grids if not grid.branch]
    page = reverse("staff:grids")
    if headless:
        lines.append(Todo(_("第 %s 网格") % "、".join(headless), _("没有网格长"), page, "user"))
    if lone:
        lines.append(Todo(_("第 %s 网格") % "、".join(lone), _("没有党支部"), page, "flag"))
    if short:
        lines.append(Todo(_("第 %s 网格") % "、".join(short), _("六员有空缺"), page, "users"))
    return lines


def _tiles(grids):
    return [
        Tile(
            number=grid.number,
            name=grid.name,
            row=grid.row,
            column=grid.column,
            href=board.Filters(grid=str(grid.number)).url(),
            value=_("超时%d") % grid.late if grid.late else _("%d 件") % grid.open,
            heat="hx" if grid.late else _heat(grid.open),
            note=_("在办 %(open)d 件，超时 %(late)d 件") % {"open": grid.open, "late": grid.late},
        )
        for grid in grids
        if grid.row is not None and grid.column is not None
    ]


def _heat(count):
    return "" if count == 0 else "h1" if count < 3 else "h2" if count < 8 else "h3"


def _warnings(now):
    """The red banner of features.md R05, and a calendar that is not published yet."""
    last_beat = Heartbeat.objects.last_at()
    year = timezone.localdate(now).year
    return {
        "silent": not Heartbeat.is_alive(last_beat),
        "last_beat": last_beat,
        "provisional_year": year if is_provisional(year) else None,
    }


@door("enter_staff_door")
@require_safe
def grids(request):
    """The roster: each grid with its head and six members from when to when, its branch; who is missing is said."""
    community = visited_community_or_404(request)
    rows = grid_rows(request.user, community)
    duties = [duty for duty, _holders in rows[0].cells] if rows else []
    context = {
        "grids": rows,
        "duties": duties,
        "vacant": sum(not holders for row in rows for _duty, holders in row.cells),
        "may_write": request.user.may("edit_reference_data"),
    }
    return render(request, "staff/grids.html", context)
