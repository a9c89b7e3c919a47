"""Ordering for somebody on the phone or at the counter (features.md V06)."""

import pytest

from services.models import OrderEvent, ServiceOrder
from tests.makers import (
    make_building,
    make_community,
    make_dwelling,
    make_household,
    make_person,
    make_service,
    make_user,
)
from tests.staff.helpers import page_of, text_of

pytestmark = pytest.mark.django_db
URL = "/staff/orders/new/?service=B02"


@pytest.fixture
def desk(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def building():
    make_service("B02", name_zh="上门理发")
    return make_building()


def filled(chosen, **changes):
    data = {
        "channel": "phone",
        "phone": "138 0000 9876",
        "name": "姜小明",
        "need": "老人要理发",
        "wish": "soon",
        "building": str(chosen.pk) if chosen else "",
        "door": "2 单元 301",
        "submission_key": "one-page",
        "step": "send",
    }
    return data | changes


def test_the_service_is_chosen_first(client, desk, building):
    make_service("B03", name_zh="代买药")
    page = text_of(client.get("/staff/orders/new/", {"q": "理发"}))
    assert "?service=B02" in page
    assert "?service=B03" not in page
    assert "?service=Z01" in page  # somebody who cannot say what it is


def test_an_order_by_phone(client, desk, building):
    response = client.post(URL, filled(building))
    order = ServiceOrder.objects.get()
    assert response["Location"] == page_of(order)
    assert (order.channel, order.entered_by_id, order.contact.name, order.contact.phone) == (
        "phone",
        desk.pk,
        "姜小明",
        "13800009876",
    )
    assert OrderEvent.objects.get().actor_user_id == desk.pk
    page = text_of(client.get(response["Location"]))
    assert order.spoken_number in page
    assert "打印回执" in page


def test_by_is_kept_apart_from_for(client, desk, building):
    data = filled(building, behalf="on", for_name="姜老太太", for_phone="13800005432", channel="walk_in")
    client.post(URL, data)
    order = ServiceOrder.objects.get()
    assert (order.contact.name, order.for_person.name, order.for_person.phone, order.channel) == (
        "姜小明",
        "姜老太太",
        "13800005432",
        "walk_in",
    )


def test_pressing_twice_gives_one_order(client, desk, building):
    first, second = (client.post(URL, filled(building))["Location"] for _again in range(2))
    assert (ServiceOrder.objects.count(), first) == (1, second)


class TestKnownCaller:
    @pytest.fixture
    def known(self, building):
        person = make_person("姜小明", phone="13800009876")
        make_household(person, dwelling=make_dwelling(building=building, unit="2", floor=3, room="301"))
        return person

    def test_is_shown_masked_and_nothing_typed_is_lost(self, client, desk, building, known):
        response = client.post(URL, filled(None, name="", step="lookup"))
        page = text_of(response)
        assert "姜*明" in page
        assert "姜小明" not in page
        assert "老人要理发</textarea>" in page
        assert 'value="138 0000 9876"' in page
        assert ServiceOrder.objects.count() == 0

    def test_needs_neither_name_nor_address_again(self, client, desk, building, known):
        client.post(URL, filled(None, name="", door="", known=known.pk))
        order = ServiceOrder.objects.get()
        assert (order.contact_id, order.building_id, order.dwelling.room) == (known.pk, building.pk, "301")

    def test_only_of_the_number_that_was_looked_up(self, client, desk, building, known):
        response = client.post(URL, filled(None, name="", phone="13800000001", known=known.pk))
        assert response.status_code == 422
        assert "请重新查一下" in text_of(response)
        assert "姜小明" not in text_of(response)

    def test_without_a_registered_home_the_building_is_asked(self, client, desk, building):
        person = make_person("丛大爷", phone="13800009876")
        response = client.post(URL, filled(None, name="", known=person.pk))
        assert response.status_code == 422
        assert "没有登记住址，请选楼号" in text_of(response)

    def test_nobody_known_says_so(self, client, desk, building):
        assert "没有查到，请写姓名" in text_of(client.post(URL, filled(building, step="lookup")))

    def test_of_another_community_is_not_known(self, client, desk, building):
        there = make_community(code="370614001015", host="other.example")
        make_person("姜小明", phone="13800009876", community=there)
        assert "姜*明" not in text_of(client.post(URL, filled(building, name="", step="lookup")))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"need": ""}, "请写一下是什么事"),
        ({"phone": "1380000"}, "手机号要写满 11 位"),
        ({"name": ""}, "请问一下来电的人怎么称呼"),
        ({"building": ""}, "请选居民家在几号楼"),
        ({"building": "999999"}, "这栋楼不在名单里"),
        ({"building": "unknown"}, "请写一下大概在哪儿"),
        ({"behalf": "on"}, "请写一下是替谁点的"),
        ({"channel": ""}, "请选居民是打电话"),
        ({"channel": "web"}, "web"),
        ({"wish": "2020-01-01:am"}, "选的时间已经过去了"),
    ],
)
def test_bad_input_gets_a_sentence_and_loses_nothing(client, desk, building, changes, sentence):
    response = client.post(URL, filled(building, door="2 单元 302", **changes))
    page = text_of(response)
    assert (response.status_code, ServiceOrder.objects.count()) == (422, 0)
    assert sentence in page
    assert 'value="2 单元 302"' in page
    assert 'class="err-sum"' in page


def test_a_closed_service_leads_back_with_a_sentence(client, desk, building):
    make_service("B09", name_zh="停办的", is_open=False)
    response = client.get("/staff/orders/new/?service=B09", follow=True)
    assert "现在不能点单" in text_of(response)


def test_an_unknown_service_is_a_404(client, desk, building):
    assert client.get("/staff/orders/new/?service=XX").status_code == 404


@pytest.mark.parametrize("path", [URL, "/staff/orders/new/"])
def test_queries(client, desk, building, path, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        client.get(path)
