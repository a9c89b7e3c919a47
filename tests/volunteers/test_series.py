"""What comes back: the rules, eight weeks ahead, off days off, and changes of one date or of all from one on."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from reminders.actions import deliver_inbox
from reminders.models import CalendarOverride, Reminder
from reminders.workdays import Workdays
from tests.makers import make_activity, make_community, make_signup, patch_now, shanghai
from volunteers.actions import (
    cancel_activity,
    change_activity,
    change_from_here,
    end_series,
    extend_all,
    finish_over,
    pass_on_lapsed,
    set_capacity,
    set_capacity_from_here,
    start_series,
)
from volunteers.actions.activities import same_next_month
from volunteers.errors import ActivityRefused
from volunteers.models import Activity, ActivitySeries, ActivityStatus, SignupStatus
from volunteers.recurrence import REPEATS, dates, fits, repeat_of, rule_for, say_rule

DayOff = ActivitySeries.DayOff
WEDNESDAY = dt.date(2026, 11, 25)


@pytest.fixture
def now():
    with patch_now(shanghai(2026, 11, 24, 9)):
        yield


def make_series(
    rule="FREQ=WEEKLY;BYDAY=WE", *, starts_at=None, minutes=120, on_day_off=DayOff.NEXT, **fields
):
    starts_at = starts_at or shanghai(2026, 11, 25, 9)
    values = {"title": "义剪日", "place_text": "听涛苑物业门口", "shifts": [{"capacity": 10}]}
    ends_at = starts_at + dt.timedelta(minutes=minutes)
    return start_series(
        make_community(),
        rule=rule,
        on_day_off=on_day_off,
        starts_at=starts_at,
        ends_at=ends_at,
        **(values | fields),
    )


def days_of(series, **wanted):
    rows = series.activities.filter(**wanted).order_by("starts_at")
    return [timezone.localtime(row.starts_at).date() for row in rows]


@pytest.mark.once
@pytest.mark.parametrize(
    ("repeat", "first", "rule", "words"),
    [
        ("weekly", WEDNESDAY, "FREQ=WEEKLY;BYDAY=WE", "每周三"),
        ("fortnightly", WEDNESDAY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "隔一周的周三"),
        ("weekday", WEDNESDAY, "FREQ=MONTHLY;BYDAY=4WE", "每月第四个周三"),
        ("weekday", dt.date(2026, 12, 30), "FREQ=MONTHLY;BYDAY=-1WE", "每月最后一个周三"),
        ("last", WEDNESDAY, "FREQ=MONTHLY;BYDAY=-1WE", "每月最后一个周三"),
        ("monthday", WEDNESDAY, "FREQ=MONTHLY;BYMONTHDAY=25", "每月 25 号"),
    ],
)
def test_the_rules_that_are_offered(repeat, first, rule, words):
    assert rule_for(repeat, first) == rule
    assert say_rule(rule) == words
    assert fits(rule, first)
    assert not fits(rule, first + dt.timedelta(days=1))
    assert repeat_of(rule) == ("last" if "-1" in rule else repeat)


@pytest.mark.once
def test_every_choice_has_a_rule_that_begins_on_any_day():
    for repeat in REPEATS:
        for ahead in range(31):
            day = dt.date(2026, 12, 1) + dt.timedelta(days=ahead)
            rule = rule_for(repeat, day)
            if rule and not (repeat == "last" and day.day < 25):
                assert fits(rule, day)


@pytest.mark.once
def test_dates_keep_the_hour_of_the_clock():
    found = dates(
        "FREQ=WEEKLY;BYDAY=WE", shanghai(2026, 11, 25, 7), shanghai(2026, 12, 2, 7), shanghai(2026, 12, 9, 7)
    )
    assert found == [shanghai(2026, 12, 2, 7), shanghai(2026, 12, 9, 7)]


@pytest.mark.once
@pytest.mark.parametrize(
    ("moment", "today", "then"),
    [
        (shanghai(2026, 11, 25, 9), dt.date(2026, 11, 25), shanghai(2026, 12, 23, 9)),
        (
            shanghai(2026, 12, 30, 9),
            dt.date(2026, 12, 1),
            shanghai(2027, 1, 27, 9),
        ),  # the fifth, then the last
        (shanghai(2026, 1, 7, 9), dt.date(2026, 11, 25), shanghai(2026, 12, 2, 9)),
    ],
)
def test_the_same_next_month(moment, today, then):
    assert same_next_month(moment, today) == then


@pytest.mark.parametrize(
    ("today", "then"),
    [
        (dt.date(2026, 11, 26), shanghai(2026, 12, 30, 9)),
        (dt.date(2026, 11, 24), shanghai(2026, 11, 25, 9)),
        (dt.date(2027, 1, 26), shanghai(2027, 1, 27, 9)),
        (dt.date(2027, 1, 27), shanghai(2027, 2, 24, 9)),
    ],
)
def test_a_template_proposes_the_first_such_day_from_today(today, then):
    fifth_wednesday = shanghai(2026, 12, 30, 9)
    assert same_next_month(fifth_wednesday, today, from_today=True) == then


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
class TestMaking:
    def test_eight_weeks_are_there_at_once_announced_with_their_shifts(self):
        series = make_series()
        assert days_of(series) == [WEDNESDAY + dt.timedelta(weeks=week) for week in range(8)]
        assert set(series.activities.values_list("status", "shifts__capacity")) == {("published", 10)}
        assert not Activity.objects.public().filter(pk=series.pattern_id).exists()

    def test_the_tick_repeated_makes_nothing_twice_and_later_what_is_due(self):
        series = make_series()
        assert extend_all() == 0
        with patch_now(shanghai(2026, 12, 1, 9)):
            assert (extend_all(), extend_all()) == (1, 0)
        assert len(set(days_of(series))) == series.activities.count() == 9

    def test_the_database_refuses_a_date_twice(self):
        series = make_series()
        first = series.activities.first()
        with pytest.raises(IntegrityError), transaction.atomic():
            make_activity(series=series, original_start=first.original_start)

    def test_a_holiday_moves_a_date_to_the_next_working_day(self):
        CalendarOverride.objects.create(day=dt.date(2026, 12, 2), is_workday=False, name="停电")
        series = make_series()
        assert days_of(series)[:3] == [WEDNESDAY, dt.date(2026, 12, 3), dt.date(2026, 12, 9)]
        moved = series.activities.get(original_start=shanghai(2026, 12, 2, 9))
        assert (moved.starts_at, moved.shifts.get().starts_at) == (shanghai(2026, 12, 3, 9),) * 2

    def test_or_leaves_it_out_or_keeps_it(self):
        CalendarOverride.objects.create(day=dt.date(2026, 12, 2), is_workday=False, name="停电")
        assert dt.date(2026, 12, 2) not in days_of(make_series(on_day_off=DayOff.SKIP))
        assert dt.date(2026, 12, 2) in days_of(make_series(on_day_off=DayOff.KEEP))
        saturday = make_series(
            "FREQ=WEEKLY;BYDAY=SA", starts_at=shanghai(2026, 11, 28, 9), on_day_off=DayOff.KEEP
        )
        assert len(days_of(saturday)) == 8

    def test_no_day_has_two(self):
        daily = make_series("FREQ=DAILY")
        found = days_of(daily)
        assert len(found) == len(set(found))
        assert all(Workdays(day, day).has(day) for day in found)

    def test_what_was_called_off_is_not_made_again(self):
        series = make_series()
        cancel_activity(series.activities.first(), reason="下雨")
        assert extend_all() == 0
        assert series.activities.filter(status="cancelled").count() == 1

    def test_a_calendar_that_comes_late_moves_who_has_signed_up_and_asks_them(self):
        series = make_series()
        row = series.activities.get(original_start=shanghai(2026, 12, 2, 9))
        signup = make_signup(row.shifts.get())
        CalendarOverride.objects.create(day=dt.date(2026, 12, 2), is_workday=False, name="停电")
        for _again in range(2):
            extend_all()
        row.refresh_from_db()
        assert (row.starts_at, row.sequence) == (shanghai(2026, 12, 3, 9), 1)
        assert signup.person.reminders.filter(dedupe_key__contains=":changed:").count() == 1

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"starts_at": shanghai(2026, 11, 26, 9)}, "对不上"),
            ({"starts_at": shanghai(2026, 11, 18, 9)}, "已经过去"),
            ({"rule": "FREQ=WEEKLY;BYDAY=SA", "starts_at": shanghai(2026, 11, 28, 9)}, "本来就是休息日"),
        ],
    )
    def test_what_cannot_be_is_refused(self, changes, words):
        with pytest.raises(ActivityRefused, match=words):
            make_series(**changes)
        assert Activity.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
class TestChanging:
    def test_one_date_alone(self):
        series = make_series()
        second = series.activities.order_by("starts_at")[1]
        change_activity(second, starts_at=shanghai(2026, 12, 3, 14), ends_at=shanghai(2026, 12, 3, 16))
        second.refresh_from_db()
        assert (second.is_own, second.original_start) == (True, shanghai(2026, 12, 2, 9))
        assert days_of(series)[:3] == [WEDNESDAY, dt.date(2026, 12, 3), dt.date(2026, 12, 9)]
        assert extend_all() == 0

    def test_from_one_on_to_another_hour_and_place(self):
        old = make_series()
        first, second, third, fourth, *_rest = old.activities.order_by("starts_at")
        signup = make_signup(third.shifts.get())
        change_activity(third, title="义剪和修脚")
        cancel_activity(fourth, reason="下雨")
        start = shanghai(2026, 12, 2, 14)
        new, _asked = change_from_here(
            second, starts_at=start, ends_at=start + dt.timedelta(hours=1), place_text="北门"
        )
        third.refresh_from_db()
        fourth.refresh_from_db()
        assert (new.rule, new.first_start) == (old.rule, start)
        assert list(old.activities.all()) == [first]
        # what was changed by itself keeps its hour, what was called off stays called off
        assert (third.series, third.starts_at, third.title) == (new, shanghai(2026, 12, 9, 9), "义剪和修脚")
        assert (fourth.series, fourth.status) == (new, ActivityStatus.CANCELLED)
        assert (third.original_start, fourth.original_start) == (
            shanghai(2026, 12, 9, 14),
            shanghai(2026, 12, 16, 14),
        )
        changed = new.activities.filter(is_own=False, status="published")
        assert {(timezone.localtime(row.starts_at).hour, row.place_text) for row in changed} == {(14, "北门")}
        assert signup.person.reminders.filter(dedupe_key__contains=":changed:").count() == 0
        with patch_now(shanghai(2026, 12, 8, 9)):
            extend_all()
        assert old.activities.count() == 1
        assert new.activities.order_by("-starts_at").first().starts_at == shanghai(2027, 1, 27, 14)

    def test_from_one_on_to_another_weekday_of_the_month(self):
        old = make_series("FREQ=MONTHLY;BYDAY=4WE")
        first, second = old.activities.order_by("starts_at")
        signup = make_signup(second.shifts.get())
        start = shanghai(2026, 11, 26, 9)
        new, _asked = change_from_here(first, starts_at=start, ends_at=start + dt.timedelta(hours=2))
        assert (new.rule, days_of(new)) == (
            "FREQ=MONTHLY;BYDAY=4TH",
            [dt.date(2026, 11, 26), dt.date(2026, 12, 24)],
        )
        assert signup.person.reminders.filter(dedupe_key__contains=":changed:").count() == 1
        assert old.activities.count() == 0
        assert extend_all() == 0

    def test_calling_off_from_one_on_ends_it(self):
        series = make_series()
        second = series.activities.order_by("starts_at")[1]
        signup = make_signup(second.shifts.get())
        with pytest.raises(ActivityRefused):
            end_series(second, reason="")
        assert series.activities.filter(status="cancelled").count() == 0
        assert end_series(second, reason="天冷了") == 7
        with patch_now(shanghai(2026, 12, 8, 9)):
            assert extend_all() == 0
        assert days_of(series, status="published") == [WEDNESDAY]
        assert signup.person.reminders.filter(dedupe_key__contains=":cancelled:").count() == 1

    def test_what_is_no_series_has_no_later_dates(self):
        alone = make_activity()
        for act in (lambda: change_from_here(alone), lambda: end_series(alone, reason="x")):
            with pytest.raises(ActivityRefused):
                act()


@pytest.mark.django_db
@pytest.mark.once
def test_a_year_of_two_series_has_no_date_twice_none_on_a_day_off_and_every_reminder_once():
    """Every morning of a year the ticks run, on Mondays twice; somebody has signed up for each date as soon as it was there."""
    start, signups = shanghai(2026, 11, 24, 6), {}
    with patch_now(start):
        weekly = make_series()
        monthly = make_series(
            "FREQ=MONTHLY;BYMONTHDAY=1", starts_at=shanghai(2026, 12, 1, 14), title="量血压"
        )
        CalendarOverride.objects.create(day=dt.date(2027, 3, 3), is_workday=False, name="停电")
    for day in range(366):
        with patch_now(start + dt.timedelta(days=day, hours=3)):
            for _again in range(2 if day % 7 == 6 else 1):
                extend_all()
                pass_on_lapsed()
                finish_over()
                deliver_inbox()
            for row in Activity.objects.real().exclude(pk__in=signups).prefetch_related("shifts"):
                signups[row.pk] = make_signup(row.shifts.get(), address="")
    rows = list(Activity.objects.real().filter(starts_at__lt=start + dt.timedelta(days=366)))
    days = [(row.series_id, timezone.localtime(row.starts_at).date()) for row in rows]
    assert len(days) == len(set(days)) == len({(row.series_id, row.original_start) for row in rows})
    assert [day for _series, day in days if not Workdays(day, day).has(day)] == []
    # every Wednesday and every first of a month of that year has its date
    assert (sum(key == weekly.pk for key, _day in days), sum(key == monthly.pk for key, _day in days)) == (
        53,
        12,
    )
    asked = Reminder.objects.filter(dedupe_key__contains=":eve:", address__startswith="person:")
    over = [row for row in rows if row.starts_at <= start + dt.timedelta(days=365)]
    for row in over:
        sent = asked.filter(dedupe_key__startswith=f"activity:{row.pk}:", status=Reminder.Status.SENT)
        due_early = row.starts_at - dt.timedelta(hours=24) > signups[row.pk].created_at
        assert sent.count() == (1 if due_early else 0), row.starts_at
    assert {signup.status for signup in signups.values()} == {SignupStatus.PLACE}
    assert Activity.objects.filter(status=ActivityStatus.FINISHED).count() >= len(over) - 1


def capacities(series):
    rows = Activity.objects.filter(series=series).order_by("original_start")
    return [list(row.shifts.order_by("pk").values_list("capacity", flat=True)) for row in rows]


@pytest.mark.django_db
def test_places_from_here_on_are_those_of_later_dates_too_made_or_to_be_made(now):
    series = make_series(shifts=[{"capacity": 10}, {"capacity": 3, "kind": "helper"}])
    _first, second, third = series.activities.order_by("original_start")[:3]
    made = series.activities.count()
    set_capacity(third.shifts.get(kind="guest"), 4)  # what was changed on one date follows, too
    waiting = [make_signup(second.shifts.get(kind="guest")) for _n in range(11)][-1]
    assert set_capacity_from_here(second.shifts.get(kind="guest"), 12) == made - 1
    assert capacities(series) == [[10, 3]] + [[12, 3]] * (made - 1)
    waiting.refresh_from_db()
    assert waiting.status == SignupStatus.OFFERED
    with patch_now(shanghai(2026, 12, 3, 9)):
        assert extend_all() == 2
    assert capacities(series)[-2:] == [[12, 3], [12, 3]]


@pytest.mark.django_db
def test_fewer_places_than_one_later_date_has_taken_change_none(now):
    series = make_series()
    first, second = series.activities.order_by("original_start")[:2]
    for _n in range(3):
        make_signup(second.shifts.get())
    before = capacities(series)
    with pytest.raises(ActivityRefused, match="^12月2日 周三 9:00–11:00：“来参加”已经占了 3 位"):
        set_capacity_from_here(first.shifts.get(), 2)
    assert capacities(series) == before
    with pytest.raises(ActivityRefused, match="不是系列活动"):
        set_capacity_from_here(make_activity().shifts.get(), 2)


@pytest.mark.django_db
def test_from_here_on_keeps_the_places_that_hold_from_here_on(now):
    series = make_series()
    second = series.activities.order_by("original_start")[1]
    set_capacity_from_here(second.shifts.get(), 25)
    new, _asked = change_from_here(second, title="义剪")
    with patch_now(shanghai(2026, 12, 3, 9)):
        extend_all()
    assert {tuple(row) for row in capacities(new)} == {(25,)}
