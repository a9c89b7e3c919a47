"""A branch through the year: the month calendar, the grid of what was asked for and done, and what is missing."""

import calendar
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from branches.actions import rules_of
from branches.models import (
    COMMITTEE_POSTS,
    Attendance,
    Meeting,
    MeetingStatus,
    PartyBranch,
    PartyMember,
    Post,
    TermShift,
)
from branches.rules.cadence import Every, MeetingKind
from branches.rules.setup import advise
from branches.rules.terms import say_term
from reminders.workdays import Workdays, is_provisional

UPCOMING = 4


@dataclass
class Cell:
    """One kind in one month: "ok", "plan", "miss", "off" (not held, with a reason) or "na"; `href` when there is one."""

    state: str = "na"
    words: str = ""
    meeting: int | None = None


@dataclass
class Line:
    """One kind through the year."""

    name: str
    asked: str
    cells: list = field(default_factory=list)


# which state of several meetings in one month is shown: the one that asks for something
_PRESSING = ("miss", "plan", "off", "ok")


def words_of(state):
    return {
        "ok": _("已做"),
        "plan": _("已安排"),
        "miss": _("没做"),
        "off": _("没有开，有原因"),
        "na": _("不要求"),
    }[state]


def state_of(meeting):
    """How a meeting stands in the grid."""
    if meeting.is_done:
        return "ok"
    if meeting.status == MeetingStatus.CANCELLED:
        return "off"
    return "miss" if meeting.is_missed else "plan"


def month_of(meeting):
    """The month of the grid: of its day, but never outside its period (what was made up for stays where it belongs)."""
    if meeting.due_by is None:
        return meeting.on.month
    return min(max(meeting.on, meeting.period), meeting.due_by).month


def lines_of(meetings, rules):
    """The year's grid for all `meetings` of a branch in that year, one `Line` for each kind that is asked for or was held."""
    by_kind = {rule.kind: rule for rule in rules}
    found = defaultdict(list)
    for meeting in meetings:
        found[meeting.kind, month_of(meeting)].append(meeting)
    kinds = {meeting.kind for meeting in meetings}
    lines = []
    for kind in MeetingKind:
        rule = by_kind.get(kind)
        if kind not in kinds and (rule is None or rule.every == Every.NEVER):
            continue
        cells = [_cell(found.get((kind, month), ())) for month in range(1, 13)]
        lines.append(Line(name=kind.label, asked=rule.get_every_display() if rule else "", cells=cells))
    return lines


def _cell(meetings):
    if not meetings:
        return Cell(words=words_of("na"))
    states = {state_of(meeting): meeting for meeting in meetings}
    state = next(state for state in _PRESSING if state in states)
    return Cell(state=state, words=words_of(state), meeting=states[state].pk)


def progress_of(meetings, today):
    """How many meetings were due until today and how many of them took place: (asked, done)."""
    asked = [m for m in meetings if m.period and (m.is_done or m.is_missed)]
    return len(asked), sum(m.is_done for m in asked)


def weeks_of(month, meetings, today):
    """The calendar of a month from Monday on: weeks of days with their meetings."""
    on_day = defaultdict(list)
    for meeting in meetings:
        if meeting.status != MeetingStatus.CANCELLED:
            on_day[meeting.on].append(meeting)
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    working = Workdays(weeks[0][0], weeks[-1][-1])
    return [
        [
            {
                "day": day,
                "here": day.month == month.month,
                "today": day == today,
                "off": not working.has(day),
                "meetings": on_day[day] if day.month == month.month else [],
            }
            for day in week
        ]
        for week in weeks
    ]


def branch_context(branch, *, month, today):
    """Everything of a branch's page for the month of `month` (a first day)."""
    year = month.year
    rows = _meetings(branch, year, today)
    shown = [m for m in rows if m.on.year == year or (m.period and m.period.year == year)]
    ahead = [m for m in rows if m.is_ahead and m.on >= today]
    meetings = [m for m in shown if m.period is None or m.period.year == year]
    asked, done = progress_of(meetings, today)
    missed = [m for m in meetings if m.is_missed]
    rules = rules_of(branch.community)
    return {
        "branch": branch,
        "month": month,
        "before": (month - dt.timedelta(days=1)).replace(day=1),
        "after": (month.replace(day=28) + dt.timedelta(days=7)).replace(day=1),
        "weeks": weeks_of(month, shown, today),
        "lines": lines_of(meetings, rules),
        "year": year,
        "asked": asked,
        "done": done,
        "missed": missed,
        "upcoming": sorted(ahead, key=lambda m: (m.on, m.at, m.pk))[:UPCOMING],
        "attendance": average_attendance(branch, year),
        "provisional_year": year if is_provisional(year) else None,
        **facts_of(branch, today),
    }


def _meetings(branch, year, today):
    """In one query what was asked for in `year` or stands on a day of it, and what comes next whatever its year."""
    # what was made up for in another year still stands on its day in the calendar
    of_the_year = Q(period__year=year) | Q(on__year=year)
    following = Meeting.objects.ahead().filter(branch=branch, on__gte=today).order_by("on", "at", "pk")
    rows = Meeting.objects.filter(of_the_year | Q(pk__in=following.values("pk")[:UPCOMING]), branch=branch)
    return list(rows.with_related().order_by("on", "pk"))


def average_attendance(branch, year):
    """Which share of those due came to the meetings of a year, in whole percent; None before the first."""
    rows = Attendance.objects.filter(
        meeting__branch=branch, meeting__on__year=year, meeting__status=MeetingStatus.SIGNED, exclusion=""
    )
    counted = rows.aggregate(due=Count("pk"), present=Count("pk", filter=Q(state=Attendance.State.PRESENT)))
    return round(100 * counted["present"] / counted["due"]) if counted["due"] else None


def facts_of(branch, today):
    """Computed counts of a branch, who leads it, and the advice that follows from the counts. Four queries."""
    members = PartyMember.objects.of_branch_life().filter(branch=branch)
    counts = members.aggregate(
        all=Count("pk"),
        full=Count("pk", filter=Q(kind=PartyMember.Kind.FULL)),
        mobile=Count("pk", filter=Q(is_mobile=True)),
    )
    posts = list(Post.objects.current().filter(branch=branch).select_related("member__person"))
    secretary = next((post for post in posts if post.kind == Post.Kind.SECRETARY), None)
    committee = len({post.member_id for post in posts if post.kind in COMMITTEE_POSTS})
    parts, shift = _parts_of(branch)
    return {
        "counts": counts,
        "groups": parts["groups"],
        "posts": sorted(posts, key=lambda post: COMMITTEE_POSTS.index(post.kind)),
        "secretary": secretary,
        "committee": committee,
        "term": say_term(secretary.ends_on, today) if secretary else "",
        "shift": shift,
        "advice": advise(
            full=counts["full"],
            members=counts["all"],
            committee=committee,
            units=parts["units"],
            is_joint=branch.kind == branch.Kind.JOINT,
        ),
    }


_SHIFT = ("was_until", "until", "reason", "approved_by", "approved_on")


def _parts_of(branch):
    """How many grids and groups a branch has, and its last `TermShift` or None; in one query."""
    parts = (
        PartyBranch.objects.filter(pk=branch.pk)
        .values(*(f"term_shifts__{name}" for name in _SHIFT))
        .annotate(units=Count("branch_grids", distinct=True), groups=Count("groups", distinct=True))
        .order_by("-term_shifts__at", "-term_shifts__pk")
        .first()
    )
    shift = TermShift(branch=branch, **{name: parts[f"term_shifts__{name}"] for name in _SHIFT})
    return parts, shift if shift.until else None
