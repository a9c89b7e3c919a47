"""The room of an activity: held from its announcement, moved with it, given back when it does not take place."""

import datetime as dt

import pytest
from django.utils import timezone

from grids.actions import cancel_booking, end_appointment
from grids.models import Appointment, Booking, BookingSlot
from reminders.models import CalendarOverride, Reminder
from tests.makers import (
    make_activity,
    make_booking,
    make_head,
    make_signup,
    make_user,
    make_venue,
    patch_now,
    shanghai,
)
from tests.volunteers.test_series import make_series
from volunteers.actions import (
    cancel_activity,
    change_activity,
    change_from_here,
    end_series,
    extend_all,
    publish_activity,
)
from volunteers.errors import ActivityRefused, RoomTaken
from volunteers.models import Activity, ActivityStatus

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
NINE = shanghai(2026, 12, 2, 9)  # a Wednesday


@pytest.fixture(autouse=True)
def clock():
    with patch_now(shanghai(2026, 11, 24, 12)):
        yield


@pytest.fixture
def venue():
    return make_venue(name="听涛议事园")


def announce(venue, *, starts_at=NINE, **fields):
    return make_activity(venue=venue, place_text="", starts_at=starts_at, **{"minutes": 60} | fields)


def held(venue):
    starts = BookingSlot.objects.filter(venue=venue).order_by("starts_at").values_list("starts_at", flat=True)
    return [f"{timezone.localtime(at):%m-%d %H:%M}" for at in starts]


def test_the_room_is_held_from_the_announcement_on(venue):
    activity = announce(venue, publish=False, title="义剪日")
    assert (held(venue), activity.room, activity.lacks_its_room) == ([], None, False)
    publish_activity(activity)
    booking = Booking.objects.get()
    assert (activity.room, booking.title, booking.kind, booking.status) == (
        booking,
        "义剪日",
        Booking.Kind.BRANCH,
        "confirmed",
    )
    assert held(venue) == ["12-02 09:00", "12-02 09:30"]
    assert Reminder.objects.count() == 0  # its own page tells who needs to know


def test_half_hours_are_held_whole(venue):
    announce(venue, starts_at=shanghai(2026, 12, 2, 9, 10), minutes=35)
    assert held(venue) == ["12-02 09:00", "12-02 09:30"]


def test_a_room_that_is_taken_or_closed_leaves_a_draft(venue):
    make_booking(venue, starts_at=NINE + HOUR / 2)
    activity = announce(venue, publish=False)
    with pytest.raises(RoomTaken, match="^12月2日 周三 9:00–10:00订不到听涛议事园：这个时间已经有人订了"):
        publish_activity(activity)
    activity.refresh_from_db()
    assert (activity.status, activity.announced_at, activity.booking) == (ActivityStatus.DRAFT, None, None)
    with pytest.raises(RoomTaken, match="这个时间不开放"):
        announce(venue, starts_at=shanghai(2026, 12, 2, 20))
    assert Activity.objects.count() == 1


def test_another_time_or_place_moves_the_room_and_other_words_do_not(venue):
    other = make_venue()
    activity = announce(venue)
    first = activity.booking
    change_activity(activity, title="义剪")
    assert activity.booking == first
    change_activity(
        activity, starts_at=NINE + HOUR / 2, ends_at=NINE + 2 * HOUR
    )  # overlaps what it held itself
    assert held(venue) == ["12-02 09:30", "12-02 10:00", "12-02 10:30"]
    change_activity(activity, venue=other)
    assert (held(venue), len(held(other))) == ([], 3)
    change_activity(activity, venue=None, place_text="物业门口")
    assert (held(other), activity.booking, activity.lacks_its_room) == ([], None, False)


def test_what_cannot_have_the_new_room_keeps_the_old_one(venue):
    activity = announce(venue)
    make_booking(venue, starts_at=NINE + 3 * HOUR)
    with pytest.raises(RoomTaken):
        change_activity(activity, starts_at=NINE + 3 * HOUR, ends_at=NINE + 4 * HOUR)
    activity.refresh_from_db()
    assert (activity.starts_at, activity.room.starts_at) == (NINE, NINE)
    assert held(venue) == ["12-02 09:00", "12-02 09:30", "12-02 12:00", "12-02 12:30"]


def test_calling_off_frees_the_room(venue):
    activity = announce(venue)
    cancel_activity(activity, reason="台风")
    assert (held(venue), activity.booking) == ([], None)
    announce(venue)


def test_the_desk_takes_the_room_back_and_the_activity_says_so(venue):
    activity = announce(venue)
    cancel_booking(activity.booking, reason="刷墙", by=make_user())
    activity.refresh_from_db()
    assert (activity.room, activity.lacks_its_room) == (None, True)
    change_activity(activity, starts_at=NINE + HOUR, ends_at=NINE + 2 * HOUR)
    assert (held(venue), activity.lacks_its_room) == (["12-02 10:00", "12-02 10:30"], False)


def told_of_the_room():
    rows = Reminder.objects.filter(subject="没有订到场地：义剪日").order_by("pk")
    return [(row.address.partition(":")[0], row.text, row.link) for row in rows]


def test_the_desk_hears_of_a_room_that_is_taken_back(venue):
    activity = announce(venue, title="义剪日", by=make_user())
    desk = make_user()
    cancel_booking(activity.booking, reason="刷墙", by=desk)
    text = "12月2日 周三 9:00–10:00，听涛议事园的预订被取消了：刷墙。请改个地方或者时间。"
    to_the_desk = ("desk", text, f"/staff/activities/{activity.pk}/")
    assert told_of_the_room() == [to_the_desk]

    activity.refresh_from_db()
    change_activity(activity, starts_at=NINE + HOUR, ends_at=NINE + 2 * HOUR)
    change_activity(activity, starts_at=NINE, ends_at=NINE + HOUR)
    cancel_booking(activity.booking, reason="刷墙", by=desk)
    assert told_of_the_room() == [to_the_desk] * 2


def test_the_grid_head_who_planned_it_hears_of_it_too(venue):
    head = make_head(venue.grid)
    activity = announce(venue, title="义剪日", grid=venue.grid, by=head)
    cancel_booking(activity.booking, reason="刷墙", by=make_user())
    assert [(who, link) for who, _text, link in told_of_the_room()] == [
        ("desk", f"/staff/activities/{activity.pk}/"),
        ("person", f"/admin/volunteers/activity/{activity.pk}/change/"),
    ]


def test_a_head_whose_time_is_over_hears_of_nothing_any_more(venue):
    head = make_head(venue.grid)
    activity = announce(venue, title="义剪日", grid=venue.grid, by=head)
    end_appointment(Appointment.objects.get(person=head.person))
    cancel_booking(activity.booking, reason="刷墙", by=make_user())
    assert [who for who, _text, _link in told_of_the_room()] == ["desk"]


def test_a_reason_that_is_a_sentence_ends_once(venue):
    activity = announce(venue, title="义剪日")
    cancel_booking(activity.booking, reason="那天刷墙。", by=make_user())
    ((_who, text, _link),) = told_of_the_room()
    assert text.endswith("：那天刷墙。请改个地方或者时间。")


@pytest.mark.parametrize("own", [True, False])
def test_nobody_hears_of_a_room_that_nothing_needs_any_more(venue, own):
    head = make_head(venue.grid)
    activity = announce(venue, title="义剪日", grid=venue.grid, by=head)
    booking = activity.booking
    if own:  # the activity gave it back itself
        cancel_activity(activity, reason="台风")
    else:
        Activity.objects.filter(pk=activity.pk).update(status=ActivityStatus.FINISHED)
        cancel_booking(booking, reason="刷墙", by=make_user())
    assert told_of_the_room() == []


def test_what_goes_on_longer_holds_the_rest(venue):
    activity = announce(venue)
    with patch_now(NINE + HOUR / 4):
        change_activity(activity, ends_at=NINE + 2 * HOUR)
        assert held(venue) == ["12-02 09:30", "12-02 10:00", "12-02 10:30"]


def test_a_date_of_a_series_without_its_room_waits_as_a_draft_and_the_desk_is_told(venue):
    make_booking(venue, starts_at=NINE + 7 * dt.timedelta(days=1))
    series = make_series(starts_at=NINE, venue=venue, place_text="")
    rows = series.activities.order_by("starts_at")
    assert [row.status for row in rows[:3]] == ["published", "draft", "published"]
    told = Reminder.objects.get(kind=Reminder.Kind.ACTIVITY)
    assert (told.address, told.subject, told.link) == (
        f"desk:{series.pattern.community_id}",
        "没有订到场地：义剪日",
        f"/staff/activities/{rows[1].pk}/",
    )
    assert told.text.startswith("12月9日 周三 9:00–11:00订不到听涛议事园")
    assert extend_all() == 0
    assert Reminder.objects.filter(kind=Reminder.Kind.ACTIVITY).count() == 1
    make_booking(venue, starts_at=NINE + HOUR * 24 * 8)
    with pytest.raises(RoomTaken):
        make_series("FREQ=WEEKLY;BYDAY=TH", starts_at=NINE + HOUR * 24 * 8, venue=venue, place_text="")


def test_a_series_moves_on_by_a_week_into_its_own_rooms(venue):
    series = make_series(starts_at=NINE, venue=venue, place_text="")
    first = series.activities.order_by("starts_at").first()
    before = held(venue)
    week = dt.timedelta(days=7)
    change_from_here(first, starts_at=NINE + week, ends_at=NINE + week + 2 * HOUR)
    assert [row for row in before if row in held(venue)] == [
        row for row in before if not row.startswith("12-02")
    ]
    assert all(row.room for row in Activity.objects.filter(status="published"))
    end_series(Activity.objects.with_related().get(pk=first.pk), reason="不办了")
    assert held(venue) == []


def test_one_date_in_the_way_leaves_the_whole_series_as_it_was(venue):
    series = make_series(starts_at=NINE, venue=venue, place_text="")
    make_booking(venue, starts_at=NINE + 14 * HOUR * 24 + 5 * HOUR)
    first = series.activities.order_by("starts_at").first()
    before = held(venue)
    with pytest.raises(RoomTaken, match="^12月16日"):
        change_from_here(first, starts_at=NINE + 5 * HOUR, ends_at=NINE + 6 * HOUR)
    assert held(venue) == before


def test_a_day_off_that_is_published_late_moves_the_room_too_or_tells_the_desk(venue):
    series = make_series(starts_at=NINE, venue=venue, place_text="")
    first, second = series.activities.order_by("starts_at")[:2]
    make_signup(second.shifts.get())
    make_booking(venue, starts_at=NINE + 8 * HOUR * 24)
    for day in (dt.date(2026, 12, 2), dt.date(2026, 12, 9)):
        CalendarOverride.objects.create(day=day, is_workday=False)
    extend_all()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.starts_at, first.room.starts_at) == (NINE + 24 * HOUR, NINE + 24 * HOUR)
    assert (second.starts_at, second.lacks_its_room) == (NINE + 8 * 24 * HOUR, True)
    assert Reminder.objects.filter(subject="没有订到场地：义剪日").count() == 1
    assert extend_all() == 0
    assert Reminder.objects.filter(subject="没有订到场地：义剪日").count() == 1


def test_a_refusal_of_another_kind_stays_what_it_is(venue):
    with pytest.raises(ActivityRefused, match="结束的时间要晚于开始"):
        announce(venue, minutes=-30)
