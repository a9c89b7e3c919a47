"""One page sent by many threads is one visit with its hours once; two visitors' pages are two visits, each with its own."""

import pytest

from grids.errors import VisitRefused
from grids.models import Visit
from tests.makers import make_helper, make_plan, make_user
from tests.races.harness import kinds, run_together
from volunteers.actions import record_hours, record_visit, strike_out_visit, take_back_visit
from volunteers.actions.visits import hours_key
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db(transaction=True)
TAPS = 20


@pytest.fixture
def plan():
    return make_plan()


def make_visitor():
    user = make_user("helper")
    make_helper(person=user.person)
    return user


def sending(plan, user, key="k"):
    """A page that writes down a visit at the door, twenty minutes."""

    def send():
        return record_visit(plan.person, visitor=user.person, way="door", by=user, submission_key=key).pk

    return lambda: send


def counted():
    """The hours that are kept: (source, minutes), corrections with their entry."""
    entries = HourEntry.objects.order_by("pk")
    return [(entry.source_key, entry.minutes) for entry in entries]


def test_one_page_sent_by_many_is_one_visit_with_its_hours_once(plan):
    outcomes = run_together([sending(plan, make_visitor())] * TAPS)
    assert kinds(outcomes) == {None: TAPS}
    visit = Visit.objects.get()
    assert set(outcomes) == {visit.pk}
    assert counted() == [(hours_key(visit), 20)]


def test_two_visitors_of_one_planned_visit_have_a_visit_and_hours_each(plan):
    users = [make_visitor(), make_visitor()]
    outcomes = run_together([sending(plan, user, f"k{user.pk}") for user in users] * (TAPS // 2))
    assert kinds(outcomes) == {None: TAPS}
    made = list(Visit.objects.order_by("pk"))
    assert {visit.visitor_id for visit in made} == {user.person_id for user in users}
    assert sorted(counted()) == sorted((hours_key(visit), 20) for visit in made)
    assert {entry.person_id for entry in HourEntry.objects.all()} == {user.person_id for user in users}


def test_the_naive_page_counts_every_time_in_the_same_harness(plan):
    user = make_visitor()

    def worker():
        known = Visit.objects.filter(person=plan.person).exists()

        def send():
            if not known:
                key = f"naive:{id(object())}:{Visit.objects.count()}"
                visit = Visit.objects.create(
                    person=plan.person, visitor=user.person, way="door", entered_by=user, submission_key=key
                )
                record_hours(user.person, 20, what="naive", source_key=hours_key(visit))

        return send

    run_together([worker] * TAPS)
    assert HourEntry.objects.total_minutes() > 20


@pytest.mark.parametrize("_trial", range(3))
def test_sending_again_while_taking_back_leaves_no_hours_without_their_visit(plan, _trial):
    user = make_visitor()
    (sent,) = run_together([sending(plan, user)])

    def taking_back():
        seen = Visit.objects.get(pk=sent)
        return lambda: take_back_visit(seen, by=user)

    outcomes = run_together([taking_back, sending(plan, user)] * (TAPS // 2))
    assert set(kinds(outcomes)) <= {None, VisitRefused}
    assert counted() == [(hours_key(visit), 20) for visit in Visit.objects.all()]


def test_taken_back_and_struck_out_at_once_counts_nothing_and_one_is_told(plan):
    user, desk = make_visitor(), make_user()
    (sent,) = run_together([sending(plan, user)])

    def having_read(act, **words):
        def worker():
            seen = Visit.objects.get(pk=sent)
            return lambda: act(seen, **words)

        return worker

    outcomes = run_together(
        [having_read(take_back_visit, by=user), having_read(strike_out_visit, by=desk, why="记在别人名下了")]
        * (TAPS // 2)
    )
    assert kinds(outcomes) == {None: 1, VisitRefused: TAPS - 1}
    assert HourEntry.objects.total_minutes() == 0
