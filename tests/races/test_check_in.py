"""Forty taps on one name at the same moment: one arrival, one row in the ledger, and nobody meets an error."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from tests.makers import make_activity, make_signup, make_user
from tests.races.harness import kinds, run_together
from volunteers.actions import add_walk_in, check_in, check_out
from volunteers.actions.check_in import hours_key
from volunteers.models import Activity, HourEntry, Shift, Signup, SignupStatus, WalkIn

pytestmark = pytest.mark.django_db(transaction=True)
TAPS = 40


@pytest.fixture
def helped():
    """A helper's sign-up for a shift that has begun."""
    signup = make_signup(make_activity(shifts=[{"capacity": 5, "kind": Shift.Kind.HELPER}]).shifts.get())
    begun = {
        "starts_at": timezone.now() - dt.timedelta(minutes=10),
        "ends_at": timezone.now() + dt.timedelta(hours=1),
    }
    Activity.objects.update(**begun)
    Shift.objects.update(**begun)
    return signup


def tapping(signup, act):
    """A worker that has read the list with the sign-up as not yet there."""

    def worker():
        seen = Signup.objects.with_related().get(pk=signup.pk)
        return lambda: act(seen)

    return worker


def test_forty_taps_are_one_arrival(helped):
    def arrive(seen):
        return check_in(seen, how=Signup.Arrival.TICK).arrived_at

    outcomes = run_together([tapping(helped, arrive)] * TAPS)
    assert kinds(outcomes) == {None: TAPS}
    found = Signup.objects.get(pk=helped.pk)
    assert set(outcomes) == {found.arrived_at}
    assert (found.status, Shift.objects.get(pk=found.shift_id).taken) == (SignupStatus.ATTENDED, 1)


def test_forty_check_outs_are_one_row_in_the_ledger(helped):
    check_in(helped, how=Signup.Arrival.TICK)
    by = make_user()
    outcomes = run_together([tapping(helped, lambda seen: check_out(seen, by=by).pk)] * TAPS)
    assert kinds(outcomes) == {None: TAPS}
    assert list(HourEntry.objects.values_list("source_key", "minutes")) == [(hours_key(helped), 70)]


def naively(seen):
    """Look whether somebody is noted already, then write."""
    if seen.status == SignupStatus.ATTENDED:
        return
    with transaction.atomic():
        key = f"naive:{HourEntry.objects.count()}:{id(seen)}"
        HourEntry.objects.create(person=seen.person, minutes=70, what="naive", source_key=key)
        Signup.objects.filter(pk=seen.pk).update(
            status=SignupStatus.ATTENDED, arrived_at=timezone.now(), arrival="tick"
        )


def test_the_naive_check_in_counts_everybody_in_the_same_harness(helped):
    outcomes = run_together([tapping(helped, naively)] * TAPS)
    assert kinds(outcomes) == {None: TAPS}
    assert HourEntry.objects.count() == TAPS


def test_a_walk_in_sent_forty_times_is_one(helped):
    by = make_user()

    def walk_in(seen):
        return add_walk_in(seen.shift, seats=2, by=by, submission_key="k").pk

    assert len(set(run_together([tapping(helped, walk_in)] * TAPS))) == 1
    assert WalkIn.objects.count() == 1
