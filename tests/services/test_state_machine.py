import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from reminders.models import Reminder
from services.actions import (
    add_note,
    answer_question,
    ask_for_other_grid,
    ask_resident,
    cancel_order,
    close_unanswered,
    confirm,
    move,
    offer,
    reopen,
    reply,
    return_to_desk,
    solve,
    take,
    undo,
)
from services.errors import TransitionRefused
from services.models import NEXT_STATUSES, Offer, OrderEvent, OrderStatus, ServiceOrder
from services.models.states import CLOSED_STATUSES, OPEN_STATUSES
from tests.makers import (
    make_offer,
    make_order,
    make_person,
    make_service,
    make_solved_order,
    make_user,
    patch_now,
    shanghai,
)
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db

MISSING_ARROWS = [(old, new) for old in OrderStatus for new in OrderStatus if new not in NEXT_STATUSES[old]]


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_can_be_reached_by_the_actions(status):
    order = make_order(status)
    order.refresh_from_db()
    assert order.status == status
    walked = [order.events.in_order().first().new_status]
    for event in order.events.in_order()[1:]:
        assert event.old_status == walked[-1]
        assert event.new_status in NEXT_STATUSES[OrderStatus(event.old_status)]
        walked.append(event.new_status)
    assert walked[-1] == status


@pytest.mark.parametrize(("old", "new"), MISSING_ARROWS)
def test_every_missing_arrow_is_refused(old, new):
    order = make_order(old)
    events = order.events.count()
    with pytest.raises(TransitionRefused):
        move(order, new, actor=make_user())
    order.refresh_from_db()
    assert (order.status, order.events.count()) == (old, events)


def test_open_and_closed_statuses_share_nothing_and_leave_out_only_the_refused():
    assert set(OPEN_STATUSES) & set(CLOSED_STATUSES) == set()
    assert set(OrderStatus) - set(OPEN_STATUSES) - set(CLOSED_STATUSES) == {
        OrderStatus.REJECTED,
        OrderStatus.CANCELLED,
    }


def test_the_second_of_two_clerks_is_told_who_was_first_and_when():
    order = make_order()
    stale = ServiceOrder.objects.get(pk=order.pk)
    first = make_user()
    helper = make_person()
    with patch_now(shanghai(2026, 11, 24, 14, 5)):
        offer(order, [helper], by=first)
    with patch_now(shanghai(2026, 11, 24, 14, 6)), pytest.raises(TransitionRefused) as refused:
        offer(stale, [make_person()], by=make_user())
    assert str(refused.value) == (
        f"{first.person.name}已在 今天 14:05 把这张单子变成“待接单”，请看看最新情况再办"
    )
    assert list(Offer.objects.values_list("person", flat=True)) == [helper.pk]


def test_the_database_refuses_an_unknown_status_and_a_clock_that_does_not_fit():
    order = make_order()
    for values in ({"status": "done"}, {"paused_at": timezone.now()}, {"status": "solved"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceOrder.objects.filter(pk=order.pk).update(**values)


def test_the_clock_pauses_while_the_resident_is_asked():
    # Tuesday 24 November 2026, 9:00; one working day, so due on Wednesday at 17:30
    morning = shanghai(2026, 11, 24, 9, 0)
    with patch_now(morning):
        order = make_order(service=make_service(time_limit_workdays=1))
    assert timezone.localtime(order.due_at) == shanghai(2026, 11, 25, 17, 30)
    with patch_now(morning + dt.timedelta(hours=1)):
        ask_resident(order, actor=make_user(), question="哪个房间？")
    assert order.paused_at == morning + dt.timedelta(hours=1)
    assert list(ServiceOrder.objects.overdue(morning + dt.timedelta(days=30))) == []
    # the answer comes three desk hours later, so the due time is three desk hours later
    with patch_now(morning + dt.timedelta(hours=4)):
        answer_question(order, actor=order.contact, text="厨房")
    assert order.paused_at is None
    assert timezone.localtime(order.due_at) == shanghai(2026, 11, 26, 11, 30)


def test_a_reply_without_the_resident_takes_two_requests():
    order = make_order(OrderStatus.WAITING)
    desk = make_user()
    with pytest.raises(TransitionRefused):
        reply(order, actor=desk, result="联系不上")
    ServiceOrder.objects.filter(pk=order.pk).update(questions_asked=2)
    order.refresh_from_db()
    reply(order, actor=desk, result="联系不上")
    assert (order.status, order.ended_as) == (OrderStatus.REPLIED, "replied")


def test_replied_and_solved_stay_different_after_the_resident_has_confirmed():
    replied, solved = make_order(OrderStatus.REPLIED), make_order(OrderStatus.SOLVED)
    for order in (replied, solved):
        confirm(order, actor=order.contact)
    assert (replied.ended_as, solved.ended_as) == ("replied", "solved")


@pytest.mark.parametrize(("days", "status"), [(6.99, "solved"), (7, "unconfirmed")])
def test_seven_silent_days_are_unconfirmed(days, status):
    order = make_solved_order()
    with patch_now(order.ended_at + dt.timedelta(days=days)):
        close_unanswered()
        close_unanswered()
    order.refresh_from_db()
    assert order.status == status
    assert order.events.filter(new_status="unconfirmed").count() == (status == "unconfirmed")


@pytest.mark.parametrize(("days", "allowed"), [(15, True), (15.01, False)])
def test_reopening_within_fifteen_days_halves_the_time_and_keeps_the_number(days, allowed):
    with patch_now(shanghai(2026, 11, 9, 10)):
        order = make_solved_order(service=make_service(time_limit_workdays=4))
    number = order.number
    with patch_now(order.ended_at + dt.timedelta(days=days)):
        if not allowed:
            with pytest.raises(TransitionRefused):
                reopen(order, actor=order.contact)
            return
        reopen(order, actor=order.contact, words="还在漏")
    assert (order.number, order.status, order.reopened_times, order.ended_as) == (number, "submitted", 1, "")
    assert timezone.localtime(order.due_at).date() == dt.date(2026, 11, 26)  # two working days after the 24th


def test_returning_an_accepted_order_lets_it_be_offered_and_accepted_again():
    order = make_order(OrderStatus.ACCEPTED)
    return_to_desk(order, actor=order.assigned_to, reason="腰疼去不了")
    assert (order.status, order.assigned_to) == ("submitted", None)
    assert order.events.for_resident().filter(note="腰疼去不了").count() == 0
    assert list(order.offers.values_list("answer", flat=True)) == ["closed"]
    (made,) = offer(order, [make_person()], by=make_user())
    assert made.answer == ""


def test_solving_records_the_minutes_of_whoever_carried_it_once():
    order = make_order(OrderStatus.ACCEPTED)
    helper = order.assigned_to
    solve(order, actor=helper, result="换了垫片", minutes=45)
    assert list(HourEntry.objects.values_list("person", "minutes")) == [(helper.pk, 45)]


@pytest.mark.parametrize("minutes", [-5, 1441])
def test_impossible_minutes_leave_the_order_as_it_was(minutes):
    order = make_order(OrderStatus.ACCEPTED)
    with pytest.raises(TransitionRefused):
        solve(order, actor=order.assigned_to, result="好了", minutes=minutes)
    order.refresh_from_db()
    assert (order.status, HourEntry.objects.count()) == ("accepted", 0)


def test_undo_gives_back_status_clock_and_hours():
    order = make_order(OrderStatus.ACCEPTED)
    helper, due_at = order.assigned_to, order.due_at
    solve(order, actor=helper, result="好了", minutes=30)
    event = undo(order, actor=helper)
    assert (order.status, order.ended_as, order.result, order.due_at) == ("accepted", "", "", due_at)
    assert (event.kind, event.undoes.new_status) == (OrderEvent.Kind.UNDO, "solved")
    assert HourEntry.objects.count() == 0
    solve(order, actor=helper, result="真好了", minutes=30)
    assert order.status == "solved"


def test_undo_of_a_dispatch_withdraws_the_offer():
    desk = make_user()
    made = make_offer(by=desk)
    undo(made.order, actor=desk)
    made.refresh_from_db()
    assert (made.order.status, made.answer) == ("submitted", "withdrawn")


@pytest.mark.parametrize("case", ["too late", "somebody else", "twice", "not the last"])
def test_undo_is_for_the_same_actor_within_ten_minutes_and_once(case):
    desk = make_user()
    order = make_order()
    take(order, by=desk, person=None)
    moment, actor = timezone.now() + dt.timedelta(minutes=9), desk
    if case == "too late":
        moment += dt.timedelta(minutes=2)
    elif case == "somebody else":
        actor = make_user()
    elif case == "twice":
        undo(order, actor=desk)
    else:
        cancel_order(order, actor=order.contact)
    status = order.status
    with patch_now(moment), pytest.raises(TransitionRefused):
        undo(order, actor=actor)
    order.refresh_from_db()
    assert order.status == status


def test_a_move_silences_what_was_planned_for_the_state_before():
    order = make_order()
    planned = Reminder.objects.filter(dedupe_key__startswith=f"order:{order.pk}:")
    assert [r.status for r in planned] == ["pending"]
    take(order, by=make_user(), person=None)
    assert [r.status for r in planned.filter(kind="order_new")] == ["cancelled"]


def test_an_internal_note_is_not_for_the_resident():
    order = make_order()
    add_note(order, actor=make_user(), text="住户耳背，敲门要响")
    assert order.events.filter(note="住户耳背，敲门要响").count() == 1
    assert order.events.for_resident().filter(note="住户耳背，敲门要响").count() == 0


def test_a_cancelled_order_tells_whoever_was_asked():
    made = make_offer()
    cancel_order(made.order, actor=made.order.contact)
    told = Reminder.objects.pending().filter(person=made.person)
    assert [r.kind for r in told] == ["changed"]


@pytest.mark.parametrize(
    ("status", "after"), [("submitted", "submitted"), ("accepted", "submitted"), ("waiting", "submitted")]
)
def test_a_head_who_says_not_my_grid_reaches_the_desk(status, after):
    order = make_order(status)
    Reminder.objects.all().delete()
    ask_for_other_grid(order, actor=make_user(), words="应该是第 7 网格")
    told = Reminder.objects.pending().filter(address=f"desk:{order.community_id}")
    assert (order.status, [r.text for r in told]) == (after, ["请转到别的网格：应该是第 7 网格"])
    assert [r.kind for r in told] != ["answered"]
    assert order.events.for_resident().filter(note__contains="第 7 网格").count() == 0
