"""What the database must decide when many come at once. Each naive twin does the same without its guard and fails.

The rows are read before the barrier, so every thread acts on the same stale picture: the worst case, each time.
"""

import datetime as dt
from collections import Counter
from uuid import uuid4

import pytest
from django.utils import timezone

from grids.actions import appoint
from grids.errors import AppointmentRefused
from grids.models import Appointment
from people.actions import reveal, spend
from people.errors import TooOften
from people.models import PersonalDataView, RateWindow
from services.actions import (
    accept,
    cancel_order,
    confirm,
    decline,
    offer,
    rate,
    solve,
    submit,
    time_out_offers,
    undo,
    withdraw_offers,
)
from services.errors import OfferRefused, TransitionRefused
from services.models import NEXT_STATUSES, Offer, OrderEvent, OrderStatus, Rating, ServiceOrder
from tests.makers import (
    make_building,
    make_duty,
    make_grid,
    make_order,
    make_person,
    make_service,
    make_solved_order,
    make_user,
)
from tests.races.harness import kinds, run_together
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db(transaction=True)

HELPERS = 40
HITS = 200
ROUNDS = 6


def reading(queryset, pk, act):
    """A worker that fetches a row as a request would and then acts on it."""

    def worker():
        row = queryset.get(pk=pk)
        return lambda: act(row)

    return worker


def orders():
    return ServiceOrder.objects.with_related()


def offers():
    return Offer.objects.select_related("order__service", "order__community", "person")


def offer_to_many(count=HELPERS):
    order = make_order()
    return order, offer(order, [make_person() for _helper in range(count)], by=make_user())


def accepted_events(order):
    return OrderEvent.objects.filter(order=order, new_status=OrderStatus.ACCEPTED).count()


def check_history(order):
    """The order's events are one legal path from its submission to its status, and its offers agree with it."""
    order.refresh_from_db()
    first, *moves = order.events.in_order().filter(kind__in=[OrderEvent.Kind.MOVE, OrderEvent.Kind.UNDO])
    at = first.new_status
    for event in moves:
        assert event.old_status == at
        assert event.kind == OrderEvent.Kind.UNDO or event.new_status in NEXT_STATUSES[OrderStatus(at)]
        at = event.new_status
    assert order.status == at
    answers = Counter(order.offers.values_list("answer", flat=True))
    assert answers[Offer.Answer.ACCEPTED] == (order.status == OrderStatus.ACCEPTED)
    if order.status != OrderStatus.OFFERED:
        assert answers[Offer.Answer.NONE] == 0


# --- forty helpers, one order ------------------------------------------------------------------------------


def test_of_40_helpers_who_accept_at_once_one_wins_and_39_are_told():
    order, made = offer_to_many()
    outcomes = run_together([reading(offers(), one.pk, accept) for one in made])
    assert kinds(outcomes) == {None: 1, OfferRefused: HELPERS - 1}
    assert accepted_events(order) == 1
    order.refresh_from_db()
    winner = next(one for one, found in zip(made, outcomes, strict=True) if not isinstance(found, Exception))
    assert order.assigned_to == winner.person
    assert Counter(order.offers.values_list("answer", flat=True)) == {"accepted": 1, "taken": HELPERS - 1}
    assert all("不用去了" in str(found) for found in outcomes if isinstance(found, Exception))
    check_history(order)


def naive_accept(made):
    """Look, then save: the way in which every helper believes to have the order."""
    order = made.order
    if order.status != OrderStatus.OFFERED:
        raise OfferRefused
    order.status, order.assigned_to = OrderStatus.ACCEPTED, made.person
    order.save(update_fields=["status", "assigned_to"])
    OrderEvent.objects.create(
        order=order, old_status=OrderStatus.OFFERED, new_status=OrderStatus.ACCEPTED, actor_person=made.person
    )


def test_the_naive_acceptance_has_many_winners_in_the_same_harness():
    order, made = offer_to_many()
    outcomes = run_together([reading(offers(), one.pk, naive_accept) for one in made])
    assert kinds(outcomes)[None] > 1
    assert accepted_events(order) > 1


def test_ten_helpers_who_decline_at_once_send_the_order_back_once():
    order, made = offer_to_many(10)
    outcomes = run_together([reading(offers(), one.pk, decline) for one in made])
    assert kinds(outcomes) == {None: 10}
    order.refresh_from_db()
    assert order.status == OrderStatus.SUBMITTED
    assert order.events.filter(new_status=OrderStatus.SUBMITTED, old_status=OrderStatus.OFFERED).count() == 1
    check_history(order)


# --- ten submits, one order --------------------------------------------------------------------------------


def order_fields():
    return {
        "need": "水管漏水",
        "name": "刘秀英",
        "phone": "13800000617",
        "building": make_building(),
        "door": "2 单元 301",
        "address": "203.0.113.9",
    }


def test_ten_identical_submits_at_once_are_one_order_and_spend_one_of_the_limit():
    service, fields = make_service(), order_fields()
    key = uuid4().hex
    outcomes = run_together([lambda: lambda: submit(service, submission_key=key, **fields)] * 10)
    assert kinds(outcomes) == {None: 10}
    order = ServiceOrder.objects.get()
    assert {found.number for found in outcomes} == {order.number}
    assert order.events.count() == 1
    assert sorted(RateWindow.objects.values_list("used", flat=True)) == [1, 1]


def naive_submit(service, fields):
    """Look for the same order, then create it: ten see none and create ten."""

    def worker():
        known = ServiceOrder.objects.filter(need=fields["need"], contact__name=fields["name"]).first()
        return lambda: known or submit(service, submission_key=uuid4().hex, **fields)

    return worker


def test_the_naive_submit_doubles_in_the_same_harness():
    service, fields = make_service(), order_fields()
    del fields["address"]
    run_together([naive_submit(service, fields)] * 10)
    assert ServiceOrder.objects.count() > 1


def test_twenty_different_orders_of_one_new_person_at_once_are_twenty_orders_of_one_person():
    service, fields = make_service(), order_fields()
    del fields["address"]
    workers = [lambda: lambda: submit(service, submission_key=uuid4().hex, **fields)] * 20
    outcomes = run_together(workers)
    assert kinds(outcomes) == {None: 20}
    assert len({found.number for found in outcomes}) == 20
    assert len({found.contact_id for found in outcomes}) == 1


# --- two at the desk ---------------------------------------------------------------------------------------


def test_of_two_clerks_who_dispatch_at_once_one_does_and_the_other_reads_who_was_first():
    for _round in range(ROUNDS):
        order, clerks = make_order(), [make_user(), make_user()]
        persons = [make_person(), make_person()]
        outcomes = run_together(
            [
                reading(orders(), order.pk, lambda row, who=who, by=by: offer(row, [who], by=by))
                for who, by in zip(persons, clerks, strict=True)
            ]
        )
        assert kinds(outcomes) == {None: 1, TransitionRefused: 1}
        refused = next(found for found in outcomes if isinstance(found, Exception))
        first = clerks[1 - outcomes.index(refused)]
        assert first.display_name in str(refused)
        assert order.offers.count() == 1
        check_history(order)


def naive_offer(order, person, by):
    if order.status == OrderStatus.SUBMITTED:
        order.status = OrderStatus.OFFERED
        order.save(update_fields=["status"])
        Offer.objects.create(order=order, person=person, offered_by=by, answer_due_at=timezone.now())


def test_the_naive_dispatch_asks_two_in_the_same_harness():
    order, clerk = make_order(), make_user()
    persons = [make_person(), make_person()]
    run_together(
        [reading(orders(), order.pk, lambda row, who=who: naive_offer(row, who, clerk)) for who in persons]
    )
    assert order.offers.count() == 2


# --- everybody at once -------------------------------------------------------------------------------------


def test_accept_cancel_time_out_decline_and_withdraw_at_once_leave_a_legal_history():
    ends = Counter()
    for _round in range(ROUNDS):
        order, made = offer_to_many(4)
        Offer.objects.filter(order=order).update(answer_due_at=timezone.now() - dt.timedelta(minutes=1))
        clerk, resident = make_user(), order.contact
        outcomes = run_together(
            [
                reading(offers(), made[0].pk, accept),
                reading(offers(), made[1].pk, accept),
                reading(offers(), made[2].pk, decline),
                reading(orders(), order.pk, lambda row, who=resident: cancel_order(row, actor=who)),
                reading(orders(), order.pk, lambda row, by=clerk: withdraw_offers(row, by=by)),
                lambda: time_out_offers,
                lambda: time_out_offers,
            ]
        )
        assert set(kinds(outcomes)) <= {None, OfferRefused, TransitionRefused}
        check_history(order)
        ends[ServiceOrder.objects.get(pk=order.pk).status] += 1
    assert set(ends) <= {OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.CANCELLED}


def test_undo_against_the_next_step_leaves_a_legal_history():
    for _round in range(ROUNDS):
        order, (made,) = offer_to_many(1)
        clerk = OrderEvent.objects.filter(order=order).in_order().last().actor_user
        outcomes = run_together(
            [
                reading(offers(), made.pk, accept),
                reading(orders(), order.pk, lambda row, by=clerk: undo(row, actor=by)),
                reading(orders(), order.pk, lambda row, by=clerk: undo(row, actor=by)),
            ]
        )
        assert kinds(outcomes)[None] == 1
        assert set(kinds(outcomes)) <= {None, OfferRefused, TransitionRefused}
        check_history(order)


# --- limits ------------------------------------------------------------------------------------------------


def hammer(spend_once, threads=40):
    """HITS hits from `threads` threads; returns how many were let through."""

    def worker():
        def act():
            passed = 0
            for _hit in range(HITS // threads):
                try:
                    spend_once()
                    passed += 1
                except TooOften:
                    continue
            return passed

        return act

    outcomes = run_together([worker] * threads)
    assert kinds(outcomes) == {None: threads}
    return sum(outcomes)


def test_a_limit_of_20_lets_exactly_20_of_200_parallel_hits_through():
    window = dt.timedelta(days=1)  # so long that no window ends in the middle
    assert hammer(lambda: spend("test", "203.0.113.9", limit=20, window=window)) == 20
    assert RateWindow.objects.get().used == 20


def test_the_naive_limit_lets_more_through_in_the_same_harness():
    row = RateWindow.objects.create(key="naive", starts_at=timezone.now())

    def naive_worker():
        seen = RateWindow.objects.get(pk=row.pk)

        def act():
            if seen.used >= 20:
                raise TooOften("", retry_after=1)
            seen.used += 1
            seen.save(update_fields=["used"])

        return act

    outcomes = run_together([naive_worker] * HELPERS)
    assert kinds(outcomes)[None] > 20


# --- pressed twice -----------------------------------------------------------------------------------------


def test_ten_confirmations_at_once_are_one():
    order = make_solved_order()
    outcomes = run_together([reading(orders(), order.pk, lambda row: confirm(row, actor=row.contact))] * 10)
    assert kinds(outcomes) == {None: 1, TransitionRefused: 9}
    assert order.events.filter(new_status=OrderStatus.CONFIRMED).count() == 1


def test_ten_ratings_at_once_are_one_rating():
    order = make_solved_order()
    outcomes = run_together([reading(orders(), order.pk, lambda row: rate(row, score=5))] * 10)
    assert kinds(outcomes) == {None: 10}
    assert Rating.objects.get().score == 5
    check_history(order)


def test_ten_reports_of_the_end_at_once_record_the_hours_once():
    order = make_order(OrderStatus.ACCEPTED)
    outcomes = run_together(
        [
            reading(
                orders(),
                order.pk,
                lambda row: solve(row, actor=row.assigned_to, result="修好了", minutes=30),
            )
        ]
        * 10
    )
    assert kinds(outcomes) == {None: 1, TransitionRefused: 9}
    assert HourEntry.objects.get().minutes == 30


def test_every_reveal_leaves_its_own_row():
    person, viewer = make_person(), make_user()
    outcomes = run_together([lambda: lambda: reveal(person, "phone", viewer=viewer, reason="约时间")] * 10)
    assert set(outcomes) == {person.phone}
    assert PersonalDataView.objects.filter(person=person, viewer=viewer).count() == 10


def test_of_five_heads_appointed_at_once_one_is():
    grid, duty = make_grid(), make_duty(max_per_grid=1)
    persons = [make_person() for _candidate in range(5)]
    outcomes = run_together([lambda who=who: lambda: appoint(duty, grid=grid, person=who) for who in persons])
    assert kinds(outcomes) == {None: 1, AppointmentRefused: 4}
    assert Appointment.objects.filter(grid=grid, ended_on=None).count() == 1
