"""Ordering without an account: write, check, done; every way in which it can go wrong says what to do."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from reminders.models import Reminder
from services.models import Service, ServiceOrder
from services.models.orders import OrderStatus
from tests.makers import make_building, make_dwelling, make_grid, make_head, make_person, make_service
from tests.public.helpers import NEED, make_public_community, order_values, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def building():
    make_public_community()
    return Service.objects.get(code="I01").community.grids.get().buildings.get()


def url(code="I01"):
    return reverse("services:order", args=[code])


def text_of(response):
    return response.content.decode()


def test_writing_is_checked_and_nothing_is_stored_before_sending(client, building):
    response = client.post(url(), order_values(building, step="check"))
    page = text_of(response)
    assert response.status_code == 200
    assert "请核对一遍" in page
    assert "138 0000 0617" in page
    assert "第 6 网格（听涛苑）" in page
    assert f'name="need" value="{NEED}"' in page
    assert ServiceOrder.objects.count() == 0
    assert "sessionid" not in client.cookies


def test_sending_makes_the_order_and_shows_a_receipt(client, building):
    response = client.post(url(), order_values(building), follow=True)
    order = ServiceOrder.objects.get()
    page = text_of(response)
    assert response.redirect_chain == [
        (response.request["PATH_INFO"] + "?" + response.request["QUERY_STRING"], 302)
    ]
    assert order.spoken_number in page
    assert "138****" in page
    assert "<svg" in page.split("done-panel")[1]
    assert (order.grid.number, order.contact.name, order.contact.phone) == (6, "王淑兰", "13800000617")


def test_no_address_carries_a_name_or_a_phone(client, building):
    response = client.post(url(), order_values(building), follow=True)
    seen = [address for address, _status in response.redirect_chain]
    seen += re.findall(r'(?:href|action|src)="([^"]*)"', text_of(response))
    for address in seen:
        assert "0617" not in address
        assert "王" not in address


def test_sending_twice_gives_one_order_and_the_same_receipt(client, building):
    first = client.post(url(), order_values(building))
    second = Client().post(url(), order_values(building))
    assert ServiceOrder.objects.count() == 1
    assert first["Location"] == second["Location"]


def test_a_changed_order_from_the_same_page_is_a_new_one(client, building):
    client.post(url(), order_values(building))
    client.post(url(), order_values(building, need="还有一个灯不亮"))
    assert sorted(ServiceOrder.objects.values_list("need", flat=True)) == sorted([NEED, "还有一个灯不亮"])


def test_mistakes_come_back_with_a_summary_and_what_was_typed(client, building):
    response = client.post(url(), order_values(building, phone="138 0000 061", need="", step="check"))
    page = text_of(response)
    assert "<title>有 2 处要改：" in page
    assert "还有 2 处要改" in page
    assert page.count("手机号要写满 11 位，现在是 10 位") == 2
    assert page.count("请写一下是什么事") == 2
    assert 'href="#id_phone"' in page
    assert 'value="138 0000 061"' in page
    assert f'<option value="{building.pk}" selected data-grid="第 6 网格（听涛苑）">' in page
    assert ServiceOrder.objects.count() == 0


def test_the_browser_may_keep_what_is_written_but_not_the_receipt(client, building):
    """With no-store the Back button would lead to the browser's own warning page (features.md J1)."""
    written = client.post(url(), order_values(building, step="check"))
    assert written["Cache-Control"] == "private, no-cache, max-age=0"
    assert client.get(url())["Cache-Control"] == "private, no-cache, max-age=0"
    receipt = client.post(url(), order_values(building, step="submit"), follow=True)
    assert "no-store" in receipt["Cache-Control"]
    assert ("Cookie" in written.get("Vary", ""), "Cookie" in receipt["Vary"]) == (False, True)


def test_going_back_to_change_keeps_everything(client, building):
    page = text_of(client.post(url(), order_values(building, step="edit", behalf="on", for_name="李大爷")))
    assert NEED in page
    assert 'value="王淑兰"' in page
    assert 'value="李大爷"' in page
    assert "还有" not in page.split("<form")[2]
    assert re.search(r'id="id_behalf"[^>]*checked|checked[^>]*id="id_behalf"', page)


@pytest.mark.parametrize("ticked", [True, False])
def test_going_back_from_the_check_page_ticks_nothing_by_itself(client, building, ticked):
    """The check page carries the box as a hidden text, "True" or "False"."""
    said = {"behalf": "on", "for_name": "李大爷"} if ticked else {}
    check = text_of(client.post(url(), order_values(building, step="check", **said)))
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', check))
    page = text_of(client.post(url(), carried | {"step": "edit"}))
    (box,) = re.findall(r'<input[^>]*id="id_behalf"[^>]*>', page)
    assert ("checked" in box, 'value="王淑兰"' in page) == (ticked, True)


def test_the_building_is_remembered_on_the_device_and_nothing_else(client, building):
    client.post(url(), order_values(building))
    assert {name: cookie.value for name, cookie in client.cookies.items()} == {"building": str(building.pk)}
    assert f'<option value="{building.pk}" selected data-grid="第 6 网格（听涛苑）">' in text_of(
        client.get(url())
    )


def test_an_order_without_a_building_goes_to_the_desk(client, building):
    values = order_values(building, building="unknown", place_text="幸福食堂东边", door="")
    page = text_of(client.post(url(), values, follow=True))
    order = ServiceOrder.objects.get()
    assert (order.grid, order.building, order.place_text) == (None, None, "幸福食堂东边")
    assert "先打电话问清是哪栋楼" in page


def test_on_behalf_keeps_for_apart_from_by(client, building):
    client.post(url(), order_values(building, behalf="on", for_name="李大爷"))
    order = ServiceOrder.objects.get()
    assert (order.contact.name, order.for_person.name, order.for_person.phone) == ("王淑兰", "李大爷", "")


def test_danger_is_asked_first_and_the_form_comes_after(client, building):
    Service.objects.filter(code="I01").update(stopper_zh="插座冒烟冒火先打119")
    first, after = text_of(client.get(url())), text_of(client.get(url() + "?safe=1"))
    assert "正在发生危险吗" in first
    assert 'href="tel:119"' in first
    assert "<textarea" not in first
    assert "<textarea" in after


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("closed", [{"bookable": False}, {"delivery": Service.Delivery.REFERRAL}])
def test_a_service_that_is_not_ordered_here_says_what_to_do(client, building, closed, method):
    Service.objects.filter(code="I01").update(**closed)
    response = getattr(client, method)(url(), order_values(building))
    assert response.status_code == 409
    assert "现在不能网上点单" in text_of(response)
    assert "tel:05350001200" in text_of(response)
    assert ServiceOrder.objects.count() == 0


def test_a_service_that_closes_while_somebody_writes_loses_nothing(client, building):
    Service.objects.filter(code="I01").update(is_open=False)
    response = client.post(url(), order_values(building))
    page = text_of(response)
    assert response.status_code == 409
    assert "“上门修水电1”现在不能网上点单" in page
    assert f'name="need" value="{NEED}"' in page
    assert f'action="{url(Service.FREE_TEXT)}"' in page


def test_a_forged_receipt_says_how_to_look_it_up(client, building):
    response = client.get(url() + "?receipt=1.forged")
    assert response.status_code == 410
    assert "这个链接已经失效了" in text_of(response)
    assert reverse("services:track") in text_of(response)


def test_a_receipt_of_another_community_is_not_shown(client, building, settings):
    settings.ALLOWED_HOSTS = ["*"]
    receipt = client.post(url(), order_values(building))["Location"]
    building.grid.community.host = "haimengyuan.example"
    building.grid.community.save(update_fields=["host"])
    response = client.get(receipt, headers={"Host": "elsewhere.example"})
    assert response.status_code == 404


def test_the_seventh_order_of_a_phone_within_an_hour_waits(client, building):
    answers = [
        client.post(url(), order_values(building, submission_key=f"k{n}")).status_code for n in range(7)
    ]
    again = client.post(url(), order_values(building, submission_key="k0"))
    assert answers == [302] * 6 + [429]
    assert again.status_code == 302
    assert ServiceOrder.objects.count() == 6


def test_too_many_orders_get_a_page_with_the_minutes(client, building):
    for n in range(6):
        client.post(url(), order_values(building, submission_key=f"k{n}"))
    response = client.post(url(), order_values(building, submission_key="k7"))
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert "分钟后可以再试" in text_of(response)


def test_a_page_without_its_token_says_what_to_do(building):
    response = Client(enforce_csrf_checks=True).post(url(), order_values(building))
    assert response.status_code == 403
    assert "刷新一下再提交" in text_of(response)


def test_free_text_is_ordered_like_a_service(client, building):
    values = order_values(building, need="楼下有人占了消防通道", door="")
    page = text_of(client.post(url(Service.FREE_TEXT), values, follow=True))
    order = ServiceOrder.objects.get()
    assert (order.service.code, order.status) == (Service.FREE_TEXT, OrderStatus.SUBMITTED)
    assert order.spoken_number in page


def test_a_complaint_needs_no_name(client, building):
    response = client.post(
        reverse("services:feedback"), {"need": "字太小", "submission_key": "k"}, follow=True
    )
    order = ServiceOrder.objects.get()
    assert (order.service.code, order.contact) == (Service.COMPLAINT, None)
    assert "意见收到了" in text_of(response)
    assert order.spoken_number in text_of(response)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"need": ""}, "请写一下您的意见"),
        ({"need": "字太小", "phone": "123"}, "手机号要写满 11 位，现在是 3 位"),
        ({"need": "字太小", "phone": "13800000617"}, "留了电话，也请写一下怎么称呼您"),
    ],
)
def test_a_complaint_with_a_mistake_comes_back(client, building, values, sentence):
    page = text_of(client.post(reverse("services:feedback"), values | {"submission_key": "k"}))
    assert page.count(sentence) == 2
    assert "<title>有 1 处要改：" in page
    assert ServiceOrder.objects.count() == 0


def test_ordering_the_complaint_leads_to_its_own_page(client, building):
    assert client.get(url(Service.COMPLAINT))["Location"] == reverse("services:feedback")


@pytest.mark.parametrize("buildings", [1, 100])
def test_the_order_form_asks_as_much_for_one_building_as_for_a_hundred(
    client, django_assert_num_queries, buildings
):
    make_public_community(buildings=buildings)
    with django_assert_num_queries(2):
        assert text_of(client.get(url())).count("data-grid=") == buildings


@pytest.mark.parametrize("many", [1, 100])
@pytest.mark.parametrize("is_known", [False, True])
def test_an_order_asks_nine_things_of_the_database_however_much_there_is(client, many, is_known):
    """Service, place, person and consent or person twice, order, limits, event, who leads the grid, their reminders."""
    community = make_public_community(services=many, buildings=many)
    home = make_dwelling(building=community.grids.get().buildings.first(), unit="2", room="301")
    make_head(home.building.grid)
    for room in range(many):
        make_dwelling(building=home.building, unit="1", room=str(room))
    if is_known:
        make_person("王淑兰", phone="13800000617")
    client.post(
        url(), order_values(home.building, name="李秀兰")
    )  # some queries are written once per process
    values = order_values(home.building, submission_key="another-page")
    assert queries_of(lambda: client.post(url(), values)) == 9
    order = ServiceOrder.objects.get(contact__name="王淑兰")
    assert (order.dwelling, order.contact.consents.count()) == (home, 0 if is_known else 1)
    assert Reminder.objects.filter(dedupe_key__startswith=f"order:{order.pk}:").count() == 2


def test_hidden_fields_cannot_smuggle_markup(client, building):
    page = text_of(
        client.post(url(), order_values(building, need='"><script>alert(1)</script>', step="check"))
    )
    assert "<script>alert" not in page


def test_another_grid_is_told_for_its_building(client, building):
    other = make_building(
        grid=make_grid(9, community=building.grid.community, name="水城家园"), estate="水城家园"
    )
    client.post(url(), order_values(other))
    assert ServiceOrder.objects.get().grid.number == 9


def test_unknown_services_are_not_found(client, building):
    make_service("Q99", is_open=False)
    assert client.get("/services/Q99/").status_code == 404
    assert client.get(url("NOPE")).status_code == 404
