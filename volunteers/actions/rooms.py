"""The room of an activity: held from its announcement on, moved with it, given back when it does not take place."""

import datetime as dt
from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions import book, follows_cancelling, release
from grids.errors import BookingRefused
from grids.models import HALF_HOUR, Booking
from volunteers.actions.activity_messages import tell_without_room
from volunteers.errors import RoomTaken
from volunteers.models import Activity


@transaction.atomic
def keep_room(activity):
    """Make the booking of an announced `activity` what its venue and times ask for; what else it held is given back.

    Bookings are made of half-hours, so an activity from 8:45 holds its room from 8:30; of what has begun only the rest is
    held. The caller holds the activity's row. Raises `RoomTaken` with the sentence of the booking when somebody has the
    room or it is closed; nothing is changed then.
    """
    starts_at, ends_at = _half_hours(activity)
    held = activity.room
    if held and (held.venue_id, held.starts_at, held.ends_at) == (activity.venue_id, starts_at, ends_at):
        return
    free_room(activity, reason=_("活动改了时间或地点"))
    if activity.venue is None or starts_at >= ends_at:
        return
    mine = f"activity:{activity.pk}:"
    try:
        booking = book(
            activity.venue,
            kind=Booking.Kind.BRANCH,
            title=activity.title,
            starts_at=starts_at,
            minutes=(ends_at - starts_at) // dt.timedelta(minutes=1),
            submission_key=f"{mine}{Booking.objects.filter(submission_key__startswith=mine).count()}",
        )
    except BookingRefused as refused:
        words = _("%(when)s订不到%(venue)s：%(why)s")
        why = {"when": activity.when, "venue": activity.venue, "why": refused}
        raise RoomTaken(words % why) from refused
    _keep(activity, booking)


def _half_hours(activity):
    """From the half-hour in which it begins, or the next one when that has begun, to the one in which it ends."""
    starts_at = activity.starts_at - _past_the_half_hour(activity.starts_at)
    now = timezone.now()
    if starts_at <= now:
        starts_at = now - _past_the_half_hour(now) + HALF_HOUR
    return starts_at, activity.ends_at + (HALF_HOUR - _past_the_half_hour(activity.ends_at)) % HALF_HOUR


def _past_the_half_hour(moment):
    return dt.timedelta(minutes=moment.minute % 30, seconds=moment.second, microseconds=moment.microsecond)


def free_room(activity, *, reason):
    """Give back the room that `activity` holds, if any; what is over keeps its booking as it was.

    The booking is read anew: a change of the time may have been under way while `activity` was read.
    """
    held = Booking.objects.filter(activity=activity.pk).first()
    if held is None or (held.is_holding and held.ends_at <= timezone.now()):
        return
    if held.is_holding:
        with suppress(BookingRefused):  # the desk gave it back in this very moment
            release(held, reason=reason)
    _keep(activity, None)


@follows_cancelling
def _tell_of_lost_room(booking, by):
    """Whoever keeps the activity that held `booking` hears that it has no room now, and looks for another one."""
    for activity in Activity.objects.real().with_related().filter(booking=booking):
        activity.booking = booking
        if activity.lacks_its_room and activity.ends_at > timezone.now():
            words = _("%(when)s，%(venue)s的预订被取消了：%(why)s")
            why = {"when": activity.when, "venue": activity.venue, "why": booking.reason}
            tell_without_room(activity, why=words % why, occasion=booking.pk, by=by)


def _keep(activity, booking):
    Activity.objects.filter(pk=activity.pk).update(booking=booking)
    activity.booking = booking
