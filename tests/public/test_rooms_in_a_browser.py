"""Venues in a browser: no axe violation on a phone and at a desk, nothing wider than 320 pixels, little to load."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from grids.links import booking_path
from grids.models import Booking, OpeningHours
from tests.axe import violations_of
from tests.makers import days_ahead, make_booking, make_grid, make_user, make_venue
from tests.public.helpers import make_public_community
from tests.public.test_weight import LIMIT, size_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def paths():
    make_public_community(services=60, buildings=30)
    grid = make_grid(7)
    venue = make_venue(grid=grid, name="听涛议事园", step_free=True, seats=20, equipment="投影、音响")
    closed = make_venue(grid=grid, name="互助中心", kind="help", bookable=False, offers="每周三量血压")
    closed.hours.update(closes=dt.time(11, 30))  # a break at noon makes the longest line
    OpeningHours.objects.bulk_create(
        OpeningHours(venue=closed, weekday=day, opens=dt.time(14), closes=dt.time(17)) for day in range(7)
    )
    OpeningHours.objects.create(venue=venue, day=days_ahead(2).date())
    asked = make_booking(venue)
    group = make_booking(venue, kind="branch", weeks=3, starts_at=days_ahead(3), entered_by=make_user())
    one = f"/venues/{venue.pk}/"
    return ["/venues/", one, f"{one}?day={days_ahead(2):%Y-%m-%d}", booking_path(asked), booking_path(group)]


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_no_violation_and_no_sideways_scrolling(sized_page, live_server, paths, mode):
    sized_page.context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
    found = []
    for path in paths:
        sized_page.goto(live_server.url + path)
        found += violations_of(sized_page)
    sized_page.goto(live_server.url + paths[1])
    sized_page.get_by_role("button", name="提交预订").click()
    found += violations_of(sized_page)
    assert found == []
    sized_page.set_viewport_size({"width": 320, "height": 568})
    for path in paths:
        sized_page.goto(live_server.url + path)
        assert sized_page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_first_visit_loads_little(client, paths):
    for path in paths:
        page = client.get(path).content.decode()
        files = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page))
        assert len(page.encode()) + sum(map(size_of, files)) <= LIMIT, path


def test_a_resident_books_without_a_script(page_without_js, live_server, paths):
    page = page_without_js
    page.goto(live_server.url)
    page.get_by_role("link", name="借场地").click()
    page.get_by_role("link", name="听涛议事园", exact=True).click()
    page.get_by_role("link", name=re.compile("^明天")).click()
    page.get_by_label("几点开始？").select_option("14:00")
    page.get_by_label("用多久？").select_option("1 小时")
    page.get_by_label("做什么用？").fill("合唱队排练")
    page.get_by_label("怎么称呼您？").fill("王淑兰")
    page.get_by_label("电话", exact=True).fill("138 0000 0617")
    page.get_by_role("button", name="提交预订").click()
    expect(page.get_by_text("等社区答复", exact=True)).to_be_visible()
    made = Booking.objects.get(title="合唱队排练", starts_at=days_ahead(1, 14))
    page.get_by_role("button", name="取消这一次").click()
    expect(page.get_by_text("取消了 1 次")).to_be_visible()
    made.refresh_from_db()
    assert made.status == "cancelled"
