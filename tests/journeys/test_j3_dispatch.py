"""J3: the desk sends somebody in two clicks from the board, takes it back, and orders for a caller."""

import re

import pytest
from playwright.sync_api import expect

from services.models import Offer, OrderStatus, ServiceOrder
from tests.makers import (
    make_building,
    make_dwelling,
    make_grid,
    make_helper,
    make_household,
    make_order,
    make_person,
    make_service,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grid():
    return make_grid(6, name="听涛苑")


@pytest.fixture
def helper(grid):
    return make_helper(person=make_person("迟永福"), grid=grid)


def test_two_clicks_and_the_filters_are_kept(sized_page, live_server, sign_in, grid, helper):
    order = make_order(grid=grid, service=make_service(name_zh="陪同看病"))
    sign_in(make_user())
    sized_page.goto(f"{live_server.url}/staff/orders/?grid=6")
    sized_page.get_by_role("link", name=re.compile("^派单")).click()  # 1
    sized_page.get_by_role("button", name="派给迟永福").click()  # 2
    expect(sized_page.get_by_text("派给了迟永福")).to_be_visible()
    assert "grid=6" in sized_page.url
    assert Offer.objects.get(order=order).person_id == helper.person_id

    sized_page.get_by_role("button", name="撤回这一步").click()
    expect(sized_page.get_by_text("上一步撤回了")).to_be_visible()
    order.refresh_from_db()
    assert order.status == OrderStatus.SUBMITTED


def test_the_button_names_whom_it_sends(sized_page, live_server, sign_in, grid, helper):
    other = make_helper(person=make_person("宫玉梅"), grid=grid)
    order = make_order(grid=grid)
    sign_in(make_user())
    sized_page.goto(f"{live_server.url}/staff/orders/{order.number}/")
    sized_page.get_by_label("宫玉梅").check(force=True)
    sized_page.get_by_role("button", name="派给宫玉梅").click()
    expect(sized_page.get_by_text("派给了宫玉梅")).to_be_visible()
    assert Offer.objects.get(order=order).person_id == other.person_id


def test_an_order_for_a_caller_whom_the_community_knows(sized_page, live_server, sign_in, grid, helper):
    make_service("Z01", name_zh="说说您的事")
    make_service("B02", name_zh="上门理发")
    building = make_building(grid=grid)
    caller = make_person("姜小明", phone="13800009876")
    make_household(caller, dwelling=make_dwelling(building=building))
    sign_in(make_user())
    sized_page.goto(f"{live_server.url}/staff/orders/new/")
    sized_page.get_by_label("搜服务").fill("lifa")
    sized_page.get_by_role("button", name="搜服务").click()
    sized_page.get_by_role("link", name="上门理发").click()
    sized_page.get_by_label("来电的人的电话").fill("138 0000 9876")
    sized_page.get_by_role("button", name="查这个电话").click()
    expect(sized_page.get_by_text("姜*明")).to_be_visible()
    sized_page.get_by_label("居民说什么？").fill("老人要理发")
    sized_page.get_by_role("button", name="点单", exact=True).last.click()
    expect(sized_page.get_by_text("请读给居民听")).to_be_visible()
    order = ServiceOrder.objects.get()
    assert (order.contact_id, order.building_id) == (caller.pk, building.pk)
    sized_page.get_by_role("button", name="派给迟永福").click()
    expect(sized_page.get_by_text("等答复").first).to_be_visible()


class TestWithoutJavaScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return {**browser_context_args, "java_script_enabled": False}

    def test_two_clicks_too(self, page, live_server, sign_in, grid, helper):
        order = make_order(grid=grid)
        sign_in(make_user())
        page.goto(f"{live_server.url}/staff/orders/")
        page.get_by_role("link", name=re.compile("^派单")).click()
        page.get_by_role("button", name="派给选中的人").click()
        expect(page.get_by_text("派给了迟永福")).to_be_visible()
        order.refresh_from_db()
        assert order.status == OrderStatus.OFFERED
