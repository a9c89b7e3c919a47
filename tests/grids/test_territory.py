import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grids.actions import appoint, cover, end_appointment
from grids.errors import AppointmentRefused
from grids.models import Appointment, Building, Duty, Dwelling, Grid, Household, Residency
from people.models import Person, Role
from tests.makers import (
    make_appointment,
    make_building,
    make_community,
    make_duty,
    make_dwelling,
    make_grid,
    make_head,
    make_household,
    make_person,
    make_user,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)


def refused_by_the_database(make, *args, **fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make(*args, **fields)


def test_what_must_never_be_is_refused_by_the_database():
    grid = make_grid()
    dwelling = make_dwelling(building=make_building(grid=grid))
    person = make_person()
    make_household(person, dwelling=dwelling)
    refused_by_the_database(make_grid, grid.number, code="370614001014099")
    refused_by_the_database(
        make_building, grid=grid, estate=dwelling.building.estate, name=dwelling.building.name
    )
    refused_by_the_database(make_dwelling, building=dwelling.building, unit=dwelling.unit, room=dwelling.room)
    refused_by_the_database(make_household, person)
    make_appointment(grid=grid)
    refused_by_the_database(make_appointment, grid=grid)
    assert (Building.objects.count(), Dwelling.objects.count(), Residency.objects.count()) == (1, 1, 1)


def test_a_grid_counts_its_households_that_live_there_now():
    grid, other = make_grid(), make_grid()
    building = make_building(grid=grid)
    for _home in range(3):
        make_household(make_person(), dwelling=make_dwelling(building=building))
    gone = make_household(make_person(), dwelling=make_dwelling(building=building))
    Household.objects.filter(pk=gone.pk).update(until=TODAY)
    make_building(grid=grid)
    counted = {g.pk: (g.building_count, g.household_count) for g in Grid.objects.with_counts()}
    assert counted == {grid.pk: (2, 3), other.pk: (0, 0)}


@pytest.mark.parametrize(
    ("since", "ended_on", "sees"),
    [
        (TODAY, None, True),
        (TODAY + DAY, None, False),
        (TODAY - DAY, TODAY + DAY, True),
        (TODAY - DAY, TODAY, False),
    ],
)
def test_an_appointment_gives_its_grid_from_its_first_day_until_it_ends(since, ended_on, sees):
    user = make_user(Role.GRID)
    make_grid()
    grid = make_grid()
    make_appointment(grid=grid, person=user.person, since=since, ended_on=ended_on)
    assert list(Grid.objects.for_user(user)) == ([grid] if sees else [])


@pytest.mark.parametrize(
    ("since", "until", "sees"),
    [(TODAY, TODAY, True), (TODAY + DAY, TODAY + 2 * DAY, False), (TODAY - 2 * DAY, TODAY - DAY, False)],
)
def test_a_cover_gives_the_grid_while_it_lasts(since, until, sees):
    grid = make_grid()
    appointment = make_appointment(grid=grid)
    user = make_user(Role.HELPER)
    cover(appointment, person=user.person, since=since, until=until)
    user.refresh_from_db()
    assert list(Grid.objects.for_user(user)) == ([grid] if sees else [])


@pytest.mark.parametrize("role", Role)
def test_the_place_alone_gives_nothing_without_a_role_that_may(role):
    mine, other = make_grid(), make_grid()
    user = make_user(role)
    make_appointment(grid=mine, person=user.person)
    expected = {Role.GRID: [mine], Role.HELPER: [], Role.NONE: []}.get(role, [mine, other])
    assert list(Grid.objects.for_user(user).order_by("number")) == expected


def test_one_of_the_six_members_is_no_grid_head():
    grid = make_grid()
    user = make_user(Role.GRID)
    make_appointment(grid=grid, person=user.person, duty=make_duty(Duty.Kind.MEMBER))
    assert list(Grid.objects.for_user(user)) == []


def test_rows_of_other_grids_and_communities_do_not_reach_a_head():
    mine = make_dwelling()
    other = make_dwelling()
    head = make_head(mine.building.grid)
    for model, own in ((Building, mine.building), (Dwelling, mine)):
        assert list(model.objects.for_user(head)) == [own]
    abroad = make_grid(community=make_community(code="370614001015", host="b.example"))
    staff = make_user(Role.STAFF)
    assert set(Grid.objects.for_user(staff)) == {mine.building.grid, other.building.grid}
    assert abroad not in Grid.objects.for_user(staff)


def test_appointing_and_ending_sets_the_role_of_the_account():
    grid = make_grid()
    user = make_user(Role.HELPER)
    appointment = appoint(make_duty(max_per_grid=1), grid=grid, person=user.person)
    user.refresh_from_db()
    assert (user.role, appointment.kind) == (Role.GRID, Duty.Kind.HEAD)
    end_appointment(appointment)
    user.refresh_from_db()
    assert user.role == Role.HELPER
    with pytest.raises(AppointmentRefused):
        end_appointment(appointment)


def test_a_desk_role_is_neither_given_nor_taken_by_a_duty():
    user = make_user(Role.STAFF)
    appointment = appoint(make_duty(), grid=make_grid(), person=user.person)
    end_appointment(appointment)
    user.refresh_from_db()
    assert user.role == Role.STAFF


def test_a_second_head_is_refused_with_a_sentence():
    grid, duty = make_grid(), make_duty(max_per_grid=1)
    appoint(duty, grid=grid, person=make_person())
    with pytest.raises(AppointmentRefused) as refused:
        appoint(duty, grid=grid, person=make_person())
    assert str(refused.value) == f"{grid}的网格长已经有 1 位，请先办离任"
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("state", [Person.State.MOVED, Person.State.DECEASED])
def test_who_has_left_is_not_appointed(state):
    with pytest.raises(AppointmentRefused):
        appoint(make_duty(), grid=make_grid(), person=make_person(state=state))


def test_nobody_covers_for_themselves_or_backwards():
    appointment = make_appointment()
    with pytest.raises(AppointmentRefused):
        cover(appointment, person=appointment.person, since=TODAY, until=TODAY)
    with pytest.raises(AppointmentRefused):
        cover(appointment, person=make_person(), since=TODAY, until=TODAY - DAY)
