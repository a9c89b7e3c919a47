"""Forty want one half-hour: the database gives it to one, and 39 read where to go instead."""

import datetime as dt
from uuid import uuid4

import pytest

from grids.actions import book, confirm_booking, decline_booking
from grids.errors import BookingRefused, SlotTaken
from grids.models import Booking, BookingSlot, BookingStatus, Venue
from tests.makers import days_ahead, make_booking, make_venue
from tests.races.harness import kinds, run_together

pytestmark = pytest.mark.django_db(transaction=True)

RESIDENTS = 40


def wanting(venue, act, index, start, minutes):
    """A resident who has the page open and sends it."""

    def worker():
        seen = Venue.objects.select_related("grid__community").get(pk=venue.pk)
        who = {"name": f"居民{index}", "phone": f"1380003{index:04d}", "submission_key": uuid4().hex}
        return lambda: act(seen, kind="resident", title="排练", starts_at=start, minutes=minutes, **who)

    return worker


def overlaps():
    """How many pairs of bookings that hold a time of the same venue overlap."""
    rows = list(Booking.objects.holding().order_by("starts_at"))
    return sum(a.ends_at > b.starts_at for i, a in enumerate(rows) for b in rows[i + 1 :])


def test_of_40_who_want_one_slot_one_gets_it_and_39_read_the_next_free_time():
    venue = make_venue()
    workers = [wanting(venue, book, index, days_ahead(1, 9), 60) for index in range(RESIDENTS)]
    outcomes = run_together(workers)
    assert kinds(outcomes) == {None: 1, SlotTaken: RESIDENTS - 1}
    assert {str(found) for found in outcomes if isinstance(found, SlotTaken)} == {
        "这个时间已经有人订了。最近的空档从 明天 10:00 开始，请改选一个时间"
    }
    assert (Booking.objects.count(), BookingSlot.objects.count()) == (1, 2)


def test_40_shifted_times_never_overlap_and_nobody_waits_for_ever():
    venue = make_venue()
    half = dt.timedelta(minutes=30)
    starts = [days_ahead(1, 9) + index % 8 * half for index in range(RESIDENTS)]
    workers = [wanting(venue, book, index, start, 90) for index, start in enumerate(starts)]
    outcomes = run_together(workers)
    assert set(kinds(outcomes)) == {None, SlotTaken}
    assert overlaps() == 0
    assert BookingSlot.objects.count() == 3 * Booking.objects.count()


def wanting_naively(venue, index, starts_at, minutes):
    """Look whether it is free, then save: whoever looked before the first was saved gets it too."""
    ends_at = starts_at + dt.timedelta(minutes=minutes)

    def worker():
        held = Booking.objects.holding().filter(venue=venue, starts_at__lt=ends_at, ends_at__gt=starts_at)
        is_taken = held.exists()

        def act():
            if is_taken:
                raise SlotTaken
            values = {"title": "排练", "submission_key": f"naive{index}", "status": BookingStatus.CONFIRMED}
            return Booking.objects.create(venue=venue, starts_at=starts_at, ends_at=ends_at, **values)

        return act

    return worker


def test_the_naive_booking_is_given_to_everybody_in_the_same_harness():
    venue = make_venue()
    run_together([wanting_naively(venue, index, days_ahead(1, 9), 60) for index in range(RESIDENTS)])
    assert Booking.objects.filter(venue=venue).count() == RESIDENTS
    assert overlaps() == RESIDENTS * (RESIDENTS - 1) // 2


def test_yes_and_no_at_once_have_one_winner():
    made = make_booking()

    def answering(act):
        def worker():
            row = Booking.objects.with_related().get(pk=made.pk)
            return lambda: act(row)

        return worker

    answers = [confirm_booking, lambda row: decline_booking(row, reason="刷墙")] * 10
    outcomes = run_together([answering(act) for act in answers])
    assert kinds(outcomes) == {None: 1, BookingRefused: 19}
    made.refresh_from_db()
    held = 2 if made.status == BookingStatus.CONFIRMED else 0
    assert BookingSlot.objects.count() == held
