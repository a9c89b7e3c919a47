"""The calendar of the staff door: a week of fourteen grids, or a month, with what is in each other's way."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from haimengyuan.lib.keys import row_key
from haimengyuan.lib.moments import WEEKDAYS
from haimengyuan.overviews.staff_calendar import ONE_DAY, Kind, bunches_of, read_calendar, weeks_of
from people.doors import door
from people.visits import visited_community_or_404

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2200, 1, 1)
CLASHES_SHOWN = 8
IN_A_CELL = 4  # of a month; the week shows all


@dataclass(frozen=True)
class Asked:
    """What the address asks for. Whatever cannot be read is as if it were not there."""

    view: str
    day: dt.date
    grid: int | None
    kind: str

    @classmethod
    def of(cls, query):
        try:
            day = min(max(dt.date.fromisoformat(query.get("day", "")), EARLIEST), LATEST)
        except ValueError:
            day = timezone.localdate()
        kind = query.get("kind", "")
        return cls(
            view="month" if query.get("view") == "month" else "week",
            day=day,
            grid=row_key(query.get("grid", "")),
            kind=kind if kind in Kind.values else "",
        )

    def span(self):
        """The Monday and the Sunday between which the page lies."""
        first, last = self.day, self.day
        if self.view == "month":
            first = self.day.replace(day=1)
            last = (first + 31 * ONE_DAY).replace(day=1) - ONE_DAY
        return first - first.weekday() * ONE_DAY, last + (6 - last.weekday()) * ONE_DAY

    def other(self, **changes):
        """The address of the same page with `changes`."""
        asked = {"view": self.view, "day": self.day, "grid": self.grid, "kind": self.kind} | changes
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    def step(self, direction):
        """The address of the page before (-1) or after (1)."""
        if self.view == "week":
            return self.other(day=self.day + direction * 7 * ONE_DAY)
        first = self.day.replace(day=1)
        day = first - ONE_DAY if direction < 0 else first + 31 * ONE_DAY
        return self.other(day=day.replace(day=1))


@dataclass
class Day:
    """One day of the page."""

    day: dt.date
    is_today: bool
    is_off: bool
    is_here: bool
    entries: list
    leaves: list
    href: str
    new_href: str

    @property
    def weekday(self):
        return WEEKDAYS[self.day.weekday()]

    @cached_property
    def bunches(self):
        return bunches_of(self.entries)

    @property
    def few(self):
        return self.bunches[:IN_A_CELL]

    @property
    def more(self):
        """How many lines do not fit into the cell of a month."""
        return max(0, len(self.bunches) - IN_A_CELL)


@door("enter_staff_door")
@require_safe
def calendar(request):
    """A week (14 grids × 7 days) or a month; on a phone a list by day. `?view=week|month&day=&grid=&kind=`."""
    community = visited_community_or_404(request)
    asked = Asked.of(request.GET)
    found = read_calendar(request.user, community, *asked.span())
    if asked.grid not in {line.number for line in found.grids}:
        asked = Asked(asked.view, asked.day, None, asked.kind)
    entries, clashes = found.shown(grid=asked.grid, kind=asked.kind or None)
    may_plan = request.user.may("manage_activities")
    days = [_day(day, found, entries, asked, may_plan) for day in found.days()]
    context = {
        "asked": asked,
        "heading": _heading(asked, found),
        "days": days,
        "weeks": weeks_of(days),
        "rows": _rows(found, days, asked) if asked.view == "week" else [],
        "listed": [day for day in days if day.is_here and (day.entries or _is_worth_a_line(day, asked))],
        "clashes": clashes[:CLASHES_SHOWN],
        "clash_count": len(clashes),
        "grids": found.grids,
        "kinds": Kind.choices,
        "earlier": asked.step(-1),
        "later": asked.step(1),
        "now_href": asked.other(day=None),
        "week_href": asked.other(view="week"),
        "month_href": asked.other(view="month"),
        "may_plan": may_plan,
    }
    return render(request, "staff/calendar.html", context)


def _is_worth_a_line(day, asked):
    """Whether a phone's list says of a day that nothing is on: of the days to come of a week."""
    return asked.view == "week" and (day.leaves or day.day >= timezone.localdate())


def _heading(asked, found):
    if asked.view == "month":
        return _("%(year)d年%(month)d月") % {"year": asked.day.year, "month": asked.day.month}
    parts = {"m": found.first.month, "d": found.first.day, "n": found.last.month, "e": found.last.day}
    return _("%(m)d月%(d)d日 – %(n)d月%(e)d日") % parts


def _day(day, found, entries, asked, may_plan):
    today = timezone.localdate()
    leaves = [row for row in found.leaves if row.since <= day <= row.until and asked.grid in (None, row.grid)]
    return Day(
        day=day,
        is_today=day == today,
        is_off=not found.workdays.has(day),
        is_here=asked.view == "week" or day.month == asked.day.month,
        entries=[entry for entry in entries if day in entry.days],
        leaves=[] if asked.kind else leaves,
        href=asked.other(view="week", day=day),
        new_href=f"?day={day.isoformat()}" if may_plan and day >= today else "",
    )


def _rows(found, days, asked):
    """The lines of a week: the whole community first, then each grid with its seven cells."""
    lines = [(0, _("全社区"))]
    lines += [(line.number, line.name) for line in found.grids if asked.grid in (None, line.number)]
    return [
        {
            "number": number,
            "name": name,
            "href": asked.other(grid=number) if number else "",
            "cells": [
                (
                    day,
                    [entry for entry in day.entries if number in entry.grids],
                    [leave for leave in day.leaves if leave.grid == number],
                )
                for day in days
            ],
        }
        for number, name in lines
    ]
