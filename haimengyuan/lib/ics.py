"""Calendar files and feeds (RFC 5545), for the calendars of telephones and computers."""

import datetime as dt
import functools
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vRecur

HERE = ZoneInfo("Asia/Shanghai")  # no daylight saving, so one line describes it for good
_SINCE, _UNTIL = dt.date(2020, 1, 1), dt.date(2038, 1, 1)


@dataclass(frozen=True)
class Entry:
    """One appointment. Moments are aware; `changed` is when this was last said.

    One occurrence of a series carries the series' `uid` and `instance`, the start that the rule gave it. The entry of the
    series itself has a `rule` ("FREQ=WEEKLY;BYDAY=WE"), the last start it gives (`until`) and the starts that it
    gives in vain (`left_out`).
    """

    uid: str
    starts: dt.datetime
    ends: dt.datetime
    changed: dt.datetime
    title: str
    place: str
    note: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False
    instance: dt.datetime | None = None
    rule: str = ""
    until: dt.datetime | None = None
    left_out: tuple[dt.datetime, ...] = ()


def calendar(entries, *, name="", is_public=False) -> bytes:
    """The file. Times carry the time zone, for a weekly rule in UTC would fall on another weekday.

    Entries that are `is_public` are kept as they were written, since a feed is asked for again and again; what only one
    person may see is not.
    """
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", "-//haimengyuan-portal//ZH")
    made.add("calscale", "GREGORIAN")
    if name:
        made.add("method", "PUBLISH")
        made.add("x-wr-calname", name)
    made.add_component(_timezone())
    head, end, rest = made.to_ical().rpartition(b"END:VCALENDAR")
    write = _kept_event if is_public else _written_event
    return b"".join([head, *map(write, entries), end, rest])


@functools.cache
def _timezone():
    return Timezone.from_tzid(HERE.key, first_date=_SINCE, last_date=_UNTIL)


def _written_event(entry):
    return _event(entry).to_ical()


_kept_event = functools.lru_cache(maxsize=4096)(_written_event)


def _plain(text):
    """Every sign that some reader takes for the end of a line becomes the one that is escaped."""
    return "\n".join(text.splitlines())


def _event(entry):
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed.astimezone(dt.UTC))
    event.add("last-modified", entry.changed.astimezone(dt.UTC))
    event.add("dtstart", entry.starts.astimezone(HERE))
    event.add("dtend", entry.ends.astimezone(HERE))
    event.add("summary", _plain(entry.title))
    event.add("location", _plain(entry.place))
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    if entry.note:
        event.add("description", _plain(entry.note))
    if entry.url:
        event.add("url", entry.url)
    if entry.instance:
        event.add("recurrence-id", entry.instance.astimezone(HERE))
    if entry.rule:
        rule = vRecur.from_ical(entry.rule)
        if entry.until:
            rule["UNTIL"] = [entry.until.astimezone(dt.UTC)]
        event.add("rrule", rule)
    if entry.left_out:
        event.add("exdate", [moment.astimezone(HERE) for moment in entry.left_out])
    return event
