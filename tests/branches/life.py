"""Makers for organisational life: a branch with members and a secretary, and a meeting brought to a status."""

import datetime as dt

from django.utils import timezone

from branches.actions import announce, hold, mark_rest, sign, write_minutes
from branches.models import Attendance, Meeting, MeetingStatus, PartyGroup
from people.models import Role
from tests.makers import make_branch, make_grid, make_member, make_person, make_post, make_user


def make_life_branch(*, full=9, probationary=1, groups=0, **fields):
    """A branch of a fresh grid with so many members; its secretary is one of the full ones and has an account."""
    branch = make_branch(grids=[make_grid()], **fields)
    secretary = make_user(Role.GRID, person=make_person("书记甲"))
    make_post(member=make_member(branch=branch, person=secretary.person))
    for _member in range(full - 1):
        make_member(branch=branch)
    for _member in range(probationary):
        make_member(branch=branch, kind="probationary")
    rows = [PartyGroup.objects.create(branch=branch, name=f"第{n + 1}小组") for n in range(groups)]
    for index, member in enumerate(branch.members.order_by("pk")):
        if rows:
            member.group = rows[index % len(rows)]
            member.save(update_fields=["group"])
    branch.secretary = secretary
    return branch


def make_meeting(status=MeetingStatus.PLANNED, *, branch=None, by=None, **fields):
    """A meeting of today, brought to `status` by the real actions; from "minuted" on everybody came."""
    branch = branch or make_life_branch()
    defaults = {"kind": "members_meeting", "on": timezone.localdate(), "at": dt.time(19), "place": "议事园"}
    meeting = Meeting.objects.create(branch=branch, **(defaults | fields))
    bring(meeting, status, by=by or getattr(branch, "secretary", None) or make_user(Role.STAFF))
    meeting.refresh_from_db()
    return meeting


def bring(meeting, status, *, by):
    """Bring a planned meeting to `status` by the real actions."""
    steps = {
        MeetingStatus.ANNOUNCED: [announce],
        MeetingStatus.HELD: [announce, hold],
        MeetingStatus.MINUTED: [announce, hold, _write],
        MeetingStatus.SIGNED: [announce, hold, _write, _sign],
    }
    for step in steps.get(status, ()):
        step(meeting, by=by)


def _write(meeting, *, by):
    mark_rest(meeting, Attendance.State.PRESENT)
    write_minutes(meeting, by=by, agenda="学习\n讨论")


def _sign(meeting, *, by):
    sign(meeting, by=by, on_paper=True)


def members_of(meeting):
    """The keys of the members of the roll, voting ones first."""
    rows = meeting.attendances.order_by("-votes", "pk")
    return list(rows.values_list("member", flat=True))
