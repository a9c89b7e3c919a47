"""What the page of a meeting shows of its elections. Reads only."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from branches.actions.roll import voting_rules
from branches.forms.elections import CountForm, NomineeForm, SeatForm, elections_in
from branches.models import Candidate, Election, ElectionStatus, PartyBranch
from branches.rules.elections import votes_needed
from branches.rules.voting import Base, candidates_needed
from haimengyuan.lib.masking import mask_name

_S = ElectionStatus


@dataclass
class Shown:
    """One round: its row, `candidates` as pairs (row, name), sentences on what is needed, and the forms of its status."""

    row: object
    candidates: list
    needs: list
    forms: dict
    again: bool = False
    last: bool = True


def may_elect(meeting):
    """Whether a meeting of this kind and branch can hold an election."""
    return (
        meeting.kind in ("members_meeting", "committee_meeting")
        and meeting.branch.kind != PartyBranch.Kind.TEMPORARY
        and meeting.status != "cancelled"
    )


def elections_of(meeting, quorum, *, may_keep, outcome=None):
    """The elections of a meeting as `Shown`, in the order in which they were called. One query at most."""
    rows = elections_in(meeting)
    if not rows:
        return []
    rules = voting_rules(meeting.branch.community)
    latest = {row.post: row.pk for row in rows}
    return [
        _shown(meeting, row, quorum, rules, may_keep, outcome, last=latest[row.post] == row.pk)
        for row in rows
    ]


def _shown(meeting, row, quorum, rules, may_keep, outcome, *, last):
    candidates = sorted(row.shown, key=lambda each: (-(each.votes or 0), each.pk))
    left = row.seats - sum(each.outcome == Candidate.Outcome.ELECTED for each in candidates)
    counted = row.status == _S.COUNTED
    shown = Shown(
        row=row,
        candidates=[(each, each.name if may_keep else mask_name(each.name)) for each in candidates],
        needs=_needs(row, candidates, quorum, rules),
        forms=_forms(meeting, row, outcome) if may_keep and last else {},
        again=bool(
            counted and last and left and len(candidates) > row.seats - left and meeting.is_open_record
        ),
        last=last,
    )
    return shown


def _needs(row, candidates, quorum, rules):
    """What the rule asks of this round: candidates, and votes by both readings where they differ."""
    said = []
    nominated = sum(not each.written_in for each in candidates)
    if row.status == _S.OPEN and row.post == Election.Seat.MEMBER and row.round == 1:
        words = _("差额选举：选 %(seats)d 名，候选人至少 %(needed)d 名，现在 %(n)d 名")
        said.append(words % {"seats": row.seats, "needed": candidates_needed(row.seats), "n": nominated})
    counts = {"present": row.present, "due": row.due} if row.present is not None else None
    if counts is None and quorum is not None:
        counts = {"present": quorum.present, "due": quorum.due}
    if counts:
        base = row.base or rules.election_base
        needed = {each: votes_needed(base=each, **counts) for each in Base}
        said.append(
            _("当选要 %(n)d 票（超过%(base)s的一半）") % {"n": needed[base], "base": Base(base).label}
        )
        other = Base.DUE if base == Base.PRESENT else Base.PRESENT
        if needed[other] != needed[base]:
            words = _("如果按%(base)s算，要 %(n)d 票。以上级组织部门的答复为准")
            said.append(words % {"base": other.label, "n": needed[other]})
    return said


def _forms(meeting, row, outcome):
    made = {}
    if row.status == _S.OPEN:
        made["nominate"] = NomineeForm(meeting=meeting, election=row)
        if meeting.is_open_record:
            made["count"] = CountForm(meeting=meeting, election=row)
    elif row.status == _S.COUNTED:
        made["seat"] = SeatForm(meeting=meeting, election=row, initial={"since": meeting.on})
    typed = outcome.form if outcome is not None else None
    if typed is not None and outcome.key in made and getattr(typed, "election", None) == row:
        made[outcome.key] = typed
    return made


def say_election(row):
    """One round as it stands in a record."""
    head = _("选举%(post)s %(seats)d 名") % {"post": row.get_post_display(), "seats": row.seats}
    if row.round > 1:
        head += _("（第 %d 轮）") % row.round
    if row.status == _S.OPEN:
        return _("%s：没有投票") % head
    names = "；".join(
        _("%(name)s %(n)d 票，%(how)s")
        % {"name": each.name, "n": each.votes, "how": each.get_outcome_display()}
        for each in sorted(row.shown, key=lambda each: -each.votes)
    )
    ballots = _("发出 %(issued)d 张，收回 %(returned)d 张，有效 %(valid)d 张") % {
        "issued": row.issued,
        "returned": row.returned,
        "valid": row.valid,
    }
    return f"{head}：{ballots}；{names}"
