import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from people.models import Community
from reminders.models import CalendarOverride
from reminders.workdays import (
    Workdays,
    after_desk_minutes,
    after_workdays,
    desk_minutes_between,
    is_provisional,
    is_workday,
    next_workday,
    statutory_holidays,
)
from tests.makers import make_community
from tests.reminders.clock import at

pytestmark = pytest.mark.django_db

DESK = SimpleNamespace(desk_opens=dt.time(8, 30), desk_closes=dt.time(17, 30))


def days(year, *ranges):
    """The days of month-day pairs: "1-1", or "2-15 2-23" for a range."""
    found = set()
    for text in ranges:
        first, *last = [dt.date(year, *map(int, part.split("-"))) for part in text.split()]
        last = last[0] if last else first
        found |= {first + dt.timedelta(days=n) for n in range((last - first).days + 1)}
    return found


FREE_2026 = days(2026, "1-1 1-3", "2-15 2-23", "4-4 4-6", "5-1 5-5", "6-19 6-21", "9-25 9-27", "10-1 10-7")
SWAPPED_2026 = days(2026, "1-4", "2-14", "2-28", "5-9", "9-20", "10-10")
FREE_2027 = days(2027, "1-1", "2-5 2-8", "4-5", "5-1 5-2", "6-9", "9-15", "10-1 10-3")


def test_every_day_of_2026_follows_the_published_calendar():
    calendar = Workdays(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    for day in days(2026, "1-1 12-31"):
        expected = day in SWAPPED_2026 or (day.weekday() < 5 and day not in FREE_2026)
        assert calendar.has(day) is expected, day


def test_every_day_of_2027_follows_weekends_and_the_statutory_days():
    assert statutory_holidays(2027) == FREE_2027
    calendar = Workdays(dt.date(2027, 1, 1), dt.date(2027, 12, 31))
    for day in days(2027, "1-1 12-31"):
        assert calendar.has(day) is (day.weekday() < 5 and day not in FREE_2027), day


def test_a_year_without_lunar_dates_has_weekends_only():
    assert statutory_holidays(2031) == set()
    assert is_workday(dt.date(2031, 10, 1)) is True
    assert is_workday(dt.date(2031, 10, 4)) is False


@pytest.mark.parametrize(
    ("day", "follows"),
    [
        ("2025-12-31", "2026-01-04"),  # three free days, then a working Sunday
        ("2026-02-13", "2026-02-14"),  # a working Saturday before the Spring Festival
        ("2026-02-14", "2026-02-24"),
        ("2026-04-03", "2026-04-07"),
        ("2026-04-30", "2026-05-06"),
        ("2026-05-08", "2026-05-09"),
        ("2026-06-18", "2026-06-22"),
        ("2026-09-18", "2026-09-20"),
        ("2026-09-24", "2026-09-28"),
        ("2026-09-30", "2026-10-08"),
        ("2026-10-09", "2026-10-10"),
        ("2026-10-10", "2026-10-12"),
        ("2026-12-31", "2027-01-04"),
        ("2027-02-04", "2027-02-09"),
    ],
)
def test_next_workday(day, follows):
    assert next_workday(dt.date.fromisoformat(day)) == dt.date.fromisoformat(follows)


def test_an_override_row_wins_over_the_package_and_over_the_fallback():
    assert is_workday(dt.date(2026, 11, 24)) is True
    assert is_workday(dt.date(2027, 2, 13)) is False
    CalendarOverride.objects.create(day=dt.date(2026, 11, 24), is_workday=False, name="停电")
    CalendarOverride.objects.create(day=dt.date(2027, 2, 13), is_workday=True, name="春节调休上班")
    assert is_workday(dt.date(2026, 11, 24)) is False
    assert is_workday(dt.date(2027, 2, 13)) is True


DAY = dt.date(2026, 11, 24)


def off(**fields):
    return CalendarOverride(**({"day": DAY, "is_workday": False, "name": "停电"} | fields))


@pytest.mark.parametrize(
    ("before", "change", "is_free"),
    [
        ([], lambda: off().save(), True),
        ([], lambda: CalendarOverride.objects.create(day=DAY, is_workday=False), True),
        ([], lambda: CalendarOverride.objects.bulk_create([off()]), True),
        ([off()], lambda: CalendarOverride.objects.update(is_workday=True), False),
        ([off()], lambda: CalendarOverride.objects.all().delete(), False),
        ([off()], lambda: CalendarOverride.objects.get().delete(), False),
        ([off(is_workday=True)], lambda: off(pk=CalendarOverride.objects.get().pk).save(), True),
    ],
)
def test_a_remembered_calendar_ends_with_every_change_of_it(
    before, change, is_free, django_assert_num_queries
):
    """As another process reads it: with the community of its own request."""
    make_community(), make_community(code="370614001015", host="b.example")
    CalendarOverride.objects.bulk_create(before)

    def remembered():
        return {
            Workdays(DAY, stamp=community.calendar_stamp).has(DAY) for community in Community.objects.all()
        }

    assert remembered() == {is_free}
    with django_assert_num_queries(1):  # the communities alone
        remembered()
    change()
    assert remembered() == {not is_free}


def test_a_change_that_did_not_come_about_leaves_the_remembered_calendar_alone():
    make_community()
    known = Community.objects.get().calendar_stamp
    with transaction.atomic():
        off().save()
        assert not Workdays(DAY, stamp=Community.objects.get().calendar_stamp).has(DAY)
        transaction.set_rollback(True)
    assert Community.objects.get().calendar_stamp == known
    assert Workdays(DAY, stamp=known).has(DAY)
    off(day=dt.date(2026, 11, 25)).save()
    assert Workdays(DAY, stamp=Community.objects.get().calendar_stamp).has(DAY)


def test_a_new_community_begins_with_a_calendar_of_its_own():
    here = make_community()
    assert Workdays(DAY, stamp=here.calendar_stamp).has(DAY)
    off().save()
    there = make_community(code="370614001015", host="b.example")
    assert not Workdays(DAY, stamp=there.calendar_stamp).has(DAY)


def test_a_year_is_provisional_until_somebody_publishes_it():
    assert [is_provisional(year) for year in (2025, 2026, 2027, 2031)] == [False, False, True, True]
    CalendarOverride.objects.create(day=dt.date(2027, 2, 4), is_workday=False, name="春节")
    assert [is_provisional(year) for year in (2026, 2027, 2028)] == [False, False, True]


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-11-24 00:00", 0, "2026-11-24 17:30"),
        ("2026-11-24 08:29", 0, "2026-11-24 17:30"),
        ("2026-11-24 17:29", 0, "2026-11-24 17:30"),
        ("2026-11-24 17:30", 0, "2026-11-25 17:30"),  # at closing it is too late for today
        ("2026-11-24 23:59", 0, "2026-11-25 17:30"),
        ("2026-11-24 10:00", 1, "2026-11-25 17:30"),
        ("2026-11-24 18:00", 1, "2026-11-26 17:30"),
        ("2026-11-27 18:00", 0, "2026-11-30 17:30"),  # Friday evening
        ("2026-11-28 10:00", 0, "2026-11-30 17:30"),  # Saturday
        ("2026-11-28 10:00", 1, "2026-12-01 17:30"),
        ("2026-02-13 17:00", 1, "2026-02-14 17:30"),  # a working Saturday
        ("2026-02-14 17:30", 0, "2026-02-24 17:30"),  # the Spring Festival lies between
        ("2026-02-16 09:00", 3, "2026-02-27 17:30"),
        ("2026-09-30 09:00", 3, "2026-10-10 17:30"),
        ("2026-12-31 09:00", 1, "2027-01-04 17:30"),  # into a year not published yet
        ("2026-11-24 09:00", 20, "2026-12-22 17:30"),
    ],
)
def test_after_workdays(start, limit, due):
    assert after_workdays(at(start), limit, DESK) == at(due)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-24 08:30", 0, "2026-11-24 08:30"),
        ("2026-11-24 07:00", 0, "2026-11-24 08:30"),
        ("2026-11-24 17:30", 0, "2026-11-25 08:30"),
        ("2026-11-24 08:29", 60, "2026-11-24 09:30"),
        ("2026-11-24 16:30", 60, "2026-11-24 17:30"),  # ends at closing, not at the next opening
        ("2026-11-24 16:31", 60, "2026-11-25 08:31"),
        ("2026-11-24 17:29:30", 1, "2026-11-25 08:30:30"),
        ("2026-11-24 17:30", 60, "2026-11-25 09:30"),
        ("2026-11-27 16:00", 240, "2026-11-30 11:00"),  # over a weekend
        ("2026-02-14 17:00", 60, "2026-02-24 09:00"),  # over the Spring Festival
        ("2026-11-24 08:30", 540, "2026-11-24 17:30"),
        ("2026-11-24 08:30", 541, "2026-11-25 08:31"),
        ("2026-11-24 08:30", 5400, "2026-12-07 17:30"),  # ten working days
    ],
)
def test_after_desk_minutes(start, minutes, due):
    assert after_desk_minutes(at(start), minutes, DESK) == at(due)


@pytest.mark.parametrize(
    ("a", "b", "minutes"),
    [
        ("2026-11-24 09:00", "2026-11-24 09:00", 0),
        ("2026-11-24 09:00", "2026-11-24 09:00:59", 0),
        ("2026-11-24 09:00", "2026-11-24 10:00", 60),
        ("2026-11-24 10:00", "2026-11-24 09:00", -60),
        ("2026-11-24 00:00", "2026-11-24 23:59", 540),
        ("2026-11-24 17:30", "2026-11-25 08:30", 0),
        ("2026-11-24 17:00", "2026-11-25 09:00", 60),
        ("2026-11-28 09:00", "2026-11-29 17:00", 0),  # a weekend
        ("2026-02-14 17:00", "2026-02-24 09:00", 60),
        ("2026-10-01 00:00", "2026-11-01 00:00", 18 * 540),
    ],
)
def test_desk_minutes_between(a, b, minutes):
    assert desk_minutes_between(at(a), at(b), DESK) == minutes


def test_each_call_reads_the_overrides_once_and_is_in_local_time(django_assert_num_queries):
    start = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)  # 17:30 in Shanghai
    with django_assert_num_queries(1):
        due = after_workdays(start, 20, DESK)
    with django_assert_num_queries(1):
        assert after_desk_minutes(start, 5400, DESK) == at("2026-12-08 17:30")
    with django_assert_num_queries(1):
        desk_minutes_between(start, start + dt.timedelta(days=100), DESK)
    assert due.isoformat() == "2026-12-23T17:30:00+08:00"


MOMENTS = st.integers(0, 880 * 24 * 3600).map(lambda s: at("2026-01-01 00:00") + dt.timedelta(seconds=s))


@given(start=MOMENTS, minutes=st.integers(0, 3000))
def test_between_undoes_after(start, minutes):
    assert desk_minutes_between(start, after_desk_minutes(start, minutes, DESK), DESK) == minutes


@given(start=MOMENTS, first=st.integers(0, 2000), second=st.integers(1, 2000))
def test_minutes_add_up(start, first, second):
    middle = after_desk_minutes(start, first, DESK)
    assert after_desk_minutes(middle, second, DESK) == after_desk_minutes(start, first + second, DESK)


@given(start=MOMENTS, limit=st.integers(0, 30))
def test_after_workdays_counts_working_days_only(start, limit):
    due = after_workdays(start, limit, DESK)
    clock_starts = after_desk_minutes(start, 0, DESK)
    local = timezone.localtime(due)
    assert (local.time(), is_workday(local.date())) == (DESK.desk_closes, True)
    between = [clock_starts.date() + dt.timedelta(days=n) for n in range((due - clock_starts).days + 2)]
    assert sum(is_workday(day) for day in between if clock_starts.date() < day <= due.date()) == limit
