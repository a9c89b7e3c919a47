"""What happens between dispatch and the end: questions, places, other authorities, refusals, notes."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from services.actions.dispatch import close_accepted, return_to_desk
from services.actions.messages import ask_again, tell_information, tell_wrong_grid
from services.actions.moving import move, note
from services.errors import TransitionRefused
from services.models import Offer, OrderEvent, OrderStatus, ServiceOrder


def _needed(text, sentence):
    if not (text := text.strip()):
        raise TransitionRefused(sentence)
    return text


@transaction.atomic
def ask_resident(order, *, actor, question):
    """Ask the resident for something; the clock pauses until they answer. Returns the event."""
    question = _needed(question, _("请写清楚要居民补充什么"))
    return move(
        order, OrderStatus.WAITING, actor=actor, note=question, questions_asked=F("questions_asked") + 1
    )


@transaction.atomic
def remind_of_question(order, *, actor, question):
    """Ask a second time; only then may the desk answer without the resident. Returns the event."""
    question = _needed(question, _("请写清楚要居民补充什么"))
    waiting = ServiceOrder.objects.filter(pk=order.pk, status=OrderStatus.WAITING)
    if not waiting.update(questions_asked=F("questions_asked") + 1):
        raise TransitionRefused(_("这张单子没有在等居民补充"))
    order.refresh_from_db(fields=["questions_asked"])
    event = note(order, actor=actor, text=question, is_internal=False)
    ask_again(order, event)
    return event


@transaction.atomic
def answer_question(order, *, actor, text):
    """The resident answers (or the desk notes what they said); the clock runs on. Back to the carrier or the desk."""
    text = _needed(text, _("请写一下补充的内容"))
    status = OrderStatus.ACCEPTED if order.assigned_to_id else OrderStatus.SUBMITTED
    return move(order, status, actor=actor, out_of={OrderStatus.WAITING}, note=text)


@transaction.atomic
def add_information(order, *, actor, text):
    """The resident adds something to an open order; whoever works on it is told. Returns the event."""
    text = _needed(text, _("请写一下要补充什么"))
    if not order.is_open:
        raise TransitionRefused(_("这张单子已经办完了。没办好的话，请点“没有解决”"))
    event = note(order, actor=actor, text=text, is_internal=False)
    tell_information(order, event)
    return event


def add_note(order, *, actor, text):
    """A note among staff; the resident does not see it. Returns the event."""
    return note(order, actor=actor, text=_needed(text, _("备注还是空的")))


@transaction.atomic
def ask_for_other_grid(order, *, actor, words):
    """A grid head says that the order is not for their grid; only the desk moves it. Returns the event.

    A carried order goes back to the desk; for any other the desk gets a note and a reminder.
    """
    text = _("请转到别的网格：%s") % _needed(words, _("请写一句应该是哪个网格，或为什么不是这里"))
    if order.status in {OrderStatus.ACCEPTED, OrderStatus.WAITING}:
        return return_to_desk(order, actor=actor, reason=text)
    event = note(order, actor=actor, text=text)
    tell_wrong_grid(order, event)
    return event


@transaction.atomic
def place_order_in(order, grid, *, actor, building=None):
    """The desk sets or corrects the grid (and the building); the clock goes on. Returns the event.

    The door of another building means nothing in this one: it stays as words, for whoever goes there to ask about.
    Raises `TransitionRefused` for a foreign grid or building, or an order that is over.
    """
    if grid.community_id != order.community_id or (building and building.grid_id != grid.pk):
        raise TransitionRefused(_("这个网格不管这栋楼，请重新选"))
    if not order.is_open:
        raise TransitionRefused(_("这张单子已经办完了"))
    values = {"grid": grid}
    if building and building.pk != order.building_id:
        door = order.dwelling.door if order.dwelling else ""
        values |= {
            "building": building,
            "dwelling": None,
            "place_text": f"{order.place_text} {door}".strip()[:100],
        }
    ServiceOrder.objects.filter(pk=order.pk).update(**values)
    order.refresh_from_db(fields=["grid", "building", "dwelling", "place_text"])
    event = note(order, actor=actor, text=str(grid), kind=OrderEvent.Kind.PLACE, is_internal=False)
    tell_information(order, event)
    return event


@transaction.atomic
def escalate(order, *, actor, body, number="", words=""):
    """Hand the matter to an authority outside; it stays ours until the resident is told (features.md V17)."""
    body = _needed(body, _("请写一下转给了哪里，例如：街道、12345"))
    return move(
        order,
        OrderStatus.ESCALATED,
        actor=actor,
        note=words,
        outside_body=body[:60],
        outside_number=number[:40],
    )


@transaction.atomic
def reject(order, *, actor, reason):
    """Refuse an order that the community cannot take, with a reason that the resident reads."""
    return move(order, OrderStatus.REJECTED, actor=actor, note=_needed(reason, _("请写一句为什么不能受理")))


@transaction.atomic
def cancel_order(order, *, actor, words=""):
    """The resident (or the desk for them) takes the order back; whoever was asked or carries it is told."""
    event = move(order, OrderStatus.CANCELLED, actor=actor, note=words)
    order.offers.unanswered().update(answer=Offer.Answer.WITHDRAWN, answered_at=event.at)
    close_accepted(order)
    return event
