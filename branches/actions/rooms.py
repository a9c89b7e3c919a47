"""The room of a meeting: booked with its day, given back when the day changes or the meeting does not take place."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.errors import MeetingRefused
from branches.models import Meeting
from grids.actions import book, cancel_booking
from grids.errors import BookingRefused
from grids.models import Booking

PLACE_LENGTH = Meeting._meta.get_field("place").max_length


def place_of(venue):
    """What an invitation says of a booked venue: its name and where it is."""
    return _("%(name)s（%(place)s）") % {"name": venue.name, "place": venue.place[: PLACE_LENGTH - 42]}


@transaction.atomic
def keep_room(meeting, venue, minutes, *, by):
    """Make the booking of `meeting` what its day, time and `venue` (None: no room) ask for; the rest is given back.

    The caller holds the meeting's row. Raises `MeetingRefused` with the sentence of the booking when the room is taken
    or closed; the room that was held before is then still held.
    """
    starts_at = timezone.make_aware(dt.datetime.combine(meeting.on, meeting.at))
    old = meeting.booking
    if old is not None and venue is not None and old.is_holding:
        ends_at = starts_at + dt.timedelta(minutes=minutes)
        if (old.venue_id, old.starts_at, old.ends_at) == (venue.pk, starts_at, ends_at):
            return
    free_room(meeting, reason=_("会议改了时间或地点"), by=by)
    if venue is None:
        return
    title = _("%(branch)s：%(name)s") % {"branch": meeting.branch.name[:30], "name": meeting.name[:28]}
    try:
        booking = book_anew(
            venue, f"meeting:{meeting.pk}:", title=title, starts_at=starts_at, minutes=minutes, by=by
        )
    except BookingRefused as refused:
        raise MeetingRefused(str(refused)) from refused
    Meeting.objects.filter(pk=meeting.pk).update(booking=booking)
    meeting.booking = booking


def book_anew(venue, mine, *, title, starts_at, minutes, by):
    """Book `venue` for the branch matter whose bookings all have submission keys that begin with `mine`.

    However often its time has changed, each booking has a key of its own. Returns the `Booking`. Raises `BookingRefused`.
    """
    earlier = Booking.objects.filter(submission_key__startswith=mine).count()
    return book(
        venue,
        kind=Booking.Kind.BRANCH,
        title=title,
        starts_at=starts_at,
        minutes=minutes,
        entered_by=by,
        submission_key=f"{mine}{earlier}",
    )


@transaction.atomic
def free_room(meeting, *, reason, by):
    """Give back the time of the meeting's room, if it has one that is still held and not over."""
    booking = meeting.booking
    if booking is None:
        return
    if booking.is_holding and booking.ends_at > timezone.now():
        cancel_booking(booking, reason=reason[:100], by=by)
    Meeting.objects.filter(pk=meeting.pk).update(booking=None)
    meeting.booking = None
