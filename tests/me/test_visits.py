"""The visitor's page: only one's own people, three inputs, once, and nothing without a plan."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from grids.models import CarePlan, Visit
from people.models import Person, Role
from tests.axe import violations_of, visit_all
from tests.makers import (
    make_dwelling,
    make_helper,
    make_household,
    make_person,
    make_plan,
    make_user,
    patch_now,
)
from volunteers.actions import claim_wrong, net_minutes, record_hours, record_visit
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db
QUERIES_AT_MOST = 12


@pytest.fixture
def helper(client):
    user = make_user(Role.HELPER, person=make_person("赵志强"))
    make_helper(person=user.person)
    client.force_login(user)
    return user


@pytest.fixture
def plan(helper):
    person = make_person("姜奶奶", phone="13800009876")
    make_household(person, dwelling=make_dwelling(unit="2", room="301"))
    return make_plan(person, visitor=helper.person)


def text_of(response):
    return response.content.decode()


def key_of(response):
    return re.search(r'name="submission_key" value="([^"]+)"', text_of(response))[1]


def send(client, visited, **data):
    page = client.get("/me/visits/")
    data = {"submission_key": key_of(page), "plan": visited.pk, "way": "door", "note": ""} | data
    return client.post("/me/visits/", data, follow=True)


class TestWhoSees:
    def test_the_own_people_with_door_and_telephone(self, client, plan):
        page = text_of(client.get("/me/visits/"))
        assert [
            word for word in ("姜奶奶", "2 单元 301", "138 0000 9876", "该去了") if word not in page
        ] == []

    def test_whom_to_call_at_any_hour_when_a_door_stays_shut(self, client, plan):
        assert "下班了或者人有危险，直接打 120、110" in text_of(client.get("/me/visits/"))

    def test_nobody_elses(self, client, helper):
        foreign = make_plan(make_person("李大爷", phone="13800005432"), visitor=make_person())
        nobody = make_plan(make_person("王奶奶", phone="13800005433"))
        page = text_of(client.get("/me/visits/"))
        assert [word for word in ("李大爷", "5432", "王奶奶", "5433") if word in page] == []
        for plan in (foreign, nobody):
            data = {"submission_key": "x", "plan": plan.pk, "way": "door"}
            assert client.post("/me/visits/", data).status_code == 422
        assert Visit.objects.count() == 0

    @pytest.mark.parametrize(
        "change",
        [
            lambda plan: Person.objects.filter(pk=plan.person_id).update(state=Person.State.DECEASED),
            lambda plan: Person.objects.filter(pk=plan.person_id).update(state=Person.State.MOVED),
            lambda plan: CarePlan.objects.filter(pk=plan.pk).update(until=timezone.localdate()),
            lambda plan: CarePlan.objects.filter(pk=plan.pk).update(visitor=None),
        ],
    )
    def test_a_plan_that_is_over_shows_nothing_any_more(self, client, plan, change):
        change(plan)
        page = text_of(client.get("/me/visits/"))
        assert [word for word in ("姜奶奶", "301", "9876") if word in page] == []
        assert "/me/visits/" not in text_of(client.get("/me/"))

    def test_the_first_page_leads_here_only_who_has_somebody_to_visit(self, client, helper):
        assert 'href="/me/visits/"' not in text_of(client.get("/me/"))
        make_plan(visitor=helper.person)
        later = make_plan(visitor=helper.person)
        assert client.get("/me/").context["visits"] == {"all": 2, "due": 2}
        send(client, later)
        response = client.get("/me/")
        assert response.context["visits"] == {"all": 2, "due": 1}
        assert "2 位，1 位该去了" in text_of(response)

    def test_the_first_page_counts_all_of_them(self, client, helper):
        for _again in range(31):
            make_plan(visitor=helper.person)
        assert client.get("/me/").context["visits"] == {"all": 31, "due": 31}

    def test_an_account_without_a_person_reads_that_there_is_nobody(self, client):
        user = make_user(Role.STAFF)
        type(user).objects.filter(pk=user.pk).update(person=None)
        client.force_login(type(user).objects.get(pk=user.pk))
        assert "现在没有请您走访的人" in text_of(client.get("/me/visits/"))

    def test_the_same_queries_for_one_and_for_many(self, client, helper, plan):
        def cost(path):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            return len(queries)

        send(client, plan)
        few = [cost(path) for path in ("/me/", "/me/visits/")]
        for number in range(99):
            record_visit(
                make_plan(visitor=helper.person).person,
                visitor=helper.person,
                way="phone",
                by=helper,
                submission_key=f"k{number}",
            )
        cost("/me/visits/")  # shows the messages of the visits
        assert [cost(path) for path in ("/me/", "/me/visits/")] == few
        assert max(few) <= QUERIES_AT_MOST


class TestLog:
    def test_three_inputs(self, client, helper, plan):
        page = text_of(send(client, plan, way="phone", note="气色不错"))
        visit = Visit.objects.get()
        assert (visit.person, visit.visitor, visit.entered_by) == (plan.person, helper.person, helper)
        assert (visit.way, visit.note, visit.visited_on) == ("phone", "气色不错", timezone.localdate())
        assert HourEntry.objects.get().minutes == 5
        assert "记好了，谢谢您惦记姜奶奶" in page

    def test_a_link_beside_somebody_chooses_them(self, client, helper, plan):
        other = make_plan(visitor=helper.person)
        for chosen in (plan, other):
            page = text_of(client.get("/me/visits/", {"plan": chosen.pk}))
            assert re.findall(r'<option value="(\d+)" selected>', page) == [str(chosen.pk)]
        assert client.get("/me/visits/", {"plan": "9" * 30}).status_code == 200

    def test_neither_a_note_nor_a_time_has_to_be_written(self, client, plan):
        day = timezone.localdate() - dt.timedelta(days=2)
        send(client, plan, on=day.isoformat(), minutes="35")
        assert (Visit.objects.get().visited_on, HourEntry.objects.get().minutes) == (day, 35)

    def test_a_double_click_is_one_visit(self, client, plan):
        data = {"submission_key": key_of(client.get("/me/visits/")), "plan": plan.pk, "way": "door"}
        for _click in range(2):
            assert client.post("/me/visits/", data).status_code == 302
        assert (Visit.objects.count(), HourEntry.objects.count()) == (1, 1)

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"plan": ""}, "请选看了谁"),
            ({"plan": "9" * 30}, "名单刚刚变了"),
            ({"way": ""}, "请选是上门"),
            ({"way": "video"}, "请选是上门"),
            ({"on": "2020-01-01"}, "最近 31 天"),
            ({"on": "someday"}, "2026-11-25 这样"),
            ({"minutes": "0"}, "1 分钟到 24 小时"),
            ({"minutes": "很久"}, "请只写数字"),
        ],
    )
    def test_what_is_missing_is_said_and_what_was_typed_stays(self, client, helper, plan, wrong, sentence):
        make_plan(visitor=helper.person)  # with one alone there is nothing to choose
        response = send(client, plan, note="想换个灯泡", **wrong)
        assert response.status_code == 422
        assert sentence in text_of(response)
        assert "想换个灯泡" in text_of(response)
        assert Visit.objects.count() == 0

    def test_it_is_taken_back_within_ten_minutes(self, client, plan):
        send(client, plan)
        visit = Visit.objects.get()
        assert 'value="undo"' in text_of(client.get("/me/visits/"))
        with patch_now(timezone.now() + dt.timedelta(minutes=11)):
            assert 'value="undo"' not in text_of(client.get("/me/visits/"))
            late = client.post("/me/visits/", {"action": "undo", "visit": visit.pk}, follow=True)
            assert "现在撤不回来了" in text_of(late)
        client.post("/me/visits/", {"action": "undo", "visit": visit.pk})
        assert (Visit.objects.count(), HourEntry.objects.count()) == (0, 0)

    def test_what_the_desk_entered_for_them_is_among_their_own(self, client, helper, plan):
        desk, values = make_user(Role.STAFF), {"visitor": helper.person, "submission_key": "paper"}
        record_visit(plan.person, way="phone", by=desk, **values)
        page = text_of(client.get("/me/visits/"))
        assert "我最近的走访" in page
        assert 'value="undo"' not in page

    def test_nobody_takes_back_the_visit_of_somebody_else(self, client, plan):
        send(client, plan)
        client.force_login(make_user(Role.HELPER))
        for key in (Visit.objects.get().pk, "x", "9" * 30):
            assert client.post("/me/visits/", {"action": "undo", "visit": key}).status_code == 404
        assert Visit.objects.count() == 1

    def test_hours_that_somebody_else_corrects_now_leave_everything_as_it_is(self, client, helper, plan):
        send(client, plan)
        entry = HourEntry.objects.get()
        claim_wrong(helper.person, entry, minutes=40, words="坐了 40 分钟", submission_key="c")
        record_hours(helper.person, 1, what="别的", source_key=f"fix:{entry.pk}:1")  # the other one's number
        data = {"action": "undo", "visit": Visit.objects.get().pk}
        assert "刚刚有人改过这一条" in text_of(client.post("/me/visits/", data, follow=True))
        assert (Visit.objects.count(), net_minutes(entry)) == (1, 20)

    def test_the_hours_stand_in_the_ledger_and_can_be_doubted(self, client, plan):
        send(client, plan)
        entry = HourEntry.objects.get()
        assert f"走访 · 第 {entry.what.split()[3]} 网格" in text_of(client.get("/me/hours/"))
        page = client.get(f"/me/hours/{entry.pk}/")
        assert "姜奶奶" not in text_of(page)
        data = {"submission_key": key_of(page), "minutes": "40", "words": "坐了 40 分钟"}
        client.post(f"/me/hours/{entry.pk}/", data)
        assert entry.claims.get().minutes == 40


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
class TestInABrowser:
    def test_a_visit_is_logged_without_a_script(self, page_without_js, live_server, plan, client):
        page = page_without_js
        page.context.add_cookies(
            [
                {"name": name, "value": morsel.value, "url": live_server.url}
                for name, morsel in client.cookies.items()
            ]
        )
        page.goto(f"{live_server.url}/me/")
        page.get_by_role("link", name="我要走访的").click()
        page.get_by_label("上门", exact=True).check()
        page.get_by_label("记一句").fill("气色不错")
        page.get_by_role("button", name="记好了").click()
        expect(page.get_by_role("main")).to_contain_text("记好了，谢谢您惦记姜奶奶")
        page.get_by_role("button", name="记错了，撤回").click()
        expect(page.get_by_role("main")).to_contain_text("撤回了，就当没记过")
        assert (Visit.objects.count(), HourEntry.objects.count()) == (0, 0)

    @pytest.mark.parametrize("mode", ["standard", "elder"])
    def test_axe_finds_nothing(self, sized_page, live_server, sign_in, plan, helper, mode):
        make_plan(visitor=helper.person)
        sign_in(helper)
        assert visit_all(sized_page, live_server, mode, ["/me/", "/me/visits/"]) == []
        sized_page.get_by_role("button", name="记好了").click()
        expect(sized_page.get_by_role("alert")).to_be_visible()
        assert violations_of(sized_page) == []
