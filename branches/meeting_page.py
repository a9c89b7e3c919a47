"""What the page of one meeting shows, for every door. Reads only."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.actions import expected_members, quorum_of
from branches.elections_page import elections_of, may_elect, say_election
from branches.forms import meetings as forms
from branches.forms.elections import ElectionForm
from branches.models import ActionItem, Attendance, MeetingStatus, Minutes, Motion
from branches.rules.cadence import MeetingKind
from haimengyuan.lib.masking import mask_name
from haimengyuan.lib.moments import say_full_day

_State = Attendance.State
_S = MeetingStatus

# What a kind of meeting usually goes through; the agenda of the last signed one of the same branch comes first.
TEMPLATES = {
    MeetingKind.MEMBERS: gettext_lazy("学习上级文件\n支部工作汇报\n讨论和表决\n其他"),
    MeetingKind.COMMITTEE: gettext_lazy("上月工作小结\n本月安排\n研究事项"),
    MeetingKind.GROUP: gettext_lazy("学习\n组员近况\n下月打算"),
    MeetingKind.LECTURE: gettext_lazy("党课\n讨论"),
    MeetingKind.THEME_DAY: gettext_lazy("重温入党誓词\n主题活动\n交党费\n小结"),
    MeetingKind.ORG_LIFE: gettext_lazy("通报上次整改情况\n支部对照检查\n党员发言，批评和自我批评\n整改打算"),
    MeetingKind.APPRAISAL: gettext_lazy("个人自评\n党员互评\n民主测评\n组织评定"),
    MeetingKind.TALKS: gettext_lazy("谈心谈话情况\n听到的意见\n怎么改"),
}


VOTES = ("votes_for", "votes_against", "abstained")


@dataclass(frozen=True)
class Row:
    """One name of the roll."""

    member: int
    name: str
    state: str
    state_words: str
    reason: str
    votes: bool
    excluded: str


def context_of(meeting, user, outcome=None):
    """The context of `branches/_meeting.html` for a meeting fetched `with_related` and `with_signer`."""
    may_keep = user.may("keep_branch_records")
    roll, rows = roll_of(meeting, full_names=may_keep), forms.roll_rows(meeting)
    tasks = ActionItem.objects.filter(Q(done_on=None) | Q(meeting=meeting.pk), branch=meeting.branch_id)
    tasks = list(tasks.select_related("owner__person", "meeting").order_by("due_on", "pk"))
    items = [item for item in tasks if item.done_on is None]
    motions = list(meeting.motions.order_by("number"))
    versions, before = _minutes(meeting)
    elects = quorum_of(meeting, Motion.Kind.ELECTION, rows=rows) if meeting.is_done else None
    rounds = []
    if may_elect(meeting):
        rounds = elections_of(meeting, elects, may_keep=may_keep, outcome=outcome)
    if not rounds and not any(motion.kind == Motion.Kind.ELECTION for motion in motions):
        elects = None
    return {
        "meeting": meeting,
        "may_keep": may_keep,
        "roll": roll,
        "counts": counts_of(roll),
        "quorum": quorum_of(meeting, rows=rows) if meeting.is_done else None,
        "election_quorum": elects,
        "elections": rounds,
        "motions": motions,
        "votes": [(name, Motion._meta.get_field(name).verbose_name) for name in VOTES],
        "items": [_item(item, may_keep) for item in items],
        "given": [_item(item, may_keep) for item in tasks if item.meeting_id == meeting.pk],
        "versions": versions,
        "minutes": versions[-1] if versions else None,
        "signs_in_person": meeting.status == _S.MINUTED and meeting.user_signs,
        "may_enter_papers": user.may("enter_branch_papers"),
        "forms": _forms(meeting, versions, before, items, outcome) if may_keep else {},
        "events": list(meeting.events.select_related("by__person").order_by("pk")),
        "blocks": copy_blocks(meeting, roll, motions, versions, [one.row for one in rounds])
        if meeting.is_locked
        else [],
        "outcome": outcome,
    }


def roll_of(meeting, *, full_names):
    """The roll in the order of names, as `Row`s."""
    return [
        Row(
            member=row.member_id,
            name=row.member.person.name if full_names else mask_name(row.member.person.name),
            state=row.state,
            state_words=row.get_state_display(),
            reason=row.reason,
            votes=row.votes,
            excluded=row.get_exclusion_display() if row.exclusion else "",
        )
        for row in forms.roll_rows(meeting)
    ]


def counts_of(roll):
    """Everybody who counts for attendance, probationary members too: due, present, leave, absent, uncalled."""
    counted = [row for row in roll if not row.excluded]
    by_state = {state: sum(row.state == state for row in counted) for state in _State}
    return {
        "due": len(counted),
        "present": by_state[_State.PRESENT],
        "leave": by_state[_State.LEAVE],
        "absent": by_state[_State.ABSENT],
        "expected": by_state[_State.EXPECTED],
    }


def _minutes(meeting):
    """The versions of the meeting's minutes, and the last signed ones of an earlier meeting of its kind or None.

    One query for both, because the page has no query to spare; none before it took place.
    """
    if not meeting.is_done:
        return [], None
    same = {"branch": meeting.branch_id, "group": meeting.group_id, "kind": meeting.kind, "status": _S.SIGNED}
    signed = Minutes.objects.filter(**{f"meeting__{name}": value for name, value in same.items()})
    signed = signed.exclude(meeting=meeting.pk).order_by("-meeting__on", "-meeting", "-version")
    rows = Minutes.objects.filter(Q(meeting=meeting.pk) | Q(pk=signed.values("pk")[:1])).order_by("version")
    rows = list(rows.select_related("host__person", "recorder__person", "written_by__person"))
    versions = [row for row in rows if row.meeting_id == meeting.pk]
    return versions, next((row for row in rows if row.meeting_id != meeting.pk), None)


def agenda_for(meeting, open_items, before):
    """The agenda to start from: what is still open, then the headings of `before`, the last minutes of this kind."""
    carried = [_("上次没办完的事：%s") % item.text for item in open_items]
    if before is not None:
        mark = _("上次没办完的事：%s") % ""
        headings = [line for line in before.agenda.splitlines() if not line.startswith(mark)]
    else:
        headings = str(TEMPLATES[MeetingKind(meeting.kind)]).splitlines()
    return "\n".join([*carried, *headings])


def copy_blocks(meeting, roll, motions, versions, elections=()):
    """The record in the order in which the province's system asks for it: pairs (heading, text)."""
    minutes, counts = versions[-1], counts_of(roll)
    away = [f"{row.name}（{row.reason or row.state_words}）" for row in roll if row.state != _State.PRESENT]
    blocks = [
        (_("组织生活类型"), meeting.name),
        (_("主题"), meeting.title or meeting.get_kind_display()),
        (_("时间"), f"{say_full_day(meeting.on)} {meeting.at:%H:%M}"),
        (_("地点"), meeting.place),
        (_("主持人"), minutes.host.person.name if minutes.host else ""),
        (_("记录人"), minutes.recorder.person.name if minutes.recorder else ""),
        (_("应到、实到"), _("应到 %(due)d 人，实到 %(present)d 人") % counts),
        (_("缺席人员和原因"), "；".join(away) or _("无")),
        (_("议程"), minutes.agenda),
        (_("发言要点"), minutes.points),
        (_("不同意见"), minutes.dissent),
        (
            _("表决和决议"),
            "\n".join(
                [
                    *(say_motion(motion) for motion in motions),
                    *(say_election(row) for row in elections),
                    minutes.conclusion,
                ]
            ).strip(),
        ),
    ]
    return [(heading, text) for heading, text in blocks if text]


def say_motion(motion):
    """One motion with its counts, as it stands in a record."""
    if not motion.result:
        return _("%s（没有表决）") % motion.text
    return _("%(text)s：赞成 %(yes)d，反对 %(no)d，弃权 %(none)d，%(result)s") % {
        "text": motion.text,
        "yes": motion.votes_for,
        "no": motion.votes_against,
        "none": motion.abstained,
        "result": motion.get_result_display(),
    }


def _item(item, full_names):
    name = item.owner.person.name
    return {"row": item, "owner": name if full_names else mask_name(name)}


def _forms(meeting, versions, before, open_items, outcome):
    """The forms that this status offers, by the verb they send; the one that was refused keeps what was typed."""
    made = {}
    if meeting.is_ahead:
        made["schedule"] = forms.ScheduleForm(meeting=meeting, initial=forms.ScheduleForm.facts_of(meeting))
        made["give_up"] = forms.ReasonForm(meeting=meeting)
    if meeting.status != _S.CANCELLED and not meeting.is_locked:
        made["propose"] = forms.MotionForm(meeting=meeting)
        if may_elect(meeting):
            made["elect"] = ElectionForm(meeting=meeting)
    if meeting.is_open_record:
        made |= {
            "exclude": forms.ExcludeForm(meeting=meeting),
            "item": forms.ItemForm(meeting=meeting),
            "minutes": forms.MinutesForm(
                meeting=meeting, initial=_draft(meeting, versions, before, open_items)
            ),
            "sign": forms.SignForm(meeting=meeting),
        }
    if meeting.is_locked:
        last = versions[-1]
        texts = {name: getattr(last, name) for name in ("agenda", "points", "dissent", "conclusion")}
        made["amend"] = forms.AmendForm(meeting=meeting, initial=texts)
    if outcome is not None and outcome.form is not None and outcome.key in made:
        made[outcome.key] = outcome.form
    return made


def _draft(meeting, versions, before, open_items):
    if not versions:
        return {"agenda": agenda_for(meeting, open_items, before)}
    draft = versions[-1]
    names = ("host", "recorder", "agenda", "points", "dissent", "conclusion")
    return {name: getattr(draft, name) for name in names}


def expected_names(meeting, *, full_names):
    """The names for the paper list: the roll once it was made, before that those who would be on it."""
    if rows := roll_of(meeting, full_names=full_names):
        return [row.name for row in rows if not row.excluded]
    members = expected_members(meeting).select_related("person").order_by("person__pinyin", "pk")
    names = [member.person.name for member in members]
    return names if full_names else [mask_name(name) for name in names]
