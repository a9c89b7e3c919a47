"""Certificates: true copies of the ledger, numbered, verified by strangers without learning who it is."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from haimengyuan.lib.append_only import AppendOnlyError
from people.errors import TooOften
from tests.makers import make_community, make_person, make_user, patch_now, shanghai
from volunteers.actions import (
    ask_for_certificate,
    correct_hours,
    decline_request,
    find_certificate,
    grant_request,
    issue_certificate,
    record_hours,
    revoke_certificate,
)
from volunteers.errors import CertificateRefused
from volunteers.models import Certificate, CertificateRequest

pytestmark = pytest.mark.django_db
YEAR = {"since": dt.date(2026, 1, 1), "until": dt.date(2026, 11, 25)}


@pytest.fixture(autouse=True)
def today():
    with patch_now(shanghai(2026, 11, 25, 10)):
        yield


@pytest.fixture
def person():
    person = make_person("赵志强")
    for month, minutes, what in ((3, 90, "修水管"), (3, 30, "巡逻"), (10, 120, "陪诊")):
        record_hours(
            person, minutes, what=what, source_key=f"t:{month}:{minutes}", served_on=dt.date(2026, month, 8)
        )
    return person


def issue(person, **fields):
    return issue_certificate(person, by=make_user(), **(YEAR | fields))


class TestIssuing:
    def test_it_holds_the_hours_of_the_period_by_month(self, person):
        record_hours(person, 600, what="去年的", source_key="old", served_on=dt.date(2025, 12, 31))
        record_hours(make_person(), 600, what="别人的", source_key="other")
        made = issue(person)
        assert (made.minutes, made.months) == (240, [["2026-03", 120, 2], ["2026-10", 120, 1]])
        assert made.contents == ["陪诊", "修水管", "巡逻"]
        assert made.number == "370614001014-2026-00001"

    def test_corrections_count_and_later_ones_change_nothing(self, person):
        entry = person.hour_entries.get(what="陪诊")
        correct_hours(entry, to=60, why="记多了")
        made = issue(person)
        correct_hours(entry, to=0, why="没去")
        made.refresh_from_db()
        assert (made.minutes, made.months[1]) == (180, ["2026-10", 60, 1])

    @pytest.mark.parametrize(
        "days",
        [
            {"since": dt.date(2026, 11, 2), "until": dt.date(2026, 11, 1)},
            {"until": dt.date(2026, 11, 26)},
            {"since": dt.date(2026, 4, 1), "until": dt.date(2026, 4, 30)},
        ],
    )
    def test_refused_without_using_a_number(self, person, days):
        with pytest.raises(CertificateRefused):
            issue(person, **days)
        assert issue(person).serial == 1

    def test_nobody_issues_their_own(self, person):
        desk = make_user(person=person)
        with pytest.raises(CertificateRefused):
            issue_certificate(person, by=desk, **YEAR)

    def test_numbers_begin_anew_with_community_and_year(self, person):
        other = make_person(community=make_community(code="370614001015", name="别的社区", host="b.example"))
        record_hours(other, 60, what="x", source_key="x", served_on=dt.date(2026, 5, 1))
        numbers = [issue(person).serial, issue(person).serial, issue(other).serial]
        with patch_now(shanghai(2027, 1, 1, 9)):
            numbers.append(issue(person).serial)
        assert numbers == [1, 2, 1, 1]


class TestNeverChanged:
    def test_a_row_is_neither_saved_again_nor_updated_nor_deleted(self, person):
        made = issue(person)
        made.minutes = 9999
        for act in (
            made.save,
            made.delete,
            Certificate.objects.all().delete,
            lambda: Certificate.objects.update(minutes=9999),
            lambda: Certificate.objects.update(revoked_why="x"),
        ):
            with pytest.raises(AppendOnlyError):
                act()
        made.refresh_from_db()
        assert made.minutes == 240

    def test_it_is_revoked_once_for_a_reason_and_issued_again_once(self, person):
        made, desk = issue(person), make_user()
        with pytest.raises(CertificateRefused):
            issue(person, replaces=made)
        with pytest.raises(CertificateRefused):
            revoke_certificate(made, by=desk, why=" ")
        revoke_certificate(made, by=desk, why="名字写错了")
        with pytest.raises(CertificateRefused):
            revoke_certificate(made, by=desk, why="再来一次")
        again = issue(person, replaces=made)
        with pytest.raises(CertificateRefused):
            issue(person, replaces=made)
        made.refresh_from_db()
        assert (made.is_valid, made.revoked_why, again.replaces, again.serial) == (
            False,
            "名字写错了",
            made,
            2,
        )
        assert Certificate.objects.count() == 2

    def test_the_database_wants_a_reason(self, person):
        made = issue(person)
        with pytest.raises(IntegrityError), transaction.atomic():
            Certificate.objects.filter(pk=made.pk).update(
                revoked_at=timezone.now(), revoked_by=None, revoked_why=""
            )


class TestRequests:
    def test_asked_granted_and_told(self, person):
        asked = ask_for_certificate(person, **YEAR)
        with pytest.raises(CertificateRefused):
            ask_for_certificate(person, **YEAR)
        made = grant_request(asked, by=make_user())
        with pytest.raises(CertificateRefused):
            grant_request(asked, by=make_user())
        with pytest.raises(CertificateRefused):
            decline_request(asked, by=make_user(), answer="晚了")
        asked.refresh_from_db()
        assert (asked.status, asked.certificate, Certificate.objects.count()) == ("issued", made, 1)
        assert person.reminders.get().link == "/me/hours/"

    def test_declined_with_a_reason_and_asked_again(self, person):
        asked = ask_for_certificate(person, **YEAR)
        with pytest.raises(CertificateRefused):
            decline_request(asked, by=make_user(), answer="")
        decline_request(asked, by=make_user(), answer="时长还在核对")
        assert Certificate.objects.count() == 0
        assert ask_for_certificate(person, **YEAR) in CertificateRequest.objects.waiting()


class TestVerifying:
    def find(self, number, code, address="192.0.2.7"):
        return find_certificate(make_community(), number=number, code=code, address=address)

    def test_number_and_code_belong_together(self, person):
        made, other = issue(person), issue(person)
        assert self.find(made.number, f" {made.code.lower()} ") == made
        for number, code in (
            (made.number, other.code),
            (made.number, ""),
            (made.number, made.code[:9]),
            (made.number, made.token),
            ("370614001014-2026-99999", made.code),
            ("1-2-3", made.code),
            ("٣-٢-١", made.code),
        ):
            assert self.find(number, code, address=f"192.0.2.{len(number)}{len(code)}") is None

    def test_wrong_tries_are_counted_for_an_address_and_right_ones_are_free(self, person):
        made = issue(person)
        for _again in range(15):
            assert self.find(made.number, made.code) == made
        for _try in range(10):
            assert self.find("370614001014-2026-00077", "AAAAAAAAAA") is None
        with pytest.raises(TooOften):
            self.find(made.number, made.code)
        assert self.find(made.number, made.code, address="192.0.2.8") == made

    def test_wrong_tries_are_counted_for_a_number_from_wherever(self, person):
        made = issue(person)
        for number in range(20):
            assert self.find(made.number, "AAAAAAAAAA", address=f"192.0.2.{number}") is None
        with pytest.raises(TooOften):
            self.find(made.number, made.code, address="198.51.100.1")

    def test_tokens_are_long_and_differ(self, person):
        tokens = {issue(person).token for _again in range(20)}
        assert (len(tokens), {len(token) for token in tokens}) == (20, {24})
