"""Helpers are registered by the desk, with their consent."""

import datetime as dt

import pytest
from django.utils import timezone

from people.models import Consent, Person, Role
from tests.admin.world import address, list_address
from tests.makers import make_grid, make_helper, make_person, make_skill, make_user
from volunteers.models import HelperProfile

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    return user


def facts(person, **changes):
    return {
        "person": person.pk,
        "grid": make_grid().pk,
        "skills": [make_skill().pk],
        "no_stairs": "on",
        "limits": "",
        "max_open_tasks": 2,
        "consent_channel": "paper",
        "free_half_days-TOTAL_FORMS": 1,
        "free_half_days-INITIAL_FORMS": 0,
        "free_half_days-0-weekday": 3,
        "free_half_days-0-half": "pm",
    } | changes


def test_a_registration_keeps_consent_and_gives_the_role(client, staff):
    person = make_person()
    user = make_user(Role.NONE, person=person)
    assert client.post(list_address(HelperProfile, "add"), facts(person)).status_code == 302
    helper = HelperProfile.objects.get()
    consent = Consent.objects.current().get(person=person)
    user.refresh_from_db()
    assert (helper.person, helper.max_open_tasks, helper.no_stairs, helper.skills.count()) == (
        person,
        2,
        True,
        1,
    )
    assert list(helper.free_half_days.values_list("weekday", "half")) == [(3, "pm")]
    assert (consent.purpose, consent.channel, user.role) == (Consent.Purpose.HELP, "paper", Role.HELPER)


def test_nobody_is_registered_without_having_agreed_or_after_leaving(client, staff):
    unasked = client.post(list_address(HelperProfile, "add"), facts(make_person(), consent_channel=""))
    gone = client.post(list_address(HelperProfile, "add"), facts(make_person(state=Person.State.MOVED)))
    sentences = ["没有同意就不能登记", "这位已经迁出或去世，不能登记"]
    pages = [page.content.decode() for page in (unasked, gone)]
    assert [sentence in page for sentence, page in zip(sentences, pages, strict=True)] == [True, True]
    assert (HelperProfile.objects.count(), Consent.objects.count()) == (0, 0)


def test_a_profile_never_passes_to_somebody_else(client, staff):
    helper, other = make_helper(), make_person()
    data = facts(other, limits="晚上不方便", is_active="on", **{"free_half_days-TOTAL_FORMS": 0})
    assert client.post(address(helper, "change"), data).status_code == 302
    found = HelperProfile.objects.get()
    assert (found.person, found.limits) == (helper.person, "晚上不方便")


def test_a_minor_needs_a_guardian_who_agreed(client, staff):
    child = make_person(birth_date=timezone.localdate() - dt.timedelta(days=15 * 365))
    guardian = make_person()
    alone = client.post(list_address(HelperProfile, "add"), facts(child)).content.decode()
    silent = client.post(
        list_address(HelperProfile, "add"), facts(child, guardian=guardian.pk)
    ).content.decode()
    assert ("要先有监护人同意" in alone, "监护人是怎么同意的" in silent) == (True, True)
    assert HelperProfile.objects.count() == 0
    agreed = facts(child, guardian=guardian.pk, guardian_channel="paper")
    assert client.post(list_address(HelperProfile, "add"), agreed).status_code == 302
    helper = HelperProfile.objects.get()
    assert (helper.guardian, helper.guardian_channel) == (guardian, "paper")


def test_thirteen_skills_are_too_many(client, staff):
    skills = [make_skill(code=f"s{number}").pk for number in range(13)]
    page = client.post(list_address(HelperProfile, "add"), facts(make_person(), skills=skills))
    assert ("最多选 12 样" in page.content.decode(), HelperProfile.objects.count()) == (True, 0)
