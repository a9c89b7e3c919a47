"""What can be done to an order from the admin: each verb is a button, a form where words are needed, one action."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from services import actions
from services.forms import verbs as forms
from services.models import OrderEvent, OrderStatus
from services.models.states import OPEN_STATUSES

_S = OrderStatus


@dataclass(frozen=True)
class Verb:
    """`act(order, user, form)` does it; `statuses` are those in which the button is shown.

    `leaves` are the pairs (kind, new status) of the events that it may write: they tell a second click.
    """

    key: str
    label: str
    icon: str
    statuses: frozenset
    act: Callable
    done: str
    leaves: frozenset
    form: type = forms.VerbForm

    @property
    def needs_words(self):
        return self.form is not forms.VerbForm

    def is_repeated(self, event, form):
        """Whether `event`, the newest of the order, is what this verb with these words would do once more."""
        if (event.kind, event.new_status) not in self.leaves:
            return False
        return event.note.endswith(form.cleaned_data.get("text", ""))


def _take(order, user, form):
    actions.take(order, by=user, person=user.person)


def _finish(order, user, form):
    data = form.cleaned_data
    if data["end"] == _S.REPLIED:
        actions.reply(order, actor=user, result=data["text"])
    else:
        actions.solve(order, actor=user, result=data["text"], minutes=data["minutes"] or 0)


def _offer(order, user, form):
    actions.offer(order, form.persons(), by=user, words=form.cleaned_data["words"])


def _ask(order, user, form):
    ask = actions.remind_of_question if order.status == _S.WAITING else actions.ask_resident
    ask(order, actor=user, question=form.cleaned_data["text"])


def _resume(order, user, form):
    actions.answer_question(order, actor=user, text=form.cleaned_data["text"])


def _visit(order, user, form):
    actions.set_visit(order, actor=user, on=form.cleaned_data["on"], half=form.cleaned_data["half"])


def _return(order, user, form):
    actions.return_to_desk(order, actor=user, reason=form.cleaned_data["text"])


def _other_grid(order, user, form):
    actions.ask_for_other_grid(order, actor=user, words=form.cleaned_data["text"])


def _note(order, user, form):
    actions.add_note(order, actor=user, text=form.cleaned_data["text"])


def _undo(order, user, form):
    actions.undo(order, actor=user)


_L = gettext_lazy
_MOVE, _NOTE = OrderEvent.Kind.MOVE, OrderEvent.Kind.NOTE


def _moves(*statuses):
    return frozenset((_MOVE, status) for status in statuses)


def _kinds(kind):
    return frozenset((kind, status) for status in _S)


_ALL = (
    Verb(
        "take",
        _L("我来办"),
        "check",
        frozenset({_S.SUBMITTED, _S.OFFERED, _S.ESCALATED}),
        _take,
        _L("好的，这一单您来办。办完写一句就行"),
        _moves(_S.ACCEPTED),
    ),
    Verb(
        "finish",
        _L("办完了"),
        "checkc",
        frozenset({_S.SUBMITTED, _S.ACCEPTED, _S.ESCALATED}),
        _finish,
        _L("记好了，已经请居民看看解决没有"),
        _moves(_S.SOLVED, _S.REPLIED),
        forms.FinishForm,
    ),
    Verb(
        "offer",
        _L("派给…"),
        "users",
        frozenset({_S.SUBMITTED}),
        _offer,
        _L("已经去问了，谁先答应谁办"),
        _moves(_S.OFFERED),
        forms.OfferForm,
    ),
    Verb(
        "visit",
        _L("约上门时间"),
        "cal",
        frozenset({_S.ACCEPTED}),
        _visit,
        _L("约好了，居民会看到"),
        frozenset(),  # naming the same half-day twice changes nothing
        forms.VisitForm,
    ),
    Verb(
        "ask",
        _L("请居民补充"),
        "talk",
        frozenset({_S.SUBMITTED, _S.ACCEPTED, _S.WAITING}),
        _ask,
        _L("已经去问居民了，等的时候不计时"),
        _moves(_S.WAITING) | {(_NOTE, _S.WAITING)},
        forms.AskForm,
    ),
    Verb(
        "resume",
        _L("居民答复了"),
        "talk",
        frozenset({_S.WAITING}),
        _resume,
        _L("记好了，接着计时"),
        _moves(_S.ACCEPTED, _S.SUBMITTED),
        forms.ResumeForm,
    ),
    Verb(
        "return",
        _L("退回社区"),
        "arrow",
        frozenset({_S.ACCEPTED, _S.WAITING}),
        _return,
        _L("已经退回社区，由值班台接着安排"),
        _moves(_S.SUBMITTED),
        forms.ReturnForm,
    ),
    Verb(
        "other_grid",
        _L("不是我的网格"),
        "grid",
        frozenset(OPEN_STATUSES),
        _other_grid,
        _L("已经告诉社区，核实以后会转"),
        _moves(_S.SUBMITTED) | _kinds(_NOTE),
        forms.OtherGridForm,
    ),
    Verb("note", _L("写备注"), "doc", frozenset(_S), _note, _L("备注记下了"), _kinds(_NOTE), forms.NoteForm),
    Verb(
        "undo",
        _L("撤回上一步"),
        "x",
        frozenset(),  # shown by the page while it is possible
        _undo,
        _L("撤回了，回到上一步之前"),
        _kinds(OrderEvent.Kind.UNDO),
    ),
)
VERBS = {verb.key: verb for verb in _ALL}
