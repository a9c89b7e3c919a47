"""Calendar files, read by two libraries that did not write them."""

import datetime as dt

import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream

from haimengyuan.lib.ics import Entry, calendar
from tests.makers import shanghai

pytestmark = pytest.mark.once


def entry(**changes):
    values = {
        "uid": "order-1",
        "starts": shanghai(2026, 11, 25, 9),
        "ends": shanghai(2026, 11, 25, 11, 30),
        "changed": shanghai(2026, 11, 24, 8),
        "title": "上门理发，带推子; 剪刀",
        "place": "听涛苑 5 号楼",
        "note": "单号 2706 4251\n" + "海" * 60,
    }
    return Entry(**(values | changes))


def test_the_whole_file():
    assert calendar([entry(title="上门理发", note="")]).decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//haimengyuan-portal//ZH",
        "CALSCALE:GREGORIAN",
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Shanghai",
        "COMMENT:This timezone only works from 2020-01-01 to 2038-01-01.",
        "BEGIN:STANDARD",
        "DTSTART:20200101T000000",
        "TZNAME:CST",
        "TZOFFSETFROM:+0800",
        "TZOFFSETTO:+0800",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "SUMMARY:上门理发",
        "DTSTART;TZID=Asia/Shanghai:20261125T090000",
        "DTEND;TZID=Asia/Shanghai:20261125T113000",
        "DTSTAMP:20261124T000000Z",
        "UID:order-1",
        "SEQUENCE:0",
        "LAST-MODIFIED:20261124T000000Z",
        "LOCATION:听涛苑 5 号楼",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_both_readers_get_back_what_was_written():
    text = calendar([entry()]).decode()
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    (one,) = IcsCalendarStream.calendar_from_ics(text).events
    other = vobject.readOne(text).vevent
    assert (one.summary, other.summary.value) == (entry().title, entry().title)
    assert (one.description, other.description.value) == (entry().note, entry().note)
    assert (one.dtstart, other.dtstart.value) == (entry().starts, entry().starts)


def test_a_weekly_rule_keeps_its_weekday_and_hour_in_both_readers():
    """7:00 on a Wednesday is Tuesday in UTC: without a time zone the rule would fall on the wrong day."""
    starts = shanghai(2026, 11, 25, 7)
    text = calendar(
        [entry(starts=starts, ends=starts + dt.timedelta(hours=1), rule="FREQ=WEEKLY;BYDAY=WE", until=shanghai(2026, 12, 9, 7),
               left_out=(shanghai(2026, 12, 2, 7),))]
    ).decode()  # fmt: skip
    wanted = [shanghai(2026, 11, 25, 7), shanghai(2026, 12, 9, 7)]
    one = IcsCalendarStream.calendar_from_ics(text)
    assert [event.dtstart for event in one.timeline] == wanted
    other = vobject.readOne(text).vevent
    assert list(other.rruleset) == wanted
