"""Dates and times the way neighbours say them: 今天 8:42, 明天下午, 11月24日 周二 8:20."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WEEKDAYS = [
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
]


_NEAR = {-1: gettext_lazy("昨天"), 0: gettext_lazy("今天"), 1: gettext_lazy("明天"), 2: gettext_lazy("后天")}


def say_day(day: dt.date, today: dt.date | None = None) -> str:
    """今天, 昨天, 明天, 后天, else 11月24日 周二; the year is said when it is not this one."""
    today = today or timezone.localdate()
    if near := _NEAR.get((day - today).days):
        return str(near)
    parts = {"year": day.year, "month": day.month, "day": day.day, "weekday": WEEKDAYS[day.weekday()]}
    if day.year != today.year:
        return _("%(year)d年%(month)d月%(day)d日") % parts
    return _("%(month)d月%(day)d日 %(weekday)s") % parts


def say_moment(value: dt.datetime, now: dt.datetime | None = None) -> str:
    """An aware moment as day and clock in local time: 今天 8:42."""
    local = timezone.localtime(value)
    today = timezone.localdate(now) if now else timezone.localdate()
    return f"{say_day(local.date(), today)} {local.hour}:{local.minute:02d}"


def say_dated_moment(value: dt.datetime) -> str:
    """The same for paper, where 今天 would be wrong tomorrow: 11月25日 周三 9:30."""
    local = timezone.localtime(value)
    parts = {"month": local.month, "day": local.day, "weekday": WEEKDAYS[local.weekday()]}
    return f"{_('%(month)d月%(day)d日 %(weekday)s') % parts} {local.hour}:{local.minute:02d}"


def say_span(starts: dt.datetime, ends: dt.datetime) -> str:
    """From one aware moment to another, for paper too: 11月28日 周六 8:30–10:30; another day's end says its day."""
    first, last = timezone.localtime(starts), timezone.localtime(ends)
    if first.date() != last.date():
        return f"{say_dated_moment(starts)} – {say_dated_moment(ends)}"
    return f"{say_dated_moment(starts)}–{last.hour}:{last.minute:02d}"


def say_hours(starts: dt.datetime, ends: dt.datetime) -> str:
    """The clock times alone: 8:30–10:30."""
    first, last = timezone.localtime(starts), timezone.localtime(ends)
    return f"{first.hour}:{first:%M}–{last.hour}:{last:%M}"


def say_half_day(day: dt.date, half: str) -> str:
    """A half-day ("am" or "pm") on the screen: 明天上午, 11月27日 周五上午."""
    return f"{say_day(day)}{_half(half)}"


def say_dated_half_day(day: dt.date, half: str) -> str:
    """The same in messages, where 明天 would be wrong tomorrow: 11月27日上午; "" for `half` says the day alone."""
    return _("%(month)d月%(day)d日%(half)s") % {"month": day.month, "day": day.day, "half": _half(half)}


def _half(half):
    return {"am": _("上午"), "pm": _("下午"), "": ""}[half]


def say_full_day(day: dt.date) -> str:
    """For print and page heads, where 今天 would be wrong tomorrow: 2026年11月23日 周一."""
    parts = {"year": day.year, "month": day.month, "day": day.day, "weekday": WEEKDAYS[day.weekday()]}
    return _("%(year)d年%(month)d月%(day)d日 %(weekday)s") % parts


def say_full_moment(value: dt.datetime) -> str:
    """An aware moment for paper that is kept: 2026年11月23日 周一 8:42."""
    local = timezone.localtime(value)
    return f"{say_full_day(local.date())} {local.hour}:{local.minute:02d}"


def group_number(number: str) -> str:
    """The eight digits of an order in two groups, easier to read out: 27064183 → 2706 4183."""
    text = str(number)
    return f"{text[:4]} {text[4:]}" if len(text) == 8 else text


def say_desk_hours(community):
    """When somebody answers the telephone of a community: 工作日 8:30–17:30."""
    opens, closes = community.desk_opens, community.desk_closes
    return _("工作日 %(opens)s–%(closes)s") % {
        "opens": f"{opens.hour}:{opens.minute:02d}",
        "closes": f"{closes.hour}:{closes.minute:02d}",
    }
