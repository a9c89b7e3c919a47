import datetime as dt
from types import SimpleNamespace

import pytest

from reminders.actions.quiet import allowed_at, morning_of, next_morning, takes_naps, wake_time
from tests.reminders.clock import at


@pytest.mark.parametrize(
    ("moment", "wake"),
    [
        ("2026-11-24 20:59:59", "2026-11-24 20:59:59"),
        ("2026-11-24 21:00:00", "2026-11-25 08:00"),
        ("2026-11-24 23:59:59", "2026-11-25 08:00"),
        ("2026-11-25 00:00:00", "2026-11-25 08:00"),
        ("2026-11-25 07:59:59", "2026-11-25 08:00"),
        ("2026-11-25 08:00:00", "2026-11-25 08:00"),
        ("2026-11-25 12:00:00", "2026-11-25 12:00"),
        ("2026-12-31 21:00:00", "2027-01-01 08:00"),
    ],
)
def test_the_night_is_quiet(moment, wake):
    assert wake_time(at(moment)) == at(wake)


@pytest.mark.parametrize(
    ("moment", "wake"),
    [
        ("2026-11-24 11:59:59", "2026-11-24 11:59:59"),
        ("2026-11-24 12:00:00", "2026-11-24 14:00"),
        ("2026-11-24 13:59:59", "2026-11-24 14:00"),
        ("2026-11-24 14:00:00", "2026-11-24 14:00"),
        ("2026-11-24 22:00:00", "2026-11-25 08:00"),
    ],
)
def test_noon_is_quiet_for_older_people(moment, wake):
    assert wake_time(at(moment), naps=True) == at(wake)


@pytest.mark.parametrize(
    ("born", "naps"),
    [
        (None, False),
        (dt.date(1966, 11, 23), True),
        (dt.date(1966, 11, 24), True),  # sixty today
        (dt.date(1966, 11, 25), False),
        (dt.date(1940, 2, 29), True),
    ],
)
def test_sixty_is_counted_to_the_day(born, naps):
    assert takes_naps(SimpleNamespace(birth_date=born), at("2026-11-24 00:00")) is naps


def test_the_moment_is_judged_in_local_time():
    utc = dt.datetime(2026, 11, 24, 13, 0, tzinfo=dt.UTC)  # 21:00 in Shanghai
    assert wake_time(utc) == at("2026-11-25 08:00")
    assert takes_naps(SimpleNamespace(birth_date=dt.date(1966, 11, 25)), at("2026-11-24 23:59")) is False
    midnight = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)  # the 25th in Shanghai
    assert takes_naps(SimpleNamespace(birth_date=dt.date(1966, 11, 25)), midnight) is True


def test_urgent_messages_break_the_quiet_and_robots_have_no_noon():
    older = SimpleNamespace(birth_date=dt.date(1940, 1, 1))
    noon, night = at("2026-11-24 12:30"), at("2026-11-24 23:00")
    assert allowed_at(SimpleNamespace(urgent=True, person=older), night) == night
    assert allowed_at(SimpleNamespace(urgent=False, person=older), noon) == at("2026-11-24 14:00")
    assert allowed_at(SimpleNamespace(urgent=False, person=None), noon) == noon
    assert allowed_at(SimpleNamespace(urgent=False, person=None), night) == at("2026-11-25 08:00")


def test_mornings():
    assert morning_of(dt.date(2026, 11, 24)) == at("2026-11-24 08:00")
    assert next_morning(at("2026-11-24 00:00")) == at("2026-11-25 08:00")
    assert next_morning(at("2026-11-24 23:59:59")) == at("2026-11-25 08:00")
