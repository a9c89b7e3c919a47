"""What the desk can do with an order beside sending somebody: one table, which the page shows and the view obeys."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.actions import (
    add_note,
    answer_question,
    ask_resident,
    cancel_order,
    escalate,
    reject,
    remind_of_question,
    reopen,
    reply,
    return_to_desk,
    set_visit,
    solve,
    take,
    withdraw_offers,
)
from services.errors import TransitionRefused
from services.forms.halfdays import read_half_day
from services.forms.minutes import read_minutes
from services.models import OrderStatus

_S = OrderStatus


@dataclass(frozen=True)
class Verb:
    """One thing to do: its button, what is to be typed (`words` = the label of the line, "" for none), and the deed.

    `extra` names further inputs of the template: "outside", "visit", "minutes". `run(order, user, data)` calls the
    action; `data` is a dict of stripped texts. `done` is said afterwards.
    """

    key: str
    label: str
    words: str
    done: str
    run: Callable
    when: Callable
    icon: str = "go"
    extra: str = ""
    optional: bool = False


def _to(*statuses):
    return lambda order: any(status in order.next_statuses for status in statuses)


def _in(*statuses):
    return lambda order: order.status in statuses


def _solve(order, user, data):
    solve(order, actor=user, result=data["words"], minutes=read_minutes(data.get("minutes", "")))


def _take(order, user, data):
    if order.status == _S.WAITING:
        raise TransitionRefused(_("在等居民补充，补充了再办"))
    take(order, by=user, person=user.person)


def _set_visit(order, user, data):
    chosen = read_half_day(data.get("visit", ""))
    if chosen is None:
        raise TransitionRefused(_("请选一个半天"))
    set_visit(order, actor=user, on=chosen[0], half=chosen[1])


def _escalate(order, user, data):
    escalate(
        order,
        actor=user,
        body=data.get("body", ""),
        number=data.get("outside_number", ""),
        words=data["words"],
    )


VERBS = (
    Verb(
        "withdraw",
        gettext_lazy("换人"),
        "",
        gettext_lazy("收回来了，请另派一位。"),
        lambda order, user, data: withdraw_offers(order, by=user),
        _in(_S.OFFERED),
        "swap",
    ),
    Verb(
        "take",
        gettext_lazy("我来办"),
        "",
        gettext_lazy("记在您名下了。"),
        _take,
        _in(_S.SUBMITTED, _S.OFFERED, _S.ESCALATED),
        "user",
    ),
    Verb(
        "solve",
        gettext_lazy("办好了"),
        gettext_lazy("办得怎么样（居民会看到）"),
        gettext_lazy("办结了，已请居民说一声解决没有。"),
        _solve,
        _to(_S.SOLVED),
        "checkc",
        extra="minutes",
    ),
    Verb(
        "reply",
        gettext_lazy("答复了，事情还没解决"),
        gettext_lazy("答复了什么（居民会看到）"),
        gettext_lazy("记为已答复。"),
        lambda order, user, data: reply(order, actor=user, result=data["words"]),
        _to(_S.REPLIED),
        "talk",
    ),
    Verb(
        "ask",
        gettext_lazy("请居民补充"),
        gettext_lazy("要居民补充什么（居民会看到，时间停着）"),
        gettext_lazy("问出去了，居民补充以前时间停着。"),
        lambda order, user, data: ask_resident(order, actor=user, question=data["words"]),
        _to(_S.WAITING),
        "pause",
    ),
    Verb(
        "answered",
        gettext_lazy("居民补充了"),
        gettext_lazy("居民说了什么"),
        gettext_lazy("记下了，接着办。"),
        lambda order, user, data: answer_question(order, actor=user, text=data["words"]),
        _in(_S.WAITING),
        "check",
    ),
    Verb(
        "ask_again",
        gettext_lazy("再问一次"),
        gettext_lazy("再问什么（居民会看到）"),
        gettext_lazy("又问了一次。"),
        lambda order, user, data: remind_of_question(order, actor=user, question=data["words"]),
        _in(_S.WAITING),
        "bell",
    ),
    Verb(
        "visit",
        gettext_lazy("约上门时间"),
        "",
        gettext_lazy("时间记下了，会告诉居民。"),
        _set_visit,
        _in(_S.ACCEPTED),
        "cal",
        extra="visit",
    ),
    Verb(
        "give_back",
        gettext_lazy("收回来另派"),
        gettext_lazy("为什么收回来（居民看不到）"),
        gettext_lazy("回到待派单了。"),
        lambda order, user, data: return_to_desk(order, actor=user, reason=data["words"]),
        _in(_S.ACCEPTED),
        "swap",
    ),
    Verb(
        "escalate",
        gettext_lazy("转上级"),
        gettext_lazy("说明（居民会看到）"),
        gettext_lazy("转出去了；居民得到回音以前，还是我们的事。"),
        _escalate,
        _to(_S.ESCALATED),
        "up",
        extra="outside",
        optional=True,
    ),
    Verb(
        "reopen",
        gettext_lazy("居民来电说没办好"),
        gettext_lazy("哪里没办好"),
        gettext_lazy("重新办，时限减半。"),
        lambda order, user, data: reopen(order, actor=user, words=data["words"]),
        lambda order: order.can_be_reopened,
        "stop",
        optional=True,
    ),
    Verb(
        "reject",
        gettext_lazy("不予受理"),
        gettext_lazy("为什么，该找谁（居民会看到）"),
        gettext_lazy("记为不予受理，会告诉居民。"),
        lambda order, user, data: reject(order, actor=user, reason=data["words"]),
        _to(_S.REJECTED),
        "x",
    ),
    Verb(
        "cancel",
        gettext_lazy("居民要撤单"),
        gettext_lazy("居民怎么说"),
        gettext_lazy("撤了；请过的人会接到通知。"),
        lambda order, user, data: cancel_order(order, actor=user, words=data["words"]),
        _to(_S.CANCELLED),
        "x",
        optional=True,
    ),
    Verb(
        "note",
        gettext_lazy("内部备注"),
        gettext_lazy("内部备注"),
        gettext_lazy("备注加上了。"),
        lambda order, user, data: add_note(order, actor=user, text=data["words"]),
        lambda order: True,
        "edit",
    ),
)
BY_KEY = {verb.key: verb for verb in VERBS}


def verbs_of(order):
    """What can be done with `order` now, but for the note, which has a form of its own."""
    return [verb for verb in VERBS if verb.key != "note" and verb.when(order)]
