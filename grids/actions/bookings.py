"""Booking a venue, answering a request and giving the time back. The slots' constraint decides who was first."""

import datetime as dt
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.booking_messages import (
    tell_answer,
    tell_cancelled,
    tell_confirmed,
    tell_expired,
    tell_requested,
)
from grids.errors import BookingRefused, SlotTaken
from grids.free_times import ONE_DAY, FreeTimes, halves, say_next_free
from grids.models import NEXT_BOOKING, Booking, BookingSlot, BookingStatus
from haimengyuan.lib.moments import say_dated_half_day
from people.actions import Limit, spend_each, take_in, text_shown
from people.models import Consent
from reminders.actions import cancel as silence
from reminders.workdays import after_workdays

BOOKINGS_PER_ADDRESS = 20  # an hour
BOOKINGS_PER_PHONE = 4  # an hour
MOST_WEEKS = 26
MOST_DAYS_AHEAD = 366
ANSWER_WITHIN = 2  # working days
ANSWER_BEFORE = dt.timedelta(hours=1)  # of its beginning, so that nobody stands before a closed door
EXPIRED_PER_TICK = 200
_OWN = {Booking.Kind.BRANCH, Booking.Kind.BLOCK}  # what only the community's own people enter
_FOLLOWERS = []


def follows_cancelling(follow):
    """Decorate a function (booking, `User`): the community has taken a booking back, and what used the room says so."""
    _FOLLOWERS.append(follow)
    return follow


def book(
    venue,
    *,
    kind,
    title,
    starts_at,
    minutes,
    submission_key,
    name="",
    phone="",
    entered_by=None,
    weeks=1,
    address="",
):
    """Hold `venue` for `minutes` from `starts_at` (aware, on a half-hour). Returns the first `Booking`.

    What the branch or the community books is confirmed at once, a resident's request waits for one click. With
    `weeks` the same time is held every week, as one group: all of them or none. The same `submission_key` gives the
    same booking. With a network `address` the booking counts towards the limits of an address and a phone.
    Raises `SlotTaken` naming the next free time, `BookingRefused`, or `people.errors.TooOften`.
    """
    if known := Booking.objects.filter(submission_key=submission_key).first():
        return known
    starts = [starts_at + week * 7 * ONE_DAY for week in range(weeks)]
    _check(venue, kind, title, starts, minutes, name, phone)
    columns = {
        "venue": venue,
        "kind": kind,
        "title": title,
        "entered_by": entered_by,
        "consent_text": text_shown(entered_by),
        "series": uuid4() if weeks > 1 else None,
        "status": BookingStatus.CONFIRMED if kind in _OWN else BookingStatus.REQUESTED,
    }
    try:
        return _create(columns, starts, minutes, submission_key, (name, phone), address)
    except IntegrityError as error:
        if known := Booking.objects.filter(submission_key=submission_key).first():
            return known
        words = _("这个时间已经有人订了。%s，请改选一个时间") % say_next_free(venue, starts_at, minutes)
        raise SlotTaken(words) from error


@transaction.atomic
def _create(columns, starts, minutes, submission_key, who, address):
    venue, contact = columns["venue"], _contact(columns, *who)
    made = Booking.objects.bulk_create(
        Booking(
            **columns,
            contact=contact,
            answer_due_at=answer_due(venue, start) if columns["status"] == BookingStatus.REQUESTED else None,
            starts_at=start,
            ends_at=start + dt.timedelta(minutes=minutes),
            submission_key=f"{submission_key}:{index}" if index else submission_key,
        )
        for index, start in enumerate(starts)
    )
    # in the order of time, as everybody does: two that overlap wait for each other in one direction only
    BookingSlot.objects.bulk_create(
        BookingSlot(venue=venue, starts_at=slot, booking=booking)
        for booking in made
        for slot in halves(booking.starts_at, minutes)
    )
    if address:  # the slots are won: only the first of equal submissions comes here
        hour = dt.timedelta(hours=1)
        spend_each(
            Limit("booking.address", address, BOOKINGS_PER_ADDRESS, hour),
            Limit("booking.phone", who[1], BOOKINGS_PER_PHONE, hour),
        )
    if made[0].status == BookingStatus.REQUESTED:
        tell_requested(made[0])
    elif contact:
        tell_confirmed(made)
    return made[0]


def _contact(columns, name, phone):
    """Whom the booking belongs to: the named resident, else whoever enters it; nobody for a block."""
    entered_by = columns["entered_by"]
    if columns["kind"] == Booking.Kind.BLOCK:
        return None
    if not name:
        return entered_by.person if entered_by else None
    return take_in(
        community=columns["venue"].grid.community,
        name=name,
        phone=phone,
        purpose=Consent.Purpose.BOOKING,
        channel="phone" if entered_by else "web",
        by=entered_by,
    )


def answer_due(venue, starts_at):
    """Until when a request of now is answered, else its time is free again: an aware moment.

    The end of desk hours on the second working day, an hour before its beginning at the latest; a request for the
    coming hour holds until it begins.
    """
    now = timezone.now()
    latest = starts_at - ANSWER_BEFORE if starts_at - ANSWER_BEFORE > now else starts_at
    return min(after_workdays(now, ANSWER_WITHIN, venue.grid.community), latest)


def _check(venue, kind, title, starts, minutes, name, phone):
    now, today = timezone.now(), timezone.localdate()
    if not title:
        raise BookingRefused(_("请写一下做什么用"))
    if not 1 <= len(starts) <= (MOST_WEEKS if kind in _OWN else 1):
        raise BookingRefused(_("每周重复的，一次最多订 %d 周") % MOST_WEEKS)
    if minutes < 30 or minutes % 30 or any(s.minute % 30 or s.second or s.microsecond for s in starts):
        raise BookingRefused(_("时间要落在整点或半点"))
    if starts[0] <= now:
        raise BookingRefused(_("这个时间已经开始或者过去了。%s") % say_next_free(venue, now, minutes))
    if timezone.localdate(starts[0]) > today + MOST_DAYS_AHEAD * ONE_DAY or minutes > 24 * 60:
        raise BookingRefused(_("时间太远或太长了，请重新选"))
    if kind == Booking.Kind.RESIDENT:
        _check_resident(venue, starts[0], minutes, name, phone)
    if kind == Booking.Kind.BLOCK:
        return
    times = FreeTimes(venue, timezone.localdate(starts[0]), timezone.localdate(starts[-1]))
    for start in starts:
        if not times.is_open(start, minutes):
            words = _("%(day)s这个时间不开放。%(free)s") % {
                "day": say_dated_half_day(timezone.localdate(start), ""),
                "free": say_next_free(venue, start, minutes),
            }
            raise BookingRefused(words)


def _check_resident(venue, start, minutes, name, phone):
    if not (venue.is_open and venue.bookable):
        raise BookingRefused(_("%s现在不接受预订，请打社区值班电话问问") % venue)
    if not (name and phone):
        raise BookingRefused(_("请写一下怎么称呼您，和一个能打通的电话"))
    if not venue.min_minutes <= minutes <= venue.max_minutes:
        words = _("这里一次可以订 %(least)d 到 %(most)d 分钟")
        raise BookingRefused(words % {"least": venue.min_minutes, "most": venue.max_minutes})
    if timezone.localdate(start) > timezone.localdate() + venue.advance_days * ONE_DAY:
        raise BookingRefused(_("这里最多提前 %d 天订") % venue.advance_days)


@transaction.atomic
def move(booking, new, *, reason=""):
    """Change the status of `booking` along `NEXT_BOOKING`; a declined or cancelled one gives its time back.

    A conditional UPDATE decides who was first. Raises `BookingRefused`.
    """
    old = booking.status
    values = {"status": new, "moved_at": timezone.now(), "reason": reason.strip()[:100]}
    if new not in NEXT_BOOKING[BookingStatus(old)] or not (
        Booking.objects.filter(pk=booking.pk, status=old).update(**values)
    ):
        booking.refresh_from_db(fields=["status", "reason", "moved_at"])
        raise BookingRefused(_("这个预订已经是“%s”，请看看最新情况") % booking.get_status_display())
    for name, value in values.items():
        setattr(booking, name, value)
    if not booking.is_holding:
        BookingSlot.objects.filter(booking=booking).delete()
    silence(f"booking:{booking.pk}:")


def release(booking, *, reason):
    """Give the time of `booking` back without telling anybody: what used the room has a page of its own that tells.

    Raises `BookingRefused`.
    """
    move(booking, BookingStatus.CANCELLED, reason=reason)


@transaction.atomic
def confirm_booking(booking):
    """Say yes to a resident's request; the resident is told. Raises `BookingRefused`."""
    move(booking, BookingStatus.CONFIRMED)
    if booking.contact:
        tell_confirmed([booking])


@transaction.atomic
def decline_booking(booking, *, reason):
    """Say no to a request, with the reason that the resident reads. Raises `BookingRefused`."""
    if not reason.strip():
        raise BookingRefused(_("请写一句为什么，居民会看到"))
    move(booking, BookingStatus.DECLINED, reason=reason)
    tell_answer(booking)


def expire_bookings():
    """Give back the time of requests that nobody answered; who asked is told. Returns how many.

    Safe to run twice and beside a desk that answers in this moment: `move` decides who was first.
    """
    count = 0
    for booking in Booking.objects.unanswered().with_related().order_by("answer_due_at")[:EXPIRED_PER_TICK]:
        try:
            _expire(booking)
        except BookingRefused:
            continue  # answered in this very moment
        count += 1
    return count


@transaction.atomic
def _expire(booking):
    move(booking, BookingStatus.EXPIRED, reason=_("社区没有来得及答复"))
    tell_expired(booking)


@transaction.atomic
def cancel_booking(booking, *, reason="", by=None, whole_group=False):
    """Give the time of `booking` back, or of all of its group that have not begun. Returns how many.

    `by` is the `User` who cancels for the community and owes a reason; None is whoever booked. Everybody concerned
    gets one notice, however many bookings the group has. Raises `BookingRefused`.
    """
    reason = reason.strip()
    if by is not None and not reason:
        raise BookingRefused(_("请写一句为什么取消，订的人会看到"))
    rows = [booking]
    if whole_group:
        group = Booking.objects.group_of(booking).holding().filter(starts_at__gt=timezone.now())
        rows = list(group.with_related())
    if not rows or rows[0].ends_at <= timezone.now():
        raise BookingRefused(_("这个预订的时间已经过了，不用取消"))
    for row in rows:
        move(row, BookingStatus.CANCELLED, reason=reason or _("订的人自己取消"))
    tell_cancelled(rows, by=by)
    if by is not None:
        for row in rows:
            for follow in _FOLLOWERS:
                follow(row, by)
    booking.refresh_from_db(fields=["status", "reason", "moved_at"])
    return len(rows)
