"""The order board of the staff door: filters that live in the address, four columns, rows formatted once in Python.

Counts are capped and taken in one query; a long column is read on by key, not by offset (architecture.md §10).
"""

import datetime as dt
import functools
import itertools
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haimengyuan.lib.compiled import CompiledQuery, compiled_once
from haimengyuan.lib.masking import mask_name
from haimengyuan.lib.moments import group_number, say_half_day, say_moment
from people.models import Community
from services.counting import JsonList, capped_counts, counting, say_count
from services.models import Offer, OrderEvent, OrderStatus, ServiceOrder
from services.models.states import ENDED_STATUSES, OPEN_STATUSES

COLUMN_ROWS = 8
PAGE_ROWS = 50
_S = OrderStatus

# The columns of the board: key, statuses, name, status whose look the head has.
COLUMNS = (
    ("submitted", (_S.SUBMITTED,), gettext_lazy("待派单"), "submitted"),
    ("offered", (_S.OFFERED,), gettext_lazy("等人接"), "offered"),
    ("doing", (_S.ACCEPTED, _S.WAITING, _S.ESCALATED), gettext_lazy("正在办"), "accepted"),
    ("ended", ENDED_STATUSES, gettext_lazy("等居民确认"), "solved"),
)
STATUSES_OF = {key: statuses for key, statuses, _name, _look in COLUMNS} | {
    "closed": (_S.CONFIRMED, _S.UNCONFIRMED, _S.REJECTED, _S.CANCELLED)
}
DUE = {
    "late": gettext_lazy("已超时"),
    "today": gettext_lazy("今天到期"),
    "unsent": gettext_lazy("满一小时没派"),
    "nowhere": gettext_lazy("不知道哪栋楼"),
    "reopened": gettext_lazy("居民说没办好"),
}


# What the row of an order prints; everything else of it stays in the database. `asked` are whom an offer waits for.
_ROW_COLUMNS = (
    *(
        "pk",
        "number",
        "status",
        "submitted_at",
        "moved_at",
        "dispatch_due_at",
        "due_at",
        "paused_at",
        "ended_at",
    ),
    *("visit_on", "visit_half", "service__name_zh", "grid__number", "grid__name"),
    *("building", "building__estate", "building__name", "contact__name", "assigned_to__name", "asked"),
)


@dataclass(frozen=True)
class Filters:
    """What the address asks for; unknown values ask for nothing. No name and no phone ever stands in it."""

    status: str = ""
    grid: str = ""
    category: str = ""
    due: str = ""
    mine: bool = False
    q: str = ""
    like: str = ""  # the number of an order: those of the same resident
    after: str = ""

    @classmethod
    def read(cls, query):
        """The filters of a QueryDict."""
        status, due, grid = query.get("status", ""), query.get("due", ""), query.get("grid", "")
        return cls(
            status=status if status in STATUSES_OF else "",
            grid=grid if grid.isascii() and grid.isdigit() and len(grid) < 4 else "",
            category=query.get("category", "")[:4],
            due=due if due in DUE else "",
            mine=query.get("mine") == "1",
            q=query.get("q", "").strip()[:30],
            like=query.get("like", "")[:8],
            after=query.get("after", "")[:60],
        )

    @property
    def is_list(self):
        """Whether one list answers better than four columns."""
        return bool(self.status or self.q or self.like or self.after)

    def url(self, **changes):
        """The address of the board with these filters, some of them changed."""
        wanted = replace(self, after="") if "after" not in changes else self
        wanted = replace(wanted, **changes)
        values = {name: value for name, value in wanted.__dict__.items() if value}
        values |= {"mine": "1"} if wanted.mine else {}
        address = reverse("staff:orders")
        return f"{address}?{urlencode(values)}" if values else address


@dataclass(frozen=True)
class Row:
    """One order as the board prints it; `href` leads to its page and back to where the row stands."""

    number: str
    href: str
    spoken_number: str
    service: str
    place: str
    resident: str
    who: str
    when: str
    flag: str  # "late", "due" or ""; what is flagged says its flag instead of `when`, unless it waits
    flag_words: str
    status: str
    building: int | None
    action: str


@dataclass(frozen=True)
class Column:
    key: str
    name: str
    look: str
    rows: list
    count: str
    more: str
    href: str


@dataclass(frozen=True)
class Page:
    """One page of the list; `next_after` is the key to read on from."""

    rows: list
    next_after: str = ""
    total: str = ""


def filtered(orders, filters, user, now=None):
    """The rows of `orders` that the filters ask for, without order and limit."""
    now = now or timezone.now()
    if filters.status:
        orders = orders.filter(status__in=STATUSES_OF[filters.status])
    if filters.grid:
        orders = orders.filter(grid__number=int(filters.grid))
    if filters.category:
        orders = orders.filter(service__category__code=filters.category)
    if filters.mine:
        orders = orders.filter(_mine(user))
    if filters.q:
        orders = orders.filter(_words(filters.q))
    if filters.like:
        same = orders.model.objects.filter(number=filters.like, community=OuterRef("community"))
        orders = orders.filter(contact__in=Subquery(same.values("contact")))
    return _due(orders, filters.due, now)


def _due(orders, due, now):
    if due == "late":
        return orders.overdue(now)
    if due == "today":
        return orders.due_within(now, _end_of_today(now))
    if due == "unsent":
        return orders.waiting_for_desk().filter(dispatch_due_at__lt=now)
    if due == "nowhere":
        return orders.open().filter(grid=None)
    if due == "reopened":
        return orders.open().filter(reopened_times__gt=0)
    return orders


def _end_of_today(now):
    tomorrow = timezone.localdate(now) + dt.timedelta(days=1)
    return timezone.make_aware(dt.datetime.combine(tomorrow, dt.time()))


def _mine(user):
    """What this user entered, sent somebody to, or did anything about."""
    events = OrderEvent.objects.filter(order=OuterRef("pk"), actor_user=user.pk)
    mine = Q(entered_by=user.pk) | Q(Exists(events))
    return mine | Q(assigned_to=user.person_id) if user.person_id else mine


def _words(words):
    """An order number or a part of it, else a building or an estate, else a service."""
    digits = words.replace(" ", "")
    if digits.isascii() and digits.isdigit() and len(digits) >= 4:
        return Q(number__startswith=digits)
    place = Q()
    for word in words.split():
        place &= (
            Q(building__estate__contains=word)
            | Q(building__name__contains=word)
            | Q(grid__name__contains=word)
        )
    return place | Q(service__name_zh__contains=words) | Q(place_text__contains=words)


def columns(user, community, filters, *, beside, since):
    """The four columns of the board, how many they hold, and the counts of what stands beside them. Two queries.

    `beside(user, community, since)` gives further querysets to count by name; they may look at the moment `since`.
    """
    now, size = timezone.now(), len(COLUMNS)
    if user.sight and filters == Filters(grid=filters.grid, category=filters.category):
        row = _compiled_counts(user.sight, community.pk, filters, beside).row(since=since)
    else:
        row = _counts(user, community, filters, beside, since)[0]
    counts, others, keys = row[:size], row[size:-size], [JsonList.read(found) for found in row[-size:]]
    found = {order.pk: order for order in _shown.rows(keys=[*itertools.chain(*keys)])}
    shown, back = [], filters.url()
    for (key, _statuses, name, look), count, first in zip(COLUMNS, counts, keys, strict=True):
        # a row that went away between the two queries is left out
        rows = make_rows([found[pk] for pk in first if pk in found], now, back, user)
        href = filters.url(status=key)
        shown.append(Column(key, name, look, rows, say_count(count), say_more(count - len(first)), href))
    return shown, say_count(sum(counts)), others


def _counts(user, community, filters, beside, since):
    orders = default_orders(user, community)
    scopes = [
        filtered(orders, replace(filters, status=key), user).order_by(
            *(("-ended_at", "-pk") if key == "ended" else ("due_at", "pk"))
        )
        for key, _statuses, _name, _look in COLUMNS
    ]
    return counting([*scopes, *beside(user, community, since).values()], scopes, limit=COLUMN_ROWS)


@functools.lru_cache(maxsize=256)
def _compiled_counts(sight, community, filters, beside):
    """`_counts` of what most people look at: filters without a clock, a person or a typed word in them."""
    user, community = sight.somebody(), Community(pk=community)
    return CompiledQuery(
        lambda since: _counts(user, community, filters, beside, since), {"since": dt.datetime}
    )


@compiled_once(keys=(int, len(COLUMNS) * COLUMN_ROWS))
def _shown(keys):
    return _loaded(ServiceOrder.objects.filter(pk__in=keys)).order_by()


def say_more(count):
    """还有 3 件, "" when nothing is left."""
    return _("还有 %s 件") % say_count(count) if count > 0 else ""


def listed(orders, filters, user):
    """One page of the list, by due time, read on after the key of the last row."""
    now = timezone.now()
    scope = filtered(orders, filters, user, now)
    (total,) = capped_counts(scope)
    if key := _key_of(filters.after):
        due_at, pk = key
        scope = scope.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=pk))
    found = list(_loaded(scope)[: PAGE_ROWS + 1])
    back = filters.url()
    rows = make_rows(found[:PAGE_ROWS], now, back, user)
    last = found[PAGE_ROWS - 1] if len(found) > PAGE_ROWS else None
    return Page(
        rows=rows, next_after=f"{last.due_at.isoformat()}_{last.pk}" if last else "", total=say_count(total)
    )


def found_for(orders, persons, user):
    """The newest orders of these residents, as a `Page`; for a search whose words must not stand in an address."""
    now = timezone.now()
    found = _loaded(orders.filter(Q(contact__in=persons) | Q(for_person__in=persons)))
    back = Filters().url()
    rows = make_rows(found.order_by("-submitted_at", "-pk")[:PAGE_ROWS], now, back, user)
    return Page(rows=rows, total=str(len(rows)))


def _key_of(after):
    moment, _line, pk = after.rpartition("_")
    try:
        key = dt.datetime.fromisoformat(moment), int(pk)
    except ValueError:
        return None
    return key if key[0].tzinfo else None


def _loaded(orders):
    """What a row prints and no more, as named tuples, by due time unless ordered otherwise."""
    if not orders.query.order_by:
        orders = orders.order_by("due_at", "pk")
    asked = Offer.objects.unanswered().filter(order=OuterRef("pk")).order_by("pk")
    return orders.annotate(asked=JsonList(asked, "person__name")).values_list(*_ROW_COLUMNS, named=True)


def make_rows(orders, now, back, user):
    """The printed `Row` of each order; the resident is 王*明, the place ends at the building. `back`: where they stand."""
    actions = _ACTIONS if user.may("handle_orders") else _LOOKS
    any_number = "00000000"
    before, after = reverse("staff:order", args=[any_number]).split(any_number)
    after += f"?from={quote(back, safe='')}"
    return [_make_row(order, now, f"{before}{order.number}{after}", actions) for order in orders]


def _make_row(order, now, href, actions):
    flag, words = flag_of(order, now)
    return Row(
        number=order.number,
        href=href,
        spoken_number=group_number(order.number),
        service=order.service__name_zh,
        place=_place(order),
        resident=_("没有留名") if order.contact__name is None else mask_name(order.contact__name),
        who=_who(order),
        when="" if flag and order.status != _S.WAITING else _when(order),
        flag=flag,
        flag_words=words,
        status=order.status,
        building=order.building,
        action=str(actions.get(order.status, actions[None])),
    )


def _place(order):
    building = f"{order.building__estate} {order.building__name}" if order.building else ""
    if order.grid__number is None:
        return building or _("楼号待核实")
    return f"{order.grid__number} {building or order.grid__name}"


def _who(order):
    if order.assigned_to__name:
        return order.assigned_to__name
    return "、".join(JsonList.read(order.asked))


def _when(order):
    if order.status in ENDED_STATUSES and order.ended_at:
        return _("%s 办结") % say_moment(order.ended_at)
    if order.status == _S.ACCEPTED and order.visit_on:
        return _("约好 %s") % say_half_day(order.visit_on, order.visit_half)
    if order.status == _S.OFFERED:
        return _("%s 派出") % say_moment(order.moved_at)
    return _("%s 点单") % say_moment(order.submitted_at)


def flag_of(order, now):
    """The flag beside the status and its words: "late", "due" or "". Of an order, or of a row of the board."""
    if order.status not in OPEN_STATUSES or order.paused_at:
        return ("due", _("等居民补充")) if order.paused_at else ("", "")
    if order.due_at < now:
        return "late", say_late(order.due_at, now)
    if order.status == _S.SUBMITTED and order.dispatch_due_at < now:
        return "due", _("该派了")
    if order.due_at < _end_of_today(now):
        return "due", _("今天到期")
    return "", ""


def say_late(due_at, now):
    """超时 6 小时, 超时 2 天."""
    hours = int((now - due_at).total_seconds() // 3600)
    if hours < 1:
        return _("刚超时")
    return _("超时 %d 小时") % hours if hours < 24 else _("超时 %d 天") % (hours // 24)


_ACTIONS = {
    None: gettext_lazy("跟进"),  # in any other status
    _S.SUBMITTED: gettext_lazy("派单"),
    _S.OFFERED: gettext_lazy("看答复"),
    _S.REPLIED: gettext_lazy("回访"),
    _S.SOLVED: gettext_lazy("回访"),
}
_LOOKS = {None: gettext_lazy("看单子")}  # who may change nothing


def default_orders(user, community):
    """The orders of `community` that `user` may see."""
    return ServiceOrder.objects.for_user(user).filter(community=community)
