"""Choosing a half-day: what helpers and the desk propose to a resident."""

import datetime as dt

from django.utils import timezone

from haimengyuan.lib.moments import say_half_day
from services.forms.widgets import NOON

DAYS_TO_PROPOSE = 7


def half_day_choices(days=DAYS_TO_PROPOSE):
    """The half-days from now on, as pairs (value, words): ("2026-11-25:am", "明天上午")."""
    now = timezone.localtime()
    halves = [(now.date(), "pm")] if now.hour >= NOON else [(now.date(), "am"), (now.date(), "pm")]
    for ahead in range(1, days + 1):
        day = now.date() + dt.timedelta(days=ahead)
        halves += [(day, "am"), (day, "pm")]
    return [(f"{day.isoformat()}:{half}", say_half_day(day, half)) for day, half in halves]


def read_half_day(value):
    """(date, "am" | "pm") of a choice, or None for anything else, a foreign text for example."""
    day, _colon, half = value.partition(":")
    if half not in {"am", "pm"}:
        return None
    try:
        return dt.date.fromisoformat(day), half
    except ValueError:
        return None
