"""How the grids are covered: branch, grid head, members, the six members, and what is open there. For the staff door.

Counts are computed, never typed (features.md T03), and stand in the order of the grids: it is no contest.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils import timezone

from branches.models import BranchGrid
from grids.models import Appointment, Duty, Grid
from services.board import default_orders


@dataclass
class GridRow:
    """One grid. `head` is a name or ""; `six` are pairs (duty, names); `missing` the duties that nobody holds."""

    number: int
    name: str
    row: int | None = None
    column: int | None = None
    head: str = ""
    branch: str = ""
    members: int | None = None
    six: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    open: int = 0
    late: int = 0


def grid_rows(user, community):
    """All grids of the community that `user` may see, as `GridRow`, by number. Five queries."""
    grids = list(Grid.objects.for_user(user).filter(community=community).order_by("number"))
    duties = list(Duty.objects.in_community(community.pk).six_members())
    held = _held(community)
    branches = _branches(community)
    orders = _orders(user, community)
    return [_row(grid, duties, held, branches, orders) for grid in grids]


def _row(grid, duties, held, branches, orders):
    six = [(duty.name_zh, held[grid.pk, duty.pk]) for duty in duties]
    heads = held[grid.pk, Duty.Kind.HEAD]
    branch, members = branches.get(grid.pk, ("", None))
    return GridRow(
        number=grid.number,
        name=grid.name,
        row=grid.tile_row,
        column=grid.tile_column,
        head="、".join(heads),
        branch=branch,
        members=members,
        six=[(name, "、".join(names)) for name, names in six],
        missing=[name for name, names in six if not names],
        open=orders[grid.pk]["open"],
        late=orders[grid.pk]["late"],
    )


def _held(community):
    """(grid, duty or "head") → names of those who hold it today."""
    held = defaultdict(list)
    rows = Appointment.objects.current().filter(grid__community=community)
    for grid, duty, kind, name in rows.values_list("grid", "duty", "kind", "person__name"):
        held[grid, kind if kind == Duty.Kind.HEAD else duty].append(name)
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
