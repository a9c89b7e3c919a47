"""The role of an account follows from everything that its person holds, whichever of it begins or ends."""

import datetime as dt
import itertools

import pytest
from django.utils import timezone

from branches.actions import end_post, open_post
from grids.actions import appoint, cover, end_appointment, remove_cover
from grids.models import Duty
from people.actions import update_role
from people.models import Role
from tests.makers import make_appointment, make_duty, make_grid, make_member, make_person, make_user
from volunteers.actions import register_helper

pytestmark = pytest.mark.django_db

HELD = ("head", "worker", "member", "cover", "post")
LEADS = {"head", "worker", "cover", "post"}


def begin(what, person):
    """Open one of HELD for `person`. Returns the function that ends it."""
    if what == "post":
        post = open_post(make_member(person=person), "secretary")
        return lambda: end_post(post)
    if what == "cover":
        today = timezone.localdate()
        made = cover(make_appointment(), person=person, since=today, until=today + dt.timedelta(days=3))
        return lambda: remove_cover(made)
    held = appoint(make_duty(Duty.Kind(what)), grid=make_grid(), person=person)
    return lambda: end_appointment(held)


def role_of(user):
    user.refresh_from_db(fields=["role"])
    return user.role


@pytest.mark.parametrize("before", [Role.NONE, Role.HELPER])
@pytest.mark.parametrize("registered", [False, True], ids=["no profile", "profile"])
@pytest.mark.parametrize(
    "held", [held for size in range(1, 6) for held in itertools.combinations(HELD, size)], ids="+".join
)
def test_ending_one_keeps_what_the_others_give(held, registered, before):
    """Ended in both orders; after each step the role is that of what is left."""
    for order in (held, held[::-1]):
        person = make_person()
        user = make_user(before, person=person)
        if registered:
            register_helper(person, consent_channel="paper")
        ends = {what: begin(what, person) for what in held}
        left = set(held)
        assert role_of(user) == (Role.GRID if left & LEADS else Role.HELPER)
        for what in order:
            ends[what]()
            left.discard(what)
            assert role_of(user) == (Role.GRID if left & LEADS else Role.HELPER)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.STAFF, Role.AUDITOR])
@pytest.mark.parametrize("what", HELD)
def test_a_role_of_the_desk_stays(role, what):
    user = make_user(role)
    end = begin(what, user.person)
    register_helper(user.person, consent_channel="paper")
    assert role_of(user) == role
    end()
    assert role_of(user) == role


def test_nothing_held_gives_nothing():
    nobody, helper = make_user(Role.NONE), make_user(Role.NONE)
    update_role(nobody.person)
    register_helper(helper.person, consent_channel="paper")
    update_role(make_person())
    assert (role_of(nobody), role_of(helper)) == (Role.NONE, Role.HELPER)


def test_what_begins_and_ends_on_days_to_come_counts_until_then():
    user, today = make_user(Role.NONE), timezone.localdate()
    later = appoint(make_duty(), grid=make_grid(), person=user.person, since=today + dt.timedelta(days=9))
    assert role_of(user) == Role.GRID
    end_appointment(later, on=today + dt.timedelta(days=20))
    assert role_of(user) == Role.GRID
