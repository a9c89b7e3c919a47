"""Each deed begins where it makes sense, whatever door asks, and an undo leaves offers that can be answered."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from people.models import Person
from reminders.actions import deliver_inbox
from reminders.models import Reminder
from services import links
from services.actions import (
    accept,
    answer_question,
    cancel_order,
    decline,
    escalate,
    offer,
    return_to_desk,
    take,
    undo,
    withdraw_offers,
)
from services.errors import OfferRefused, TransitionRefused
from services.models import Offer, OrderStatus, ServiceOrder
from tests.makers import (
    make_head,
    make_offer,
    make_order,
    make_person,
    make_solved_order,
    make_user,
    patch_now,
    shanghai,
)

pytestmark = pytest.mark.django_db
S = OrderStatus
DEEDS = {
    "answer": (lambda order, desk: answer_question(order, actor=desk, text="三单元"), {S.WAITING}),
    "return": (lambda order, desk: return_to_desk(order, actor=desk, reason="忙"), {S.ACCEPTED, S.WAITING}),
    "withdraw": (lambda order, desk: withdraw_offers(order, by=desk), {S.OFFERED}),
    "take": (
        lambda order, desk: take(order, by=desk, person=desk.person),
        {S.SUBMITTED, S.OFFERED, S.ESCALATED},
    ),
}


def fresh(order):
    return ServiceOrder.objects.with_related().get(pk=order.pk)


def answers(order):
    return sorted(order.offers.values_list("answer", flat=True))


@pytest.fixture
def in_the_morning():
    """Nothing waits for the end of the quiet hours."""
    with time_machine.travel(shanghai(2026, 11, 24, 10)):
        yield


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_begins_in_its_own_statuses_alone(deed, status):
    run, begins_in = DEEDS[deed]
    order = make_order(status)
    if status in begins_in:
        run(fresh(order), make_user())
        assert fresh(order).status != status
        return
    with pytest.raises(TransitionRefused):
        run(fresh(order), make_user())
    assert fresh(order).status == status


def test_a_late_answer_does_not_reopen_an_order_after_its_fifteen_days(client):
    order = make_solved_order(days_ago=100)
    client.post(links.resident_path(order), {"action": "answer", "words": "还没好"})
    assert fresh(order).status == S.SOLVED


def test_a_resident_cannot_take_back_what_went_to_the_authority_above(client):
    order = make_order(S.ACCEPTED)
    escalate(order, actor=make_user(), body="街道办事处")
    client.post(links.resident_path(order), {"action": "answer", "words": "算了"})
    assert fresh(order).status == S.ESCALATED


def test_a_grid_head_cannot_return_an_order_that_is_over(client):
    order = make_order(S.CONFIRMED)
    with patch_now(timezone.now() + dt.timedelta(days=50)):
        client.force_login(make_head(order.grid))
        client.post(f"/admin/services/serviceorder/{order.pk}/do/return/", {"text": "再办"})
    assert fresh(order).status == S.CONFIRMED


def test_an_offer_is_not_answered_for_an_order_that_asks_nobody():
    made = make_offer()
    ServiceOrder.objects.filter(pk=made.order_id).update(status=S.SUBMITTED)
    made.order.refresh_from_db()
    with pytest.raises(OfferRefused):
        accept(made)


@pytest.mark.parametrize("state", [Person.State.MOVED, Person.State.DECEASED])
def test_the_link_of_somebody_who_is_gone_accepts_nothing(client, state):
    made = make_offer()
    Person.objects.filter(pk=made.person_id).update(state=state)
    client.post(links.offer_path(made), {"action": "accept"})
    assert (fresh(made.order).status, answers(made.order)) == (S.OFFERED, [""])


@pytest.mark.usefixtures("in_the_morning")
class TestUndo:
    """An order that waits for answers has offers that can be answered, or no tick would ever wake it."""

    def test_of_the_last_refusal(self):
        made = make_offer()
        decline(made, reason=Offer.Reason.BUSY)
        undo(fresh(made.order), actor=made.person)
        again = Offer.objects.get(pk=made.pk)
        assert (fresh(made.order).status, again.answer, again.reason) == (S.OFFERED, "", "")

    def test_of_the_last_refusal_leaves_the_earlier_one(self):
        order, first, last = make_order(), make_person(), make_person()
        offer(order, [first, last], by=make_user())
        for person in (first, last):
            decline(order.offers.get(person=person))
        undo(fresh(order), actor=last)
        assert [order.offers.get(person=person).answer for person in (first, last)] == ["declined", ""]

    @pytest.mark.parametrize(
        "deed",
        [
            lambda order, desk: withdraw_offers(order, by=desk),
            lambda order, desk: cancel_order(order, actor=desk),
            lambda order, desk: take(order, by=desk, person=desk.person),
        ],
    )
    def test_of_a_step_of_the_desk_asks_again(self, deed):
        desk = make_user()
        made = make_offer(by=desk)
        deliver_inbox()
        deed(fresh(made.order), desk)
        undo(fresh(made.order), actor=desk)
        deliver_inbox()
        told = Reminder.objects.inbox_of(made.person).filter(kind=Reminder.Kind.OFFER).count()
        assert (fresh(made.order).status, answers(made.order), told) == (S.OFFERED, [""], 2)

    def test_of_a_dispatch_tells_those_who_were_asked_already(self):
        desk = make_user()
        made = make_offer(by=desk)
        deliver_inbox()
        undo(fresh(made.order), actor=desk)
        deliver_inbox()
        told = Reminder.objects.inbox_of(made.person).values_list("kind", flat=True)
        assert list(told) == [Reminder.Kind.CHANGED, Reminder.Kind.OFFER]

    def test_of_a_cancellation_gives_the_carrier_the_order_back_and_says_so(self):
        desk = make_user()
        made = make_offer(by=desk)
        accept(made)
        cancel_order(fresh(made.order), actor=desk)
        undo(fresh(made.order), actor=desk)
        deliver_inbox()
        last = Reminder.objects.inbox_of(made.person).order_by("-pk").first()
        assert (fresh(made.order).status, answers(made.order)) == (S.ACCEPTED, ["accepted"])
        assert last.subject == f"单子还要办：{made.order.service.name_zh}"
