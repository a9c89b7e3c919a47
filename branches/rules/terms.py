"""Terms of posts: five years in a village or community (domain.md §1.1 no. 11), and when their end is announced."""

import datetime as dt

from django.utils.translation import gettext as _

TERM_YEARS = 5
ANNOUNCED_AT = (180, 90, 30)  # days before the end


def term_end(since: dt.date, years: int = TERM_YEARS) -> dt.date:
    """The last day of a term that began on `since`; a 29 February ends on the 28th."""
    try:
        return since.replace(year=since.year + years)
    except ValueError:
        return since.replace(year=since.year + years, day=28)


def stage_reached(days_left: int) -> int | None:
    """The tightest announcement that is due with so many days left: 180, 90 or 30; None earlier or after the end."""
    if days_left < 0:
        return None
    return next((stage for stage in reversed(ANNOUNCED_AT) if days_left <= stage), None)


def say_term(ends_on: dt.date | None, today: dt.date) -> str:
    """The countdown to the next election from 180 days before its end on; "" before that or without a term."""
    if ends_on is None:
        return ""
    left = (ends_on - today).days
    if left < 0:
        return _("任期已满，该换届了")
    return _("还有 %d 天换届") % left if stage_reached(left) else ""
