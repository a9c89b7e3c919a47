"""J2: a grid head on a stairway, with one thumb: one order taken in three presses and finished in four."""

import pytest
from playwright.sync_api import expect

from services.models import OrderStatus
from tests.makers import PASSWORD, make_building, make_grid, make_head, make_order, make_service

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def head():
    return make_head(make_grid(6, name="听涛苑"), login="head06")


@pytest.fixture
def order(head):
    building = make_building(grid=head.person.appointments.get().grid, estate="听涛苑", name="3 号楼")
    make_order(grid=make_grid(7, name="望瀛小区"), service=make_service(name_zh="别处的服务"))
    service = make_service(name_zh="水管维修")
    return make_order(building=building, service=service, name="王桂兰", need="厨房水管漏水")


class Thumb:
    """Presses on a page, counted."""

    def __init__(self, page):
        self.page, self.presses = page, 0

    def press(self, target):
        target.click()
        self.presses += 1


def fits(page):
    """Whether nothing has to be moved sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_grid_head_takes_and_finishes_an_order(sized_page, live_server, head, order):
    page = sized_page
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("登录名").fill("head06")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("密码").press("Enter")
    expect(page.get_by_role("heading", name="我的网格今天")).to_be_visible()
    expect(page.get_by_text("第 6 网格（听涛苑）", exact=False).first).to_be_visible()
    expect(page.get_by_text("别处的服务")).to_have_count(0)
    assert fits(page)

    thumb = Thumb(page)
    thumb.press(page.get_by_role("link", name="水管维修"))
    expect(page.get_by_text("厨房水管漏水")).to_be_visible()
    expect(page.get_by_text("王桂兰")).to_have_count(0)
    assert fits(page)
    thumb.press(page.get_by_role("button", name="我来办"))
    expect(page.get_by_text("这一单您来办")).to_be_visible()
    assert thumb.presses <= 3
    order.refresh_from_db()
    assert (order.status, order.assigned_to) == (OrderStatus.ACCEPTED, head.person)

    page.get_by_label("办得怎么样").fill("换了水龙头，不漏了")
    thumb.press(page.get_by_role("button", name="已解决"))
    expect(page.get_by_text("记好了")).to_be_visible()
    assert thumb.presses <= 4
    order.refresh_from_db()
    assert (order.status, order.result) == (OrderStatus.SOLVED, "换了水龙头，不漏了")

    page.go_back()
    expect(page.get_by_text("水管维修").first).to_be_visible()
    page.goto(f"{live_server.url}/admin/")
    expect(page.get_by_text("今天没有要办的单子")).to_be_visible()


def test_a_phone_number_is_shown_once_after_a_reason(sized_page, live_server, sign_in, head, order):
    page = sized_page
    sign_in(head)
    page.goto(f"{live_server.url}/admin/services/serviceorder/{order.pk}/change/")
    page.get_by_text("看联系人的姓名、电话").click()
    page.get_by_label("看全部内容，要写原因").fill("约上门时间")
    page.get_by_role("button", name="看联系人的电话").click()
    expect(page.locator(f'a[href="tel:{order.contact.phone}"]')).to_be_visible()
    assert order.contact.phone not in page.url
    page.get_by_role("link", name="看好了，回去").click()
    expect(page.locator(f'a[href="tel:{order.contact.phone}"]')).to_have_count(0)
    assert order.contact.data_views.get().reason == "约上门时间"


def test_main_buttons_are_big_enough_for_a_thumb(page, live_server, sign_in, head, order):
    sign_in(head)
    page.goto(f"{live_server.url}/admin/services/serviceorder/{order.pk}/change/")
    buttons = page.locator(".do .button")
    sizes = [box.bounding_box() for box in buttons.all()]
    assert min(size["height"] for size in sizes) >= 44
    assert sizes[0]["y"] + sizes[0]["height"] < 844  # the main verb is seen without scrolling
