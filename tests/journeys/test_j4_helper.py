"""J4: a helper accepts in one tap from the link of a message, goes there, and says that it is done."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from people.models import Role
from services import links
from services.models import Offer, OrderStatus, ServiceOrder
from tests.makers import make_building, make_dwelling, make_offer, make_order, make_person, make_user
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made():
    building = make_building()
    make_dwelling(building=building, unit="2", floor=3, room="301")
    order = make_order(building=building, name="姜小明", phone="13800009876", door="2 单元 301")
    user = make_user(Role.HELPER, person=make_person("赵志强"))
    return make_offer(order, person=user.person)


def status_of(made):
    return ServiceOrder.objects.get(pk=made.order_id).status


def finish(page):
    page.get_by_label("办得怎么样").fill("换了垫圈，不漏了")
    page.get_by_label("用了几分钟").fill("40")
    page.get_by_role("button", name="办完了").click()
    expect(page.get_by_text("辛苦了")).to_be_visible()


def test_one_tap_from_the_link_without_a_login(sized_page, live_server, made):
    sized_page.goto(live_server.url + links.offer_path(made))
    expect(sized_page.get_by_text("2 单元 301")).to_have_count(0)
    sized_page.get_by_role("button", name="我来接").click()  # 1
    expect(sized_page.get_by_text("2 单元 301")).to_be_visible()
    expect(sized_page.get_by_role("link", name="打给居民")).to_have_attribute("href", "tel:13800009876")
    finish(sized_page)
    assert (status_of(made), HourEntry.objects.get().minutes) == (OrderStatus.SOLVED, 40)
    expect(sized_page.get_by_text("2 单元 301")).to_have_count(0)


def test_after_login(sized_page, live_server, sign_in, made):
    sign_in(made.person.user)
    sized_page.goto(f"{live_server.url}/me/")
    sized_page.get_by_role("button", name="我来接").click()
    expect(sized_page.get_by_text("2 单元 301")).to_be_visible()
    sized_page.goto(f"{live_server.url}/me/")
    sized_page.get_by_role("link", name="办好了").click()
    finish(sized_page)
    assert status_of(made) == OrderStatus.SOLVED
    sized_page.goto(f"{live_server.url}/me/hours/")
    expect(sized_page.get_by_text("40 分钟").last).to_be_visible()


def test_another_half_day(sized_page, live_server, made):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    ServiceOrder.objects.filter(pk=made.order_id).update(
        wish=ServiceOrder.Wish.HALF_DAY, wish_on=tomorrow, wish_half="am"
    )
    sized_page.goto(live_server.url + links.offer_path(made))
    sized_page.get_by_text("能去，但要换个时间").click()
    sized_page.get_by_label("您哪个半天行").select_option(f"{tomorrow}:pm")
    sized_page.get_by_role("button", name="就这个时间，我来接").click()
    expect(sized_page.get_by_text("等居民同意")).to_be_visible()
    assert status_of(made) == OrderStatus.ACCEPTED


def test_no_is_free(sized_page, live_server, made):
    sized_page.goto(live_server.url + links.offer_path(made))
    sized_page.get_by_text("这次不方便", exact=True).click()
    sized_page.get_by_label("太远或要爬楼").check(force=True)
    sized_page.get_by_role("button", name="这次不方便，请找别人").click()
    expect(sized_page.get_by_text("没关系").first).to_be_visible()
    assert (Offer.objects.get().answer, status_of(made)) == (Offer.Answer.DECLINED, OrderStatus.SUBMITTED)


class TestWithoutJavaScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return {
            **browser_context_args,
            "java_script_enabled": False,
            "viewport": {"width": 320, "height": 640},
        }

    def test_on_a_narrow_old_phone_in_large_type(self, page, live_server, made):
        page.context.add_cookies([{"name": "mode", "value": "elder", "url": live_server.url}])
        page.goto(live_server.url + links.offer_path(made))
        page.get_by_role("button", name="我来接").click()
        expect(page.get_by_text("2 单元 301")).to_be_visible()
        finish(page)
        assert status_of(made) == OrderStatus.SOLVED


def test_nothing_runs_off_a_narrow_screen(page, live_server, made):
    page.set_viewport_size({"width": 320, "height": 640})
    for mode in ("standard", "elder"):
        page.context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
        page.goto(live_server.url + links.offer_path(made))
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0, mode
