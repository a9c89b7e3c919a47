"""My grid: by building, by number, and as a card for the stairwell."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grids.models import Grid
from haimengyuan.forms import FindGridForm
from haimengyuan.lib.display import wants_large_type
from haimengyuan.lib.remembered import remember_building, remembered_building
from haimengyuan.overviews.grid_card import grid_card
from haimengyuan.views.home import map_tiles
from people.visits import visited_community_or_404


@login_not_required
@require_safe
def grids(request):
    """Choose a building and see who looks after it; without a choice the building of the last visit."""
    community = visited_community_or_404(request, "catalogue_version")
    asked = "building" in request.GET
    chosen = request.GET.get("building") if asked else remembered_building(request)
    form = FindGridForm({"building": chosen} if chosen or asked else None, community=community)
    building = None
    if form.is_bound and form.is_valid():
        building = form.fields["building"].chosen
    elif not asked:
        # a remembered building that is gone is no mistake of the visitor
        form = FindGridForm(community=community)
    response = _page(request, community, form, building=building)
    if building and asked:
        remember_building(response, building.pk, request)
    return response


@login_not_required
@require_safe
def grid(request, number):
    """The card of one grid by its number."""
    community = visited_community_or_404(request, "catalogue_version")
    chosen = remembered_building(request)
    form = FindGridForm(community=community, initial={"building": chosen})
    return _page(request, community, form, number=number)


def _unknown():
    return Http404(_("没有这个网格。请从“我的网格”里按楼号找"))


def _page(request, community, form, *, number=None, building=None):
    every = list(Grid.objects.filter(community=community).order_by("number"))
    here = next((grid for grid in every if grid.number == number), None)
    if building:
        here = next(grid for grid in every if grid.pk == building.grid_id)
    elif number is not None and here is None:
        raise _unknown()
    card = grid_card(Grid.objects.with_counts().get(pk=here.pk), community) if here else None
    context = {
        "form": form,
        "card": card,
        "building": building,
        "grids": every,
        "tiles": map_tiles(every, here=here if building else None, shown=here),
        "here": here,
    }
    return render(request, "public/grids.html", context)


@login_not_required
@require_safe
def poster(request, number):
    """An A4 card for the stairwell: the duty card, the desk's number and a code that opens the grid's page."""
    community = visited_community_or_404(request, "catalogue_version")
    found = Grid.objects.with_counts().one_or_none(community=community, number=number)
    if found is None:
        raise _unknown()
    link = settings.PUBLIC_BASE_URL + reverse("grid", args=[number])
    if wants_large_type(request):  # a card for a stairwell of older people leads to large type
        link += "?dazi=1"
    context = {"card": grid_card(found, community), "link": link, "today": timezone.localdate()}
    return render(request, "public/poster.html", context)
