"""The public pages of venues: what there is, when it is free, and booking without an account."""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from grids.actions import book, cancel_booking
from grids.errors import BookingRefused, LinkExpired
from grids.forms.venues import ResidentBookingForm
from grids.free_times import ONE_DAY, FreeTimes
from grids.links import booking_path, booking_pk_of
from grids.models import Booking, Venue
from haimengyuan.lib.back import kept_for_back
from haimengyuan.lib.client import client_ip
from haimengyuan.lib.moments import WEEKDAYS, say_day
from people.errors import TooOften
from people.too_often import too_often
from people.visits import visited_community_or_404

DAYS_SHOWN = 14


@login_not_required
@require_safe
def venues(request):
    """All venues with their grid, opening hours and what is there."""
    community = visited_community_or_404(request)
    rows = list(Venue.objects.in_community(community.pk).open().prefetch_related("hours"))
    today = timezone.localdate()
    for venue in rows:
        venue.week = say_week(venue.hours.all())
        venue.changes = say_changes(venue.hours.all(), today)
    return render(request, "public/venues.html", {"venues": rows})


@login_not_required
@kept_for_back
@require_http_methods(["GET", "HEAD", "POST"])
def venue(request, pk):
    """One venue: its days with free times, and the request for one of them."""
    community = visited_community_or_404(request)
    rows = Venue.objects.in_community(community.pk).filter(is_open=True).select_related("grid__community")
    rows = rows.prefetch_related("hours")
    found = get_object_or_404(rows, pk=pk)
    today, now = timezone.localdate(), timezone.now()
    last = today + min(found.advance_days, DAYS_SHOWN - 1) * ONE_DAY
    times = FreeTimes(found, today, max(last, _asked_day(request, today, found)))
    days = [_day(times, today + n * ONE_DAY, found, now) for n in range((last - today).days + 1)]
    asked = _asked_day(request, None, found)
    day = asked or next((row["day"] for row in days if row["free"]), today)
    starts = times.free_starts(day, found.min_minutes, now)
    form = ResidentBookingForm(request.POST or None, venue=found, starts=starts)
    if form.is_bound and (known := Booking.objects.filter(submission_key=form.key()).first()):
        return HttpResponseRedirect(booking_path(known))  # sent again: by now its own start is no free one
    if form.is_bound and form.is_valid():
        try:
            made = book(found, address=client_ip(request), **form.as_booking())
        except TooOften as refused:
            return too_often(request, refused)
        except BookingRefused as refused:
            form.add_error(None, str(refused))
        else:
            return HttpResponseRedirect(booking_path(made))
    found.week, found.changes = say_week(found.hours.all()), say_changes(found.hours.all(), today)
    context = {"venue": found, "days": days, "day": day, "starts": starts, "form": form}
    return render(request, "public/venue.html", context)


def _asked_day(request, default, venue):
    """The day in the address when it can be booked, else `default`."""
    today = timezone.localdate()
    try:
        day = dt.date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return default
    return day if today <= day <= today + venue.advance_days * ONE_DAY else default


def _day(times, day, venue, now):
    free = times.free_starts(day, venue.min_minutes, now)
    return {"day": day, "words": say_day(day), "free": len(free), "is_open": bool(times.spans(day))}


def say_week(hours):
    """The weekly hours in words: [("周一至周五", "8:30–11:30、14:00–17:00"), …]; same days in a row stand together."""
    spans = [
        "、".join(
            f"{row.opens.hour}:{row.opens:%M}–{row.closes.hour}:{row.closes:%M}"
            for row in sorted((r for r in hours if r.weekday == weekday), key=lambda r: r.opens)
        )
        for weekday in range(7)
    ]
    found, start = [], 0
    for weekday in range(1, 8):
        if weekday < 7 and spans[weekday] == spans[start]:
            continue
        first, last = WEEKDAYS[start], WEEKDAYS[weekday - 1]
        days = str(first) if start == weekday - 1 else _("%(a)s至%(b)s") % {"a": first, "b": last}
        if spans[start]:
            found.append((days, spans[start]))
        start = weekday
    return found


def say_changes(hours, today):
    """The exception days to come: [("11月27日 周五", "不开放"), …]."""
    return [
        (
            say_day(row.day),
            f"{row.opens.hour}:{row.opens:%M}–{row.closes.hour}:{row.closes:%M}"
            if row.opens
            else _("不开放"),
        )
        for row in hours
        if row.day and today <= row.day <= today + 30 * ONE_DAY
    ]


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def booking(request, token):
    """One booking by its signed link: how it stands, and a button to give the time back. GET changes nothing."""
    community = visited_community_or_404(request)
    try:
        pk = booking_pk_of(token)
    except LinkExpired as expired:
        return _gone(request, str(expired))
    rows = Booking.objects.in_community(community.pk).with_related()
    found = rows.filter(pk=pk).first()
    if found is None:
        return _gone(request, _("没有这个预订了，请打电话问"))
    refused = ""
    if request.method == "POST":
        try:
            count = cancel_booking(found, whole_group=request.POST.get("which") == "all")
        except BookingRefused as sentence:
            refused = str(sentence)
        else:
            messages.success(request, _("取消了 %d 次，时间让给别人了。谢谢您告诉我们。") % count)
            return HttpResponseRedirect(booking_path(found))
    group = list(rows.group_of(found)) if found.series else []
    context = {
        "booking": found,
        "is_silent": rows.silent().filter(pk=found.pk).exists(),
        "group": group,
        "more": sum(row.is_holding and row.starts_at > timezone.now() for row in group),
        "may_cancel": found.is_holding and found.starts_at > timezone.now(),
        "link": settings.PUBLIC_BASE_URL + booking_path(found),
        "refused": refused,
    }
    return render(request, "public/booking.html", context)


def _gone(request, sentence):
    context = {"message": sentence, "back": "venues", "back_words": _("看场地和空档")}
    return render(request, "public/link_expired.html", context, status=410)
