"""Booking a venue: hours, limits, series, answers, and giving the time back."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grids.actions import cancel_booking, confirm_booking, decline_booking, expire_bookings
from grids.actions.booking_messages import nudge_at
from grids.actions.bookings import BOOKINGS_PER_PHONE, move
from grids.errors import BookingRefused, SlotTaken
from grids.free_times import FreeTimes
from grids.models import NEXT_BOOKING, Booking, BookingSlot, BookingStatus, OpeningHours
from people.errors import TooOften
from people.models import Consent
from reminders.models import Reminder
from tests.makers import days_ahead, make_booking, make_head, make_user, make_venue, patch_now, shanghai

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return make_venue(advance_days=10, min_minutes=60, max_minutes=120)


def slots_of(booking):
    return [
        timezone.localtime(at)
        for at in booking.slots.order_by("starts_at").values_list("starts_at", flat=True)
    ]


def told(address_begins, **fields):
    rows = Reminder.objects.filter(address__startswith=address_begins, kind=Reminder.Kind.BOOKING, **fields)
    return list(rows.order_by("pk").values_list("subject", flat=True))


# --- a resident -----------------------------------------------------------------------------------------------


def test_a_request_holds_its_half_hours_and_waits(venue):
    with patch_now(shanghai(2026, 11, 24, 10)):
        made = make_booking(venue, starts_at=shanghai(2026, 11, 25, 9), minutes=90)
    assert made.status == BookingStatus.REQUESTED
    assert slots_of(made) == [shanghai(2026, 11, 25, *at) for at in ((9, 0), (9, 30), (10, 0))]
    assert told("desk:") == [f"有人想订{venue.name}", f"{venue.name}的预订还没答复"]
    assert told("person:") == []
    assert Consent.objects.get().purpose == Consent.Purpose.BOOKING


def test_the_head_of_the_venues_grid_hears_of_a_request(venue):
    head = make_head(venue.grid)
    make_head()
    make_booking(venue)
    assert Reminder.objects.filter(address__startswith="person:").get().person == head.person


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"starts_at": (1, 8)}, "不开放"),
        ({"starts_at": (1, 17), "minutes": 60}, "不开放"),
        ({"starts_at": (1, 9), "minutes": 30}, "60 到 120 分钟"),
        ({"starts_at": (1, 9), "minutes": 150}, "60 到 120 分钟"),
        ({"starts_at": (1, 9), "minutes": 75}, "整点或半点"),
        ({"starts_at": (1, 9, 15)}, "整点或半点"),
        ({"starts_at": (11, 9)}, "最多提前 10 天"),
        ({"starts_at": (-1, 9)}, "已经开始或者过去"),
        ({"name": ""}, "怎么称呼"),
        ({"phone": ""}, "怎么称呼"),
        ({"title": ""}, "做什么用"),
        ({"weeks": 2}, "每周重复"),
    ],
)
def test_what_a_resident_cannot_have(venue, fields, sentence):
    if "starts_at" in fields:
        fields["starts_at"] = days_ahead(*fields["starts_at"])
    with pytest.raises(BookingRefused, match=sentence):
        make_booking(venue, **fields)
    assert (Booking.objects.count(), BookingSlot.objects.count()) == (0, 0)


def test_the_limits_themselves_can_be_had(venue):
    for day, hour, minutes in [(1, 8.5, 60), (2, 15.5, 120), (10, 9, 120)]:
        make_booking(venue, starts_at=days_ahead(day, int(hour), int(hour % 1 * 60)), minutes=minutes)
    assert Booking.objects.count() == 3


def test_a_started_half_hour_is_gone(venue):
    with patch_now(shanghai(2026, 11, 25, 9, 0)), pytest.raises(BookingRefused, match="已经开始"):
        make_booking(venue, starts_at=shanghai(2026, 11, 25, 9, 0))


@pytest.mark.parametrize("field", ["is_open", "bookable"])
def test_a_closed_venue_is_not_booked(field):
    with pytest.raises(BookingRefused, match="不接受预订"):
        make_booking(make_venue(**{field: False}))


def test_an_exception_day_replaces_the_weekday(venue):
    day = timezone.localdate() + dt.timedelta(days=1)
    OpeningHours.objects.create(venue=venue, day=day)
    with pytest.raises(BookingRefused, match="不开放"):
        make_booking(venue)
    OpeningHours.objects.create(venue=venue, day=day, opens=dt.time(19), closes=dt.time(21))
    made = make_booking(venue, starts_at=days_ahead(1, 19), minutes=120)
    assert len(slots_of(made)) == 4


def test_the_same_page_sent_twice_is_one_booking(venue):
    first = make_booking(venue, submission_key="page", name="王淑兰", phone="13800000617")
    assert make_booking(venue, submission_key="page", name="王淑兰", phone="13800000617") == first
    assert Booking.objects.count() == 1


def test_one_phone_does_not_book_everything(venue):
    for index in range(BOOKINGS_PER_PHONE):
        make_booking(venue, starts_at=days_ahead(1 + index), phone="13800000617", address="192.0.2.1")
    with pytest.raises(TooOften):
        make_booking(venue, starts_at=days_ahead(9), phone="13800000617", address="192.0.2.2")
    assert Booking.objects.count() == BOOKINGS_PER_PHONE


# --- two at one time ------------------------------------------------------------------------------------------


def test_who_comes_second_reads_where_to_go_instead(venue):
    make_booking(venue, starts_at=days_ahead(1, 9), minutes=60)
    with pytest.raises(SlotTaken) as refused:
        make_booking(venue, starts_at=days_ahead(1, 9, 30), minutes=60)
    assert str(refused.value) == "这个时间已经有人订了。最近的空档从 明天 10:00 开始，请改选一个时间"
    assert Booking.objects.count() == 1


def test_the_next_free_time_skips_the_night_and_full_days(venue):
    for hour in (8.5, 10.5, 12.5, 14.5):
        make_booking(venue, starts_at=days_ahead(1, int(hour), 30), minutes=120)
    make_booking(venue, starts_at=days_ahead(1, 16, 30), minutes=60)
    with pytest.raises(SlotTaken, match="后天 8:30"):
        make_booking(venue, starts_at=days_ahead(1, 9), minutes=60)


def test_the_database_itself_refuses_the_second(venue):
    made = make_booking(venue)
    with pytest.raises(IntegrityError), transaction.atomic():
        BookingSlot.objects.create(venue=venue, starts_at=made.starts_at, booking=made)


def test_times_that_touch_do_not_overlap(venue):
    make_booking(venue, starts_at=days_ahead(1, 9), minutes=60)
    make_booking(venue, starts_at=days_ahead(1, 10), minutes=60)
    make_booking(make_venue(), starts_at=days_ahead(1, 9), minutes=60)
    assert Booking.objects.count() == 3


# --- answers --------------------------------------------------------------------------------------------------


def test_one_click_confirms_and_the_resident_hears_it_twice(venue):
    made = make_booking(venue, starts_at=days_ahead(3))
    confirm_booking(made)
    assert Booking.objects.get().status == BookingStatus.CONFIRMED
    assert told("person:") == [f"{venue.name}订好了", f"明天用{venue.name}"]
    eve = Reminder.objects.get(dedupe_key=f"booking:{made.pk}:eve").due_at
    assert timezone.localtime(eve) == days_ahead(2, 18)


def test_a_request_is_declined_with_a_reason_and_its_time_is_free_again(venue):
    made = make_booking(venue)
    with pytest.raises(BookingRefused, match="为什么"):
        decline_booking(made, reason=" ")
    decline_booking(made, reason="当天要刷墙")
    assert slots_of(made) == []
    assert Reminder.objects.get(dedupe_key=f"booking:{made.pk}:declined").text.count("当天要刷墙") == 1
    make_booking(venue)
    assert Booking.objects.holding().count() == 1


def test_a_second_answer_reads_what_the_first_was(venue):
    made = make_booking(venue)
    stale = Booking.objects.get(pk=made.pk)
    confirm_booking(made)
    with pytest.raises(BookingRefused, match="订好了"):
        decline_booking(stale, reason="晚了一步")
    assert Booking.objects.get().status == BookingStatus.CONFIRMED


@pytest.mark.parametrize("old", list(BookingStatus))
@pytest.mark.parametrize("new", list(BookingStatus))
def test_exactly_the_arrows_of_the_table(venue, old, new):
    made = make_booking(venue)
    reason = "x" if old in {"declined", "cancelled", "expired"} else ""
    Booking.objects.filter(pk=made.pk).update(status=old, reason=reason)
    made.refresh_from_db()
    if new in NEXT_BOOKING[old]:
        move(made, new, reason="测试")
    else:
        with pytest.raises(BookingRefused):
            move(made, new, reason="测试")
    assert Booking.objects.get().status == (new if new in NEXT_BOOKING[old] else old)


# Friday 27 November 2026, 10:00; the desk is open from 8:30 to 17:30 on working days
FRIDAY = shanghai(2026, 11, 27, 10)


@pytest.mark.parametrize(
    ("asked", "starts", "due"),
    [
        (FRIDAY, (12, 4, 9), (12, 1, 17, 30)),  # Friday and two working days: Tuesday evening
        (FRIDAY, (12, 1, 18), (12, 1, 17)),  # an hour before it begins comes sooner
        (FRIDAY, (11, 27, 11, 30), (11, 27, 10, 30)),
        (FRIDAY, (11, 27, 11), (11, 27, 11)),  # less than an hour is left: until it begins
        (shanghai(2026, 11, 28, 10), (12, 5, 9), (12, 2, 17, 30)),  # the clock starts on Monday
    ],
)
def test_a_request_is_answered_in_two_working_days_or_an_hour_before(asked, starts, due):
    with patch_now(asked):
        venue = make_venue(opens=dt.time(0), closes=dt.time(23, 30), advance_days=30)
        made = make_booking(venue, starts_at=shanghai(2026, *starts))
    assert timezone.localtime(made.answer_due_at) == shanghai(2026, *due)


@pytest.mark.parametrize(
    ("now", "due", "nudge"),
    [
        (FRIDAY, (12, 1, 17, 30), (12, 1, 15, 30)),
        (FRIDAY, (11, 30, 10), (11, 27, 16, 30)),  # eight on Monday is before the desk opens: Friday
        (FRIDAY, (11, 28, 18), (11, 27, 16, 30)),  # Saturday
        (FRIDAY, (11, 30, 22), (11, 30, 16, 30)),
        (FRIDAY, (11, 27, 11), None),  # the request itself was said an hour ago
        (shanghai(2026, 11, 27, 18), (11, 28, 9), None),  # nobody is at the desk before
    ],
)
def test_the_desk_is_reminded_while_it_is_open(now, due, nudge):
    desk = make_venue().grid.community
    assert nudge_at(now, shanghai(2026, *due), desk) == (shanghai(2026, *nudge) if nudge else None)


def test_an_unanswered_request_gives_its_time_back_and_who_asked_is_told():
    with patch_now(FRIDAY):
        venue = make_venue()
        made = make_booking(venue, starts_at=shanghai(2026, 12, 4, 9))
        answered = make_booking(venue, starts_at=shanghai(2026, 12, 4, 11))
        confirm_booking(answered)
        later = make_booking(venue, starts_at=shanghai(2026, 12, 4, 14))
        Booking.objects.filter(pk=later.pk).update(answer_due_at=shanghai(2026, 12, 3, 12))
    assert (
        told("desk:", dedupe_key__endswith=":nudge", status="pending") == [f"{venue.name}的预订还没答复"] * 2
    )
    with patch_now(shanghai(2026, 12, 1, 17, 29)):
        assert expire_bookings() == 0
    with patch_now(shanghai(2026, 12, 1, 17, 30)):
        assert [expire_bookings(), expire_bookings()] == [1, 0]
    made.refresh_from_db()
    assert (made.status, made.reason, slots_of(made)) == ("expired", "社区没有来得及答复", [])
    assert told("person:", dedupe_key=f"booking:{made.pk}:expired") == [f"{venue.name}没有订成，抱歉"]
    assert told("desk:", dedupe_key=f"booking:{made.pk}:nudge", status="pending") == []
    assert sorted(Booking.objects.values_list("status", flat=True)) == ["confirmed", "expired", "requested"]
    with patch_now(shanghai(2026, 12, 1, 17, 40)):
        make_booking(venue, starts_at=shanghai(2026, 12, 4, 9))  # the time can be had again
        with pytest.raises(BookingRefused, match="没来得及答复"):
            confirm_booking(made)


def test_an_answer_in_the_same_moment_wins_or_loses_but_never_both(monkeypatch):
    """The desk says yes between the look and the step of the tick."""
    with patch_now(FRIDAY):
        made = make_booking(make_venue(), starts_at=shanghai(2026, 12, 4, 9))
    stale = Booking.objects.get(pk=made.pk)
    with patch_now(shanghai(2026, 12, 1, 18)):
        monkeypatch.setattr(type(Booking.objects), "unanswered", lambda self, now=None: Answered(stale))
        confirm_booking(made)
        assert expire_bookings() == 0
    assert (Booking.objects.get().status, len(slots_of(made))) == ("confirmed", 2)


class Answered:
    """A list of bookings that was read before somebody answered one of them."""

    def __init__(self, *rows):
        self.rows = list(rows)

    def with_related(self):
        return self

    def order_by(self, *_fields):
        return self.rows


def test_a_request_without_a_limit_is_refused_by_the_database():
    made = make_booking(make_venue())
    with pytest.raises(IntegrityError, match="booking_request_has_a_limit"), transaction.atomic():
        Booking.objects.filter(pk=made.pk).update(answer_due_at=None)


def test_the_resident_gives_the_time_back_and_the_desk_hears_it(venue):
    made = make_booking(venue, starts_at=days_ahead(3))
    confirm_booking(made)
    assert cancel_booking(made) == 1
    assert slots_of(made) == []
    assert told("desk:", status="pending")[-1] == f"{venue.name}的预订取消了"
    assert Reminder.objects.get(dedupe_key=f"booking:{made.pk}:eve").status == Reminder.Status.CANCELLED


def test_the_community_owes_a_reason_and_the_resident_hears_it(venue):
    made, staff = make_booking(venue), make_user()
    with pytest.raises(BookingRefused, match="为什么"):
        cancel_booking(made, by=staff)
    cancel_booking(made, by=staff, reason="停电")
    assert "停电" in Reminder.objects.get(dedupe_key=f"booking:{made.pk}:cancelled").text


def test_what_is_over_cannot_be_cancelled(venue):
    made = make_booking(venue)
    with patch_now(days_ahead(2)), pytest.raises(BookingRefused, match="已经过了"):
        cancel_booking(made)


# --- the community's own --------------------------------------------------------------------------------------


def test_the_branch_books_without_waiting(venue):
    staff = make_user()
    made = make_booking(venue, kind=Booking.Kind.BRANCH, minutes=240, entered_by=staff)
    assert (made.status, made.contact) == (BookingStatus.CONFIRMED, staff.person)
    assert told("desk:") == []


def test_a_block_holds_the_night_too_and_tells_nobody(venue):
    made = make_booking(
        venue,
        kind=Booking.Kind.BLOCK,
        title="刷墙",
        starts_at=days_ahead(1, 6),
        minutes=720,
        entered_by=make_user(),
    )
    assert (made.status, made.contact, len(slots_of(made))) == (BookingStatus.CONFIRMED, None, 24)
    assert Reminder.objects.count() == 0
    with pytest.raises(SlotTaken):
        make_booking(venue)


def test_a_series_is_one_group_with_one_notice(venue):
    staff = make_user()
    first = make_booking(venue, kind=Booking.Kind.BRANCH, weeks=4, entered_by=staff)
    group = list(Booking.objects.group_of(first))
    assert [timezone.localtime(row.starts_at) for row in group] == [days_ahead(1 + 7 * n) for n in range(4)]
    assert told("person:", dedupe_key__endswith=":confirmed") == [f"{venue.name}订好了"]
    assert "一共 4 次" in Reminder.objects.get(dedupe_key=f"booking:{first.pk}:confirmed").text
    other = make_user()
    cancel_booking(group[1], by=other, reason="开大会")
    assert Booking.objects.group_of(first).holding().count() == 3
    assert cancel_booking(first, by=other, reason="装修", whole_group=True) == 3
    assert Booking.objects.holding().count() == 0
    assert BookingSlot.objects.count() == 0
    assert told("person:", dedupe_key__endswith=":cancelled") == [f"{venue.name}的预订取消了"] * 2
    assert "起 3 次" in Reminder.objects.get(dedupe_key=f"booking:{first.pk}:cancelled").text


def test_a_series_is_held_whole_or_not_at_all(venue):
    make_booking(venue, starts_at=days_ahead(8))
    with pytest.raises(SlotTaken):
        make_booking(venue, kind=Booking.Kind.BRANCH, weeks=3, entered_by=make_user())
    assert Booking.objects.count() == 1
    assert BookingSlot.objects.count() == 2


# --- what is free ---------------------------------------------------------------------------------------------


def test_free_starts_leave_out_what_is_taken_past_or_too_short(venue):
    day = timezone.localdate() + dt.timedelta(days=1)
    make_booking(venue, starts_at=days_ahead(1, 9), minutes=60)
    times = FreeTimes(venue, day, day)
    found = [timezone.localtime(start) for start in times.free_starts(day, 60, timezone.now())]
    assert found == [days_ahead(1, 10) + n * dt.timedelta(minutes=30) for n in range(14)]
    late = times.free_starts(day, 60, days_ahead(1, 16))
    assert [timezone.localtime(start) for start in late] == [days_ahead(1, 16, 30)]


def test_free_times_cost_two_queries(venue, django_assert_num_queries):
    today = timezone.localdate()
    with django_assert_num_queries(2):
        times = FreeTimes(venue, today, today + dt.timedelta(days=30))
        [times.free_starts(today + dt.timedelta(days=n), 60, timezone.now()) for n in range(30)]
