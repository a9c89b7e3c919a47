"""The year's plan: from the cadence rules to meetings, as often as one likes with the same outcome."""

import datetime as dt
from collections import defaultdict

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from branches.models import (
    COMMITTEE_SEATS,
    CadenceRule,
    Meeting,
    MeetingStatus,
    PartyBranch,
    PartyGroup,
    Post,
    Standing,
)
from branches.rules.cadence import DEFAULTS, MeetingKind, slots, working_day
from branches.rules.setup import needs_committee
from people.models import Community, Person
from reminders.workdays import Workdays

LEAD = dt.timedelta(days=10)  # less time than the first notice needs: asked for from the next period on
NEXT_YEAR_FROM = 12  # the month in which the next year is planned
WITHOUT_PLAN = (PartyBranch.Kind.STREET, PartyBranch.Kind.COMMITTEE, PartyBranch.Kind.GENERAL)


def ensure_rules(community):
    """Give a community the default cadence for the kinds that it has no rule for. Returns all its rules."""
    missing = [rule for rule in rules_of(community) if rule.pk is None]
    if not missing:
        return rules_of(community)
    CadenceRule.objects.bulk_create(missing, ignore_conflicts=True)
    return rules_of(community)


def rules_of(community):
    """The cadence of a community without writing anything: its rows, and unsaved defaults for kinds without one."""
    rules = {rule.kind: rule for rule in CadenceRule.objects.filter(community=community)}
    for row in DEFAULTS:
        rules.setdefault(
            row.kind,
            CadenceRule(
                community=community, kind=row.kind, every=row.every, month=row.month, day=row.day, at=row.at
            ),
        )
    return list(rules.values())


def plan_life(today=None):
    """Plan this year, and from December on the next, for every branch of every community. Safe to repeat.

    Planned meetings whose day has become a day off are moved. Returns how many meetings were added.
    """
    today = today or timezone.localdate()
    years = [today.year] + ([today.year + 1] if today.month >= NEXT_YEAR_FROM else [])
    calendar = Workdays(dt.date(today.year, 1, 1), dt.date(years[-1], 12, 31))
    _move_off_days_off(today, calendar)
    return sum(
        plan_year(community, year, not_before=today + LEAD, calendar=calendar)
        for community in Community.objects.all()
        for year in years
    )


@transaction.atomic
def plan_year(community, year, *, not_before=dt.date.min, calendar=None):
    """Add the meetings that the cadence asks of each branch in `year` and that are not there yet.

    Periods that end before `not_before` are left out, so nobody is asked for what is already over. Returns how many
    were added.
    """
    calendar = calendar or Workdays(dt.date(year, 1, 1), dt.date(year, 12, 31))
    rules = ensure_rules(community)
    known = set(
        Meeting.objects.filter(branch__community=community, period__year=year).values_list(
            "branch", "group", "kind", "period"
        )
    )
    found = {}  # several branches share a rule and a day
    missing = []
    for branch in _branches(community):
        for rule, group in _asked_of(branch, rules):
            day = _day_of(branch, rule)
            if (rule.pk, day) not in found:
                found[rule.pk, day] = list(
                    slots(year, rule.every, month=rule.month, day=day, is_workday=calendar.has)
                )
            for slot in found[rule.pk, day]:
                if (branch.pk, group, rule.kind, slot.first) in known or slot.last < not_before:
                    continue
                if branch.founded_on and slot.last < branch.founded_on:
                    continue
                missing.append(_meeting(branch, group, rule, slot, not_before, calendar))
    Meeting.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def _branches(community):
    """The branches that have a plan, with what decides about committee and group meetings."""
    alive = Q(
        members__left_on=None,
        members__standing__in=[Standing.NORMAL, Standing.LOST],
        members__person__state=Person.State.ALIVE,
    )
    posts = Post.objects.current().filter(branch=OuterRef("pk"), kind__in=COMMITTEE_SEATS)
    branches = (
        PartyBranch.objects.filter(community=community)
        .exclude(kind__in=WITHOUT_PLAN)
        .annotate(full=Count("members", filter=alive & Q(members__kind="full")), has_committee=Exists(posts))
    )
    groups = defaultdict(list)
    for pk, branch in PartyGroup.objects.filter(branch__community=community).values_list("pk", "branch"):
        groups[branch].append(pk)
    for branch in branches:
        branch.group_keys = groups[branch.pk]
        yield branch


def _asked_of(branch, rules):
    """Pairs (rule, group or None) of what the rules ask of this branch."""
    for rule in rules:
        if rule.kind == MeetingKind.GROUP:
            yield from ((rule, group) for group in branch.group_keys)
        elif rule.kind != MeetingKind.COMMITTEE or branch.has_committee or needs_committee(branch.full):
            yield rule, None


def _day_of(branch, rule):
    return branch.theme_day if rule.kind == MeetingKind.THEME_DAY and branch.theme_day else rule.day


def _meeting(branch, group, rule, slot, not_before, calendar):
    """An unsaved meeting; in a period that runs already its day is not in the past."""
    earliest = not_before - LEAD if not_before > dt.date.min + LEAD else not_before
    day = slot.day
    if day < earliest:
        day = working_day(earliest, earliest, slot.last, calendar.has)
    return Meeting(
        branch=branch,
        group_id=group,
        kind=rule.kind,
        period=slot.first,
        due_by=slot.last,
        on=day,
        at=rule.at,
    )


def _move_off_days_off(today, calendar):
    """The calendar of a year is published late: what nobody has fixed by hand moves to a working day."""
    ahead = Meeting.objects.filter(status=MeetingStatus.PLANNED, day_chosen=False, on__gte=today).exclude(
        period=None
    )
    for pk, on, period, due_by in ahead.values_list("pk", "on", "period", "due_by"):
        if not calendar.has(on):
            day = working_day(on, max(period, today), due_by, calendar.has)
            Meeting.objects.filter(pk=pk, status=MeetingStatus.PLANNED, on=on).update(on=day)
