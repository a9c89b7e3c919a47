import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction

from haimengyuan.lib.append_only import AppendOnlyError
from people.actions import (
    CONSENT_TEXT,
    Limit,
    give_consent,
    recognise,
    reveal,
    spend,
    spend_each,
    withdraw_consent,
)
from people.errors import RevealRefused, TooOften
from people.models import Community, Consent, Person, PersonalDataView, RateWindow, Role
from tests.makers import (
    make_booking,
    make_community,
    make_objection,
    make_order,
    make_person,
    make_reminder,
    make_signup,
    make_topic,
    make_user,
    patch_now,
    shanghai,
)
from volunteers.actions import apply_to_help, register_helper
from volunteers.models import HelperProfile

pytestmark = pytest.mark.django_db


def test_a_person_is_masked_wherever_it_is_printed():
    person = make_person("王小明", phone="13800000617")
    assert (str(person), person.masked_phone, person.masked_name) == ("王*明", "138****", "王*明")


def test_one_phone_serves_a_family_but_not_the_same_name_twice():
    make_person("王小明", phone="13800000617")
    make_person("李芳", phone="13800000617")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_person("王小明", phone="13800000617")
    make_person("无电话", phone="")
    make_person("无电话", phone="")
    assert Person.objects.count() == 4


def test_recognising_a_known_person_changes_nothing_of_them():
    known = make_person("王小明", phone="13800000617", birth_date=dt.date(1946, 5, 1))
    assert recognise(community=known.community, name="王小明", phone="13800000617") == known
    stranger = recognise(community=known.community, name="王大明", phone="13800000617")
    assert stranger != known
    known.refresh_from_db()
    assert (known.name, known.birth_date) == ("王小明", dt.date(1946, 5, 1))


def test_a_person_of_another_community_is_another_person():
    here = make_person("王小明", phone="13800000617")
    there = Community.objects.create(
        code="370614001015", name="海景苑社区", desk_phone="05350001300", host="b.example"
    )
    assert recognise(community=there, name="王小明", phone="13800000617") != here


@pytest.mark.parametrize("field", ["name", "phone", "id_number", "email"])
def test_a_reveal_leaves_who_whose_what_and_why(field):
    person = make_person("王小明", phone="13800000617", id_number="999999199001010019", email="w@example.org")
    viewer = make_user(Role.STAFF)
    assert reveal(person, field, viewer=viewer, reason=" 约上门时间 ", about="order:27064251") == getattr(
        person, field
    )
    row = PersonalDataView.objects.get()
    assert (row.viewer, row.person, row.field, row.reason, row.about) == (
        viewer,
        person,
        field,
        "约上门时间",
        "order:27064251",
    )


@pytest.mark.parametrize(
    ("role", "field", "reason"),
    [
        (Role.STAFF, "phone", "  "),
        (Role.STAFF, "birth_date", "想看"),
        (Role.AUDITOR, "phone", "想看"),
        (Role.HELPER, "phone", "想看"),
        (Role.NONE, "phone", "想看"),
    ],
)
def test_a_refused_reveal_shows_and_leaves_nothing(role, field, reason):
    with pytest.raises(RevealRefused):
        reveal(make_person(), field, viewer=make_user(role), reason=reason)
    assert PersonalDataView.objects.count() == 0


def test_a_record_of_looking_cannot_be_changed_or_removed():
    reveal(make_person(), "phone", viewer=make_user(), reason="回访")
    row = PersonalDataView.objects.get()
    row.reason = "没看过"
    for change in (row.save, row.delete, PersonalDataView.objects.all().delete):
        with pytest.raises(AppendOnlyError):
            change()
    with pytest.raises(AppendOnlyError):
        PersonalDataView.objects.update(reason="没看过")
    assert PersonalDataView.objects.get().reason == "回访"


def test_consent_is_given_once_withdrawn_and_given_again():
    person = make_person()
    terms = {"text_version": "2026-11", "channel": "web"}
    give_consent(person, Consent.Purpose.HELP, **terms)
    give_consent(person, Consent.Purpose.HELP, **terms)
    assert Consent.objects.count() == 1
    assert withdraw_consent(person, Consent.Purpose.HELP) is True
    assert withdraw_consent(person, Consent.Purpose.HELP) is False
    give_consent(person, Consent.Purpose.HELP, **terms)
    assert (Consent.objects.count(), Consent.objects.current().count()) == (2, 1)


def test_a_limit_admits_exactly_its_number_in_each_window():
    window, start = dt.timedelta(minutes=10), shanghai(2026, 11, 24, 9, 0)
    with patch_now(start):
        for _time in range(3):
            spend("test", "203.0.113.7", limit=3, window=window)
        with pytest.raises(TooOften) as refused:
            spend("test", "203.0.113.7", limit=3, window=window)
        spend("test", "203.0.113.8", limit=3, window=window)
    assert refused.value.retry_after == 600
    with patch_now(start + window):
        spend("test", "203.0.113.7", limit=3, window=window)
    assert [row.used for row in RateWindow.objects.order_by("pk")] == [3, 1, 1]
    assert [row for row in RateWindow.objects.all() if "203" in row.key[:3]] == []


def test_of_two_limits_none_is_spent_when_one_has_nothing_left():
    hour = dt.timedelta(hours=1)

    def try_from(address):
        spend_each(Limit("test.address", address, 5, hour), Limit("test.phone", "13800000617", 2, hour))

    with patch_now(shanghai(2026, 11, 24, 9, 0)):
        try_from("203.0.113.7"), try_from("203.0.113.7")
        for address in ("203.0.113.7", "203.0.113.8"):
            with pytest.raises(TooOften):
                try_from(address)
    assert sorted(row.used for row in RateWindow.objects.all()) == [2, 2]


@pytest.mark.parametrize(
    ("hosts", "asked", "found"),
    [
        ([""], "any.example", 0),
        (["a.example"], "a.example", 0),
        (["a.example"], "b.example", None),
        (["", "b.example"], "b.example", 1),
        (["a.example", "b.example"], "b.example", 1),
        (["a.example", "b.example"], "c.example", None),
        (["", ""], "a.example", None),
        (["", "", "b.example"], "b.example", 2),
    ],
)
def test_the_public_door_shows_the_community_of_its_host_else_the_only_one(hosts, asked, found):
    made = [
        Community.objects.create(code=f"37061400101{n}", name=f"社区{n}", host=host, desk_phone="05350001200")
        for n, host in enumerate(hosts)
    ]
    assert list(Community.objects.meant_by(asked)) == ([] if found is None else [made[found]])


def test_persons_are_for_those_who_see_all_grids_and_of_their_community():
    here, there = make_person(), make_person(community=make_community(code="370614001015", host="b.example"))
    assert list(Person.objects.for_user(make_user(Role.STAFF, person=here))) == [here]
    whole = make_user(Role.MANAGER, person=there, community=None)
    assert set(Person.objects.for_user(whole)) == {here, there}
    for role in (Role.GRID, Role.HELPER, Role.NONE):
        assert list(Person.objects.for_user(make_user(role))) == []


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_form_writes_no_consent_for_somebody_known(withdrawn):
    """A neighbour who knows name and telephone must not agree for them; the desk that has it from them may."""
    person = make_person("王小明", phone="13800000617")
    if withdrawn:
        give_consent(person, Consent.Purpose.ORDER, channel="web")
        withdraw_consent(person, Consent.Purpose.ORDER)
    who = {"name": person.name, "phone": person.phone}
    order = make_order(**who)
    make_booking(**who)
    make_topic(grid=order.grid, **who)
    make_objection(**who)
    assert order.contact == person
    assert Consent.objects.current().filter(person=person).count() == 0
    make_order(**who, entered_by=make_user(Role.STAFF))
    assert [consent.purpose for consent in Consent.objects.current().filter(person=person)] == ["order"]


def test_the_desk_withdraws_and_what_rested_on_it_ends(client):
    person = make_person()
    register_helper(person, consent_channel="paper")
    give_consent(person, Consent.Purpose.ORDER, channel="web")
    said = make_reminder(person=person, rests_on="order")
    kept = make_reminder(person=person, rests_on="booking")
    keys = [consent.pk for consent in Consent.objects.filter(person=person)]
    answers = {}
    for role in (Role.AUDITOR, Role.STAFF):
        client.force_login(make_user(role))
        client.post("/admin/people/consent/", {"action": "withdraw", "_selected_action": keys})
        answers[role] = Consent.objects.current().filter(person=person).count()
    said.refresh_from_db()
    kept.refresh_from_db()
    assert answers == {Role.AUDITOR: 2, Role.STAFF: 0}
    assert HelperProfile.objects.filter(person=person, is_active=True).count() == 0
    assert (said.status, kept.status) == ("cancelled", "pending")


@pytest.mark.parametrize(
    ("role", "left"), [(Role.AUDITOR, 2), (Role.GRID, 2), (Role.STAFF, 1), (Role.MANAGER, 1)]
)
def test_the_page_of_a_person_withdraws_after_asking_once_more(client, role, left):
    person, elsewhere = make_person("欧阳建国"), make_person("李秀兰")
    give_consent(person, Consent.Purpose.ORDER, channel="web")
    give_consent(person, Consent.Purpose.ACTIVITY, channel="web")
    give_consent(elsewhere, Consent.Purpose.ORDER, channel="web")
    said = make_reminder(person=person, rests_on="order")
    client.force_login(make_user(role))
    page = f"/admin/people/person/{person.pk}/"
    may = role in {Role.STAFF, Role.MANAGER}
    assert client.get(f"{page}withdraw/").status_code == 404
    if may:
        assert client.get(f"{page}change/").content.decode().count('name="purpose"') == 2
    asked = client.post(f"{page}withdraw/", {"purpose": "order"})
    assert (asked.status_code, Consent.objects.current().count()) == (200 if may else 404, 3)
    assert "欧阳建国" not in asked.content.decode()
    client.post(f"{page}withdraw/", {"purpose": "order", "sure": "1"})
    said.refresh_from_db()
    assert Consent.objects.current().filter(person=person).count() == left
    assert Consent.objects.current().filter(person=elsewhere).count() == 1
    assert said.status == ("cancelled" if may else "pending")
    logged = [(row.content_type.model, row.object_repr) for row in LogEntry.objects.all()]
    taken = Consent.objects.get(person=person, purpose="order")
    assert logged == ([("consent", f"同意记录 #{taken.pk}")] if may else [])
    again = client.post(f"{page}withdraw/", {"purpose": "order", "sure": "1"})
    assert (again.status_code, LogEntry.objects.count()) == ((302, 1) if may else (404, 0))


def test_what_was_sent_by_form_notes_the_words_that_stood_beside_it_and_renews_nothing():
    person = make_person("王小明", phone="13800000617")
    give_consent(person, Consent.Purpose.ORDER, channel="web", text_version="2020-01")
    withdraw_consent(person, Consent.Purpose.ORDER)
    who = {"name": person.name, "phone": person.phone}
    order = make_order(**who)
    sent = [order, make_booking(**who), make_topic(grid=order.grid, **who), make_objection(**who)]
    sent += [make_signup(**who), apply_to_help(person.community, **who, submission_key="k")]
    assert [row.consent_text for row in sent] == [CONSENT_TEXT] * 6
    desk = make_user(Role.STAFF)
    entered = [make_signup(entered_by=desk), make_order(entered_by=desk)]
    assert [row.consent_text for row in entered] == ["", ""]
    assert list(Consent.objects.filter(person=person).values_list("text_version", flat=True)) == ["2020-01"]
