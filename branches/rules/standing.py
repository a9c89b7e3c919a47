"""What a long absence may lead to (party-member education regulation art. 24). People decide; this only says when."""

import datetime as dt

from django.utils.translation import gettext as _

LOST_MONTHS = 6
SUSPENDED_YEARS = 2


def months_between(since: dt.date, today: dt.date) -> int:
    """Whole months from `since` to `today`."""
    return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)


def say_standing(standing: str, since: dt.date | None, today: dt.date) -> str:
    """One sentence on what the organisation may consider now; "" when there is nothing to say.

    More than six months out of contact, after every search, may be suspended; two more years on, removed.
    """
    if since is None:
        return ""
    months = months_between(since, today)
    if standing == "lost" and months >= LOST_MONTHS and today > _after(since, LOST_MONTHS):
        return (
            _("失去联系 %d 个月，超过 6 个月。多方找过还找不到的，可以按程序停止党籍，由组织决定。") % months
        )
    if standing == "suspended" and months >= SUSPENDED_YEARS * 12:
        return _("停止党籍满 2 年。还联系不上的，可以按程序作自行脱党除名，由组织决定。")
    return ""


def _after(since, months):
    """The same day so many months later; the last day of the month where there is no such day."""
    year, month = divmod(since.month - 1 + months, 12)
    first = dt.date(since.year + year, month + 1, 1)
    last = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return first.replace(day=min(since.day, last.day))
