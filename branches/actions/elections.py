"""Electing secretary, deputies and the committee: candidates, the count, and the posts that follow in one step."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.actions.meetings import why_not
from branches.actions.posts import end_post, open_post
from branches.actions.roll import lock, quorum_of, voting_rules
from branches.errors import PostRefused, VoteRefused
from branches.models import (
    COMMITTEE_POSTS,
    COMMITTEE_SEATS,
    MOST_SEATS,
    NEXT_ELECTION,
    Candidate,
    Election,
    ElectionStatus,
    MeetingStatus,
    Motion,
    PartyBranch,
    PartyMember,
    Post,
)
from branches.rules.cadence import MeetingKind
from branches.rules.elections import tally
from branches.rules.terms import term_end
from branches.rules.voting import candidates_needed

_S = ElectionStatus
_Seat = Election.Seat
ELECTING = (MeetingKind.MEMBERS, MeetingKind.COMMITTEE)
# Whom the seated replace.
REPLACED = {
    _Seat.SECRETARY: (Post.Kind.SECRETARY,),
    _Seat.DEPUTY: (Post.Kind.DEPUTY,),
    _Seat.MEMBER: COMMITTEE_SEATS,
}


def move_election(election, new, **values):
    """Move an election along `NEXT_ELECTION`; a conditional UPDATE decides who was first. Raises `VoteRefused`."""
    old = _S(election.status)
    rows = Election.objects.filter(pk=election.pk, status=old)
    if new not in NEXT_ELECTION[old] or not rows.update(status=new, **values):
        raise VoteRefused(_("这次选举已经有结果了，请看看最新情况"))
    election.refresh_from_db()


# --- before the vote ---------------------------------------------------------------------------------------


@transaction.atomic
def call_election(meeting, *, post, seats):
    """Put the seats of a post to an election at a members' meeting, secretary and deputy at the committee's too.

    Returns the `Election`. Raises `VoteRefused`, also for a temporary branch, which elects nobody (domain.md §1.1).
    """
    found, seat = lock(meeting), _Seat(post)
    if found.is_locked or found.status == MeetingStatus.CANCELLED:
        raise VoteRefused(why_not(found))
    if found.kind not in ELECTING or (found.kind == MeetingKind.COMMITTEE and seat == _Seat.MEMBER):
        raise VoteRefused(_("委员在支部党员大会上选，书记、副书记在党员大会或支委会上选"))
    if found.branch.kind == PartyBranch.Kind.TEMPORARY:
        raise VoteRefused(_("临时党支部不选举"))
    if not 1 <= seats <= (1 if seat == _Seat.SECRETARY else MOST_SEATS):
        raise VoteRefused(_("书记选 1 名，委员最多 7 名"))
    try:
        with transaction.atomic():
            return Election.objects.create(meeting=found, post=seat, seats=seats)
    except IntegrityError as error:
        raise VoteRefused(_("这次会已经有这项选举了")) from error


@transaction.atomic
def nominate(election, member, *, written_in=False):
    """Add a candidate: a full member of the branch with a vote; at the committee's meeting one who sits on it.

    Raises `VoteRefused`. Returns the `Candidate`.
    """
    meeting = lock(election.meeting)
    _check_open(election)
    fit = PartyMember.objects.voting().filter(branch=meeting.branch_id, pk=member.pk)
    if meeting.kind == MeetingKind.COMMITTEE:
        posts = Post.objects.current().filter(branch=meeting.branch_id, kind__in=COMMITTEE_POSTS)
        fit = fit.filter(pk__in=posts.values("member"))
    if not fit.exists():
        raise VoteRefused(_("候选人要是本支部有表决权的正式党员；支委会上选的，要是支委"))
    try:
        with transaction.atomic():
            return Candidate.objects.create(election=election, member=member, written_in=written_in)
    except IntegrityError as error:
        raise VoteRefused(_("已经是候选人了")) from error


@transaction.atomic
def drop_candidate(candidate):
    """Take a candidate off before the vote."""
    lock(candidate.election.meeting)
    _check_open(candidate.election)
    candidate.delete()


@transaction.atomic
def withdraw_election(election):
    """Take an election off that has not been voted on."""
    lock(election.meeting)
    _check_open(election)
    Election.objects.filter(pk=election.pk, status=_S.OPEN).delete()


def _check_open(election):
    election.refresh_from_db(fields=["status"])
    if election.status != _S.OPEN:
        raise VoteRefused(_("已经计过票，不能再改候选人"))


# --- the count ---------------------------------------------------------------------------------------------


@transaction.atomic
def count_election(election, *, issued, returned, void, votes):
    """Count the ballots; the result follows from the rule and stands. `votes` is candidate key → votes.

    Raises `VoteRefused` below four fifths, with too few candidates for the committee (a fifth more than seats), when
    more ballots came back than were given out (the election is invalid then), or when the numbers do not fit.
    """
    meeting = lock(election.meeting)
    if not meeting.is_open_record:
        raise VoteRefused(_("记录已经签字锁定") if meeting.is_locked else _("还没开会，开会那天再投票"))
    quorum = quorum_of(meeting, Motion.Kind.ELECTION)
    if not quorum.is_met:
        raise VoteRefused(quorum.why_not)
    candidates = list(election.candidates.order_by("pk"))
    _check_candidates(election, candidates)
    _check_ballots(election, quorum.present, issued, returned, void)
    counted = [votes.get(candidate.pk, 0) for candidate in candidates]
    _check_votes(election, counted, returned - void)
    base = voting_rules(meeting.branch.community).election_base
    found = tally(counted, seats=election.seats, present=quorum.present, due=quorum.due, base=base)
    move_election(
        election,
        _S.COUNTED,
        due=quorum.due,
        present=quorum.present,
        issued=issued,
        returned=returned,
        void=void,
        base=base,
        disputed=found.disputed,
        counted_at=timezone.now(),
    )
    _keep_outcomes(candidates, counted, returned - void, found)
    return found


def _keep_outcomes(candidates, counted, valid, found):
    for place, candidate in enumerate(candidates):
        candidate.votes, candidate.ballots = counted[place], valid
        candidate.outcome = _outcome(place, found)
    Candidate.objects.bulk_update(candidates, ["votes", "ballots", "outcome"])


def _outcome(place, found):
    if place in found.elected:
        return Candidate.Outcome.ELECTED
    return Candidate.Outcome.TIED if place in found.tied else Candidate.Outcome.NOT


def _check_candidates(election, candidates):
    nominated = sum(not candidate.written_in for candidate in candidates)
    needed = 1
    if election.post == _Seat.MEMBER and election.round == 1:
        needed = candidates_needed(election.seats)
    if nominated < needed:
        raise VoteRefused(
            _("选 %(seats)d 名，候选人至少 %(needed)d 名，现在 %(n)d 名")
            % {"seats": election.seats, "needed": needed, "n": nominated}
        )


def _check_ballots(election, present, issued, returned, void):
    if issued > present:
        raise VoteRefused(_("发出的选票不能多于实到会有表决权的 %d 人") % present)
    if returned > issued:
        raise VoteRefused(_("收回的选票多于发出的，这次选举无效，请重新投票"))
    if void > returned or min(issued, returned, void) < 0:
        raise VoteRefused(_("废票不能多于收回的选票"))


def _check_votes(election, counted, valid):
    if min(counted) < 0 or max(counted) > valid or sum(counted) > valid * election.seats:
        raise VoteRefused(
            _("得票对不上：有效票 %(valid)d 张，每人最多 %(valid)d 票，合计最多 %(all)d 票")
            % {"valid": valid, "all": valid * election.seats}
        )


@transaction.atomic
def vote_again(election):
    """A new round for the seats that are left: among the tied, else among those not elected. Returns the `Election`.

    Leaving the seats empty instead needs nothing. Raises `VoteRefused` when none is left or it has been called already.
    """
    meeting = lock(election.meeting)
    if not meeting.is_open_record or election.status != _S.COUNTED:
        raise VoteRefused(_("计完票、记录签字以前才能再选"))
    candidates = list(election.candidates.order_by("pk"))
    left = election.seats - sum(each.outcome == Candidate.Outcome.ELECTED for each in candidates)
    tied = [each for each in candidates if each.outcome == Candidate.Outcome.TIED]
    again = tied or [each for each in candidates if each.outcome == Candidate.Outcome.NOT]
    if not left or not again:
        raise VoteRefused(_("名额已经选满了"))
    try:
        with transaction.atomic():
            made = Election.objects.create(
                meeting=meeting, post=election.post, seats=left, round=election.round + 1
            )
    except IntegrityError as error:
        raise VoteRefused(_("已经有下一轮了")) from error
    Candidate.objects.bulk_create(
        Candidate(election=made, member_id=each.member_id, written_in=each.written_in) for each in again
    )
    return made


# --- the posts ---------------------------------------------------------------------------------------------


@transaction.atomic
def seat(election, *, since, ends_on=None, approved_by="", duties=None):
    """Open the posts of everybody elected in all rounds and end those that they replace, in one step.

    `duties` is member key → committee post for the committee. The term is five years unless `ends_on` says otherwise
    (domain.md §1.1 no. 11). Secretary and deputy need the approval of the organisation above. Returns the `Post`s.
    Raises `VoteRefused` or `PostRefused`; then nothing has changed.
    """
    meeting = lock(election.meeting)
    rounds = list(Election.objects.filter(meeting=meeting, post=election.post).order_by("round"))
    approved_by = approved_by.strip()[:60]
    if any(each.status == _S.OPEN for each in rounds):
        raise VoteRefused(_("还有一轮没有投票"))
    if election.post != _Seat.MEMBER and not approved_by:
        raise VoteRefused(_("书记、副书记的选举结果要报上级批准，请写是哪个组织批准的"))
    if since < meeting.on or (ends_on and ends_on <= since):
        raise VoteRefused(_("任职从选举那天或以后开始，任期在以后结束"))
    elected = Candidate.objects.filter(election__in=rounds, outcome=Candidate.Outcome.ELECTED)
    elected = list(elected.select_related("member__branch", "member__person").order_by("pk"))
    if not elected:
        raise VoteRefused(_("没有人当选"))
    for each in rounds:
        move_election(each, _S.SEATED, seated_on=since, approved_by=approved_by)
    _end_replaced(meeting, _Seat(election.post), since)
    ends_on = ends_on or term_end(since)
    return [
        open_post(each.member, _kind_of(election, each, duties or {}), since=since, ends_on=ends_on)
        for each in elected
    ]


def _end_replaced(meeting, seat_kind, on):
    held = Post.objects.filter(branch=meeting.branch_id, kind__in=REPLACED[seat_kind], ended_on=None)
    for post in held.select_related("member__person"):
        end_post(post, on=on)


def _kind_of(election, candidate, duties):
    """The post of somebody elected: on the committee the duty that was agreed, else a plain seat."""
    if election.post != _Seat.MEMBER:
        return Post.Kind(election.post)
    duty = duties.get(candidate.member_id, Post.Kind.MEMBER)
    if duty not in COMMITTEE_SEATS:
        raise PostRefused(_("委员的分工是组织、宣传、纪检委员或者委员"))
    return duty
