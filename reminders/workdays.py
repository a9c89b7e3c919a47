"""Working days and desk hours: what every "within three working days" of the portal is counted in.

A day is judged by the community's own `CalendarOverride` rows, else by the published calendar of the State Council
(package chinesecalendar), else by weekends and the statutory holidays of the national rule of 10 November 2024
(domain.md §8): 1 January; New Year's Eve and the first three days of the lunar year; Qingming; 1–2 May; Dragon Boat;
Mid-Autumn; 1–3 October. The last step knows no swapped working weekends, so it is provisional.

All moments are aware datetimes; results are in the portal's time zone. `desk` is anything with `desk_opens` and
`desk_closes` (a Community). A desk minute is a minute of a working day between the two.
"""

import datetime as dt
import functools

import chinese_calendar
from django.utils import timezone

from haimengyuan.lib.compiled import compiled_once
from reminders.models import CalendarOverride

ONE_DAY = dt.timedelta(days=1)
ONE_MINUTE = dt.timedelta(minutes=1)

# Lunar New Year's Day, Qingming, Dragon Boat, Mid-Autumn (domain.md §8). In a year that is missing here and in the
# package, only weekends are free.
FESTIVALS = {
    2025: ((1, 29), (4, 4), (5, 31), (10, 6)),
    2026: ((2, 17), (4, 5), (6, 19), (9, 25)),
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
}
NOTICE_MONTH = 11  # the State Council publishes the next year's swapped days in November
FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))


def statutory_holidays(year: int) -> set[dt.date]:
    """The national days off of `year` without swapped days; empty for a year whose lunar dates are not known."""
    if year not in FESTIVALS:
        return set()
    new_year, *others = (dt.date(year, month, day) for month, day in FESTIVALS[year])
    spring_festival = {new_year + days * ONE_DAY for days in range(-1, 3)}
    return spring_festival | set(others) | {dt.date(year, month, day) for month, day in FIXED_HOLIDAYS}


def is_workday(day: dt.date) -> bool:
    """Whether the desk is open on that day."""
    return Workdays(day, day).has(day)


def next_workday(day: dt.date) -> dt.date:
    """The first working day after `day`."""
    return Workdays(day).after(day)


def is_provisional(year: int) -> bool:
    """Whether the calendar of `year` is not published yet: neither the package nor any override row knows it."""
    if _published(dt.date(year, 1, 1)) is not None:
        return False
    return not CalendarOverride.objects.filter(day__year=year).exists()


def provisional_years(today: dt.date) -> list[int]:
    """The years that staff should enter: this one, and from November on, when the notice is out, the next."""
    years = [today.year] + ([today.year + 1] if today.month >= NOTICE_MONTH else [])
    return [year for year in years if is_provisional(year)]


def after_workdays(start: dt.datetime, days: int, desk, *, calendar=None) -> dt.datetime:
    """The end of desk hours on the working day that is `days` after the one on which the clock starts.

    0 is the same working day. The clock starts at `start`, or at the next opening when the desk is closed then: a
    wish of Saturday starts on Monday, a wish after closing on the next working day. `days` is not negative.
    `calendar` is a `Workdays` that begins with `start`, for those who ask more than once.
    """
    start = timezone.localtime(start)
    calendar = calendar or Workdays(start.date())
    day = start.date()
    if not calendar.has(day) or start.time() >= desk.desk_closes:
        day = calendar.after(day)
    for _again in range(days):
        day = calendar.after(day)
    return _moment(day, desk.desk_closes)


def after_desk_minutes(start: dt.datetime, minutes: int, desk, *, calendar=None) -> dt.datetime:
    """The moment at which `minutes` desk minutes have passed since `start`; 0 gives the moment the clock starts.

    What ends exactly at closing ends on that evening, not at the next opening. `minutes` is not negative.
    `calendar` is a `Workdays` that begins with `start`, for those who ask more than once.
    """
    start = timezone.localtime(start)
    left = minutes * ONE_MINUTE
    calendar = calendar or Workdays(start.date())
    day = start.date() if calendar.has(start.date()) else calendar.after(start.date())
    while True:
        begins, closes = max(start, _moment(day, desk.desk_opens)), _moment(day, desk.desk_closes)
        if begins < closes and begins + left <= closes:
            return begins + left
        left -= max(closes - begins, dt.timedelta())
        day = calendar.after(day)


def desk_minutes_between(a: dt.datetime, b: dt.datetime, desk) -> int:
    """How many whole desk minutes lie between two moments; negative when `b` is before `a`."""
    if b < a:
        return -desk_minutes_between(b, a, desk)
    a, b = timezone.localtime(a), timezone.localtime(b)
    calendar = Workdays(a.date(), b.date())
    passed, day = dt.timedelta(), a.date()
    while day <= b.date():
        if calendar.has(day):
            begins, ends = max(a, _moment(day, desk.desk_opens)), min(b, _moment(day, desk.desk_closes))
            passed += max(ends - begins, dt.timedelta())
        day += ONE_DAY
    return passed // ONE_MINUTE


@compiled_once(first=dt.date, last=dt.date)
def _overrides(first, last):
    rows = CalendarOverride.objects.filter(day__gte=first, day__lte=last)
    return rows.order_by().values_list("day", "is_workday")


@functools.lru_cache(maxsize=16)
def _overrides_at(stamp):
    """All override rows as they have been since a calendar got this stamp: read once per process.

    Rows and stamp change in one transaction and no stamp comes back, so whoever has read the stamp of now finds the
    rows of now.
    """
    return dict(_overrides.rows(first=dt.date.min, last=dt.date.max))


class Workdays:
    """The working days from `first` on, until `last` if given; the override rows of the range are read at once.

    With the `stamp` of a community that was read just now (`Community.calendar_stamp`) they are remembered.
    """

    def __init__(self, first: dt.date, last: dt.date | None = None, *, stamp: str | None = None):
        if stamp:
            self._overrides = _overrides_at(stamp)
        else:
            self._overrides = dict(_overrides.rows(first=first, last=last or dt.date.max))

    def has(self, day: dt.date) -> bool:
        """Whether `day`, which lies in the range, is a working day."""
        if (decided := self._overrides.get(day)) is not None:
            return decided
        if (published := _published(day)) is not None:
            return published
        return day.weekday() < 5 and day not in statutory_holidays(day.year)

    def after(self, day: dt.date) -> dt.date:
        """The first working day after `day`."""
        day += ONE_DAY
        while not self.has(day):
            day += ONE_DAY
        return day


def _published(day):
    """What the published calendar says; None for a year that the package does not know."""
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return None


def _moment(day, time):
    return timezone.make_aware(dt.datetime.combine(day, time), timezone.get_default_timezone())
