"""The public pages of activities: what comes up, and one of them, where people sign up without an account."""

import datetime as dt
import functools
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q, Sum
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from grids.models import Grid
from haimengyuan.lib.back import kept_for_back
from haimengyuan.lib.client import client_ip
from haimengyuan.lib.compiled import compiled_once
from haimengyuan.lib.keys import row_key
from haimengyuan.lib.moments import say_span
from haimengyuan.lib.remembered import remembered_building
from people.errors import TooOften
from people.models import Community
from people.too_often import too_often
from people.visits import host_of, remember_visited, visited_community_or_404
from volunteers.actions import sign_up
from volunteers.actions.check_in import may_arrive
from volunteers.errors import SignupRefused
from volunteers.forms.signups import SignupForm
from volunteers.links import activity_path, signup_path
from volunteers.models import Activity, ActivityStatus, Shift
from volunteers.models.activities import LONGEST, say_place
from volunteers.recurrence import say_rule

SHOWN = 30
DATES_SHOWN = 8
# chip in the address → (words, what it keeps)
CHIPS = {
    "elderly": (Activity.ForWhom.ELDERLY.label, Q(for_whom=Activity.ForWhom.ELDERLY)),
    "family": (Activity.ForWhom.FAMILY.label, Q(for_whom=Activity.ForWhom.FAMILY)),
    "volunteer": (Activity.Kind.VOLUNTEER.label, Q(kind=Activity.Kind.VOLUNTEER)),
}


@login_not_required
@require_safe
def activity_list(request):
    """What comes up, the soonest first; `for` narrows, `past=1` is what has been, `after` and `before` page them."""
    community = visited_community_or_404(request)
    now, is_past, after = timezone.now(), request.GET.get("past") == "1", request.GET.get("after", "")
    wanted = request.GET.get("for", "")
    grid = _own_grid(request)
    if is_past or after or wanted:
        rows = _listed(community.pk, now, wanted, grid, is_past=is_past)
        found = list(_page(rows, after, newest_first=is_past)[: SHOWN + 1])
    else:
        found = _first_page.rows(community=community.pk, now=now, since=now - LONGEST)
    more = f"{found[SHOWN - 1].starts_at.timestamp():.0f}_{found[SHOWN - 1].pk}" if len(found) > SHOWN else ""
    counts = {pk: sums for pk, *sums in _counts.rows(activities=[row.pk for row in found[:SHOWN]])}
    context = {
        "activities": [_card(row, now, *counts.get(row.pk, (0, 0))) for row in found[:SHOWN]],
        "chips": [(key, words) for key, (words, _rule) in CHIPS.items()],
        "wanted": wanted,
        "grid": grid,
        "is_past": is_past,
        "more": more,
    }
    return render(request, "public/activities.html", context)


# what a card shows; everything else of an activity stays in the database
_SHOWN = (
    *("pk", "title", "for_whom", "place_text", "starts_at", "ends_at", "status"),
    *("venue__name", "venue__place", "series__rule"),
)


def _listed(community, now, wanted="", grid=None, *, is_past=False, since=None):
    rows = Activity.objects.in_community(community).public().values_list(*_SHOWN, named=True)
    if wanted in CHIPS:
        rows = rows.filter(CHIPS[wanted][1])
    elif wanted == "grid" and grid:
        rows = rows.filter(Q(grid=grid) | Q(grid=None))
    if is_past:
        rows = rows.filter(ends_at__lte=now).exclude(status=ActivityStatus.CANCELLED)
        return rows.order_by("-starts_at", "-pk")
    return rows.upcoming(now, since).next_of_each_series(now)


@compiled_once(community=int, now=dt.datetime, since=dt.datetime)
def _first_page(community, now, since):
    return _listed(community, now, since=since)[: SHOWN + 1]


@compiled_once(activities=(int, SHOWN))
def _counts(activities):
    """(activity key, places, taken), summed over its shifts."""
    sums = Shift.objects.filter(activity__in=activities).order_by().values("activity")
    return sums.values_list("activity", Sum("capacity"), Sum("taken"))


def _own_grid(request):
    """The grid of the building that this device remembers, else None."""
    building = remembered_building(request)
    return Grid.objects.filter(buildings=building).first() if building else None


def _page(rows, after, *, newest_first):
    """Read on after the second and key of the last row: "1795741200_12"; any other text begins anew."""
    second, _line, pk = after.partition("_")
    second, pk = row_key(second), row_key(pk)
    if second is None or pk is None or second > 4_000_000_000:
        return rows
    moment = dt.datetime.fromtimestamp(second, tz=dt.UTC)
    if newest_first:
        return rows.filter(Q(starts_at__lt=moment) | Q(starts_at=moment, pk__lt=pk))
    return rows.filter(Q(starts_at__gt=moment) | Q(starts_at=moment, pk__gt=pk))


class Card(NamedTuple):
    """What the list shows of one activity, its dates said once in Python; equal ones are said and drawn once."""

    href: str
    title: str
    rule: str
    day: int
    month: int
    look: str
    when: str
    place: str
    taken: int
    free: int
    percent: int
    is_cancelled: bool
    is_open: bool
    is_over: bool


_LOOKS = {Activity.ForWhom.ELDERLY: "t-gold", Activity.ForWhom.FAMILY: "t-red"}


def _card(row, now, places, taken):
    return _kept_card(row, places, taken, row.starts_at <= now, row.ends_at <= now, get_language())


@functools.lru_cache(maxsize=1024)
def _kept_card(row, places, taken, has_begun, is_over, _language):
    local = timezone.localtime(row.starts_at)
    day, _space, clock = say_span(row.starts_at, row.ends_at).partition(" ")
    return Card(
        href=activity_path(row),
        title=row.title,
        rule=say_rule(row.series__rule) if row.series__rule else "",
        day=local.day,
        month=local.month,
        look=_LOOKS.get(row.for_whom, ""),
        when=clock or day,
        place=say_place(row.venue__name, row.venue__place) or row.place_text,
        taken=taken,
        free=places - taken,
        percent=min(100, round(10 * taken / places) * 10) if places else 0,
        is_cancelled=row.status == ActivityStatus.CANCELLED,
        is_open=row.status == ActivityStatus.PUBLISHED and not has_begun,
        is_over=is_over,
    )


@login_not_required
@kept_for_back
@require_http_methods(["GET", "HEAD", "POST"])
def activity(request, pk):
    """One activity; a POST signs up. Cancelled ones stay, so that nobody goes there for nothing."""
    now, form = timezone.now(), None
    if request.method == "POST" and (wanted := _open(_to_sign_up.rows(host=host_of(request), pk=pk), now)):
        form = SignupForm(request.POST, shifts=wanted)
    if form and form.is_valid():
        try:
            made = sign_up(form.chosen_shift(), address=client_ip(request), **form.as_signup())
        except TooOften as refused:
            return too_often(request, refused)
        except SignupRefused as refused:
            form.add_error(None, str(refused))
        else:
            return HttpResponseRedirect(signup_path(made))
    found, shifts = _find(request, pk)
    open_shifts = _open(shifts, now)
    if not (form and open_shifts):
        form = SignupForm(shifts=open_shifts) if open_shifts else None
    context = {
        "activity": found,
        "shifts": shifts,
        "may_arrive": any(may_arrive(shift, now) for shift in shifts),
        "form": form,
        "free": sum(shift.free for shift in open_shifts),
        "is_over": found.ends_at <= now,
        "notes": found.notes.splitlines(),
        "rule": say_rule(found.series.rule) if found.series else "",
        "dates": _other_dates(found, now) if found.series else [],
        "link": settings.PUBLIC_BASE_URL + activity_path(found),
    }
    return render(request, "public/activity.html", context)


def _open(shifts, now):
    """Those that somebody can still sign up for."""
    return [shift for shift in shifts if shift.activity.is_published and shift.starts_at > now]


@compiled_once(host=str, pk=int)
def _to_sign_up(host, pk):
    """The shifts of an activity with what a sign-up has to know; the page that says why not reads the rest."""
    activities = Activity.objects.filter(community__in=Community.objects.meant_by(host), pk=pk).public()
    own = ("activity", "kind", "name", "starts_at", "ends_at", "capacity", "taken")
    of_activity = ("status", "starts_at", "ends_at", "community__id")
    rows = Shift.objects.filter(activity__in=activities).select_related("activity__community")
    return rows.only(*own, *(f"activity__{name}" for name in of_activity)).order_by("starts_at", "pk")


def _find(request, pk):
    """The activity of the visited community, and its shifts; raises Http404. One query."""
    rows = _shown.rows(host=host_of(request), pk=pk)
    if not rows:
        visited_community_or_404(request)
        raise Http404
    found, shifts = rows[0], [row.shift for row in rows if row.shift]
    remember_visited(request, found.community)
    for shift in shifts:
        shift.activity = found
    return found, shifts


@compiled_once(host=str, pk=int)
def _shown(host, pk):
    visited = Activity.objects.filter(community__in=Community.objects.meant_by(host), pk=pk)
    return visited.public().select_related("community", "grid", "venue", "series").with_shifts()


def _other_dates(activity, now):
    """The other dates of its series that take place, as links."""
    rows = Activity.objects.public().filter(series=activity.series, status=ActivityStatus.PUBLISHED)
    rows = rows.upcoming(now).exclude(pk=activity.pk)[:DATES_SHOWN]
    return [(activity_path(row), row.when) for row in rows]
