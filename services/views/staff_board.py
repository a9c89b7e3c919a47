"""The order board of the desk: columns or a list, filters in the address, a search that leaves no name in it."""

from typing import NamedTuple

from django.db.models import Value
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from grids.models import Grid
from haimengyuan.lib.compiled import compiled_once
from haimengyuan.lib.phones import PhoneProblem, normalise_phone
from people.doors import door
from people.models import Person
from people.visits import visited_community_or_404
from services import badges, board
from services.models import Category
from services.models.states import OPEN_STATUSES
from services.numbers import clean_number

FOUND_PERSONS = 50


@door("enter_staff_door")
@require_http_methods(["GET", "HEAD", "POST"])
def orders(request):
    """The board; a POST is a search by number, phone, name or place."""
    community = visited_community_or_404(request)
    if request.method == "POST":
        return _search(request, community)
    filters = board.Filters.read(request.GET)
    context = _frame(community, filters) | {"done": clean_number(request.GET.get("done", ""))}
    if filters.is_list:
        rows = board.default_orders(request.user, community)
        if not filters.status and not filters.like and not filters.q:
            rows = rows.filter(status__in=OPEN_STATUSES)
        page = board.listed(rows, filters, request.user)
        context |= {
            "page": page,
            "total": page.total,
            "next_href": _next(filters, page),
            "first_href": filters.url(),
        }
        return render(request, "staff/order_list.html", context)
    beside = {"beside": badges.scopes, "since": badges.news_since()}
    shown, total, counts = board.columns(request.user, community, filters, **beside)
    context |= {"columns": shown, "total": total, "staff_counts": badges.say(counts)}
    return render(request, "staff/board.html", context)


def _next(filters, page):
    return filters.url(after=page.next_after) if page.next_after else ""


class Choices(NamedTuple):
    """All that the selects over the board show, so that they are rendered once for the same choices."""

    status: str
    grid: str
    category: str
    due: str
    mine: bool
    has_words: bool
    is_list: bool
    grids: tuple
    categories: tuple

    @property
    def due_choices(self):
        return board.DUE.items()

    @property
    def status_choices(self):
        columns = [(key, name) for key, _statuses, name, _look in board.COLUMNS]
        return [*columns, ("closed", _("办完和撤销的"))]


def _choices(community, filters):
    rows = sorted(_grids_and_categories.rows(community=community.pk))
    return Choices(
        **{name: getattr(filters, name) for name in ("status", "grid", "category", "due", "mine", "is_list")},
        has_words=bool(filters.q or filters.like),
        grids=tuple((str(number), name) for number, _code, name in rows if number),
        categories=tuple((code, name) for number, code, name in rows if not number),
    )


@compiled_once(community=int)
def _grids_and_categories(community):
    """(number, "", name) of each grid and (0, code, name) of each category."""
    grids = Grid.objects.in_community(community).order_by().annotate(code_=Value(""))
    categories = Category.objects.in_community(community).order_by().annotate(number=Value(0))
    return grids.values_list("number", "code_", "name").union(
        categories.values_list("number", "code", "name_zh"), all=True
    )


def _frame(community, filters):
    return {"filters": filters, "back": filters.url(), "choices": _choices(community, filters)}


def _search(request, community):
    """A number leads to its order; a phone or a name shows that resident's orders here, under the bare address.

    What was typed is never written into an address or a log (a place is: it tells nothing of a person).
    """
    typed = request.POST.get("q", "").strip()[:40]
    rows = board.default_orders(request.user, community)
    number = clean_number(typed)
    if number and rows.filter(number=number).exists():
        return HttpResponseRedirect(reverse("staff:order", args=[number]))
    persons = _persons(community, typed)
    if persons is None:
        return HttpResponseRedirect(board.Filters(q=typed).url())
    context = _frame(community, board.Filters()) | {
        "page": board.found_for(rows, persons, request.user),
        "searched": True,
    }
    return render(request, "staff/order_list.html", context)


def _persons(community, typed):
    """Residents with this phone or this name, or None when it is neither."""
    known = Person.objects.filter(community=community)
    try:
        return list(known.with_phone(normalise_phone(typed)).values_list("pk", flat=True)[:FOUND_PERSONS])
    except PhoneProblem:
        pass
    persons = list(known.filter(name=typed).values_list("pk", flat=True)[:FOUND_PERSONS]) if typed else []
    return persons or None
