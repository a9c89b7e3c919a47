"""J5: the resident says whether it is solved, and rates with one tap; "no" brings somebody again."""

import pytest
from playwright.sync_api import expect

from services import links
from services.models import OrderStatus
from tests.makers import make_solved_order

pytestmark = pytest.mark.django_db(transaction=True)


def test_yes_then_one_tap_on_a_face(sized_page, live_server):
    order = make_solved_order()
    sized_page.goto(live_server.url + links.resident_path(order))
    sized_page.get_by_role("button", name="解决了", exact=True).click()
    expect(sized_page.get_by_text("这次办得怎么样？")).to_be_visible()
    sized_page.get_by_role("button", name="非常满意").click()
    expect(sized_page.get_by_role("heading", name="您的评价")).to_be_visible()
    order.refresh_from_db()
    assert (order.status, order.rating.score) == (OrderStatus.CONFIRMED, 5)

    sized_page.get_by_text("改一改，或者补几句").click()
    sized_page.get_by_label("满意", exact=True).check(force=True)
    sized_page.get_by_label("还想说点什么？").fill("来得快")
    sized_page.get_by_role("button", name="改好了").click()
    expect(sized_page.get_by_text("“来得快”")).to_be_visible()
    order.rating.refresh_from_db()
    assert (order.rating.score, order.rating.words) == (4, "来得快")


def test_no_sends_somebody_again_under_the_same_number(sized_page, live_server):
    order = make_solved_order()
    sized_page.goto(live_server.url + links.resident_path(order))
    sized_page.get_by_text("先说说还差什么").click()
    sized_page.get_by_label("还差什么？").fill("还在滴水")
    sized_page.get_by_role("button", name="没有解决，请再派人来").click()
    expect(sized_page.get_by_text("您说没有解决，重新派人")).to_be_visible()
    expect(sized_page.get_by_text(order.spoken_number).first).to_be_visible()
    order.refresh_from_db()
    assert (order.status, order.reopened_times) == (OrderStatus.SUBMITTED, 1)
