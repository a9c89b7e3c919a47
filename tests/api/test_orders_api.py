import datetime as dt

import pytest
from django.utils import timezone

from people.models import Consent, RateWindow
from services.actions.ordering import ORDERS_PER_ADDRESS, ORDERS_PER_PHONE
from services.actions.tracking import TRIES_PER_ADDRESS, TRIES_PER_ORDER
from services.links import order_pk_of
from services.models import OrderStatus, ServiceOrder
from services.numbers import new_number
from tests.makers import (
    bring_to,
    make_building,
    make_community,
    make_head,
    make_order,
    make_service,
    make_user,
    shanghai,
)
from tests.public.helpers import make_public_community, queries_of

pytestmark = pytest.mark.django_db
NOW = shanghai(2026, 11, 24, 10, 7)


@pytest.fixture(autouse=True)
def _at_ten_past_ten(time_machine):
    """Windows of limits begin with the hour: no test may run across one."""
    time_machine.move_to(NOW, tick=False)


def body(**fields):
    return {
        "service": "B02",
        "need": "卧床老人，请上门理发",
        "name": "刘秀英",
        "phone": "138 0000 0617",
        "place_text": "食堂东边那栋",
        "consent": True,
        "submission_key": "page-1",
    } | fields


def place(client, *, key="", **fields):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/orders/", body(**fields), content_type="application/json", headers=headers)


def track(client, number, tail, **extra):
    return client.post(
        "/api/v1/tracking/", {"number": number, "tail": tail}, content_type="application/json", **extra
    )


@pytest.mark.parametrize("many", [1, 100])
def test_an_order_asks_nine_things_of_the_database_however_much_there_is(client, many):
    community = make_public_community(services=many, buildings=many)
    building = community.grids.get().buildings.first()
    make_head(building.grid)
    asked = {"service": "I01", "building": building.pk, "door": "2-301"}
    place(client, **asked, name="李秀兰")  # some queries are written once per process
    assert queries_of(lambda: place(client, **asked, submission_key="page-2")) == 9
    assert ServiceOrder.objects.count() == 2


def test_what_a_stranger_may_not_set_is_not_listened_to(client):
    make_service("B02")
    other, user = make_order(), make_user()
    columns = {"status": "solved", "number": other.number, "channel": "phone", "entered_by": user.pk}
    columns |= {"contact": other.contact_id, "assigned_to": user.person_id, "grid": 1, "due_at": "2030-01-01"}
    columns |= {"is_demo": True, "community": 2, "id": other.pk, "pk": other.pk, "consent_text": "2000"}
    assert place(client, **columns).status_code == 201
    made = ServiceOrder.objects.exclude(pk=other.pk).get()
    assert (made.status, made.channel, made.entered_by, made.assigned_to, made.grid) == (
        "submitted",
        "api",
        None,
        None,
        None,
    )
    assert (made.number != other.number, made.contact.name, made.is_demo) == (True, "刘秀英", False)
    assert made.due_at < timezone.now() + dt.timedelta(days=60)


def test_an_order_of_another_system_is_an_order_like_any_other(client):
    make_service("B02")
    building = make_building()
    response = place(client, building=building.pk, door="2 单元 301", place_text="", for_name="刘大爷")
    order = ServiceOrder.objects.get()
    assert response.status_code == 201
    answer = response.json()
    assert order_pk_of(answer.pop("link").split("/o/")[1].strip("/")) == order.pk
    assert answer == {
        "number": order.number,
        "status": "submitted",
        "label": "待派单",
        "due_at": timezone.localtime(order.due_at).isoformat(),
        "dispatch_due_at": timezone.localtime(order.dispatch_due_at).isoformat(),
    }
    assert (order.channel, order.grid, order.contact.phone) == ("api", building.grid, "13800000617")
    assert order.for_person.name == "刘大爷"
    assert order.events.count() == 1
    assert Consent.objects.get().channel == "api"


def test_the_same_key_and_body_give_the_same_order_from_header_or_body(client):
    make_service("B02")
    numbers = {place(client).json()["number"] for _again in range(3)}
    numbers |= {place(client, key="page-1", submission_key="").json()["number"] for _again in range(2)}
    assert (len(numbers), ServiceOrder.objects.count()) == (1, 1)


def test_the_same_key_with_another_body_is_another_order_and_tells_nothing_of_the_first(client):
    make_service("B02")
    first, second = place(client, key="1"), place(client, key="1", name="别人", phone="13800000999")
    assert first.json()["number"] != second.json()["number"]
    assert ServiceOrder.objects.count() == 2


def test_without_a_key_nothing_is_taken(client):
    make_service("B02")
    response = place(client, submission_key="")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == ["submission_key"]
    assert ServiceOrder.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": "123"}, "phone"),
        ({"need": ""}, "need"),
        ({"need": "长" * 201}, "need"),
        ({"name": ["刘"]}, "name"),
        ({"consent": False}, "consent"),
        ({"building": 999}, "building"),
        ({"building": "x"}, "building"),
        ({"place_text": ""}, "place_text"),
        ({"service": "X99"}, "service"),
        ({"wish": "half_day"}, "wish_on"),
        ({"wish": "half_day", "wish_on": "2026-11-23", "wish_half": "am"}, "wish"),
        ({"wish": "half_day", "wish_on": "2027-11-23", "wish_half": "am"}, "wish"),
        ({"wish": "never"}, "wish"),
    ],
)
def test_a_wrong_field_is_named_with_a_sentence(client, wrong, field):
    make_service("B02")
    response = place(client, **wrong)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    problem = response.json()
    assert [error["field"] for error in problem["errors"]] == [field]
    assert all(error["detail"] for error in problem["errors"])
    assert (problem["type"], problem["status"]) == ("urn:haimengyuan:problem:invalid", 400)
    assert ServiceOrder.objects.count() == 0


def test_a_half_day_is_kept(client):
    make_service("B02")
    place(client, wish="half_day", wish_on="2026-11-25", wish_half="pm")
    order = ServiceOrder.objects.get()
    assert (order.wish, order.wish_on, order.wish_half) == ("half_day", dt.date(2026, 11, 25), "pm")


def test_a_complaint_needs_no_name(client):
    make_service("Z02")
    response = place(client, service="Z02", name="", phone="")
    assert response.status_code == 201
    assert ServiceOrder.objects.get().contact is None


def test_a_service_that_cannot_be_ordered_is_a_conflict(client):
    make_service("B02", is_open=False)
    response = place(client)
    assert (response.status_code, response.json()["type"]) == (409, "urn:haimengyuan:problem:service-closed")


def test_orders_of_one_phone_are_limited_exactly(client):
    make_service("B02")
    statuses = [place(client, submission_key=f"p{n}").status_code for n in range(ORDERS_PER_PHONE + 2)]
    assert statuses == [201] * ORDERS_PER_PHONE + [429] * 2
    assert ServiceOrder.objects.count() == ORDERS_PER_PHONE


def test_orders_of_one_address_are_limited_whatever_the_header_claims(client):
    make_service("B02")
    answers = [
        client.post(
            "/api/v1/orders/",
            body(submission_key=f"p{n}", phone=f"1380002{n:04d}", name=f"人{n}"),
            content_type="application/json",
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        )
        for n in range(ORDERS_PER_ADDRESS + 1)
    ]
    assert [answer.status_code for answer in answers] == [201] * ORDERS_PER_ADDRESS + [429]
    refused = answers[-1]
    assert refused.headers["Retry-After"] == str(53 * 60)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["detail"] == "试的次数太多了，请过一会儿再来，或者直接打电话问"


def test_behind_a_proxy_the_entry_it_wrote_is_the_address(client, settings):
    make_community()
    settings.TRUSTED_PROXY_COUNT = 1
    forged = [
        track(client, "27064251", "0617", headers={"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.9"})
        for n in range(TRIES_PER_ADDRESS + 1)
    ]
    assert forged[-1].status_code == 429
    other = track(client, "27064251", "0617", headers={"X-Forwarded-For": "203.0.113.10"})
    assert other.status_code != 429


def test_tracking_tells_status_and_steps_and_nothing_of_persons(client):
    order = make_order(name="欧阳明月", phone="13800000617", need="家里钥匙在门垫下", door="2 单元 301")
    bring_to(order, OrderStatus.SOLVED)
    response = track(client, order.spoken_number, "0617")
    answer = response.json()
    assert response.status_code == 200
    assert (answer["number"], answer["status"], answer["label"]) == (order.number, "solved", "已办结")
    assert [(step["title"], step["state"]) for step in answer["timeline"]] == [
        ("您已点单", "done"),
        ("办好了", "done"),
        ("等您说解决没有", "now"),
        ("请您评一评", "todo"),
    ]
    text = response.content.decode()
    for secret in ("欧阳", "明月", "13800000617", "钥匙", "单元", "修好了", order.building.name):
        assert secret not in text


def test_a_wrong_tail_and_an_unknown_number_answer_alike(client):
    order = make_order(phone="13800000617")
    wrong, unknown = track(client, order.number, "0000"), track(client, new_number(), "0617")
    assert (wrong.status_code, unknown.status_code) == (404, 404)
    assert wrong.content == unknown.content
    assert wrong.json()["type"] == "urn:haimengyuan:problem:not-found"


def test_five_wrong_tails_close_the_order_for_an_hour_and_a_right_one_spends_nothing(client):
    order = make_order(phone="13800000617")
    assert [track(client, order.number, "0617").status_code for _n in range(8)] == [200] * 8
    wrong = [track(client, order.number, "0000").status_code for _n in range(TRIES_PER_ORDER)]
    assert wrong == [404] * TRIES_PER_ORDER
    assert track(client, order.number, "0617").status_code == 429
    assert RateWindow.objects.count() == 2


def test_no_session_is_looked_at_and_no_token_is_asked_for(client):
    make_service("B02")
    strict = client.__class__(enforce_csrf_checks=True)
    assert place(strict).status_code == 201
