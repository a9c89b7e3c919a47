"""Anything that can happen to one shift in any order: places are never overbooked, nobody who fits waits beside a free
place, tickets are in line, and each promotion is told once."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from reminders.models import Reminder
from tests.makers import make_shift, make_signup, patch_now, shanghai
from volunteers.actions import answer, change_party, pass_on_lapsed, set_capacity, withdraw
from volunteers.errors import ActivityRefused, SignupRefused
from volunteers.models import Shift, Signup, SignupStatus

PARTIES = st.lists(st.sampled_from(["child", "parent", "spouse", "other"]), max_size=3).map(
    lambda more: ["self", *more]
)


class OneShift(RuleBasedStateMachine):
    """People come, leave, answer, change their minds and their parties, the desk changes the places, time passes."""

    signups = Bundle("signups")

    @initialize(target=signups, capacity=st.integers(1, 4), parties=st.lists(PARTIES, min_size=5, max_size=7))
    def begin(self, capacity, parties):
        """A shift that is full, with a line: what follows has something to move."""
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = shanghai(2026, 11, 25, 9)
        self.clock = patch_now(self.now)
        self.clock.start()
        self.shift = make_shift(capacity=capacity, starts_at=self.now + dt.timedelta(days=9))
        self.offers = 0
        return multiple(*(make_signup(self.shift, party=party) for party in parties))

    def teardown(self):
        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.clock.stop()

    def _try(self, act):
        """Do it; what is refused changes nothing. Counts the offers by what the rows became."""
        before = dict(self._offered())
        try:
            act()
        except (SignupRefused, ActivityRefused):
            pass
        # an offer has an end of its own, so one that was made anew differs from the one before
        self.offers += sum(before.get(pk) != state for pk, state in self._offered())

    def _offered(self):
        rows = Signup.objects.filter(shift=self.shift, status=SignupStatus.OFFERED)
        return rows.values_list("pk", "ticket")

    @rule(target=signups, party=PARTIES)
    def sign_up(self, party):
        return make_signup(self.shift, party=party)

    @rule(signup=signups)
    def leave(self, signup):
        self._try(lambda: withdraw(signup))

    @rule(signup=signups, coming=st.booleans())
    def answer(self, signup, coming):
        self._try(lambda: answer(signup, coming=coming))

    @rule(signup=signups, party=PARTIES)
    def bring_others(self, signup, party):
        self._try(lambda: change_party(signup, party))

    @rule(signup=signups)
    def come_back(self, signup):
        who = {"name": signup.person.name, "phone": signup.person.phone}
        self._try(lambda: make_signup(self.shift, **who))

    @rule(capacity=st.integers(1, 8))
    def change_places(self, capacity):
        self._try(lambda: set_capacity(self.shift, capacity))

    @rule(hours=st.integers(1, 30))
    def wait(self, hours):
        self.clock.stop()
        self.now = min(self.now + dt.timedelta(hours=hours), shanghai(2026, 12, 3, 9))
        self.clock = patch_now(self.now)
        self.clock.start()
        self._try(pass_on_lapsed)

    @invariant()
    def places_are_what_is_held(self):
        if not hasattr(self, "shift"):
            return
        shift = Shift.objects.get(pk=self.shift.pk)
        held = sum(row.seats for row in Signup.objects.holding().filter(shift=shift))
        assert held == shift.taken <= shift.capacity
        waiting = list(Signup.objects.in_line().filter(shift=shift))
        assert [row.pk for row in waiting if row.seats <= shift.free] == []
        rows = Signup.objects.filter(shift=shift).prefetch_related("party")
        assert [row.pk for row in rows if row.seats != len(row.party.all())] == []

    @invariant()
    def each_promotion_is_told_once(self):
        if not hasattr(self, "shift"):
            return
        told = Reminder.objects.filter(dedupe_key__contains=":offered:", address__startswith="person:")
        assert told.count() == self.offers == told.values("dedupe_key").distinct().count()


@pytest.mark.django_db
def test_nothing_that_can_happen_overbooks_or_forgets_anybody():
    run_state_machine_as_test(
        OneShift,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
