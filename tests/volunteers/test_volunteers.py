import pytest
from django.db import IntegrityError, transaction

from people.models import Consent, Person, Role
from tests.makers import make_grid, make_head, make_helper, make_person, make_skill, make_user
from volunteers.actions import record_hours, register_helper, withdraw_hours
from volunteers.errors import HoursRefused, RegistrationRefused
from volunteers.models import HelperProfile, HourEntry

pytestmark = pytest.mark.django_db


def test_registering_records_consent_skills_and_half_days_and_registering_again_replaces_them():
    person, grid = make_person(), make_grid()
    user = make_user(Role.NONE, person=person)
    register_helper(
        person,
        consent_channel="web",
        grid=grid,
        skills=[make_skill()],
        free_half_days=[(3, "pm"), (3, "pm"), (0, "am")],
    )
    helper = register_helper(
        person, consent_channel="web", grid=grid, skills=[], free_half_days=[(5, "am")], max_open_tasks=5
    )
    user.refresh_from_db()
    assert list(helper.free_half_days.values_list("weekday", "half")) == [(5, "am")]
    assert (helper.skills.count(), helper.max_open_tasks, user.role) == (0, 5, Role.HELPER)
    assert list(HelperProfile.objects.all()) == [helper]
    assert Consent.objects.current().filter(person=person, purpose=Consent.Purpose.HELP).count() == 1


@pytest.mark.parametrize("state", [Person.State.MOVED, Person.State.DECEASED])
def test_who_has_left_is_not_registered(state):
    with pytest.raises(RegistrationRefused):
        register_helper(make_person(state=state), consent_channel="paper")
    assert (HelperProfile.objects.count(), Consent.objects.count()) == (0, 0)


def test_the_same_service_counts_once_and_can_be_taken_back():
    person = make_person()
    for minutes in (45, 60):
        record_hours(person, minutes, what="陪诊", source_key="order:1:0")
    assert HourEntry.objects.total_minutes() == 45
    assert (withdraw_hours("order:1:0"), withdraw_hours("order:1:0")) == (True, False)
    assert HourEntry.objects.total_minutes() == 0


@pytest.mark.parametrize("minutes", [-1, 0, 1441])
def test_hours_of_no_time_or_more_than_a_day_are_refused(minutes):
    with pytest.raises(HoursRefused):
        record_hours(make_person(), minutes, what="陪诊", source_key="order:1:0")
    with pytest.raises(IntegrityError), transaction.atomic():
        HourEntry.objects.create(person=make_person(), minutes=minutes, what="陪诊", source_key="order:1:0")


@pytest.mark.parametrize("state", Person.State)
def test_only_those_who_live_here_are_asked(state):
    helper = make_helper(person=make_person(state=state))
    assert list(HelperProfile.objects.active()) == ([helper] if state == Person.State.ALIVE else [])


def test_a_grid_head_sees_the_helpers_and_hours_of_the_own_grid():
    grid = make_grid()
    mine, other = make_helper(grid=grid), make_helper(grid=make_grid())
    for helper in (mine, other):
        record_hours(helper.person, 30, what="陪诊", source_key=f"order:{helper.pk}:0")
    head = make_head(grid)
    assert list(HelperProfile.objects.for_user(head)) == [mine]
    assert [entry.person for entry in HourEntry.objects.for_user(head)] == [mine.person]
