"""axe-core finds no violation on any public page: on a phone, at a desk, in large type, with and without mistakes."""

import pytest

from grids.models import Building
from services import links
from services.models import OrderStatus, Service
from tests.axe import violations_of
from tests.makers import make_order
from tests.public.helpers import make_public_community

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
PAGES = [
    "/", "/services/", "/services/?q=水电", "/services/?q=遛狗", "/services/I01/", "/services/I01/order/",
    "/services/I02/order/", "/services/I03/order/", "/services/Z01/order/", "/feedback/", "/track/", "/grids/",
    "/grids/?building=", "/grids/6/", "/grids/6/poster/", "/venues/", "/privacy/", "/accessibility/", "/login/", "/nothing/",
    "/o/forged/",
]  # fmt: skip


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_no_public_page_has_a_violation(sized_page, live_server, settings, mode):
    settings.PORTAL_DEMO = True
    make_public_community(services=3, buildings=2)
    Service.objects.filter(code="I01").update(stopper_zh="有人触电先打120")
    Service.objects.filter(code="I03").update(bookable=False)
    home = Building.objects.first()
    orders = [make_order(status, building=home) for status in OrderStatus]
    sized_page.context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
    found = []
    for path in [*PAGES, *map(links.resident_path, orders)]:
        sized_page.goto(live_server.url + path)
        found += violations_of(sized_page)
    sized_page.goto(f"{live_server.url}/services/I02/order/")
    sized_page.get_by_role("button", name="下一步：核对").click()
    found += violations_of(sized_page)
    assert found == []
