"""What the desk and the secretary may do with a topic now: one small form per verb, the same at both doors."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.actions import polls, topics
from branches.actions.topic_messages import households_of
from branches.errors import TopicRefused
from branches.forms import topics as forms
from branches.homes import household_at
from branches.models import Poll, Topic, TopicStatus
from people.actions import reveal
from people.errors import RevealRefused

_S = TopicStatus


@dataclass(frozen=True)
class Verb:
    """A verb with its words, its button and its form; `target` names the row that it is about, if not the topic."""

    key: str
    head: str
    button: str
    form: object
    target: object = None

    @property
    def prefix(self):
        return f"{self.key}{self.target.pk if self.target else ''}"


_HEADS = {
    "take_up": (gettext_lazy("定事：要议"), gettext_lazy("定下来要议")),
    "answer": (gettext_lazy("不议了，给居民答复"), gettext_lazy("写好答复，结束")),
    "session": (gettext_lazy("开议事会：订场地、请人"), gettext_lazy("订好并通知")),
    "minutes": (gettext_lazy("议事会记录"), gettext_lazy("记下来")),
    "move": (gettext_lazy("议事会改时间、改地点"), gettext_lazy("改好并通知")),
    "call_off": (gettext_lazy("这次议事会不开了"), gettext_lazy("取消这次")),
    "poll": (gettext_lazy("决事：请每户表决"), gettext_lazy("开始表决")),
    "desk_vote": (gettext_lazy("登记纸票和电话票"), gettext_lazy("登记这一户")),
    "extend": (gettext_lazy("表决延期（会通知每一户）"), gettext_lazy("延期")),
    "count": (gettext_lazy("开箱计票"), gettext_lazy("我数过了，签字")),
    "check": (gettext_lazy("监票"), gettext_lazy("我也看过，签字")),
    "outcome": (gettext_lazy("公示结果 7 天"), gettext_lazy("公示")),
    "reply": (gettext_lazy("答复意见"), gettext_lazy("答复")),
    "begin": (gettext_lazy("办事：先写一件要办的"), gettext_lazy("开始办")),
    "task": (gettext_lazy("再加一件要办的"), gettext_lazy("加上")),
    "finish": (gettext_lazy("办好了"), gettext_lazy("办好了")),
    "ask_rating": (gettext_lazy("都办完了，请大家评"), gettext_lazy("请大家评")),
    "again": (gettext_lazy("大家说没办好，再办一件"), gettext_lazy("接着办")),
    "close": (gettext_lazy("评过了，结束"), gettext_lazy("结束")),
}


def _kinds(topic):
    """The verbs of the topic's step: (key, form class, the row it is about)."""
    status, poll = topic.status, getattr(topic, "poll", None)
    if status == _S.RAISED:
        yield "take_up", forms.ReasonForm, None
        yield "answer", forms.WordsForm, None
    elif status in {_S.ACCEPTED, _S.DISCUSSING}:
        waiting = [s for s in topic.sessions.all() if s.held_on is None and s.booking.is_holding]
        for session in waiting:
            if session.booking.starts_at <= timezone.now():
                yield "minutes", forms.MinutesForm, session
            yield "move", forms.MoveSessionForm, session
            yield "call_off", forms.WordsForm, session
        if any(s.held_on for s in topic.sessions.all()):
            yield "poll", forms.PollForm, None
        yield "session", forms.SessionForm, None
        yield "answer", forms.WordsForm, None
    elif status == _S.DECIDING:
        yield from _deciding(topic, poll)
    elif status == _S.DOING:
        for task in topic.tasks.all():
            if task.done_on is None:
                yield "finish", forms.WordsForm, task
        yield "task", forms.TaskForm, None
        if all(task.done_on for task in topic.tasks.all()):
            yield "ask_rating", forms.EmptyForm, None
    elif status == _S.EVALUATING:
        yield "again", forms.TaskForm, None
        yield "close", forms.EmptyForm, None


def _deciding(topic, poll):
    if poll.closed_at is None:
        yield "desk_vote", forms.DeskVoteForm, None
        yield "extend", forms.ExtendForm, None
    elif not poll.is_signed:
        yield "count", forms.CountForm, None
        if poll.counted_by_id:
            yield "check", forms.EmptyForm, None
    elif not topic.outcome:
        yield "outcome", forms.OutcomeForm, None
    else:
        for comment in topic.comments.all():
            if not comment.answer:
                yield "reply", forms.WordsForm, comment
        if poll.has_passed:
            yield "begin", forms.TaskForm, None
        yield "answer", forms.WordsForm, None


def verbs_of(topic, data=None):
    """The verbs of now as a list of `Verb`; the one whose button was pressed holds what was typed."""
    pressed = data.get("verb", "") if data else ""
    found = []
    for key, form_class, target in _kinds(topic):
        prefix = f"{key}{target.pk if target else ''}"
        options = {"prefix": prefix, "label_suffix": ""}
        if form_class in {forms.SessionForm, forms.MoveSessionForm, forms.DeskVoteForm}:
            options["community"] = topic.grid.community
        if form_class is forms.MoveSessionForm:
            options["initial"] = form_class.facts_of(target)
        form = form_class(data if pressed == prefix else None, **options)
        head, button = _HEADS[key]
        found.append(Verb(key, head, button, form, target))
    return found


def do(topic, data, user):
    """Do the verb whose button was pressed. Returns (sentence of thanks or "", all verbs with what was typed)."""
    verbs = verbs_of(topic, data)
    verb = next((each for each in verbs if each.form.is_bound), None)
    if verb is None:
        raise TopicRefused(_("这一步已经有人办过了，请看看现在走到哪儿"))
    if not verb.form.is_valid():
        return "", verbs
    try:
        _act(topic, verb, verb.form.cleaned_data, user)
    except TopicRefused as refused:
        verb.form.add_error(None, str(refused))
        return "", verbs
    return _("记下了：%s") % verb.head, verbs


def _act(topic, verb, data, user):
    target, poll = verb.target, getattr(topic, "poll", None)
    acts = {
        "take_up": lambda: topics.take_up(topic, **data),
        "answer": lambda: topics.answer_topic(topic, reason=data["words"], by=user),
        "session": lambda: topics.call_session(topic, by=user, **verb.form.as_session()),
        "minutes": lambda: topics.keep_minutes(target, **data),
        "move": lambda: topics.move_session(target, by=user, **verb.form.as_session()),
        "call_off": lambda: topics.call_off_session(target, reason=data["words"], by=user),
        "poll": lambda: polls.open_poll(topic, **data),
        "desk_vote": lambda: _desk_vote(poll, verb.form, user),
        "extend": lambda: polls.extend_poll(poll, **data),
        "count": lambda: polls.count_poll(poll, by=user, **data),
        "check": lambda: polls.check_poll(poll, by=user),
        "outcome": lambda: topics.publish_outcome(topic, **data),
        "reply": lambda: topics.answer_comment(target, answer=data["words"]),
        "begin": lambda: topics.begin_doing(topic, tasks=[(data["text"], data["owner"], data["due_on"])]),
        "task": lambda: topics.add_task(topic, **data),
        "finish": lambda: topics.finish_task(target, result=data["words"]),
        "ask_rating": lambda: topics.ask_for_rating(topic),
        "again": lambda: topics.do_again(topic, **data),
        "close": lambda: topics.close_topic(topic),
    }
    acts[verb.key]()


def _desk_vote(poll, form, user):
    data = form.cleaned_data
    home = household_at(form.chosen_building(), data["door"])
    if home is None:
        raise TopicRefused(_("这个门牌没有登记住户，请先在后台登记"))
    polls.vote(poll, home, channel=data["channel"], choice=data["choice"], by=user)


REVEALED_HERE = ("phone", "name")  # what talking to somebody about a topic needs


def named_in(topic):
    """Whose name and telephone the page may show with a reason: {word that the form sends: (person, what they did)}."""
    found = {}
    if topic.proposer:
        found["proposer"] = (topic.proposer, _("提议题的"))
    for comment in topic.comments.all():
        found[f"comment{comment.pk}"] = (comment.person, _("说“%s”的") % comment.text[:12])
    return found


def reveal_one(topic, data, viewer):
    """Show one value, leaving a trace of who looked and why. `data` has `who`, `field` and `reason`.

    Returns {"who", "what", "value"}; raises `people.errors.RevealRefused`.
    """
    person, what = named_in(topic).get(data.get("who", ""), (None, ""))
    if person is None or data.get("field") not in REVEALED_HERE:
        raise RevealRefused(_("这一项不能查看"))
    reason = data.get("reason", "")
    value = reveal(person, data["field"], viewer=viewer, reason=reason, about=f"topic:{topic.pk}")
    return {"who": data["who"], "what": what, "field": data["field"], "value": value}


def facts(topic):
    """What both doors show of a topic beside its verbs, as a dict; nobody sees votes before two have signed."""
    poll = getattr(topic, "poll", None)
    return {
        "topic": topic,
        "poll": poll,
        "voted": topic.voters.count() if poll else 0,
        "papers": topic.voters.filter(channel=Topic.Channel.PAPER).count() if poll else 0,
        "homes": households_of(topic).count() if poll else 0,
        "totals": [(Poll.Choice(key).label, n) for key, n in poll.totals.items()]
        if poll and poll.is_signed
        else [],
        "sessions": list(topic.sessions.all()),
        "tasks": list(topic.tasks.all()),
        "comments": list(topic.comments.all()),
        "needed": topic.SECONDS_NEEDED,
        "named": named_in(topic),
        "is_silent": topic.is_silent(),
    }
