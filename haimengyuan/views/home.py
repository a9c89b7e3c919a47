"""The first page of the portal."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from branches.actions.disclosure import current_notices
from grids.models import Grid
from haimengyuan.lib.gridmap import Tile
from people.visits import remember_visited, visited_community_or_404
from services.catalogue import SITUATIONS, counts_by_situation, entries
from services.models import ServiceOrder
from services.page_cache import cached_page
from volunteers.models import Activity, ActivityStatus

# Shown until the orders of this community say what is popular; also the words under the search box.
FIRST_CHOICE = ("E03", "I01", "E08", "B02", "A17", "I04")
SITUATIONS_SHOWN = 8
NOTICES_SHOWN = 3
ACTIVITIES_SHOWN = 3


@login_not_required
@require_safe
def home(request):
    """The main ways in, services by situation, what many order, how it goes and the map of the grids."""
    return cached_page(request, reverse("home"), lambda pk: _home(request, pk))


def _home(request, community_pk):
    grids = list(
        Grid.objects.filter(community=community_pk)
        .select_related("community__catalogue_version")
        .order_by("number")
    )
    if grids:  # the community came with them
        remember_visited(request, grids[0].community)
    community = visited_community_or_404(request, "catalogue_version")
    rows = entries(community)
    known = counts_by_situation(rows)
    context = {
        "community": community,
        "total": len(rows),
        "situations": [(key, *look) for key, look in SITUATIONS.items() if known[key]][:SITUATIONS_SHOWN],
        "popular": _popular(community, {row.code: row for row in rows}),
        "tiles": map_tiles(grids),
        "notices": current_notices(community, limit=NOTICES_SHOWN),
        "activities": _next_activities(community),
    }
    return render(request, "public/home.html", context)


def _popular(community, by_code):
    """Six listed services: the most ordered of the last 30 days first, then the usual ones."""
    codes = [*ServiceOrder.objects.most_ordered(community, days=30, top=12), *FIRST_CHOICE, *by_code]
    return [by_code[code] for code in dict.fromkeys(codes) if code in by_code][:6]


def _next_activities(community):
    """The next few that take place, one of each series. Places left are not among it: they change with every sign-up."""
    now = timezone.now()
    rows = Activity.objects.in_community(community.pk).public().filter(status=ActivityStatus.PUBLISHED)
    rows = rows.upcoming(now).next_of_each_series(now).select_related("venue")
    return list(rows[:ACTIVITIES_SHOWN])


def map_tiles(grids, *, here=None, shown=None):
    """Tiles for the map of these grids: `here` is the visitor's own one, `shown` the one of the page.

    Grids without a place on the map are left out.
    """
    return [
        Tile(
            number=grid.number,
            name=grid.name,
            row=grid.tile_row,
            column=grid.tile_column,
            href=reverse("grid", args=[grid.number]),
            here=grid == here,
            heat="h3" if grid == shown else "",
        )
        for grid in grids
        if grid.tile_row is not None and grid.tile_column is not None
    ]
