"""Small and old phones: how much a first visit loads, and that nothing is wider than 320 pixels."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from services import links
from tests.makers import make_order, make_solved_order
from tests.public.helpers import make_public_community

LIMIT = 100_000  # bytes, nothing compressed
PAGES = [
    "/", "/services/", "/services/?category=elderly", "/services/I01/", "/services/I01/order/", "/feedback/", "/track/",
    "/grids/", "/grids/6/", "/grids/6/poster/", "/venues/", "/privacy/", "/accessibility/", "/login/",
]  # fmt: skip
STATIC = Path(settings.BASE_DIR, "static")


def size_of(name):
    return (STATIC / name).stat().st_size


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_the_first_visit_loads_little(client, path):
    make_public_community(services=60, buildings=120)
    page = client.get(path).content.decode()
    files = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page))
    assert len(page.encode()) + sum(map(size_of, files)) <= LIMIT


def test_style_and_script_stay_in_their_budgets():
    assert size_of("css/tokens.css") + size_of("css/base.css") <= 40_000
    assert size_of("js/app.js") <= 30_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_nothing_is_wider_than_the_smallest_screen(page, live_server, mode):
    make_public_community(services=30, buildings=3)
    orders = [make_order(), make_solved_order(), make_order("waiting"), make_order("confirmed")]
    page.set_viewport_size({"width": 320, "height": 568})
    page.context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
    too_wide = []
    for path in [*PAGES, *map(links.resident_path, orders)]:
        page.goto(live_server.url + path)
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            too_wide.append(path)
    assert too_wide == []
