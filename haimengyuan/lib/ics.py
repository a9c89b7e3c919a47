"""One appointment as an iCalendar file (RFC 5545), for the calendar of a phone."""

import datetime as dt


def escape(text: str) -> str:
    """Text as a property value: commas, semicolons, backslashes and line ends are escaped."""
    plain = text.replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,")
    return "\\n".join(plain.splitlines())  # every sign that some reader takes for the end of a line


def fold(line: str) -> str:
    """Lines longer than 75 octets continue on the next after a space; no character is cut in two."""
    parts, part = [], ""
    for sign in line:
        if len((part + sign).encode()) > (75 if not parts else 74):
            parts.append(part)
            part = ""
        part += sign
    return "\r\n ".join([*parts, part])


def one_event(*, uid: str, starts, ends, stamp, title: str, place: str, note: str) -> str:
    """The text of a calendar with one event; moments are aware datetimes."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//haimengyuan-portal//visits//ZH",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{_utc(stamp)}",
        f"DTSTART:{_utc(starts)}",
        f"DTEND:{_utc(ends)}",
        f"SUMMARY:{escape(title)}",
        f"LOCATION:{escape(place)}",
        f"DESCRIPTION:{escape(note)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{fold(line)}\r\n" for line in lines)


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
