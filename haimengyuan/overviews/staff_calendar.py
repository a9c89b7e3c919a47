"""What is on in the fourteen grids between two days: activities, branch meetings, sittings, bookings, heads on leave.

Clashes are looked for among everything that is on, before anybody filters: what a filter hides may still be in the way.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.models import Meeting, MeetingStatus
from grids.free_times import at
from grids.models import Booking, Cover, Duty, Grid
from haimengyuan.lib.moments import say_hours, say_span
from reminders.workdays import Workdays
from volunteers.models import Activity, ActivitySeries, ActivityStatus

ONE_DAY = dt.timedelta(days=1)


class Kind(models.TextChoices):
    ACTIVITY = "activity", gettext_lazy("活动")
    MEETING = "meeting", gettext_lazy("组织生活")
    SITTING = "sitting", gettext_lazy("议事会")
    BOOKING = "booking", gettext_lazy("场地预订")


@dataclass(frozen=True)
class GridLine:
    """A grid with its branch; number 0 is the whole community."""

    number: int
    name: str
    branch: int | None = None


@dataclass
class Entry:
    """One thing that is on. `grids` are numbers, (0,) for the whole community; `clashes` are sentences.

    `name` is what the same thing is called in every grid: 党小组会 where the title is 党小组会（第一小组）.

    `claims` are pairs (reason of a clash, key): two entries that claim the same key at the same time clash.
    """

    kind: Kind
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    grids: tuple
    href: str
    name: str = ""
    place: str = ""
    note: str = ""
    move_href: str = ""
    is_done: bool = False
    claims: tuple = ()
    clashes: list = field(default_factory=list)

    @property
    def days(self):
        """The days on which it is shown."""
        first, last = timezone.localdate(self.starts_at), timezone.localdate(self.ends_at)
        return [first + n * ONE_DAY for n in range((last - first).days + 1)]

    @property
    def hours(self):
        return say_hours(self.starts_at, self.ends_at)

    @property
    def begins(self):
        local = timezone.localtime(self.starts_at)
        return f"{local.hour}:{local:%M}"

    @property
    def when(self):
        return say_span(self.starts_at, self.ends_at)


@dataclass(frozen=True)
class Clash:
    """Two entries in each other's way, or one (`second` None) that should not be where it is."""

    why: str
    first: Entry
    second: Entry | None = None


@dataclass(frozen=True)
class Leave:
    """A grid head is on leave on a day and somebody stands in."""

    grid: int
    since: dt.date
    until: dt.date
    words: str


@dataclass
class Calendar:
    """Everything between two days, both included."""

    first: dt.date
    last: dt.date
    grids: list
    entries: list
    clashes: list
    leaves: list
    workdays: Workdays

    def days(self):
        return [self.first + n * ONE_DAY for n in range((self.last - self.first).days + 1)]

    def shown(self, *, grid=None, kind=None):
        """(the entries, the clashes) of one grid and what is for all, and of one kind, if wanted."""
        entries = [
            entry
            for entry in self.entries
            if (grid is None or {grid, 0} & set(entry.grids)) and kind in (None, entry.kind)
        ]
        chosen = {id(entry) for entry in entries}
        return entries, [c for c in self.clashes if id(c.first) in chosen or id(c.second) in chosen]


def read_calendar(user, community, first, last):
    """The `Calendar` from day `first` to day `last` as `user` may see it. Six queries."""
    span = (at(first, dt.time()), at(last + ONE_DAY, dt.time()))
    lines = _grids(user, community)
    by_branch = defaultdict(list)
    for line in lines:
        by_branch[line.branch].append(line.number)
    workdays = Workdays(first, last)
    clashes = []
    entries = [
        *_activities(user, community, span, workdays, clashes),
        *_meetings(user, community, first, last, by_branch, workdays, clashes),
        *_bookings(user, community, span),
    ]
    entries.sort(key=lambda entry: (entry.starts_at, entry.title))
    clashes += _overlaps(entries)
    for clash in clashes:
        for entry in filter(None, (clash.first, clash.second)):
            entry.clashes.append(clash.why)
    clashes.sort(key=lambda clash: clash.first.starts_at)
    leaves = _leaves(user, community, first, last)
    return Calendar(first, last, lines, entries, clashes, leaves, workdays)


def _grids(user, community):
    rows = Grid.objects.for_user(user).filter(community=community).order_by("number")
    return [GridLine(*row) for row in rows.values_list("number", "name", "branch_grid__branch")]


def _activities(user, community, span, workdays, clashes):
    rows = Activity.objects.for_user(user).in_community(community.pk).real().with_counts().with_related()
    rows = rows.filter(starts_at__lt=span[1], ends_at__gt=span[0]).exclude(status=ActivityStatus.CANCELLED)
    may_move, now = user.may("manage_activities"), timezone.now()
    for row in rows:
        is_open = row.status in (ActivityStatus.DRAFT, ActivityStatus.PUBLISHED)
        entry = Entry(
            kind=Kind.ACTIVITY,
            title=row.title,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            grids=(row.grid.number if row.grid else 0,),
            place=row.venue.name if row.venue else row.place_text,
            note=_counts(row),
            href=reverse("staff:activity", args=[row.pk]),
            move_href=reverse("staff:activity_edit", args=[row.pk]) if may_move and is_open else "",
            is_done=row.status == ActivityStatus.FINISHED,
            claims=(("venue", row.venue_id), ("organiser", row.organiser)),
        )
        if row.ends_at > now:
            if row.lacks_its_room:
                clashes.append(Clash(_("没有订到场地"), entry))
            if _keeps_off(row) and not workdays.has(timezone.localdate(row.starts_at)):
                clashes.append(Clash(_("这天休息"), entry))
        yield entry


def _counts(activity):
    if activity.status == ActivityStatus.DRAFT:
        return activity.get_status_display()
    return _("报名 %(taken)d / %(places)d") % {"taken": activity.taken, "places": activity.places}


def _keeps_off(activity):
    """Whether a rule, and nobody by hand, has put it on its day, and the rule keeps off days off."""
    series = activity.series
    return series is not None and not activity.is_own and series.on_day_off != ActivitySeries.DayOff.KEEP


def _meetings(user, community, first, last, by_branch, workdays, clashes):
    rows = Meeting.objects.for_user(user).in_community(community.pk)
    rows = rows.filter(on__gte=first, on__lte=last).exclude(status=MeetingStatus.CANCELLED)
    rows = rows.select_related("branch", "group", "booking__venue")
    today = timezone.localdate()
    for row in rows:
        entry = Entry(
            kind=Kind.MEETING,
            title=row.name,
            name=row.get_kind_display(),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            grids=tuple(by_branch.get(row.branch_id, (0,))),
            place=row.room.venue.name if row.room else row.place,
            note=row.branch.name,
            href=reverse("staff:meeting", args=[row.pk]),
            move_href=reverse("staff:meeting", args=[row.pk]) if row.is_ahead else "",
            is_done=row.is_done,
            claims=_claims_of(row),
        )
        if row.is_ahead and row.on >= today:
            if row.lost_its_room:
                clashes.append(Clash(_("订的场地没有了"), entry))
            if not row.day_chosen and not workdays.has(row.on):
                clashes.append(Clash(_("这天休息"), entry))
        yield entry


def _claims_of(meeting):
    """A meeting of a branch needs its members and its secretary, who is in no other branch; groups may meet side by side."""
    venue = ("venue", meeting.room.venue_id if meeting.room else None)
    return (venue, ("branch", (meeting.branch_id, meeting.group_id)))


def _bookings(user, community, span):
    """Sittings on a topic and everything else that holds a venue; a meeting and an activity stand for their own booking."""
    rows = Booking.objects.for_user(user).in_community(community.pk).holding()
    rows = rows.filter(starts_at__lt=span[1], ends_at__gt=span[0], branch_meeting=None, activity=None)
    rows = rows.select_related("venue__grid").annotate(topic=F("topic_session__topic"))
    may_move = user.may("manage_venues")
    for row in rows:
        day = timezone.localdate(row.starts_at)
        week = f"{reverse('staff:venues')}?venue={row.venue_id}&week={day.isoformat()}"
        href = reverse("staff:topic", args=[row.topic]) if row.topic else week
        yield Entry(
            kind=Kind.SITTING if row.topic else Kind.BOOKING,
            title=row.title,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            grids=(row.venue.grid.number,),
            place=row.venue.name,
            note="" if row.kind == Booking.Kind.BRANCH else row.get_kind_display(),
            href=href,
            move_href=href if may_move else "",
            claims=(("venue", row.venue_id),),
        )


def _leaves(user, community, first, last):
    """Days on which somebody stands in for a grid head."""
    rows = Cover.objects.for_user(user).in_community(community.pk)
    rows = rows.filter(since__lte=last, until__gte=first, appointment__kind=Duty.Kind.HEAD)
    rows = rows.filter(Q(appointment__ended_on=None) | Q(appointment__ended_on__gt=first)).order_by("since")
    found = rows.values_list("appointment__grid__number", "since", "until", "person__name")
    return [Leave(grid, since, until, _("网格长请假，%s代") % name) for grid, since, until, name in found]


_WHY = {
    "venue": gettext_lazy("同一个场地"),
    "organiser": gettext_lazy("同一个组织者"),
    "branch": gettext_lazy("同一个支部"),
}


def _overlaps(entries):
    """Each pair that is on at the same time and needs the same venue, organiser or branch, once.

    `entries` are in the order of time. What is over is left alone: nobody can change it any more.
    """
    now, claimed, found = timezone.now(), defaultdict(list), {}
    for entry in entries:
        if entry.ends_at <= now:
            continue
        for reason, key in entry.claims:
            if not key:
                continue
            same = claimed[reason, key[0] if reason == "branch" else key]
            same[:] = [one for one in same if one[0].ends_at > entry.starts_at]
            for other, its_key in same:
                if reason != "branch" or None in (key[1], its_key[1]) or key == its_key:
                    found.setdefault((id(other), id(entry)), Clash(str(_WHY[reason]), other, entry))
            same.append((entry, key))
    return list(found.values())


@dataclass
class Bunch:
    """What is on in several grids under one name at the same time, or one entry."""

    entries: list

    @property
    def first(self):
        return self.entries[0]

    @property
    def count(self):
        return len(self.entries)

    @property
    def name(self):
        return self.first.name if self.count > 1 else self.first.title

    @property
    def clashes(self):
        """The different sentences of all of them."""
        return list(dict.fromkeys(words for entry in self.entries for words in entry.clashes))


def bunches_of(entries):
    """`entries` as `Bunch`es in their order: fourteen branches that meet on one evening are one line."""
    found = {}
    for entry in entries:
        alone = entry.name or id(entry)
        found.setdefault((entry.kind, entry.starts_at, alone), []).append(entry)
    return [Bunch(rows) for rows in found.values()]


def weeks_of(days):
    """`days` in rows of seven, the first of them a Monday."""
    edges = [*range(0, len(days), 7), len(days)]
    return [days[start:end] for start, end in pairwise(edges)]
