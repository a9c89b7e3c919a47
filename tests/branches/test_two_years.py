"""Fourteen branches live through 2026 and 2027 with the real ticks, day by day."""

import datetime as dt
from collections import Counter, defaultdict

import pytest

from branches.actions import move, plan_life, remind_meetings
from branches.models import Meeting, MeetingStatus, PartyGroup
from people.models import Role
from reminders.models import Reminder
from reminders.workdays import Workdays
from tests.makers import make_branch, make_grid, make_member, make_post, make_user, patch_now, shanghai

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
EVERY_BRANCH = {
    "members_meeting": 4,
    "party_lecture": 4,
    "theme_party_day": 12,
    "org_life_meeting": 1,
    "democratic_appraisal": 1,
    "heart_talk": 1,
}


def make_fourteen():
    """Ten small branches, two with a committee and a group each, two of them without a secretary."""
    branches = []
    for number in range(1, 15):
        branch = make_branch(grids=[make_grid(number=number)], theme_day=None if number % 2 else number)
        size = 7 if number in (6, 11) else 3
        members = [make_member(branch=branch) for _member in range(size)]
        if number not in (3, 9):
            make_post(member=members[0], since=dt.date(2024, 1, 1))
        if number in (6, 11):
            PartyGroup.objects.create(branch=branch, name="第一小组")
        branches.append(branch)
    return branches


def asked_of(branch):
    more = {"committee_meeting": 12, "group_meeting": 12} if branch.groups.exists() else {}
    return EVERY_BRANCH | more


def live(day, user):
    """What people do in the evening: hold what is due, forget every tenth for a while, give up every eleventh."""
    for meeting in Meeting.objects.ahead().filter(on__lte=day):
        late = (day - meeting.on).days
        if meeting.pk % 11 == 0:
            move(meeting, MeetingStatus.CANCELLED, by=user, cancel_reason="停电")
        elif meeting.pk % 10 or late >= 9:
            now = shanghai(day.year, day.month, day.day, 20)
            move(meeting, MeetingStatus.HELD, by=user, recorded_at=now)


def test_two_years_of_fourteen_branches():
    branches = make_fourteen()
    user = make_user(Role.STAFF)
    day = FIRST
    while day <= LAST:
        with patch_now(shanghai(day.year, day.month, day.day, 8, 40)):
            plan_life()
            remind_meetings()
            if day.day % 7 == 0:  # the tick is repeated in the hours after it, and may be delivered twice
                plan_life()
                remind_meetings()
        with patch_now(shanghai(day.year, day.month, day.day, 20)):
            live(day, user)
            Reminder.objects.pending().update(status=Reminder.Status.SENT)
        day += DAY
    check_plan(branches)
    check_notices()


def check_plan(branches):
    """Exactly what the cadence asks for, each in its period, none on a day off."""
    workdays = Workdays(FIRST, LAST)
    for branch in branches:
        for year in (2026, 2027):
            kinds = Meeting.objects.filter(branch=branch, period__year=year).values_list("kind", flat=True)
            assert Counter(kinds) == asked_of(branch)
    meetings = list(Meeting.objects.filter(period__lte=LAST))
    assert [m.pk for m in meetings if not workdays.has(m.on)] == []
    assert [m.pk for m in meetings if not m.period <= m.on <= m.due_by] == []


def check_notices():
    """Each stage once for each meeting, and nothing after it was held or given up."""
    ended = dict(Meeting.objects.exclude(status__in=["planned", "announced"]).values_list("pk", "events__at"))
    stages = Counter()
    for row in Reminder.objects.filter(kind="meeting"):
        _meeting, pk, stage, _day = row.dedupe_key.split(":")
        stages[int(pk), stage, row.address.partition(":")[0]] += 1
        if int(pk) in ended:
            assert row.due_at < ended[int(pk)]
    assert set(stages.values()) == {1}
    told = defaultdict(set)
    for pk, stage, kind in stages:
        told[pk].add((stage, kind))
    for meeting in Meeting.objects.filter(on__lte=LAST - 10 * DAY).select_related("branch"):
        led = meeting.branch.posts.exists()
        to = "person" if led else "desk"
        forgotten = meeting.pk % 10 == 0 and meeting.pk % 11 != 0
        expected = {("t10", to), ("t3", to)} | ({("late", to), ("late", "desk")} if forgotten else set())
        if meeting.on - FIRST < 10 * DAY:
            expected.discard(("t10", to) if meeting.on - FIRST <= 3 * DAY else None)
        assert told[meeting.pk] == expected
