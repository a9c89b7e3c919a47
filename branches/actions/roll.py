"""Who is expected, who came, and whether the meeting may decide."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.errors import MeetingRefused
from branches.models import Attendance, Meeting, MeetingStatus, Motion, PartyMember, Post, VotingRules
from branches.rules.cadence import MeetingKind
from branches.rules.voting import Quorum, decision_quorum, election_quorum

_State = Attendance.State


def lock(meeting):
    """The meeting as it is now, held until the transaction ends, so that roll, votes and signature do not cross."""
    return Meeting.objects.select_for_update().get(pk=meeting.pk)


def expected_members(meeting):
    """The members whom this kind of meeting concerns: all of the branch, those with a post, or one group."""
    members = PartyMember.objects.of_branch_life().filter(branch=meeting.branch_id)
    if meeting.kind == MeetingKind.COMMITTEE:
        return members.filter(pk__in=Post.objects.current().filter(branch=meeting.branch_id).values("member"))
    if meeting.group_id:
        return members.filter(group=meeting.group_id)
    return members


def make_roll(meeting):
    """Add a row for every expected member who has none yet."""
    members = expected_members(meeting)
    Attendance.objects.bulk_create(
        [Attendance(meeting=meeting, member=member, votes=member.has_vote) for member in members],
        ignore_conflicts=True,
    )


@transaction.atomic
def mark(meeting, member_id, state, *, reason=""):
    """Note for one member of the roll whether they are there. Raises `MeetingRefused` once signed.

    A leave needs its reason; who comes after all is no longer excluded from those due.
    """
    _check_open(meeting)
    values = {"state": _State(state), "reason": "", "marked_at": timezone.now()}
    if state == _State.LEAVE:
        if not (reason := reason.strip()):
            raise MeetingRefused(_("请写一下请假的原因"))
        values["reason"] = reason[:60]
    if state == _State.PRESENT:
        values |= {"exclusion": "", "approved_by": ""}
    if not meeting.attendances.filter(member=member_id).update(**values):
        raise MeetingRefused(_("名单里没有这位党员"))


@transaction.atomic
def mark_rest(meeting, state):
    """The same for everybody who has not been called yet: the paper list, typed in. Returns how many."""
    _check_open(meeting)
    waiting = meeting.attendances.filter(state=_State.EXPECTED, exclusion="")
    return waiting.update(state=_State(state), marked_at=timezone.now())


@transaction.atomic
def exclude(meeting, member_id, why, *, approved_by):
    """Leave a member out of those due (domain.md §1.3); raises `MeetingRefused` without the approval's source."""
    _check_open(meeting)
    if not (approved_by := approved_by.strip()):
        raise MeetingRefused(_("不计入应到会人数要经上级批准，请写是哪个组织批准的"))
    values = {"exclusion": Attendance.Exclusion(why), "approved_by": approved_by[:60]}
    absent = {"state": _State.ABSENT, "reason": "", "marked_at": timezone.now()}
    if not meeting.attendances.filter(member=member_id).update(**values, **absent):
        raise MeetingRefused(_("名单里没有这位党员"))


@transaction.atomic
def ask_leave(meeting, member, *, reason):
    """A member says beforehand that they cannot come. Raises `MeetingRefused` when it is too late or without why."""
    found = lock(meeting)
    if found.status != MeetingStatus.ANNOUNCED:
        raise MeetingRefused(_("这次会现在不能请假了，请直接告诉书记"))
    _set_answer(found, member, _State.LEAVE, reason)


@transaction.atomic
def come_after_all(meeting, member):
    """A member takes a leave back before the meeting."""
    found = lock(meeting)
    if found.status != MeetingStatus.ANNOUNCED:
        raise MeetingRefused(_("这次会现在不能改了，请直接告诉书记"))
    found.attendances.filter(member=member).update(state=_State.EXPECTED, reason="", marked_at=None)


def _set_answer(meeting, member, state, reason):
    if not (reason := reason.strip()):
        raise MeetingRefused(_("请写一下请假的原因"))
    values = {"state": state, "reason": reason[:60], "marked_at": timezone.now()}
    if not meeting.attendances.filter(member=member).update(**values):
        raise MeetingRefused(_("名单里没有您，请直接告诉书记"))


def _check_open(meeting):
    found = lock(meeting)
    if found.is_locked:
        raise MeetingRefused(_("记录已经签字锁定，到会名单不能再改"))
    if not found.is_open_record:
        raise MeetingRefused(_("还没开会，开会那天再点名"))


def quorum_of(meeting, kind=Motion.Kind.DECISION, *, rows=None):
    """How the meeting stands for a decision or an election, as a `Quorum`.

    `rows` are its attendance rows where a page has them already; a decision asks the database.
    """
    rows = meeting.attendances.all() if rows is None else rows
    voters = [row for row in rows if row.votes and not row.exclusion]
    due, present = len(voters), sum(row.state == _State.PRESENT for row in voters)
    if kind == Motion.Kind.ELECTION:
        return Quorum(due=due, present=present, needed=election_quorum(due))
    rules = voting_rules(meeting.branch.community)
    return Quorum(due=due, present=present, needed=decision_quorum(due, inclusive=rules.quorum_inclusive))


def voting_rules(community):
    """The community's reading of the voting rules; the defaults until somebody has changed them."""
    return getattr(community, "voting_rules", None) or VotingRules(community=community)
