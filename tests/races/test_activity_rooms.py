"""Twenty drafts for one room: one is announced with it, nineteen read why not; changes and cancellations leave nothing behind."""

import pytest

from grids.models import Booking, BookingSlot
from tests.makers import days_ahead, make_activity, make_venue
from tests.races.harness import kinds, run_together
from volunteers.actions import cancel_activity, change_activity, publish_activity
from volunteers.errors import ActivityRefused, RoomTaken
from volunteers.models import Activity

pytestmark = pytest.mark.django_db(transaction=True)
NINE = 9


def announced(venue, hour=NINE, **fields):
    starts_at = days_ahead(3, hour)
    return make_activity(venue=venue, place_text="", starts_at=starts_at, minutes=60, **fields)


def worker(activity, act, **options):
    def prepare():
        seen = Activity.objects.with_related().get(pk=activity.pk)
        return lambda: act(seen, **options)

    return prepare


def holds():
    """Pairs (activity, its slots) of all that is held, and the slots of nobody."""
    slots = BookingSlot.objects.values_list("booking__activity", flat=True)
    return sorted(slots, key=lambda pk: pk or 0)


def test_of_20_drafts_for_one_room_one_is_announced():
    venue = make_venue()
    drafts = [announced(venue, publish=False) for _n in range(20)]
    outcomes = run_together([worker(draft, publish_activity) for draft in drafts])
    assert kinds(outcomes) == {None: 1, RoomTaken: 19}
    (made,) = Activity.objects.filter(status="published")
    assert Activity.objects.filter(status="draft", booking=None, announced_at=None).count() == 19
    assert holds() == [made.pk] * 2


@pytest.mark.parametrize("again", range(5))
def test_moving_and_calling_off_at_once_leave_no_room_behind(again):
    venue = make_venue()
    activity = announced(venue)
    later = {"starts_at": days_ahead(3, 14), "ends_at": days_ahead(3, 15)}
    outcomes = run_together(
        [worker(activity, cancel_activity, reason="台风"), worker(activity, change_activity, **later)]
    )
    assert set(kinds(outcomes)) <= {None, ActivityRefused}
    activity.refresh_from_db()
    assert (activity.status, activity.booking, holds()) == ("cancelled", None, [])
    assert Booking.objects.holding().count() == 0


@pytest.mark.parametrize("again", range(5))
def test_two_that_move_into_one_hour_share_it_never(again):
    venue = make_venue()
    rows = [announced(venue, hour) for hour in (9, 11)]
    target = {"starts_at": days_ahead(3, 14), "ends_at": days_ahead(3, 15)}
    outcomes = run_together([worker(row, change_activity, **target) for row in rows])
    assert kinds(outcomes) == {None: 1, RoomTaken: 1}
    assert all(row.room for row in Activity.objects.with_related())
    assert holds() == sorted([rows[0].pk] * 2 + [rows[1].pk] * 2)
