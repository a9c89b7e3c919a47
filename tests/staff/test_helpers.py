"""The desk's pages of helpers: applications, doubts, certificates, the time account; and nobody is ranked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from people.models import PersonalDataView, Role
from tests.makers import (
    make_certificate,
    make_community,
    make_grid,
    make_helper,
    make_person,
    make_user,
    open_time_bank,
)
from volunteers.actions import (
    apply_to_help,
    ask_for_certificate,
    claim_missing,
    net_minutes,
    open_account,
    record_hours,
)
from volunteers.models import Certificate, HelperApplication, HelperProfile, HourClaim, TimeAccount

pytestmark = pytest.mark.django_db
PAGE = "/staff/volunteers/"


@pytest.fixture
def staff(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    return user


def text_of(response):
    return response.content.decode()


def make_application(**fields):
    values = {"name": "林小海", "phone": "13800006611", "submission_key": "k"}
    return apply_to_help(make_community(), **(values | fields))


def make_claim(person=None, key="k"):
    return claim_missing(
        person or make_person(), what="扫雪", served_on=timezone.localdate(), minutes=90, submission_key=key
    )


def answer(client, row, action, **data):
    return client.post(PAGE, {"row": row.pk, "action": action, **data}, follow=True)


class TestWaiting:
    def test_a_certificate_waits_for_the_doubt_of_the_same_person(self, client, staff):
        today, words = timezone.localdate(), "还有时长没核对，先答复上面的"
        person = make_person()
        record_hours(person, 60, what="陪诊", source_key="a")
        ask_for_certificate(person, since=today, until=today)
        make_claim(key="somebody else's")
        assert words not in text_of(client.get(PAGE))
        mine = make_claim(person, key="mine")
        assert text_of(client.get(PAGE)).count(words) == 1
        assert words not in text_of(answer(client, mine, "claim_decline", words="没有查到"))

    def test_a_name_and_a_phone_are_shown_once_and_leave_a_trace(self, client, staff):
        made = make_application(guardian_name="林建国", guardian_phone="13800006622")
        page = text_of(client.get(PAGE))
        hidden = ("林小海", "13800006611", "138 0000 6611", "林建国")
        assert [word for word in hidden if word in page] == []
        shown = text_of(answer(client, made, "reveal"))
        assert ("林小海" in shown, "林建国" in shown) == (True, True)
        views = PersonalDataView.objects.values_list("person", "field")
        assert len(views) == 4
        assert {pk for pk, _field in views} == {made.person_id, made.guardian_id}

    def test_a_minor_is_registered_when_the_guardian_was_asked(self, client, staff):
        made = make_application(guardian_name="林建国", guardian_phone="13800006622")
        assert "请先打电话问过监护人" in text_of(answer(client, made, "apply_accept"))
        assert HelperProfile.objects.count() == 0
        answer(client, made, "apply_accept", guardian="on")
        assert HelperProfile.objects.get().person == made.person

    def test_declined_for_a_reason(self, client, staff):
        made = make_application()
        answer(client, made, "apply_decline", words="")
        answer(client, made, "apply_decline", words="不是本人报的")
        assert HelperApplication.objects.get().reason == "不是本人报的"

    @pytest.mark.parametrize(
        ("minutes", "words", "status"),
        [("60", "问过了", "accepted"), ("x", "问过了", "filed"), ("60", "", "filed")],
    )
    def test_a_doubt_is_settled_with_minutes_and_a_word(self, client, staff, minutes, words, status):
        claim = make_claim()
        answer(client, claim, "claim_accept", minutes=minutes, words=words)
        claim.refresh_from_db()
        assert claim.status == status

    def test_a_certificate_is_issued_or_not(self, client, staff):
        for key, action, words in (("a", "cert_accept", ""), ("b", "cert_decline", "时长在核对")):
            person = make_person()
            record_hours(person, 90, what="陪诊", source_key=key)
            today = timezone.localdate()
            asked = ask_for_certificate(person, since=today, until=today)
            answer(client, asked, action, words=words)
        assert Certificate.objects.count() == 1

    @pytest.mark.parametrize("action", ["", "claim_", "claim_delete", "x_accept"])
    def test_anything_else_changes_nothing(self, client, staff, action):
        claim = make_claim()
        assert answer(client, claim, action).status_code == 200
        claim.refresh_from_db()
        assert claim.status == "filed"

    def test_rows_of_another_community_do_not_exist(self, client, staff):
        other = make_community(code="370614001015", name="别处", host="b.example")
        claim = make_claim(make_person("别处人", community=other))
        profile = make_helper(person=claim.person)
        assert "别处人" not in text_of(client.get(PAGE))
        assert answer(client, claim, "claim_accept", minutes="60", words="好").status_code == 404
        assert client.get(f"{PAGE}{profile.pk}/").status_code == 404

    def test_an_auditor_reads_and_cannot_answer(self, client):
        client.force_login(make_user(Role.AUDITOR))
        claim = make_claim()
        assert (
            client.get(PAGE).status_code,
            answer(client, claim, "claim_decline", words="x").status_code,
        ) == (200, 403)
        assert 'value="claim_decline"' not in text_of(client.get(PAGE))

    def test_the_same_queries_at_one_row_and_at_many(self, client, staff):
        def cost():
            with CaptureQueriesContext(connection) as queries:
                client.get(PAGE)
            return len(queries)

        make_application()
        make_claim()
        cost()
        few = cost()
        for number in range(99):
            make_application(name=f"林{number}", phone=f"1380007{number:04d}", submission_key=f"k{number}")
            make_claim(key=f"c{number}")
        assert cost() == few <= 12
        assert HourClaim.objects.count() == 100


class TestOneHelper:
    @pytest.fixture
    def profile(self):
        return make_helper(person=make_person("赵志强"), grid=make_grid())

    def do(self, client, profile, action, **data):
        return client.post(f"{PAGE}{profile.pk}/", {"action": action, **data}, follow=True)

    def test_found_by_a_post_that_leaves_no_words_in_the_address(self, client, staff, profile):
        make_helper(person=make_person("钱二"))
        for words in ("志强", "zhao", "zzq"):
            page = client.post(PAGE, {"action": "find", "q": words})
            assert [row.person.name for row in page.context["found"]] == ["赵志强"]
            assert page.request["QUERY_STRING"] == ""

    def test_hours_are_corrected(self, client, staff, profile):
        entry = record_hours(profile.person, 60, what="陪诊", source_key="a")
        self.do(client, profile, "correct", row=entry.pk, minutes="45", words="记多了")
        assert net_minutes(entry) == 45
        other = record_hours(make_person(), 60, what="别人的", source_key="b")
        assert self.do(client, profile, "correct", row=other.pk, minutes="1", words="x").status_code == 404

    def test_issued_revoked_and_issued_again(self, client, staff, profile):
        record_hours(profile.person, 60, what="陪诊", source_key="a")
        today = timezone.localdate().isoformat()
        self.do(client, profile, "issue", since=today, until=today, words="评优用")
        made = Certificate.objects.get()
        assert made.remarks == "评优用"
        self.do(client, profile, "revoke", row=made.pk, words="日期写错了")
        self.do(client, profile, "reissue", row=made.pk)
        again = Certificate.objects.get(replaces=made)
        paths = [f"/staff/certificates/{again.pk}/", f"/staff/certificates/{again.pk}/certificate.pdf"]
        assert [client.get(path).status_code for path in paths] == [200, 200]

    def test_time_is_paid_and_moved_back(self, client, staff, profile):
        open_time_bank()
        account = open_account(profile.person)
        record_hours(profile.person, 60, what="陪诊", source_key="a")
        for _again in range(2):
            self.do(client, profile, "spend", minutes="20", words="理发", key="one")
        assert TimeAccount.objects.balance_of(account) == 40
        spent = account.given.get()
        self.do(client, profile, "counter", row=spent.pk, words="记错人了")
        assert TimeAccount.objects.balance_of(account) == 60

    def test_the_same_queries_with_a_long_ledger(self, client, staff, profile):
        open_time_bank()
        open_account(profile.person)

        def cost():
            with CaptureQueriesContext(connection) as queries:
                client.get(f"{PAGE}{profile.pk}/")
            return len(queries)

        record_hours(profile.person, 60, what="陪诊", source_key="first")
        make_certificate(profile.person)
        cost()
        few = cost()
        for number in range(70):
            record_hours(profile.person, 60, what="陪诊", source_key=f"k{number}")
        for _again in range(5):
            make_certificate(profile.person)
        assert cost() == few <= 12


def test_no_page_orders_people_by_hours(client, staff):
    """R-a: whoever served most stands nowhere before the others."""
    names = {"陈一": 10, "白二": 900, "安三": 100}
    for name, minutes in names.items():
        profile = make_helper(person=make_person(name), grid=None)
        record_hours(profile.person, minutes, what="陪诊", source_key=name)
    found = client.post(PAGE, {"action": "find", "q": ""}).context["found"]
    assert found == []
    by_sound = ["安三", "白二", "陈一"]
    pages = [
        [row.person.name for row in client.post(PAGE, {"action": "find", "q": letter}).context["found"]]
        for letter in "abc"
    ]
    assert pages == [[name] for name in by_sound]
    listed = client.get("/admin/volunteers/helperprofile/").context["cl"].result_list
    assert [row.person.name for row in listed] == by_sound
    heads = text_of(client.get("/admin/volunteers/hourentry/"))
    assert ("?o=" in heads, "?o=3" in heads) == (True, False)  # by day, not by minutes
