"""Rules of RFC 5545 for what comes back: which ones are offered, how they are said, and the dates they give."""

import datetime as dt

from dateutil.rrule import rrulestr
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haimengyuan.lib.moments import WEEKDAYS

REPEATS = {
    "": gettext_lazy("只办这一次"),
    "weekly": gettext_lazy("每周这一天"),
    "fortnightly": gettext_lazy("隔一周这一天"),
    "weekday": gettext_lazy("每月第几个星期几（照着选的日子）"),
    "last": gettext_lazy("每月最后一个星期几（照着选的日子）"),
    "monthday": gettext_lazy("每月这一号"),
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NTH = {1: gettext_lazy("一"), 2: gettext_lazy("二"), 3: gettext_lazy("三"), 4: gettext_lazy("四")}


def rule_for(repeat, first):
    """The rule of a key of `REPEATS` that begins on the date `first`; "" for once.

    A fifth weekday counts as the last one, which every month has; a 31st is left out where there is none.
    """
    day, nth = _DAYS[first.weekday()], (first.day - 1) // 7 + 1
    return {
        "": "",
        "weekly": f"FREQ=WEEKLY;BYDAY={day}",
        "fortnightly": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}",
        "weekday": f"FREQ=MONTHLY;BYDAY={nth if nth < 5 else -1}{day}",
        "last": f"FREQ=MONTHLY;BYDAY=-1{day}",
        "monthday": f"FREQ=MONTHLY;BYMONTHDAY={first.day}",
    }[repeat]


def repeat_of(rule):
    """The key of `REPEATS` that gave this rule."""
    if "WEEKLY" in rule:
        return "fortnightly" if "INTERVAL=2" in rule else "weekly"
    if "BYMONTHDAY" in rule:
        return "monthday"
    return "last" if "BYDAY=-1" in rule else "weekday"


def say_rule(rule):
    """每周三, 隔一周的周三, 每月第二个周三, 每月最后一个周三, 每月 15 号."""
    repeat, value = repeat_of(rule), rule.rpartition("=")[2]
    if repeat == "monthday":
        return _("每月 %s 号") % value
    weekday = WEEKDAYS[_DAYS.index(value[-2:])]
    if repeat == "weekly":
        return _("每%s") % weekday
    if repeat == "fortnightly":
        return _("隔一周的%s") % weekday
    if repeat == "last":
        return _("每月最后一个%s") % weekday
    return _("每月第%(nth)s个%(weekday)s") % {"nth": _NTH[int(value[:-2])], "weekday": weekday}


def fits(rule, first):
    """Whether the date `first` is one that the rule gives."""
    noon = timezone.make_aware(dt.datetime.combine(first, dt.time(12)))
    return bool(dates(rule, noon, noon, noon))


def dates(rule, first_start, after, until):
    """The starts from `after` to `until` (aware, both included) that the rule gives from `first_start` on.

    They are counted on the clock of the community, so an hour stays that hour.
    """
    zone = timezone.get_default_timezone()
    first, after, until = (
        timezone.localtime(moment).replace(tzinfo=None) for moment in (first_start, after, until)
    )
    found = rrulestr(rule, dtstart=first).between(after, until, inc=True)
    return [moment.replace(tzinfo=zone) for moment in found]
