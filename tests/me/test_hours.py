"""The own ledger at the me door: years, doubts, certificates, the time account; nobody else's and no comparison."""

import datetime as dt
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from people.models import Consent, Role
from tests.makers import (
    make_certificate,
    make_person,
    make_skill,
    make_user,
    open_time_bank,
    patch_now,
    shanghai,
)
from volunteers.actions import (
    correct_hours,
    issue_certificate,
    open_account,
    record_hours,
    register_helper,
    revoke_certificate,
)
from volunteers.certificate_paper import paper_of, say_hours
from volunteers.models import CertificateRequest, HourClaim, HourEntry, TimeAccount

pytestmark = pytest.mark.django_db
QUERIES_AT_MOST = 12


@pytest.fixture
def helper(client):
    user = make_user(Role.HELPER, person=make_person("赵志强"))
    client.force_login(user)
    return user


def text_of(response):
    return response.content.decode()


@pytest.mark.once
@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0"), (29, "0"), (30, "0.5"), (59, "0.5"), (60, "1"), (95, "1.5"), (6000, "100")],
)
def test_hours_are_said_to_half_an_hour(minutes, words):
    assert say_hours(minutes) == words


class TestLedger:
    def test_own_minutes_by_year_and_no_comparison(self, client, helper):
        today = timezone.localdate()
        record_hours(helper.person, 95, what="修水管", source_key="a", served_on=today)
        record_hours(
            helper.person, 60, what="去年的", source_key="b", served_on=today.replace(year=today.year - 1)
        )
        record_hours(make_person(), 600, what="别人的", source_key="c")
        response = client.get("/me/hours/")
        years = [(row["year"], row["minutes"], row["hours"]) for row in response.context["years"]]
        assert years == [(today.year, 95, "1.5"), (today.year - 1, 60, "1")]
        assert (response.context["total"], [row.what for row in response.context["rows"]]) == (
            "2.5",
            ["修水管"],
        )
        earlier = client.get("/me/hours/", {"year": today.year - 1})
        assert [row.what for row in earlier.context["rows"]] == ["去年的"]

    @pytest.mark.parametrize("query", [{"year": "x"}, {"year": "1999"}, {"before": "9" * 30}, {"year": "９"}])
    def test_any_other_words_show_this_year(self, client, helper, query):
        record_hours(helper.person, 95, what="修水管", source_key="a")
        assert [row.what for row in client.get("/me/hours/", query).context["rows"]] == ["修水管"]

    def test_reads_on_without_showing_twice(self, client, helper):
        for number in range(53):
            record_hours(helper.person, 1, what=f"第{number}次", source_key=f"k{number}")
        first = client.get("/me/hours/")
        second = client.get(first.context["older"])
        what = [row.what for page in (first, second) for row in page.context["rows"]]
        assert (len(what), len(set(what)), second.context["older"]) == (53, 53, "")

    def test_on_the_first_of_january(self, client, helper):
        with patch_now(shanghai(2027, 1, 1, 9)):
            client.force_login(helper)
            record_hours(helper.person, 30, what="元旦", source_key="a")
            assert client.get("/me/hours/").context["year"]["minutes"] == 30

    def test_the_same_queries_at_one_row_and_at_many(self, client, helper):
        open_time_bank()
        open_account(helper.person)
        record_hours(helper.person, 30, what="第一次", source_key="one")

        def cost():
            with CaptureQueriesContext(connection) as queries:
                client.get("/me/hours/")
            return len(queries)

        cost()
        few = cost()
        for number in range(99):
            entry = record_hours(helper.person, 30, what="又一次", source_key=f"k{number}")
            if number % 3 == 0:
                correct_hours(entry, to=20, why="记多了")
        for _again in range(3):
            make_certificate(helper.person)
        assert cost() == few <= QUERIES_AT_MOST


class TestDoubts:
    def test_a_missing_service_goes_to_the_desk_once(self, client, helper):
        page = client.get("/me/hours/")
        key = page.context["forms"]["missing"]["submission_key"].value()
        today = timezone.localdate().isoformat()
        data = {
            "action": "missing",
            "what": "扫雪",
            "served_on": today,
            "minutes": "90",
            "submission_key": key,
        }
        for _again in range(2):
            assert client.post("/me/hours/", data).status_code == 302
        claim = HourClaim.objects.get()
        assert (claim.person, claim.minutes, HourEntry.objects.count()) == (helper.person, 90, 0)
        assert "社区在核对" in text_of(client.get("/me/hours/"))

    def test_what_is_to_be_mended_is_said_and_nothing_is_lost(self, client, helper):
        tomorrow = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
        data = {
            "action": "missing",
            "what": "扫雪",
            "served_on": tomorrow,
            "minutes": "90",
            "submission_key": "k",
        }
        page = text_of(client.post("/me/hours/", data))
        assert ("今天以前的" in page, 'value="扫雪"' in page, HourClaim.objects.count()) == (True, True, 0)

    def test_an_own_entry_is_doubted_and_somebody_elses_does_not_exist(self, client, helper):
        mine = record_hours(helper.person, 30, what="修水管", source_key="a")
        other = record_hours(make_person(), 30, what="别人的", source_key="b")
        data = {"minutes": "60", "words": "修了一个小时", "submission_key": "k"}
        assert client.post(f"/me/hours/{mine.pk}/", data).status_code == 302
        assert client.get(f"/me/hours/{mine.pk}/").context["waiting"]
        assert [
            client.get(f"/me/hours/{other.pk}/").status_code,
            client.post(f"/me/hours/{other.pk}/", data).status_code,
        ] == [404, 404]
        assert HourClaim.objects.get().entry == mine


class TestCertificates:
    def test_asked_for_once_and_the_desks_reason_is_read(self, client, helper):
        record_hours(helper.person, 90, what="修水管", source_key="a")
        today = timezone.localdate().isoformat()
        data = {"action": "certificate", "since": today, "until": today}
        assert client.post("/me/hours/", data).status_code == 302
        assert "社区在办" in text_of(client.post("/me/hours/", data))
        assert CertificateRequest.objects.get().person == helper.person

    def test_a_page_and_a_pdf_with_the_font_inside(self, client, helper):
        record_hours(helper.person, 90, what="修水管", source_key="a")
        made = make_certificate(helper.person)
        page = text_of(client.get(f"/me/certificates/{made.pk}/"))
        wanted = ("赵志强", made.number, made.code, "1.5 小时", "修水管", "<svg")
        assert [words for words in wanted if words not in page] == []
        answer = client.get(f"/me/certificates/{made.pk}/certificate.pdf")
        content = answer.content
        assert (answer["Content-Type"], content[:5]) == ("application/pdf", b"%PDF-")
        assert re.search(rb"/FontFile[23]", content)
        assert len(re.findall(rb"/Type /Page\b", content)) == 1
        assert len(content) < 100_000

    def test_the_months_add_up_to_the_whole(self, client, helper):
        for month in (9, 10):
            record_hours(
                helper.person, 100, what="修水管", source_key=f"{month}", served_on=dt.date(2026, month, 5)
            )
        days = {"since": dt.date(2026, 9, 1), "until": dt.date(2026, 10, 31)}
        made = issue_certificate(helper.person, by=make_user(), **days)
        assert paper_of(made).months == (("2026-09", 100, 1), ("2026-10", 100, 1))
        page = text_of(client.get(f"/me/certificates/{made.pk}/"))
        assert ("3 小时" in page, page.count("100 分钟"), "1.5 小时" in page) == (True, 2, False)

    def test_a_sign_that_the_font_lacks_leads_back_to_the_page(self, client, helper):
        helper.person.name = "𠮷野"
        helper.person.save(update_fields=["name"])
        record_hours(helper.person, 90, what="修水管", source_key="a")
        made = make_certificate(helper.person)
        answer = client.get(f"/me/certificates/{made.pk}/certificate.pdf", follow=True)
        page = text_of(answer)
        assert ("请用网页打印" in page, "𠮷野" in page) == (True, True)

    def test_rare_names_that_the_font_has(self, client, helper):
        helper.person.name = "㛃䶮"
        helper.person.save(update_fields=["name"])
        record_hours(helper.person, 90, what="修水管", source_key="a")
        made = make_certificate(helper.person)
        answer = client.get(f"/me/certificates/{made.pk}/certificate.pdf")
        assert io.BytesIO(answer.content).read(5) == b"%PDF-"

    def test_somebody_elses_does_not_exist(self, client, helper):
        other = make_person()
        record_hours(other, 90, what="别人的", source_key="a")
        made = make_certificate(other)
        paths = [f"/me/certificates/{made.pk}/", f"/me/certificates/{made.pk}/certificate.pdf"]
        assert [client.get(path).status_code for path in paths] == [404, 404]
        assert made.number not in text_of(client.get("/me/hours/"))

    def test_a_revoked_one_says_so(self, client, helper):
        record_hours(helper.person, 90, what="修水管", source_key="a")
        made = make_certificate(helper.person)
        revoke_certificate(made, by=make_user(), why="月份写错了")
        assert "已作废：月份写错了" in text_of(client.get(f"/me/certificates/{made.pk}/"))
        assert "月份写错了" in text_of(client.get("/me/hours/"))


class TestProfile:
    def facts(self, **changes):
        return {
            "free": ["5-am", "6-pm"],
            "max_open_tasks": "2",
            "is_active": "on",
            "limits": "晚上不行",
        } | changes

    def test_skills_half_days_and_limits_on_one_page(self, client, helper):
        profile = register_helper(helper.person, consent_channel="paper")
        skill = make_skill()
        data = self.facts(skills=[skill.pk], no_stairs="on")
        assert client.post("/me/profile/", data).status_code == 302
        profile.refresh_from_db()
        assert (list(profile.skills.all()), profile.no_stairs, profile.max_open_tasks) == ([skill], True, 2)
        assert sorted(profile.free_half_days.values_list("weekday", "half")) == [(5, "am"), (6, "pm")]
        page = text_of(client.get("/me/profile/"))
        assert (page.count(" checked"), "晚上不行" in page) == (5, True)

    def test_a_half_day_that_does_not_exist_is_refused(self, client, helper):
        profile = register_helper(helper.person, consent_channel="paper", free_half_days=[(1, "am")])
        assert client.post("/me/profile/", self.facts(free=["7-am"])).status_code == 200
        assert list(profile.free_half_days.values_list("weekday", "half")) == [(1, "am")]

    @pytest.mark.parametrize("key", ["9" * 24, "abc", "²", "-1"])
    def test_a_skill_that_can_be_no_row_is_a_wrong_choice(self, client, helper, key):
        profile = register_helper(helper.person, consent_channel="paper", skills=[make_skill()])
        assert client.post("/me/profile/", self.facts(skills=[key])).status_code == 200
        assert profile.skills.count() == 1

    def test_stopping_is_one_button(self, client, helper):
        profile = register_helper(helper.person, consent_channel="paper")
        client.post("/me/profile/", {"action": "stop"})
        profile.refresh_from_db()
        assert (profile.is_active, Consent.objects.current().count()) == (False, 0)

    def test_whoever_is_no_helper_reads_how_to_become_one(self, client, helper):
        assert 'href="/volunteers/join/"' in text_of(client.get("/me/profile/"))


class TestTimeAccount:
    def test_nothing_of_it_where_there_is_no_bank(self, client, helper):
        assert "时间银行" not in text_of(client.get("/me/hours/"))
        client.post("/me/hours/", {"action": "account"})
        assert TimeAccount.objects.count() == 0

    def test_opened_by_oneself_and_read_by_oneself(self, client, helper):
        open_time_bank()
        client.post("/me/hours/", {"action": "account"})
        record_hours(helper.person, 45, what="陪诊", source_key="a")
        bank = client.get("/me/hours/").context["bank"]
        assert (bank["balance"], [row["minutes"] for row in bank["rows"]]) == (45, [45])
