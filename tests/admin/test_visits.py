"""Visits in the admin: a head logs in the own grid, the desk enters paper and makes plans, what is wrong is struck out."""

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from grids.models import CarePlan, Visit, home_of
from people.models import Person, PersonalDataView, Role
from tests.admin.world import address, list_address
from tests.makers import (
    make_care_category,
    make_grid,
    make_head,
    make_helper,
    make_person,
    make_plan,
    make_user,
    make_visit,
    patch_now,
)
from volunteers.actions import claim_wrong, net_minutes, record_hours
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def grid():
    return make_grid(6)


@pytest.fixture
def head(client, grid):
    head = make_head(grid)
    client.force_login(head)
    return head


@pytest.fixture
def plan(grid):
    return make_plan(grid=grid, since=timezone.localdate() - dt.timedelta(days=20))


@pytest.fixture
def foreign():
    return make_plan(grid=make_grid(7))


def text_of(response):
    return response.content.decode()


def log(client, plan, **data):
    url = address(plan, "visit")
    key = re.search(r'name="submission_key" value="([^"]+)"', text_of(client.get(url)))[1]
    return client.post(url, {"submission_key": key, "way": "door", "note": ""} | data)


def listed(client, **query):
    return [row.pk for row in client.get(list_address(CarePlan), query).context["cl"].result_list]


class TestHead:
    def test_the_most_overdue_of_the_own_grid_come_first(self, client, head, grid, plan, foreign):
        later, over = make_plan(grid=grid), make_plan(grid=grid)
        gone = make_plan(grid=grid)
        CarePlan.objects.filter(pk=over.pk).update(until=timezone.localdate())
        Person.objects.filter(pk=gone.person_id).update(state=Person.State.DECEASED)
        assert listed(client) == [plan.pk, later.pk]
        make_visit(later.person, by=head)
        assert listed(client, due="now") == [plan.pk]
        assert sorted(listed(client, due="ended")) == [over.pk, gone.pk]
        page = text_of(client.get(list_address(CarePlan)))
        assert "晚了 20 天" in page
        tiles = {tile["key"]: (tile["count"], tile["url"]) for tile in client.get("/admin/").context["tiles"]}
        assert tiles["visits"] == (1, "/admin/grids/careplan/?due=now")

    def test_where_nobody_is_named_the_list_names_the_head_of_the_grid(self, client, head, grid, plan):
        named = make_plan(grid=grid, visitor=make_helper(grid=grid).person)
        page = text_of(client.get(list_address(CarePlan)))
        shown = re.findall(r'field-visitor_shown">([^<]+)<', page)
        assert shown == ["网格长", str(named.visitor)]

    def test_a_visit_in_three_inputs(self, client, head, plan):
        response = log(client, plan, visitor=head.person.pk, way="outside", note="买菜回来")
        assert response.url == address(plan, "change")
        visit = Visit.objects.get()
        assert (visit.person, visit.visitor, visit.entered_by) == (plan.person, head.person, head)
        assert (visit.way, visit.note) == ("outside", "买菜回来")
        assert LogEntry.objects.get().object_repr == f"走访计划 #{plan.pk}"
        page = text_of(client.get(address(plan, "change")))
        assert [word for word in ("买菜回来", "在外面碰见", str(head.person)) if word not in page] == []
        assert "买菜回来" not in text_of(client.get(list_address(Visit)))

    def test_the_history_says_in_words_what_was_done(self, client, head, plan):
        log(client, plan, visitor=head.person.pk)
        visit = Visit.objects.get()
        with patch_now(timezone.now() + dt.timedelta(minutes=11)):
            client.post(address(visit, "strike"), {"why": "记到别家了"})
        for row, words in ((plan, "记了一次走访"), (visit, "作废了")):
            page = client.get(address(row, "history"))
            assert [entry.get_change_message() for entry in page.context["action_list"]] == [words]

    def test_the_page_says_for_whom_the_usual_minutes_are(self, client, head, plan):
        page = client.get(address(plan, "visit"))
        assert "登记过的志愿者按一般的算，别人不算" in text_of(page)

    def test_for_a_helper_of_the_grid_but_nobody_elses(self, client, head, grid, plan):
        near, far = make_helper(grid=grid), make_helper(grid=make_grid(7))
        assert log(client, plan, visitor=far.person_id).status_code == 200
        assert log(client, plan, visitor=near.person_id).status_code == 302
        assert Visit.objects.get().visitor == near.person
        assert HourEntry.objects.get().person == near.person

    def test_the_same_page_twice_is_one_visit(self, client, head, plan):
        data = {"submission_key": "k", "way": "door", "visitor": head.person.pk}
        for _click in range(2):
            assert client.post(address(plan, "visit"), data).status_code == 302
        assert Visit.objects.count() == 1

    def test_the_page_of_one_plan_writes_nothing_about_another(self, client, head, grid, plan):
        other = make_plan(grid=grid)
        data = {"submission_key": "k", "way": "door", "visitor": head.person.pk}
        assert client.post(address(plan, "visit"), data).status_code == 302
        assert "请重新打开再记" in text_of(client.post(address(other, "visit"), data))
        assert Visit.objects.get().person == plan.person

    def test_what_is_not_of_the_own_grid_is_not_there(self, client, head, foreign):
        data = {"submission_key": "k", "way": "door", "visitor": head.person.pk}
        assert client.get(address(foreign, "visit")).status_code == 404
        assert client.post(address(foreign, "visit"), data).status_code == 404
        reveal = {"who": "person", "field": "phone", "reason": "好奇"}
        assert client.post(address(foreign, "reveal"), reveal).status_code == 404
        visit = make_visit(foreign.person, visitor=make_person(), by=make_user())
        for page in ("undo", "strike"):
            assert client.post(address(visit, page), {"why": "好奇"}).status_code == 404
        visit.refresh_from_db()
        assert not visit.is_struck
        assert PersonalDataView.objects.count() == 0

    def test_an_export_names_the_building_and_not_the_door(self, client, head, plan):
        visit = make_visit(plan.person, visitor=head.person, by=head, note="膝盖疼")
        home = home_of(plan.person)
        for row in (plan, visit):
            asked = {"_selected_action": [row.pk], "action": "export_csv"}
            sent = client.post(list_address(type(row)), asked)
            csv = b"".join(sent.streaming_content).decode("utf-8-sig")
            assert str(home.building) in csv
            assert [word for word in (home.door, plan.person.name, "膝盖") if word in csv] == []

    def test_a_telephone_is_shown_for_a_reason(self, client, head, plan):
        data = {"who": "person", "field": "phone", "reason": "问问身体怎么样"}
        assert plan.person.phone in text_of(client.post(address(plan, "reveal"), data))
        assert PersonalDataView.objects.get().about == f"careplan:{plan.pk}"
        assert client.post(address(plan, "reveal"), {**data, "field": "id_number"}).status_code == 404

    def test_undone_within_ten_minutes_struck_out_later(self, client, head, plan):
        log(client, plan, visitor=head.person.pk, minutes="30")
        visit = Visit.objects.get()
        assert client.get(address(visit, "strike")).status_code == 404
        assert address(visit, "undo") in text_of(client.get(address(visit, "change")))
        with patch_now(timezone.now() + dt.timedelta(minutes=11)):
            assert address(visit, "strike") in text_of(client.get(address(visit, "change")))
            refused = client.post(address(visit, "undo"), follow=True)
            assert "现在撤不回来了" in text_of(refused)
            assert "请写一句" in text_of(client.post(address(visit, "strike"), {"why": ""}, follow=True))
            client.post(address(visit, "strike"), {"why": "记到别家了"})
        visit.refresh_from_db()
        assert (visit.struck_by, visit.struck_why, HourEntry.objects.total_minutes()) == (
            head,
            "记到别家了",
            0,
        )
        log(client, plan, visitor=head.person.pk, minutes="30")
        newest = Visit.objects.latest("pk")
        assert client.post(address(newest, "undo")).url == list_address(Visit)
        assert list(Visit.objects.all()) == [visit]

    @pytest.mark.parametrize(("page", "minutes"), [("undo", 0), ("strike", 11)])
    def test_hours_that_somebody_else_corrects_now_leave_everything_as_it_is(
        self, client, head, plan, page, minutes
    ):
        log(client, plan, visitor=head.person.pk, minutes="30")
        visit, entry = Visit.objects.get(), HourEntry.objects.get()
        claim_wrong(head.person, entry, minutes=40, words="坐了 40 分钟", submission_key="c")
        record_hours(head.person, 1, what="别的", source_key=f"fix:{entry.pk}:1")  # the other one's number
        with patch_now(timezone.now() + dt.timedelta(minutes=minutes)):
            said = client.post(address(visit, page), {"why": "记到别家了"}, follow=True)
        assert "刚刚有人改过这一条" in text_of(said)
        assert (Visit.objects.get().is_struck, net_minutes(entry)) == (False, 30)


class TestDesk:
    @pytest.fixture(autouse=True)
    def desk(self, client):
        user = make_user(Role.STAFF)
        client.force_login(user)
        return user

    def test_the_menu_of_the_staff_door_leads_here(self, client, grid):
        assert f'href="{list_address(CarePlan)}"' in text_of(client.get("/staff/grids/"))

    def test_a_plan_is_made_and_ended(self, client, grid):
        person, category = make_person(), make_care_category()
        data = {"person": person.pk, "category": category.pk, "visitor": "", "since": "2026-11-01"}
        assert client.post(list_address(CarePlan, "add"), data).status_code == 302
        again = client.post(list_address(CarePlan, "add"), data)
        assert "这位已经有走访计划了" in text_of(again)
        plan = CarePlan.objects.get()
        for wrong, sentence in (
            ({"visitor": person.pk}, "同一位"),
            ({"until": "2026-10-31"}, "不能早于开始的日子"),
        ):
            assert sentence in text_of(client.post(address(plan, "change"), data | {"until": ""} | wrong))
        client.post(address(plan, "change"), {**data, "until": "2026-11-20"})
        plan.refresh_from_db()
        assert (plan.until, plan.visitor) == (dt.date(2026, 11, 20), None)

    def test_paper_is_entered_without_the_names_of_illnesses(self, client):
        assert "不写病名" in text_of(client.get(list_address(Visit, "add")))

    def test_what_begins_on_a_later_day_is_not_among_those_that_are_over(self, client, grid):
        later = make_plan(grid=grid, since=timezone.localdate() + dt.timedelta(days=3))
        assert [listed(client), listed(client, due="now"), listed(client, due="ended")] == [
            [later.pk],
            [],
            [],
        ]

    def test_nobody_begins_to_look_in_on_who_is_gone(self, client, grid):
        person = make_person(state=Person.State.DECEASED)
        data = {"person": person.pk, "category": make_care_category().pk, "since": "2026-11-01"}
        assert "不用走访" in text_of(client.post(list_address(CarePlan, "add"), data))
        assert CarePlan.objects.count() == 0

    def test_paper_is_entered_for_a_visitor(self, client, desk, plan):
        helper, day = make_helper(), timezone.localdate() - dt.timedelta(days=3)
        data = {"person": plan.person_id, "visitor": helper.person_id, "way": "phone", "page": "p"}
        for _click in range(2):
            sent = client.post(list_address(Visit, "add"), data | {"visited_on": day.isoformat(), "note": ""})
            assert sent.status_code == 302
        visit = Visit.objects.get()
        assert (visit.visitor, visit.entered_by, visit.visited_on) == (helper.person, desk, day)
        assert (HourEntry.objects.get().person, HourEntry.objects.get().served_on) == (helper.person, day)

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [({"visited_on": "2020-01-01"}, "最近 31 天"), ({"minutes": "0"}, "1 分钟到 24 小时")],
    )
    def test_what_is_refused_is_said_on_the_form(self, client, plan, wrong, sentence):
        data = {"person": plan.person_id, "visitor": make_person().pk, "way": "door", "page": "p"}
        data |= {"visited_on": timezone.localdate().isoformat()} | wrong
        assert sentence in text_of(client.post(list_address(Visit, "add"), data))
        assert Visit.objects.count() == 0

    def test_by_grid(self, client, plan, foreign):
        assert listed(client, grid=foreign.person.residencies.get().household.dwelling.building.grid_id) == [
            foreign.pk
        ]
        for nowhere in ("999999", "x", "9" * 30):
            assert listed(client, grid=nowhere) == []

    def test_an_auditor_looks_and_writes_nothing(self, client, plan):
        client.force_login(make_user(Role.AUDITOR))
        assert client.get(address(plan, "change")).status_code == 200
        assert client.get(address(plan, "visit")).status_code == 404
        visit = make_visit(plan.person, visitor=make_person(), by=make_user())
        assert client.post(address(visit, "strike"), {"why": "看看"}).status_code == 404
