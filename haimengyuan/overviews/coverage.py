"""How the grids are covered: branch, grid head, members, the six members, and what is open there. For the staff door.

Counts are computed, never typed (features.md T03), and stand in the order of the grids: it is no contest.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils import timezone

from branches.models import BranchGrid
from grids.models import Appointment, Cover, Duty, Grid
from services.board import default_orders


@dataclass
class GridRow:
    """One grid. `head` is a name or ""; `six` are pairs (duty, names); `missing` the duties that nobody holds.

    `cells` are pairs (duty, holders) for the head and the six: the roster (features.md S01).
    """

    number: int
    name: str
    row: int | None = None
    column: int | None = None
    head: str = ""
    branch: str = ""
    members: int | None = None
    six: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    cells: list = field(default_factory=list)
    open: int = 0
    late: int = 0


@dataclass(frozen=True)
class Holder:
    """Who holds a duty from when to when; `cover` is the name of who stands in today."""

    name: str
    since: object
    ends_on: object
    cover: str = ""


def roster_duties(community):
    """The duties of the roster: grid head, then the six members. One query."""
    kinds = [Duty.Kind.HEAD, Duty.Kind.MEMBER]
    rows = Duty.objects.in_community(community.pk).filter(kind__in=kinds).order_by("order", "code")
    return sorted(rows, key=lambda duty: duty.kind != Duty.Kind.HEAD)


def grid_rows(user, community):
    """All grids of the community that `user` may see, as `GridRow`, by number. Six queries."""
    grids = list(Grid.objects.for_user(user).filter(community=community).order_by("number"))
    duties = roster_duties(community)
    held = _held(community)
    branches = _branches(community)
    orders = _orders(user, community)
    return [_row(grid, duties, held, branches, orders) for grid in grids]


def _row(grid, duties, held, branches, orders):
    cells = [(duty, held[grid.pk, duty.pk]) for duty in duties]
    members = [(duty, rows) for duty, rows in cells if duty.kind == Duty.Kind.MEMBER]
    six = [(duty.name_zh, "、".join(row.name for row in rows)) for duty, rows in members]
    heads = [row.name for duty, rows in cells if duty.kind == Duty.Kind.HEAD for row in rows]
    branch, count = branches.get(grid.pk, ("", None))
    return GridRow(
        number=grid.number,
        name=grid.name,
        row=grid.tile_row,
        column=grid.tile_column,
        head="、".join(heads),
        branch=branch,
        members=count,
        six=six,
        missing=[name for name, names in six if not names],
        cells=cells,
        open=orders[grid.pk]["open"],
        late=orders[grid.pk]["late"],
    )


def _held(community):
    """(grid, duty) → `Holder`s of today, the longest serving first."""
    held = defaultdict(list)
    rows = Appointment.objects.current().filter(grid__community=community).order_by("since", "pk")
    covers = Cover.objects.current().filter(appointment__grid__community=community)
    instead = dict(covers.values_list("appointment", "person__name"))
    for pk, grid, duty, name, since, ends_on in rows.values_list(
        "pk", "grid", "duty", "person__name", "since", "ends_on"
    ):
        held[grid, duty].append(Holder(name, since, ends_on, instead.get(pk, "")))
    return held


def _branches(community):
    """grid → (name of its branch, how many members it has)."""
    members = Count("branch__members", filter=Q(branch__members__left_on=None))
    rows = BranchGrid.objects.filter(grid__community=community).annotate(members=members)
    return {grid: (name, n) for grid, name, n in rows.values_list("grid", "branch__name", "members")}


def _orders(user, community):
    """grid → open and late orders; the open set has an index of its own."""
    now = timezone.now()
    late = Count("pk", filter=Q(paused_at=None, due_at__lt=now))
    rows = default_orders(user, community).open().order_by().values("grid")
    counted = {row["grid"]: row for row in rows.annotate(open=Count("pk"), late=late)}
    return defaultdict(lambda: {"open": 0, "late": 0}, counted)
