"""Fifty want ten places: ten get one, forty stand in line in the order of commit, and nobody meets an error."""

import os
from uuid import uuid4

import pytest

from people.actions import give_consent, recognise, withdraw_consent
from people.errors import TooOften
from people.models import Consent, RateWindow
from reminders.models import Reminder
from tests.makers import make_person, make_shift, make_signup, make_user
from tests.races.harness import kinds, run_together
from volunteers.actions import answer, set_capacity, sign_up, withdraw
from volunteers.errors import ActivityRefused, AlreadySignedUp, SignupRefused
from volunteers.models import Shift, Signup, SignupStatus

pytestmark = pytest.mark.django_db(transaction=True)
_S = SignupStatus
PEOPLE, PLACES = 50, 10
TRIALS = int(os.environ.get("SIGNUP_TRIALS", "2"))  # the suite keeps it short; 200 were run by hand


def wanting(shift, act, index):
    """Somebody who has the page open and sends it."""

    def worker():
        seen = Shift.objects.select_related("activity__community").get(pk=shift.pk)
        who = {"name": f"居民{index}", "phone": f"1380006{index:04d}", "submission_key": uuid4().hex}
        return lambda: act(seen, party=["self"], **who)

    return worker


def in_line(shift):
    """(status, ticket) of everybody by place in line."""
    return list(Signup.objects.filter(shift=shift).order_by("ticket").values_list("status", "ticket"))


@pytest.mark.parametrize("trial", range(TRIALS))
def test_of_50_for_10_places_10_get_one_and_40_wait_in_the_order_of_commit(trial):
    shift = make_shift(capacity=PLACES)
    outcomes = run_together([wanting(shift, sign_up, index) for index in range(PEOPLE)])
    assert kinds(outcomes) == {None: PEOPLE}
    assert in_line(shift) == [
        (_S.PLACE if ticket <= PLACES else _S.WAITING, ticket) for ticket in range(1, PEOPLE + 1)
    ]
    # tickets are given out while the shift is held, so the rows were written in their order
    assert list(Signup.objects.filter(shift=shift).order_by("pk").values_list("ticket", flat=True)) == list(
        range(1, PEOPLE + 1)
    )
    assert Shift.objects.get(pk=shift.pk).taken == PLACES


def naively(seen, *, name, phone, party, submission_key):
    """Count who has a place, then write: whoever counted before the others were saved has one too."""
    person = recognise(community=seen.activity.community, name=name, phone=phone)
    status = _S.PLACE if seen.held < seen.capacity else _S.WAITING
    return Signup.objects.create(
        shift=seen, person=person, status=status, ticket=int(phone[-4:]) + 1, submission_key=submission_key
    )


def wanting_naively(shift, index):
    def worker():
        seen = Shift.objects.select_related("activity__community").get(pk=shift.pk)
        seen.held = Signup.objects.filter(shift=shift, status=_S.PLACE).count()
        who = {"name": f"居民{index}", "phone": f"1380006{index:04d}", "submission_key": uuid4().hex}
        return lambda: naively(seen, party=["self"], **who)

    return worker


def test_the_naive_signup_gives_everybody_a_place_in_the_same_harness():
    shift = make_shift(capacity=PLACES)
    outcomes = run_together([wanting_naively(shift, index) for index in range(PEOPLE)])
    assert kinds(outcomes) == {None: PEOPLE}
    assert Signup.objects.filter(shift=shift, status=_S.PLACE).count() == PEOPLE


def test_signing_up_leaving_answering_and_other_capacities_at_once_never_overbook_or_strand_a_place():
    shift = make_shift(capacity=PLACES)
    holders = [make_signup(shift) for _n in range(PLACES)]
    waiting = [make_signup(shift) for _n in range(5)]
    for holder in holders[:3]:
        withdraw(holder)  # three of the line are asked

    def doing(act):
        return lambda: act

    def of(signup):
        return Signup.objects.with_related().get(pk=signup.pk)

    acts = [
        *(lambda row=row: withdraw(of(row)) for row in holders[3:8]),
        *(lambda row=row: answer(of(row), coming=True) for row in waiting[:3]),
        *(lambda row=row: answer(of(row), coming=False) for row in waiting[:3]),
        *(lambda size=size: set_capacity(Shift.objects.get(pk=shift.pk), size) for size in (8, 12, 9)),
    ]
    workers = [doing(act) for act in acts] + [wanting(shift, sign_up, index) for index in range(15)]
    outcomes = run_together(workers)
    assert set(kinds(outcomes)) <= {None, SignupRefused, ActivityRefused}
    shift.refresh_from_db()
    held = sum(signup.seats for signup in Signup.objects.holding().filter(shift=shift))
    assert held == shift.taken <= shift.capacity
    assert shift.taken == shift.capacity or not Signup.objects.in_line().filter(shift=shift).exists()


def test_one_person_at_two_doors_for_the_same_hour_has_one_place():
    here, there = make_shift(), make_shift()
    who = {"name": "王淑兰", "phone": "13800000617", "party": ["self"]}
    known = make_signup(**{**who, "party": ["child"]})  # the person exists
    assert known.person.name == "王淑兰"

    def worker_for(shift):
        def worker():
            seen = Shift.objects.select_related("activity__community").get(pk=shift.pk)
            return lambda: sign_up(seen, submission_key=uuid4().hex, **who)

        return worker

    outcomes = run_together([worker_for(shift) for shift in (here, there) * 5])
    assert kinds(outcomes)[None] == 1
    assert Signup.objects.filter(shift__in=[here, there], person=known.person).count() == 1


def test_of_many_who_ask_about_somebody_at_once_six_are_answered():
    """A refusal undoes what was spent for it, so it is spent once more before it is said."""
    shift, who = make_shift(), {"name": "王淑兰", "phone": "13800000617", "party": ["self"]}
    sign_up(shift, submission_key="mine", **who)

    def worker():
        seen = Shift.objects.select_related("activity__community").get(pk=shift.pk)
        return lambda: sign_up(seen, submission_key=uuid4().hex, address="192.0.2.1", **who)

    outcomes = run_together([worker] * 14)
    assert kinds(outcomes) == {AlreadySignedUp: 6, TooOften: 8}
    assert list(RateWindow.objects.values_list("used", flat=True)) == [6, 6]
    assert Shift.objects.get(pk=shift.pk).taken == 1


def test_a_row_is_told_of_once_however_many_ticks_run():
    shift = make_shift(capacity=1)
    holder, first = make_signup(shift), make_signup(shift)
    desk = make_user()

    def worker():
        row = Signup.objects.with_related().get(pk=holder.pk)
        return lambda: withdraw(row, by=desk)

    outcomes = run_together([worker] * 10)
    assert kinds(outcomes) == {None: 1, SignupRefused: 9}
    first.refresh_from_db()
    assert first.status == _S.OFFERED
    assert first.person.reminders.filter(dedupe_key__contains=":offered:").count() == 1


@pytest.mark.parametrize("trial", range(max(TRIALS, 5)))
def test_whoever_withdraws_the_consent_while_signing_up_is_on_no_list_afterwards(trial):
    """Eight forms and eight withdrawals of eight people: whichever of two comes first, no place is left behind."""
    shift, people = make_shift(capacity=50), [make_person() for _n in range(8)]
    for person in people:
        give_consent(person, Consent.Purpose.ACTIVITY, channel="web")

    def signing_up(person):
        def worker():
            seen = Shift.objects.select_related("activity__community").get(pk=shift.pk)
            who = {"name": person.name, "phone": person.phone, "submission_key": uuid4().hex}
            return lambda: sign_up(seen, party=["self"], **who)

        return worker

    def withdrawing(person):
        return lambda: lambda: withdraw_consent(person, Consent.Purpose.ACTIVITY)

    outcomes = run_together([act(person) for person in people for act in (signing_up, withdrawing)])
    assert set(kinds(outcomes)) <= {None, SignupRefused}
    assert Signup.objects.active().count() == 0
    assert Shift.objects.get(pk=shift.pk).taken == 0
    assert Reminder.objects.deliverable().pending().filter(person__in=people).count() == 0
