"""What a year asks of a branch (domain.md §1.2) and on which day it is put.

The frequencies are those of the branch regulation; it names none for party lectures, for which quarterly is common
practice. Every row can be
changed by the community. Days are moved off days off: later within the period, else earlier.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

ONE_DAY = dt.timedelta(days=1)


class MeetingKind(models.TextChoices):
    MEMBERS = "members_meeting", _("支部党员大会")
    COMMITTEE = "committee_meeting", _("支委会")
    GROUP = "group_meeting", _("党小组会")
    LECTURE = "party_lecture", _("党课")
    THEME_DAY = "theme_party_day", _("主题党日")
    ORG_LIFE = "org_life_meeting", _("组织生活会")
    APPRAISAL = "democratic_appraisal", _("民主评议党员")
    TALKS = "heart_talk", _("谈心谈话")


class Every(models.TextChoices):
    MONTH = "month", _("每月 1 次")
    QUARTER = "quarter", _("每季度 1 次")
    YEAR = "year", _("每年 1 次")
    NEVER = "never", _("不要求")


MONTHS_IN = {Every.MONTH: 1, Every.QUARTER: 3, Every.YEAR: 12}


@dataclass(frozen=True)
class Default:
    """How often a kind is asked for, in which month of its period, on which day, at what time."""

    kind: MeetingKind
    every: Every
    month: int
    day: int
    at: dt.time


_K, _E, _EVENING, _MORNING = MeetingKind, Every, dt.time(19), dt.time(9)
# The second month of a quarter leaves time to make up for what did not take place.
DEFAULTS = (
    Default(_K.MEMBERS, _E.QUARTER, 2, 26, _EVENING),
    Default(_K.COMMITTEE, _E.MONTH, 1, 5, _EVENING),
    Default(_K.GROUP, _E.MONTH, 1, 12, _EVENING),
    Default(_K.LECTURE, _E.QUARTER, 2, 18, _EVENING),
    Default(_K.THEME_DAY, _E.MONTH, 1, 10, _MORNING),
    Default(_K.ORG_LIFE, _E.YEAR, 12, 16, _EVENING),
    Default(_K.APPRAISAL, _E.YEAR, 12, 17, _EVENING),
    Default(_K.TALKS, _E.YEAR, 11, 16, _EVENING),
)


@dataclass(frozen=True)
class Slot:
    """One meeting that the year asks for: the period it belongs to and the day it is put on."""

    first: dt.date
    last: dt.date
    day: dt.date


def slots(
    year: int, every: str, *, month: int, day: int, is_workday: Callable[[dt.date], bool]
) -> Iterator[Slot]:
    """The slots of a year for one rule; `month` counts within the period from 1, `day` is 1–31 (cut at the end)."""
    if every == Every.NEVER:
        return
    length = MONTHS_IN[Every(every)]
    for start in range(1, 13, length):
        first = dt.date(year, start, 1)
        last = end_of_month(dt.date(year, start + length - 1, 1))
        month_first = dt.date(year, start + min(month, length) - 1, 1)
        wanted = month_first.replace(day=min(day, end_of_month(month_first).day))
        yield Slot(first, last, working_day(wanted, first, last, is_workday))


def working_day(
    wanted: dt.date, first: dt.date, last: dt.date, is_workday: Callable[[dt.date], bool]
) -> dt.date:
    """The working day for `wanted` within first…last: itself, the next one, else the one before.

    A period without any working day keeps `wanted`.
    """
    later, earlier = wanted, wanted
    while later <= last:
        if is_workday(later):
            return later
        later += ONE_DAY
    while earlier >= first:
        if is_workday(earlier):
            return earlier
        earlier -= ONE_DAY
    return wanted


def period_of(day: dt.date, every: str) -> tuple[dt.date, dt.date]:
    """The first and last day of the period that `day` lies in."""
    length = MONTHS_IN[Every(every)]
    start = (day.month - 1) // length * length + 1
    return dt.date(day.year, start, 1), end_of_month(dt.date(day.year, start + length - 1, 1))


def end_of_month(day: dt.date) -> dt.date:
    """The last day of the month of `day`."""
    return (day.replace(day=28) + 4 * ONE_DAY).replace(day=1) - ONE_DAY
