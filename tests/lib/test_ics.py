"""One appointment as an iCalendar file."""

from haimengyuan.lib.ics import escape, fold, one_event
from tests.makers import shanghai


def test_special_signs_are_escaped():
    assert escape("a,b;c\\d\ne") == r"a\,b\;c\\d\ne"


def test_long_lines_are_folded_between_characters():
    folded = fold("DESCRIPTION:" + "海" * 60)
    parts = folded.split("\r\n ")
    assert [len(part.encode()) <= 75 for part in parts] == [True] * len(parts)
    assert "".join(parts) == "DESCRIPTION:" + "海" * 60


def test_the_whole_file():
    text = one_event(
        uid="order-1",
        starts=shanghai(2026, 11, 25, 9),
        ends=shanghai(2026, 11, 25, 11, 30),
        stamp=shanghai(2026, 11, 24, 8),
        title="上门理发",
        place="听涛苑 5 号楼",
        note="单号 2706 4251",
    )
    assert text.split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//haimengyuan-portal//visits//ZH",
        "BEGIN:VEVENT",
        "UID:order-1",
        "DTSTAMP:20261124T000000Z",
        "DTSTART:20261125T010000Z",
        "DTEND:20261125T033000Z",
        "SUMMARY:上门理发",
        "LOCATION:听涛苑 5 号楼",
        "DESCRIPTION:单号 2706 4251",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
