"""What is handed out on paper fits one sheet and says what must be said."""

import re

import pytest
from django.urls import reverse

from services import links
from services.models import Service
from tests.makers import make_appointment, make_building, make_duty, make_order
from tests.public.helpers import make_public_community

pytestmark = pytest.mark.django_db(transaction=True)


def sheets_of(page, address):
    page.goto(address)
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True)))


@pytest.fixture
def community(settings):
    settings.PORTAL_DEMO = True
    return make_public_community()


def test_a_receipt_is_one_sheet_without_buttons(page, live_server, community):
    building = make_building(grid=community.grids.get())
    order = make_order(service=Service.objects.get(code="I01"), building=building, need="漏水" * 60)
    receipt = reverse("services:order", args=["I01"]) + f"?receipt={links.order_token(order)}"
    assert sheets_of(page, live_server.url + receipt) == 1
    page.emulate_media(media="print")
    assert page.get_by_text(order.spoken_number).first.is_visible()
    assert page.get_by_text("演示数据").is_visible()
    assert not page.get_by_role("link", name="看办理进度").is_visible()
    assert not page.get_by_role("navigation", name="底部导航").is_visible()


def test_a_door_card_with_six_members_is_one_sheet(page, live_server, community):
    make_appointment(grid=community.grids.get(), duty=make_duty())
    for number in range(6):
        make_duty(
            "member",
            code=f"m{number}",
            name_zh="矛盾调解员",
            duties_zh="听双方说，调解邻里和家庭矛盾，替您保密",
        )
    assert sheets_of(page, f"{live_server.url}/grids/6/poster/") == 1
