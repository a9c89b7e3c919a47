"""Log lines without personal data, whatever a library or a traceback puts into them."""

import logging
import re

REPLACEMENTS = (
    # what PostgreSQL tells about a refused row is the row itself
    (re.compile(r"^(DETAIL:).*$", re.MULTILINE), r"\1 [removed]"),
    # the words of an error about a value quote the value: KeyError: '张三'
    (
        re.compile(
            r"^((?:[\w.]+\.)?(?:ValueError|KeyError|IndexError|LookupError|Unicode\w*Error|OverflowError|DataError"
            r"|InvalidOperation|ValidationError|DoesNotExist)): (?s:.+?)(?=\n\n(?:During|The above)|\Z)",
            re.MULTILINE,
        ),
        r"\1: [words removed]",
    ),
    # identity numbers, mobile numbers and anything else of that length
    (re.compile(r"(?<![0-9A-Za-z-])\d{11,17}[\dXx]?(?![0-9A-Za-z-])"), "[number removed]"),
    # signed links open an order for whoever holds them
    (
        re.compile(
            r"(/(?:o|me/offers|venues/bookings|topics/home|activities/(?:signups|calendars)|certificates)/)[^/\s?\"']+"
        ),
        r"\1[token removed]",
    ),
    # no path of ours has Chinese in it: these are somebody's words (Django escapes them in its log)
    (re.compile(r"(: /(?:(?!\\u)[!-~])*)\\u[0-9a-f]{4}\S*"), r"\1[words removed]"),
    # a search may name a person, a form may be sent with the wrong method
    (re.compile(r"(/[^\s?\"']*)\?[^\s\"']+"), r"\1?[query removed]"),
)


def redact(text):
    """`text` without long numbers, link tokens, query strings, quoted values and the values of a refused row."""
    for pattern, replacement in REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Formats a record as usual, traceback included, and redacts the whole."""

    def format(self, record):
        return redact(super().format(record))
