"""The staff page of venues: requests that wait, one venue's week, and booking, blocking, cancelling."""

import datetime as dt

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from grids.actions import book, cancel_booking, confirm_booking, decline_booking
from grids.errors import BookingRefused
from grids.forms.venues import StaffBookingForm
from grids.free_times import ONE_DAY, FreeTimes
from grids.models import Booking, Venue
from haimengyuan.lib.keys import row_key
from haimengyuan.lib.moments import WEEKDAYS
from people.actions import reveal
from people.doors import door
from people.errors import RevealRefused
from people.visits import visited_community_or_404

WAITING_SHOWN = 30
WEEK = 7 * ONE_DAY


@door("enter_staff_door", to_write="manage_venues")
@require_http_methods(["GET", "HEAD", "POST"])
def venues(request):
    """The page; a POST answers a request, books or blocks a time, or cancels one booking or a whole group."""
    community = visited_community_or_404(request)
    rows = Venue.objects.for_user(request.user).in_community(community.pk)
    listed = list(rows.select_related("grid").order_by("grid__number", "name"))
    chosen = next((row for row in listed if str(row.pk) == request.GET.get("venue")), None)
    chosen = chosen or (listed[0] if listed else None)
    monday = _monday(request.GET.get("week", ""))
    form = StaffBookingForm(initial={"day": max(monday, timezone.localdate())})
    phones = {}
    if request.method == "POST":
        action = request.POST.get("action")
        if action == "reveal" and (phones := _reveal(request, _named(request, community))):
            pass  # the same page with the number, as the answer to the POST: leaving it hides it again
        elif action == "book" and chosen:
            form = StaffBookingForm(request.POST)
            if _book(request, chosen, form):
                return _back(chosen, timezone.localdate(form.as_booking(request.user)["starts_at"]))
        else:
            if action != "reveal":
                _answer(request, _named(request, community))
            return _back(chosen, monday)
    context = _context(request, community, listed, chosen, monday, form)
    for row in [*context["waiting"], *(row for day in context.get("week", []) for row in day["rows"])]:
        row.shown_phone = phones.get(row.pk, "")
    return render(request, "staff/venues.html", context)


def _context(request, community, listed, chosen, monday, form):
    bookings = Booking.objects.for_user(request.user).in_community(community.pk).with_related()
    waiting = list(bookings.waiting()[:WAITING_SHOWN])
    context = {
        "venues": listed,
        "venue": chosen,
        "waiting": waiting,
        "form": form,
        "may_write": request.user.may("manage_venues"),
        "monday": monday,
        "earlier": (monday - WEEK).isoformat(),
        "later": (monday + WEEK).isoformat(),
    }
    if chosen:
        context["week"] = _week(bookings.filter(venue=chosen), chosen, monday)
    shown = waiting + [row for day in context.get("week", ()) for row in day["rows"]]
    silent = Booking.objects.silent().filter(pk__in=[row.pk for row in shown])
    context["silent"] = set(silent.values_list("pk", flat=True))
    return context


def _week(bookings, venue, monday):
    """Seven days with their opening hours and the bookings that hold them."""
    times = FreeTimes(venue, monday, monday + 6 * ONE_DAY)
    held = list(bookings.holding().between(monday, monday + 6 * ONE_DAY))
    now, today = timezone.now(), timezone.localdate()
    return [
        {
            "day": day,
            "weekday": WEEKDAYS[day.weekday()],
            "is_today": day == today,
            "spans": [
                f"{opens.hour}:{opens:%M}–{closes.hour}:{closes:%M}" for opens, closes in times.spans(day)
            ],
            "rows": [row for row in held if timezone.localdate(row.starts_at) == day],
            "is_past": day < today,
            "now": now,
        }
        for day in (monday + n * ONE_DAY for n in range(7))
    ]


def _monday(typed):
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError:
        day = timezone.localdate()
    day = min(max(day, dt.date(2000, 1, 1)), dt.date(2200, 1, 1))
    return day - day.weekday() * ONE_DAY


def _book(request, venue, form):
    """Whether the valid form became a booking; a refusal stands on the form."""
    if not form.is_valid():
        return False
    asked = form.as_booking(request.user)
    try:
        made = book(venue, **asked)
    except BookingRefused as refused:
        form.add_error(None, str(refused))
        return False
    words = _("记下了：%(when)s，%(what)s") % {"when": made.when, "what": made.title}
    if asked["weeks"] > 1:
        words += _("，每周一次，一共 %d 次") % asked["weeks"]
    messages.success(request, words)
    return True


def _named(request, community):
    """The booking that the pressed button named, in the user's scope."""
    rows = Booking.objects.for_user(request.user).in_community(community.pk).with_related()
    return get_object_or_404(rows, pk=row_key(request.POST.get("booking", "")))


def _reveal(request, booking):
    """{booking: telephone}, leaving a record of who looked; empty when it may not be shown."""
    if booking.contact is None:
        return {}
    reason = request.POST.get("reason", "").strip() or _("打电话答复场地预订")
    try:
        phone = reveal(
            booking.contact, "phone", viewer=request.user, reason=reason, about=f"booking:{booking.pk}"
        )
    except RevealRefused as refused:
        messages.error(request, str(refused))
        return {}
    return {booking.pk: phone}


def _answer(request, booking):
    """Confirm, decline or cancel the booking."""
    reason, action = request.POST.get("reason", ""), request.POST.get("action")
    try:
        if action == "confirm":
            confirm_booking(booking)
            messages.success(request, _("答应了，已经告诉订的人"))
        elif action == "decline":
            decline_booking(booking, reason=reason)
            messages.success(request, _("没有答应，原因已经告诉订的人"))
        elif action in {"cancel", "cancel_all"}:
            whole = action == "cancel_all"
            count = cancel_booking(booking, reason=reason, by=request.user, whole_group=whole)
            messages.success(request, ngettext("取消了 %d 次", "取消了 %d 次", count) % count)
    except BookingRefused as refused:
        messages.error(request, str(refused))


def _back(venue, day):
    query = f"?venue={venue.pk}&week={day.isoformat()}" if venue else ""
    return HttpResponseRedirect(reverse("staff:venues") + query)
