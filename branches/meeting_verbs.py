"""What can be done to a meeting, for every door: the name that a form sends, what it needs, the action, the answer."""

from collections.abc import Callable
from dataclasses import dataclass

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from branches import actions
from branches.actions import elections
from branches.errors import MeetingRefused, PostRefused, VoteRefused
from branches.forms import meetings as forms
from branches.forms.elections import CountForm, ElectionForm, NomineeForm, SeatForm
from branches.models import Attendance, Candidate
from haimengyuan.lib.keys import row_key


@dataclass(frozen=True)
class Verb:
    """`act(meeting, user, data)` with the cleaned data of `form` (None: nothing to fill in); `part` is where it stands."""

    act: Callable
    done: str
    form: type | None = None
    part: str = ""


def _schedule(meeting, user, data):
    actions.schedule(meeting, by=user, **data)


def _motion(meeting, data):
    return get_object_or_404(meeting.motions.select_related("meeting__branch"), pk=_key(data["key"]))


def _key(text):
    if (key := row_key(text)) is None:
        raise MeetingRefused(gettext("没看懂您点的是哪一项，请刷新再试"))
    return key


def _decide(meeting, user, data):
    votes = {name: data[name] for name in ("votes_for", "votes_against", "abstained")}
    actions.decide(_motion(meeting, data), **votes)


def _close(meeting, user, data):
    item = get_object_or_404(meeting.branch.action_items, pk=_key(data["key"]))
    actions.close_item(item, result=data["result"])


def _exclude(meeting, user, data):
    actions.exclude(meeting, _key(data["member"]), data["why"], approved_by=data["approved_by"])


def _mark(state):
    def act(meeting, user, data):
        actions.mark(meeting, _key(data["key"]), state, reason=data.get("reason", ""))

    return act


def _nominate(meeting, user, data):
    elections.nominate(data["election"], data["member"], written_in=data["written_in"])


def _drop(meeting, user, data):
    candidates = Candidate.objects.filter(election__meeting=meeting).select_related("election__meeting")
    elections.drop_candidate(get_object_or_404(candidates, pk=_key(data["key"])))


def _election(meeting, data):
    return get_object_or_404(meeting.elections.select_related("meeting__branch"), pk=_key(data["key"]))


def _count(meeting, user, data):
    names = ("issued", "returned", "void", "votes")
    elections.count_election(data["election"], **{name: data[name] for name in names})


def _seat(meeting, user, data):
    names = ("since", "ends_on", "approved_by", "duties")
    elections.seat(data["election"], **{name: data[name] for name in names})


_State = Attendance.State
VERBS = {
    "schedule": Verb(_schedule, _("日子定好了。"), forms.ScheduleForm, "plan"),
    "announce": Verb(lambda m, user, data: actions.announce(m, by=user), _("通知发出去了。"), part="plan"),
    "hold": Verb(lambda m, user, data: actions.hold(m, by=user), _("可以点名了。"), part="roll"),
    "unhold": Verb(
        lambda m, user, data: actions.not_held_after_all(m, by=user), _("撤回了，还没开会。"), part="plan"
    ),
    "give_up": Verb(
        lambda m, user, data: actions.give_up(m, by=user, reason=data["reason"]),
        _("原因记下了。"),
        forms.ReasonForm,
        "plan",
    ),
    "restore": Verb(
        lambda m, user, data: actions.take_up_again(m, by=user), _("放回计划里了，请定日子。"), part="plan"
    ),
    "present": Verb(_mark(_State.PRESENT), "", part="roll"),
    "absent": Verb(_mark(_State.ABSENT), "", part="roll"),
    "expected": Verb(_mark(_State.EXPECTED), "", part="roll"),
    "leave": Verb(_mark(_State.LEAVE), "", forms.LeaveForm, "roll"),
    "rest_present": Verb(
        lambda m, user, data: actions.mark_rest(m, _State.PRESENT), _("其余的都记为到会。"), part="roll"
    ),
    "rest_absent": Verb(
        lambda m, user, data: actions.mark_rest(m, _State.ABSENT), _("其余的都记为缺席。"), part="roll"
    ),
    "exclude": Verb(_exclude, _("不计入应到会人数了。"), forms.ExcludeForm, "roll"),
    "propose": Verb(
        lambda m, user, data: actions.propose(m, **data), _("加上了。"), forms.MotionForm, "motions"
    ),
    "decide": Verb(_decide, _("结果记下了。"), forms.VotesForm, "motions"),
    "withdraw": Verb(
        lambda m, user, data: actions.withdraw_motion(_motion(m, data)), _("去掉了。"), part="motions"
    ),
    "elect": Verb(
        lambda m, user, data: elections.call_election(m, **data),
        _("加上了，请写候选人。"),
        ElectionForm,
        "elections",
    ),
    "nominate": Verb(_nominate, _("候选人加上了。"), NomineeForm, "elections"),
    "unnominate": Verb(_drop, _("去掉了。"), part="elections"),
    "unelect": Verb(
        lambda m, user, data: elections.withdraw_election(_election(m, data)),
        _("去掉了。"),
        part="elections",
    ),
    "count": Verb(_count, _("计票结果记下了。"), CountForm, "elections"),
    "again": Verb(
        lambda m, user, data: elections.vote_again(_election(m, data)),
        _("可以再投一轮了。"),
        part="elections",
    ),
    "seat": Verb(_seat, _("任职登记好了，原来在任的离任了。"), SeatForm, "elections"),
    "item": Verb(
        lambda m, user, data: actions.add_item(m, **data),
        _("记下了，到日子会提醒。"),
        forms.ItemForm,
        "items",
    ),
    "close": Verb(_close, _("这件事办完了。"), forms.ResultForm, "items"),
    "minutes": Verb(
        lambda m, user, data: actions.write_minutes(m, by=user, **data),
        _("记录存好了。"),
        forms.MinutesForm,
        "minutes",
    ),
    "sign": Verb(
        lambda m, user, data: actions.sign(m, by=user, on_paper=data["on_paper"]),
        _("签好了，记录锁定。"),
        forms.SignForm,
        "minutes",
    ),
    "amend": Verb(
        lambda m, user, data: actions.amend(m, by=user, **data), _("更正存好了。"), forms.AmendForm, "minutes"
    ),
    "copied": Verb(lambda m, user, data: actions.mark_copied(m, by=user), _("记下了，已抄。"), part="copy"),
}


@dataclass
class Outcome:
    """What doing a verb led to: `done` words and the part of the page to go back to, or what was refused and why."""

    key: str
    part: str = ""
    done: str = ""
    refused: str = ""
    form: object = None
    row: str = ""


def do(meeting, user, post):
    """Do what a form of the meeting page asks. Returns an `Outcome`; domain errors become its `refused`."""
    key, _colon, row = post.get("do", "").partition(":")
    verb = VERBS.get(key)
    if verb is None:
        return Outcome(key, refused=gettext("没看懂您要做什么，请再点一次按钮"))
    row = row or post.get("key", "")
    form, data = None, {}
    if verb.form is not None:
        form = verb.form({**post.dict(), **({"member": row} if key == "leave" else {})}, meeting=meeting)
        if not form.is_valid():
            return Outcome(key, part=verb.part, refused=_first_error(form), form=form, row=row)
        data = form.cleaned_data
    if row:
        data = {**data, "key": row}
    try:
        verb.act(meeting, user, data)
    except (MeetingRefused, PostRefused, VoteRefused) as refused:
        return Outcome(key, part=verb.part, refused=str(refused), form=form, row=row)
    return Outcome(key, part=verb.part, done=str(verb.done), row=row)


def _first_error(form):
    name, errors = next(iter(form.errors.items()))
    field = form.fields.get(name)
    return f"{field.label}：{errors[0]}" if field else errors[0]
