"""The order board: columns, filters in the address, search without names in it, counts of queries."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from reminders.actions import plan, to_desk
from reminders.models import Reminder
from services.badges import badges
from services.board import COLUMN_ROWS, PAGE_ROWS, Filters
from services.models import OrderStatus, ServiceOrder
from tests.makers import (
    make_category,
    make_community,
    make_grid,
    make_order,
    make_person,
    make_service,
    make_user,
    patch_now,
)
from tests.staff.helpers import page_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    user = make_user()
    client.force_login(user)
    return user


def numbers_in(response, orders):
    """Which of these orders the page names."""
    page = text_of(response)
    return {order.number for order in orders if order.spoken_number in page}


def hours_ago(hours):
    return patch_now(timezone.now() - dt.timedelta(hours=hours))


class TestColumns:
    def test_each_order_stands_under_its_status(self, client, desk):
        orders = {
            key: make_order(status)
            for key, status in {
                "submitted": OrderStatus.SUBMITTED,
                "offered": OrderStatus.OFFERED,
                "doing": OrderStatus.WAITING,
                "ended": OrderStatus.SOLVED,
            }.items()
        }
        columns = {column.key: column for column in client.get("/staff/orders/").context["columns"]}
        assert {key: [row.number for row in column.rows] for key, column in columns.items()} == {
            key: [order.number] for key, order in orders.items()
        }

    def test_the_most_pressing_comes_first(self, client, desk):
        slow, quick = make_service(time_limit_workdays=9), make_service(time_limit_workdays=0)
        late, soon = make_order(service=slow), make_order(service=quick)
        (column, *_others) = client.get("/staff/orders/").context["columns"]
        assert [row.number for row in column.rows] == [soon.number, late.number]

    def test_what_ended_last_comes_first_and_the_eight_last_are_shown(self, client, desk):
        service, ended = make_service(), []
        for days in range(COLUMN_ROWS + 2):
            with hours_ago(24 * days):
                ended.append(make_order(OrderStatus.SOLVED, service=service).number)
        column = client.get("/staff/orders/").context["columns"][3]
        assert [row.number for row in column.rows] == ended[:COLUMN_ROWS]
        assert column.more == "还有 2 件"

    def test_a_long_column_says_how_many_are_left(self, client, desk):
        service, grid = make_service(), make_grid()
        for _again in range(COLUMN_ROWS + 3):
            make_order(service=service, grid=grid)
        response = client.get("/staff/orders/")
        (column, *_others) = response.context["columns"]
        assert (column.count, column.more, column.href) == (
            "11",
            "还有 3 件",
            "/staff/orders/?status=submitted",
        )
        assert len(client.get(column.href).context["page"].rows) == 11

    def test_counts_are_capped(self, client, desk, monkeypatch):
        monkeypatch.setattr("services.counting.COUNT_CAP", 2)
        service, grid = make_service(), make_grid()
        for _again in range(4):
            make_order(service=service, grid=grid)
        (column, *_others) = client.get("/staff/orders/").context["columns"]
        assert column.count == "2+"

    def test_flags(self, client, desk):
        with hours_ago(24 * 20):
            late = make_order()
        (column, *_others) = client.get("/staff/orders/").context["columns"]
        (row,) = column.rows
        assert (row.number, row.flag) == (late.number, "late")
        assert row.flag_words.startswith("超时 ")

    def test_neither_phone_nor_full_name_is_on_the_board(self, client, desk):
        make_order(name="姜小明", phone="13800009876", door="2 单元 301")
        for path in ("/staff/orders/", "/staff/orders/?status=submitted"):
            page = text_of(client.get(path))
            assert "姜*明" in page
            assert [
                leak for leak in ("姜小明", "13800009876", "138 0000 9876", "2 单元") if leak in page
            ] == []


class TestFilters:
    def test_by_grid_category_and_what_presses(self, client, desk):
        with hours_ago(24 * 20):
            late = make_order(grid=make_grid(7), service=make_service(category=make_category("C")))
        plain = make_order(grid=make_grid(8))
        both = [late, plain]
        for query, expected in {
            "grid=7": {late.number},
            "grid=8": {plain.number},
            "category=C": {late.number},
            "due=late": {late.number},
            "due=unsent": {late.number},
            "grid=8&due=late": set(),
            "": {late.number, plain.number},
            "grid=x&category=&due=nonsense&status=nonsense": {late.number, plain.number},
        }.items():
            assert numbers_in(client.get(f"/staff/orders/?{query}"), both) == expected, query

    def test_mine_is_what_i_did_something_about(self, client, desk):
        mine, other = make_order(), make_order()
        client.post(page_of(mine), {"action": "note", "words": "打过电话"})
        assert numbers_in(client.get("/staff/orders/?mine=1"), [mine, other]) == {mine.number}

    def test_the_same_resident(self, client, desk):
        person = make_person("姜小明")
        first, second = (make_order(name=person.name, phone=person.phone) for _again in range(2))
        other = make_order()
        response = client.get(f"/staff/orders/?like={first.number}")
        assert numbers_in(response, [first, second, other]) == {first.number, second.number}

    def test_no_place_yet(self, client, desk):
        order = make_order()
        ServiceOrder.objects.filter(pk=order.pk).update(grid=None, building=None)
        other = make_order()
        assert numbers_in(client.get("/staff/orders/?due=nowhere"), [order, other]) == {order.number}

    def test_the_address_keeps_the_filters(self):
        filters = Filters(grid="7", due="late", mine=True)
        assert filters.url(status="doing") == "/staff/orders/?status=doing&grid=7&due=late&mine=1"


class TestPaging:
    def test_a_list_is_read_on_by_key_and_nothing_is_shown_twice(self, client, desk):
        service, grid = make_service(), make_grid()
        made = {make_order(service=service, grid=grid).number for _again in range(PAGE_ROWS + 2)}
        first = client.get("/staff/orders/?status=submitted")
        second = client.get(first.context["next_href"])
        shown = [row.number for page in (first, second) for row in page.context["page"].rows]
        assert (len(shown), set(shown), second.context["next_href"]) == (PAGE_ROWS + 2, made, "")

    @pytest.mark.parametrize("after", ["x", "2026-11-24_1", "_", "2026-11-24T00:00:00+00:00_x"])
    def test_a_broken_key_begins_at_the_start(self, client, desk, after):
        order = make_order()
        response = client.get("/staff/orders/", {"status": "submitted", "after": after})
        assert [row.number for row in response.context["page"].rows] == [order.number]


class TestSearch:
    def test_a_number_leads_to_its_order(self, client, desk):
        order = make_order()
        response = client.post("/staff/orders/", {"q": order.spoken_number})
        assert (response.status_code, response["Location"]) == (302, page_of(order))

    @pytest.mark.parametrize("typed", ["姜小明", "138 0000 9876", "１３８００００９８７６"])
    def test_a_resident_is_found_without_a_trace_in_the_address(self, client, desk, typed):
        order = make_order(name="姜小明", phone="13800009876")
        other = make_order()
        response = client.post("/staff/orders/", {"q": typed})
        assert response.status_code == 200
        assert numbers_in(response, [order, other]) == {order.number}
        assert [leak for leak in ("姜小明", "13800009876") if leak in text_of(response)] == []

    def test_a_building_becomes_a_filter(self, client, desk):
        order = make_order(grid=make_grid())
        other = make_order(grid=make_grid())
        response = client.post("/staff/orders/", {"q": order.building.name}, follow=True)
        assert response.redirect_chain[0][0].startswith("/staff/orders/?q=")
        assert numbers_in(response, [order, other]) == {order.number}

    def test_nothing_found_says_so(self, client, desk):
        make_order()
        page = text_of(client.post("/staff/orders/", {"q": "138 0000 0000"}))
        assert "没有查到这位居民的单子" in page


class TestQueries:
    @pytest.mark.parametrize(
        "path",
        ["/staff/orders/", "/staff/orders/?mine=1&due=late", "/staff/orders/?status=offered", "/staff/"],
    )
    def test_as_many_for_a_hundred_rows_as_for_one(self, client, desk, path, django_assert_max_num_queries):
        def ask():
            with django_assert_max_num_queries(12) as queries:
                assert client.get(path).status_code == 200
            return len(queries)

        with hours_ago(24 * 20):
            self.make(1)
            for_one = ask()
            self.make(24)
            assert ask() == for_one

    def make(self, times):
        for _again in range(times):
            for status in (
                OrderStatus.SUBMITTED,
                OrderStatus.OFFERED,
                OrderStatus.ACCEPTED,
                OrderStatus.SOLVED,
            ):
                make_order(status)


def test_orders_of_another_community_do_not_exist(client, desk):
    elsewhere = make_community(code="370614001015", name="别的社区", host="other.example")
    from_here = make_order()
    there = make_order(service=make_service(community=elsewhere))
    response = client.get("/staff/orders/")
    assert numbers_in(response, [from_here, there]) == {from_here.number}
    assert client.get(page_of(there)).status_code == 404


@pytest.mark.parametrize("narrowed", ["", "&due=late", "&mine=1"])
def test_each_user_counts_what_they_may_see(client, narrowed):
    """What is written once is written once for each sight: the same page of one process, asked by both in turn."""
    here = make_community(host="testserver")
    elsewhere = make_community(code="370614001015", name="别的社区", host="other.example")
    orders = [make_order(service=make_service(community=community)) for community in (here, here, elsewhere)]
    ServiceOrder.objects.update(due_at=timezone.now() - dt.timedelta(hours=1))
    for user in (make_user(community=elsewhere), make_user(community=here), make_user(community=None)):
        ServiceOrder.objects.update(entered_by=user)
        sees_nothing = user.community_id == elsewhere.pk  # they may not see here, and this is not there
        client.force_login(user)
        response = client.get(f"/staff/orders/?category={narrowed}")
        assert numbers_in(response, orders) == (
            set() if sees_nothing else {order.number for order in orders[:2]}
        )
        assert response.context["staff_counts"]["waiting"] == ("" if sees_nothing else "2")
        assert badges(user, here)["waiting"] == ("" if sees_nothing else "2")


def test_an_old_message_is_no_news_however_long_the_process_lives(desk):
    plan([to_desk(desk.community, kind=Reminder.Kind.ANSWERED, dedupe_key="test:1", subject="问", text="答")])
    Reminder.objects.update(status=Reminder.Status.SENT)
    assert badges(desk, desk.community)["unread"] == "1"
    with patch_now(timezone.now() + dt.timedelta(days=31)):
        assert badges(desk, desk.community)["unread"] == ""


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/staff/", "/staff/"),
        ("/staff/orders/", "/staff/orders/"),
        ("/staff/orders/new/", "/staff/orders/new/"),
        ("/staff/members/", "/staff/members/"),
    ],
)
def test_the_menu_marks_where_one_is(client, desk, path, entry):
    marked = re.findall(r'<li><a href="([^"]*)" aria-current="page">', client.get(path).content.decode())
    assert marked == [entry, entry]  # once in the menu of the telephone, once beside the page


def test_the_page_of_an_order_belongs_to_the_board(client, desk):
    page = client.get(page_of(make_order())).content.decode()
    assert re.findall(r'<li><a href="([^"]*)" aria-current="page">', page) == ["/staff/orders/"] * 2
