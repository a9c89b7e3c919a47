"""The organiser's pages on the day: the code on the wall, the list of names with ticks, and what follows afterwards."""

from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from haimengyuan.lib.forms import new_key
from people.doors import door
from people.visits import visited_community_or_404
from volunteers.models import Activity
from volunteers.roll import codes_of, do, roll_of, seats_here

READ, WRITE = "enter_staff_door", "manage_activities"


def _found(request, pk):
    community = visited_community_or_404(request)
    rows = Activity.objects.for_user(request.user).in_community(community.pk).real().with_related()
    return get_object_or_404(rows, pk=pk)


@door(WRITE)
@never_cache
@require_safe
def code(request, pk):
    """The screen in the room: four digits per shift. The page loads itself anew when the next minute begins.

    The browser is told so by a header, for the page has to go on by itself without JavaScript.
    """
    found, now = _found(request, pk), timezone.now()
    context = {
        "activity": found,
        "codes": codes_of(found, now),
        "arrived": seats_here(found),
        "link": settings.PUBLIC_BASE_URL + reverse("activity_check_in", args=[found.pk]),
    }
    response = render(request, "staff/activity_code.html", context)
    response.headers["Refresh"] = str(60 - now.second)
    return response


@door(READ, to_write=WRITE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def roll(request, pk):
    """Who is there. One tap per name; with `paper=1` many ticks from the printed list in one form; hours afterwards."""
    found = _found(request, pk)
    if request.method == "POST":
        do(request, found)
        return HttpResponseRedirect(request.get_full_path())
    may_write, now = request.user.may(WRITE), timezone.now()
    context = {
        "activity": found,
        "groups": roll_of(found, full_names=may_write, now=now),
        "is_paper": request.GET.get("paper") == "1",
        "may_write": may_write,
        "key": new_key(),
    }
    return render(request, "staff/activity_roll.html", context)
