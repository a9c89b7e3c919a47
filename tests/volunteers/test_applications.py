"""Nobody becomes a helper against their will: applying, the desk's answer, guardians, stopping."""

import datetime as dt

import pytest
from django.utils import timezone

from people.errors import TooOften
from people.models import Consent, Person, Role
from reminders.models import Reminder
from tests.makers import (
    make_building,
    make_community,
    make_helper,
    make_person,
    make_skill,
    make_user,
    patch_now,
)
from volunteers.actions import (
    accept_application,
    apply_to_help,
    decline_application,
    edit_own_profile,
    forget_declined,
    register_helper,
    stop_helping,
)
from volunteers.errors import RegistrationRefused
from volunteers.models import ApplicationStatus, HelperApplication, HelperProfile

pytestmark = pytest.mark.django_db


def apply(**fields):
    values = {"name": "林小海", "phone": "13800006611", "submission_key": "k"}
    return apply_to_help(make_community(), **(values | fields))


def born(years, days=0):
    today = timezone.localdate()
    return today.replace(year=today.year - years) + dt.timedelta(days=days)


OWN_PAGE = {
    "skills": [],
    "free_half_days": [],
    "no_stairs": False,
    "limits": "",
    "max_open_tasks": 3,
    "is_active": True,
}


class TestApplying:
    def test_an_application_alone_registers_nobody(self):
        made = apply()
        assert (made.status, HelperProfile.objects.count(), Consent.objects.count()) == ("filed", 0, 0)
        assert Reminder.objects.get().address.startswith("desk:")

    def test_the_desk_registers_with_the_grid_of_the_building(self):
        building = make_building()
        helper = accept_application(apply(building=building), by=make_user())
        consent = Consent.objects.current().get()
        assert (helper.person.name, helper.grid, consent.channel) == ("林小海", building.grid, "web")
        assert HelperApplication.objects.get().status == ApplicationStatus.ACCEPTED

    def test_the_desk_declines_with_a_reason_and_registers_nobody(self):
        made = apply()
        with pytest.raises(RegistrationRefused):
            decline_application(made, by=make_user(), reason=" ")
        decline_application(made, by=make_user(), reason="本人说不是自己报的")
        assert (HelperProfile.objects.count(), Consent.objects.count()) == (0, 0)
        with pytest.raises(RegistrationRefused):
            accept_application(made, by=make_user())

    def test_the_same_page_and_the_same_person_wait_once(self):
        first = apply()
        assert (apply(), apply(submission_key="other")) == (first, first)
        assert HelperApplication.objects.count() == 1

    def test_a_known_helper_reads_what_a_stranger_reads(self):
        known = make_helper(person=make_person("林小海", phone="13800006611"))
        assert apply().person == known.person

    def test_limits_hold_by_phone_and_by_address(self):
        for number in range(5):
            apply(submission_key=f"p{number}", name=f"林{number}")
        with pytest.raises(TooOften):
            apply(submission_key="p5", name="林五")
        for number in range(10):
            apply(submission_key=f"a{number}", phone=f"1380000700{number}", address="192.0.2.1")
        with pytest.raises(TooOften):
            apply(submission_key="a10", phone="13800007010", address="192.0.2.1")
        assert HelperApplication.objects.count() == 15


class TestMinors:
    GUARDIAN = {"guardian_name": "林建国", "guardian_phone": "13800006622"}

    def test_a_minor_needs_the_guardians_word_from_the_desk(self):
        made = apply(**self.GUARDIAN)
        with pytest.raises(RegistrationRefused):
            accept_application(made, by=make_user())
        helper = accept_application(made, by=make_user(), guardian_asked=True)
        assert (helper.guardian.name, helper.guardian_channel, helper.comes_with_guardian) == (
            "林建国",
            "phone",
            True,
        )

    @pytest.mark.parametrize(
        "fields",
        [
            {"guardian_name": "林建国"},
            {"guardian_phone": "13800006622"},
            {"guardian_name": "林小海", "guardian_phone": "13800006611"},
        ],
    )
    def test_half_a_guardian_is_none(self, fields):
        with pytest.raises(RegistrationRefused):
            apply(**fields)
        assert (HelperApplication.objects.count(), Person.objects.count()) == (0, 0)

    @pytest.mark.parametrize(("birth", "fits"), [(born(18), True), (born(18, 1), False), (None, True)])
    def test_from_eighteen_on_nobody_else_is_asked(self, birth, fits):
        person = make_person(birth_date=birth)
        if fits:
            assert not register_helper(person, consent_channel="paper").comes_with_guardian
            return
        with pytest.raises(RegistrationRefused):
            register_helper(person, consent_channel="paper")
        guardian = make_person(birth_date=born(40))
        helper = register_helper(person, consent_channel="paper", guardian=guardian, guardian_channel="paper")
        assert helper.comes_with_guardian

    def test_a_guardian_is_another_adult_who_agreed_somehow(self):
        child = make_person(birth_date=born(15))
        for guardian, channel in (
            (child, "paper"),
            (make_person(birth_date=born(17)), "paper"),
            (make_person(), ""),
        ):
            with pytest.raises(RegistrationRefused):
                register_helper(child, consent_channel="paper", guardian=guardian, guardian_channel=channel)
        assert HelperProfile.objects.count() == 0

    def test_who_has_come_of_age_needs_no_company(self):
        person, guardian = make_person(birth_date=born(18)), make_person()
        helper = register_helper(person, consent_channel="paper", guardian=guardian, guardian_channel="paper")
        assert not helper.comes_with_guardian


class TestOwnPage:
    def test_twelve_skills_are_enough(self):
        helper = register_helper(make_person(), consent_channel="paper")
        skills = [make_skill(code=f"s{number}") for number in range(13)]
        edit_own_profile(helper, **OWN_PAGE | {"skills": skills[:12], "free_half_days": [(5, "am")]})
        with pytest.raises(RegistrationRefused):
            edit_own_profile(helper, **OWN_PAGE | {"skills": skills})
        assert (helper.skills.count(), helper.free_half_days.count()) == (12, 1)

    def test_stopping_takes_the_consent_back_and_nothing_is_asked_any_more(self):
        helper = register_helper(make_person(), consent_channel="paper")
        assert (stop_helping(helper.person), stop_helping(helper.person)) == (True, False)
        assert (HelperProfile.objects.active().count(), Consent.objects.current().count()) == (0, 0)
        with pytest.raises(RegistrationRefused):
            edit_own_profile(helper, **OWN_PAGE)
        assert HelperProfile.objects.active().count() == 0

    def test_who_stopped_may_come_back(self):
        person = make_user(Role.NONE).person
        register_helper(person, consent_channel="paper")
        stop_helping(person)
        register_helper(person, consent_channel="web")
        assert (HelperProfile.objects.active().count(), Consent.objects.current().count()) == (1, 1)


def test_a_no_is_erased_after_ninety_days_and_nothing_else():
    desk, now = make_user(), timezone.now()
    decline_application(apply(guardian_name="林建国", guardian_phone="13800006622"), by=desk, reason="太忙")
    accept_application(apply(name="赵志强", phone="13800006633", submission_key="b"), by=desk)
    apply(name="王淑兰", phone="13800006644", submission_key="c")
    persons = Person.objects.count()

    def left(days):
        with patch_now(now + dt.timedelta(days=days)):
            forgotten = forget_declined()
        return forgotten, sorted(HelperApplication.objects.values_list("status", flat=True))

    assert left(89.9) == (0, ["accepted", "declined", "filed"])
    assert left(90.1) == (1, ["accepted", "filed"])
    assert left(90.1) == (0, ["accepted", "filed"])
    assert Person.objects.count() == persons
