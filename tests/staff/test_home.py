"""The staff home page: at most seven things to do, the coverage of the grids, the heartbeat (features.md D01, R05)."""

import datetime as dt

import pytest
from django.utils import timezone

from grids.models import Duty
from people.models import Role
from reminders.models import Heartbeat
from services.models import ServiceOrder, UnmetWord
from tests.makers import (
    make_appointment,
    make_branch,
    make_community,
    make_duty,
    make_grid,
    make_member,
    make_order,
    make_person,
    make_user,
    patch_now,
    shanghai,
)
from tests.staff.helpers import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    user = make_user(person=make_person("周敏"))
    client.force_login(user)
    return user


def hours_ago(hours):
    return patch_now(timezone.now() - dt.timedelta(hours=hours))


class TestHeartbeat:
    def test_never_beaten(self, client, desk):
        assert "提醒停了" in text_of(client.get("/staff/"))

    @pytest.mark.parametrize(("minutes", "silent"), [(9, False), (11, True)])
    def test_red_after_ten_minutes(self, client, desk, minutes, silent):
        Heartbeat.objects.create(name="tick", beat_at=timezone.now() - dt.timedelta(minutes=minutes))
        assert ("提醒停了" in text_of(client.get("/staff/"))) is silent


class TestCalendar:
    def test_a_year_that_is_not_published_is_told(self, client, desk):
        with patch_now(shanghai(2035, 3, 5, 9)):
            client.force_login(desk)
            assert "2035 年的放假调休安排还没有录入" in text_of(client.get("/staff/"))

    def test_a_published_year_is_not(self, client, desk):
        with patch_now(shanghai(2025, 3, 5, 9)):
            client.force_login(desk)
            assert "放假调休安排还没有录入" not in text_of(client.get("/staff/"))


class TestCoverage:
    def test_each_grid_with_branch_head_members_and_vacancies(self, client, desk):
        make_duty(Duty.Kind.MEMBER, code="one", name_zh="宣传员")
        two = make_duty(Duty.Kind.MEMBER, code="two", name_zh="信息员")
        covered, bare = make_grid(1), make_grid(2)
        branch = make_branch(grids=[covered], name="一支部")
        make_member(branch=branch)
        make_member(branch=branch, left_on=timezone.localdate())
        make_appointment(grid=covered, person=make_person("李秀兰"))
        make_appointment(grid=covered, person=make_person("孙玉梅"), duty=two)
        first, second = client.get("/staff/").context["grids"]
        assert (first.number, first.head, first.branch, first.members, first.missing) == (
            covered.number,
            "李秀兰",
            "一支部",
            1,
            ["宣传员"],
        )
        assert (second.number, second.head, second.branch, second.members, second.missing) == (
            bare.number,
            "",
            "",
            None,
            ["宣传员", "信息员"],
        )
        page = text_of(client.get("/staff/grids/"))
        assert page.count("空缺</span>") == 4  # the bare grid's head and both members, the covered grid's one

    def test_open_and_late_orders_of_each_grid(self, client, desk):
        grid = make_grid()
        with hours_ago(24 * 20):
            make_order(grid=grid)
        make_order(grid=grid)
        (row,) = client.get("/staff/").context["grids"]
        assert (row.open, row.late) == (2, 1)

    def test_it_is_no_contest(self, client, desk):
        quiet, busy = make_grid(1), make_grid(2)
        make_order(grid=busy)
        numbers = [row.number for row in client.get("/staff/").context["grids"]]
        assert numbers == [quiet.number, busy.number]


class TestTodos:
    def test_never_more_than_seven_and_the_late_first(self, client, desk):
        make_duty(Duty.Kind.MEMBER, code="one")
        with hours_ago(24 * 20):
            for _again in range(6):
                make_order(grid=make_grid())
        order = make_order()
        ServiceOrder.objects.filter(pk=order.pk).update(grid=None, building=None, reopened_times=1)
        now = timezone.now()
        UnmetWord.objects.create(community=make_community(), word="磨刀", times=1, first_at=now, last_at=now)
        todos = client.get("/staff/").context["todos"]
        assert (len(todos), [todo.late for todo in todos]) == (7, [True] * 4 + [False] * 3)

    def test_nothing_to_do_is_said(self, client, desk):
        make_community()
        response = client.get("/staff/")
        assert response.context["todos"] == []
        assert "没有要马上处理的" in text_of(response)

    def test_numbers(self, client, desk):
        with hours_ago(24 * 20):
            make_order()
        make_order()
        numbers = client.get("/staff/").context["numbers"]
        assert {key: numbers[key] for key in ("late", "waiting", "unsent", "new", "ended")} == {
            "late": "1",
            "waiting": "2",
            "unsent": "1",
            "new": "1",
            "ended": "0",
        }


def test_an_auditor_is_not_offered_what_they_may_not_do(client):
    client.force_login(make_user(Role.AUDITOR))
    assert "代居民点单</a>" not in text_of(client.get("/staff/")).replace("</svg>代居民点单</a></li>", "")


def test_residents_are_not_named(client, desk):
    with hours_ago(24 * 20):
        make_order(name="姜小明", phone="13800009876")
    page = text_of(client.get("/staff/"))
    assert [leak for leak in ("姜小明", "13800009876") if leak in page] == []
