"""The quarterly ledger (台账) of a branch: from the records that are there, nothing is typed again."""

import datetime as dt

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.meeting_page import say_motion
from branches.models import Attendance, Meeting
from branches.rules.cadence import Every, period_of

HEADS = (
    gettext_lazy("日期"),
    gettext_lazy("项目"),
    gettext_lazy("主题"),
    gettext_lazy("地点"),
    gettext_lazy("应到"),
    gettext_lazy("实到"),
    gettext_lazy("表决"),
    gettext_lazy("形成的意见"),
    gettext_lazy("状态"),
    gettext_lazy("登记"),
)


def quarter_of(text, today):
    """The first and last day of the quarter that "2026Q4" names; of today's for anything else."""
    year, _q, quarter = text.partition("Q")
    if year.isdigit() and len(year) == 4 and year.isascii() and quarter in {"1", "2", "3", "4"}:
        year = max(2000, min(int(year), 2100))
        return period_of(dt.date(year, int(quarter) * 3, 1), Every.QUARTER)
    return period_of(today, Every.QUARTER)


def quarter_name(first):
    """2026Q4, as addresses and file names say it."""
    return f"{first.year}Q{(first.month + 2) // 3}"


def ledger_rows(branch, first, last):
    """The rows of the ledger in the order of days, each a tuple of texts as in `HEADS`. Three queries."""
    counted = Q(attendances__exclusion="")
    meetings = (
        Meeting.objects.filter(branch=branch, on__gte=first, on__lte=last)
        .with_related()
        .prefetch_related("motions", "minutes")
        .annotate(
            due=Count("attendances", filter=counted),
            present=Count("attendances", filter=counted & Q(attendances__state=Attendance.State.PRESENT)),
        )
        .order_by("on", "at", "pk")
    )
    return [_row(meeting) for meeting in meetings]


def _row(meeting):
    versions = sorted(meeting.minutes.all(), key=lambda version: version.version)
    late = meeting.days_until_recorded
    return (
        meeting.on.isoformat(),
        meeting.name,
        meeting.title,
        meeting.place,
        str(meeting.due) if meeting.is_done else "",
        str(meeting.present) if meeting.is_done else "",
        "；".join(say_motion(motion) for motion in meeting.motions.all()),
        versions[-1].conclusion if versions else meeting.cancel_reason,
        meeting.get_status_display(),
        _("当天") if meeting.is_done and not late else _("%d 天后补登") % late if late else "",
    )
