import datetime as dt

import pytest
import time_machine

from people.models import Person
from reminders.models import Reminder
from services.actions import (
    accept,
    agree_visit,
    decline,
    offer,
    rate,
    refuse_visit,
    remind_deadlines,
    set_visit,
    time_out_offers,
    withdraw_offers,
)
from services.errors import LinkExpired, OfferRefused, RatingRefused, TransitionRefused
from services.links import OFFER_LINK_LIVES, offer_pk_of, offer_token, order_pk_of, order_token
from services.models import Offer, Rating, ServiceOrder
from tests.makers import (
    make_head,
    make_offer,
    make_order,
    make_person,
    make_service,
    make_solved_order,
    make_user,
    patch_now,
    shanghai,
)

pytestmark = pytest.mark.django_db

MORNING = shanghai(2026, 11, 24, 9)  # a Tuesday


def reload(made):
    return Offer.objects.select_related("order__service", "order__community", "person").get(pk=made.pk)


def test_the_first_acceptance_wins_and_the_others_are_told():
    order, persons = make_order(), [make_person() for _n in range(3)]
    offers = [reload(made) for made in offer(order, persons, by=make_user())]
    accept(offers[1])
    for loser in (offers[0], offers[2]):
        with pytest.raises(OfferRefused):
            accept(loser)
    order.refresh_from_db()
    assert (order.status, order.assigned_to) == ("accepted", persons[1])
    assert list(order.offers.order_by("pk").values_list("answer", flat=True)) == [
        "taken",
        "accepted",
        "taken",
    ]
    assert order.events.filter(new_status="accepted").count() == 1


def test_only_the_last_no_returns_the_order():
    order = make_order()
    first, second = (reload(made) for made in offer(order, [make_person(), make_person()], by=make_user()))
    decline(first)
    order.refresh_from_db()
    assert order.status == "offered"
    decline(second, reason=Offer.Reason.FAR)
    order.refresh_from_db()
    assert order.status == "submitted"
    with pytest.raises(OfferRefused):
        decline(second)
    assert order.events.filter(new_status="submitted").count() == 2


@pytest.mark.parametrize(("minutes", "answer"), [(4 * 60 - 1, ""), (4 * 60, "timed_out")])
def test_four_working_hours_without_an_answer_return_the_order(minutes, answer):
    with patch_now(MORNING):
        made = make_offer()
    with patch_now(MORNING + dt.timedelta(minutes=minutes)):
        assert time_out_offers() == (1 if answer else 0)
        assert time_out_offers() == 0
    made.refresh_from_db()
    made.order.refresh_from_db()
    assert (made.answer, made.order.status) == (answer, "submitted" if answer else "offered")


def test_an_evening_offer_may_be_answered_the_next_day():
    with patch_now(shanghai(2026, 11, 27, 17)):  # Friday, half an hour before closing
        made = make_offer()
    assert made.answer_due_at == shanghai(2026, 11, 30, 12)


@pytest.mark.parametrize("answer", ["declined", "timed_out", "withdrawn", "taken"])
def test_an_answered_offer_is_not_accepted(answer):
    made = make_offer()
    Offer.objects.filter(pk=made.pk).update(answer=answer, answered_at=MORNING)
    with pytest.raises(OfferRefused):
        accept(made)
    made.order.refresh_from_db()
    assert (made.order.status, made.order.events.filter(new_status="accepted").count()) == ("offered", 0)


def test_the_desk_asks_somebody_else_and_who_was_reached_is_told():
    desk, made = make_user(), make_offer()
    Reminder.objects.filter(kind="offer").update(status=Reminder.Status.SENT)
    withdraw_offers(made.order, by=desk)
    assert [r.kind for r in Reminder.objects.pending().filter(person=made.person)] == ["changed"]
    (again,) = offer(made.order, [made.person], by=desk)
    assert again.answer == ""


@pytest.mark.parametrize("state", [Person.State.MOVED, Person.State.DECEASED])
def test_who_has_left_is_not_asked(state):
    order = make_order()
    with pytest.raises(OfferRefused):
        offer(order, [make_person(state=state)], by=make_user())
    with pytest.raises(OfferRefused):
        offer(order, [], by=make_user())
    order.refresh_from_db()
    assert (order.status, order.offers.count()) == ("submitted", 0)


WISH = {"wish": "half_day", "wish_on": dt.date(2026, 11, 26), "wish_half": "pm"}


@pytest.mark.parametrize(
    ("wish", "answer", "visit", "agreed"),
    [
        (WISH, {}, (dt.date(2026, 11, 26), "pm"), True),
        (WISH, {"visit_on": dt.date(2026, 11, 26), "visit_half": "pm"}, (dt.date(2026, 11, 26), "pm"), True),
        (WISH, {"visit_on": dt.date(2026, 11, 27), "visit_half": "am"}, (dt.date(2026, 11, 27), "am"), False),
        ({}, {"visit_on": dt.date(2026, 11, 27), "visit_half": "am"}, (dt.date(2026, 11, 27), "am"), True),
        ({}, {}, (None, ""), True),
    ],
)
def test_another_half_day_than_wished_waits_for_the_residents_yes(wish, answer, visit, agreed):
    with patch_now(MORNING):
        made = make_offer(make_order(**wish))
        accept(made, **answer)
    order = ServiceOrder.objects.get(pk=made.order_id)
    assert ((order.visit_on, order.visit_half), order.visit_agreed) == (visit, agreed)


def test_the_resident_agrees_or_refuses_a_half_day():
    with patch_now(MORNING):
        made = make_offer(make_order(**WISH))
        accept(made, visit_on=dt.date(2026, 11, 27), visit_half="am")
        order = made.order
        agree_visit(order, actor=order.contact)
        assert order.visit_agreed is True
        set_visit(order, actor=made.person, on=dt.date(2026, 11, 28), half="pm")
        assert order.visit_agreed is False
        refuse_visit(order, actor=order.contact)
    order.refresh_from_db()
    assert (order.status, order.visit_on, order.visit_half) == ("accepted", None, "")
    assert [event.kind for event in order.events.in_order()][-3:] == ["visit", "visit", "visit"]


@pytest.mark.parametrize("day", [dt.date(2026, 11, 23), dt.date(1, 1, 1)])
def test_a_day_that_has_passed_is_no_visit(day):
    with patch_now(MORNING):
        made = make_offer()
        with pytest.raises(OfferRefused):
            accept(made, visit_on=day, visit_half="am")
        accept(made)
        with pytest.raises(TransitionRefused):
            set_visit(made.order, actor=made.person, on=day, half="am")


def test_both_sides_are_reminded_the_evening_before_a_visit():
    with patch_now(MORNING):
        made = make_offer(make_order(**WISH))
        accept(made)
    eve = Reminder.objects.pending().filter(kind="visit", due_at=shanghai(2026, 11, 25, 18))
    assert {r.person_id for r in eve} == {made.order.contact_id, made.person_id}


def test_deadlines_are_told_once_for_each_due_time():
    with patch_now(MORNING):
        order = make_order(service=make_service(time_limit_workdays=1))
        head = make_head(order.grid)

    def kinds():
        rows = Reminder.objects.exclude(kind="order_new").order_by("kind", "dedupe_key", "address")
        return [(r.kind, r.dedupe_key.split(":")[2], r.address.partition(":")[0]) for r in rows]

    both = ["desk", "person"]
    with patch_now(shanghai(2026, 11, 24, 9, 30)):
        remind_deadlines()
        assert kinds() == []
    with patch_now(shanghai(2026, 11, 24, 10, 30)):
        remind_deadlines()
        remind_deadlines()
        assert kinds() == [("overdue", "dispatch", who) for who in both]
    with patch_now(shanghai(2026, 11, 25, 15)):
        remind_deadlines()
        assert [k for k in kinds() if k[1] == "soon"] == [("due_soon", "soon", who) for who in both]
    with patch_now(shanghai(2026, 11, 25, 18)):
        remind_deadlines()
        remind_deadlines()
        assert [k for k in kinds() if k[1] == "over"] == [("overdue", "over", who) for who in both]
    assert Reminder.objects.filter(person=head.person).exclude(kind="order_new").count() == 3


def test_an_offer_link_lives_forty_eight_hours_and_no_link_can_be_made_up():
    made = make_offer()
    with time_machine.travel(MORNING, tick=False) as clock:
        token = offer_token(made)
        clock.shift(OFFER_LINK_LIVES)
        assert offer_pk_of(token) == made.pk
        clock.shift(1)
        with pytest.raises(LinkExpired):
            offer_pk_of(token)
    changed = token[:-1] + ("a" if token[-1] != "a" else "b")
    for text in (changed, "", "1", order_token(made.order), "1.2.3"):
        with pytest.raises(LinkExpired):
            offer_pk_of(text)
    with pytest.raises(LinkExpired):
        order_pk_of(token)
    assert order_pk_of(order_token(made.order)) == made.order_id


def test_a_rating_can_be_changed_for_seven_days():
    with patch_now(MORNING):
        order = make_solved_order()
        rate(order, score=2, words="来晚了")
    with patch_now(MORNING + dt.timedelta(days=7)):
        rate(order, score=4, words="后来修好了")
    with patch_now(MORNING + dt.timedelta(days=7, seconds=1)), pytest.raises(RatingRefused):
        rate(order, score=5)
    assert list(Rating.objects.values_list("score", "words")) == [(4, "后来修好了")]


@pytest.mark.parametrize("score", [0, 6, -1, None])
def test_only_the_five_levels_are_ratings(score):
    with pytest.raises(RatingRefused):
        rate(make_solved_order(), score=score)
    assert Rating.objects.count() == 0


@pytest.mark.parametrize(
    "status", ["submitted", "offered", "accepted", "waiting", "escalated", "rejected", "cancelled"]
)
def test_what_is_not_finished_is_not_rated(status):
    with pytest.raises(RatingRefused):
        rate(make_order(status), score=5)
