import datetime as dt
from uuid import uuid4

import pytest
from django.utils import timezone

from grids.models import building_with_home
from haimengyuan.lib.phones import normalise_phone
from people.errors import TooOften
from people.models import Consent, Person
from reminders.models import Reminder
from services.actions import admit_order, find_order, place_order_in, submit
from services.actions.ordering import ORDERS_PER_PHONE
from services.actions.tracking import TRIES_PER_ADDRESS, TRIES_PER_ORDER
from services.errors import OrderNotFound, OrderRefused, ServiceClosed, TransitionRefused
from services.models import Service, ServiceOrder
from services.numbers import check_digit, clean_number, is_number, new_number
from tests.makers import (
    make_building,
    make_community,
    make_duty,
    make_dwelling,
    make_grid,
    make_head,
    make_order,
    make_service,
    make_user,
    patch_now,
    shanghai,
)

pytestmark = pytest.mark.django_db


def place(service=None, **fields):
    values = {"need": "水龙头漏水", "name": "王小明", "phone": "13800000617"}
    return submit(
        service or make_service(), submission_key=fields.pop("key", uuid4().hex), **(values | fields)
    )


def test_an_order_lands_in_the_grid_of_its_building_and_its_head_hears_of_it():
    dwelling = make_dwelling(unit="2", room="301")
    head = make_head(dwelling.building.grid)
    order = place(building=dwelling.building, door="２ 单元 301室")
    assert (order.grid, order.dwelling, order.place_text) == (dwelling.building.grid, dwelling, "")
    assert order.place == f"{dwelling.building} 2 单元 301"
    told = Reminder.objects.filter(kind="order_new").order_by("address")
    assert [r.address for r in told] == [f"desk:{order.community_id}", f"person:{head.person_id}"]
    assert [
        text for r in told for text in ("王小明", "13800000617", "301") if text in r.text + r.subject
    ] == []


def test_an_unknown_building_waits_for_the_desk():
    order = place(place_text="菜市场对面的红楼", door="二楼左手")
    assert (order.grid, order.building, order.place_text) == (None, None, "菜市场对面的红楼 二楼左手")
    assert order.events.get().note == "社区先核实是哪栋楼，再派人"


@pytest.mark.parametrize(
    ("door", "found"),
    [
        ("2 单元 301", True),
        ("2单元301室", True),
        ("2-301", True),
        ("２－３０１", True),
        ("1 单元 301", False),
        ("301", False),
        ("302", True),
        ("三楼东户", False),
        ("", False),
    ],
)
def test_the_dwelling_is_found_only_when_it_is_certain(door, found):
    building = make_building()
    homes = {"2-301": make_dwelling(building=building, unit="2", room="301")}
    make_dwelling(building=building, unit="3", room="301")
    homes["302"] = make_dwelling(building=building, unit="2", room="302")
    expected = homes["302"] if "302" in door else homes["2-301"]
    read = building_with_home(building.pk, building.grid.community_id, door)
    assert [each.home_at(door) for each in (building, read)] == [expected if found else None] * 2


def test_the_same_key_is_the_same_order():
    service = make_service()
    first, second = (place(service, key="k" * 32) for _time in range(2))
    assert (first.pk, ServiceOrder.objects.count(), Person.objects.count()) == (second.pk, 1, 1)
    assert Reminder.objects.count() == 1


def test_ordering_records_the_consent_and_who_it_is_for():
    order = place(for_name="王奶奶", for_phone="05350001234")
    assert order.contact.consents.get().purpose == Consent.Purpose.ORDER
    assert (order.beneficiary.name, order.beneficiary.phone) == ("王奶奶", "05350001234")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"is_open": False}, ServiceClosed),
        ({"bookable": False}, ServiceClosed),
        ({"delivery": Service.Delivery.REFERRAL}, ServiceClosed),
    ],
)
def test_what_cannot_be_ordered_is_refused(fields, error):
    with pytest.raises(error):
        place(make_service(**fields))
    assert (ServiceOrder.objects.count(), Person.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"phone": ""},
        {"wish": "half_day"},
        {"wish": "half_day", "wish_on": dt.date(2026, 11, 25), "wish_half": "xx"},
        {"wish": "half_day", "wish_on": dt.date(2026, 11, 23), "wish_half": "am"},
    ],
)
def test_an_incomplete_order_is_refused(fields):
    with patch_now(shanghai(2026, 11, 24, 9)), pytest.raises(OrderRefused):
        place(**fields)
    assert ServiceOrder.objects.count() == 0


def test_a_building_of_another_community_is_refused():
    abroad = make_building(grid=make_grid(community=make_community(code="370614001015", host="b.example")))
    with pytest.raises(OrderRefused):
        place(building=abroad)


def test_a_complaint_needs_neither_name_nor_phone():
    order = place(make_service(Service.COMPLAINT), name="", phone="")
    assert (order.contact, order.events.get().actor_timer) == (None, "resident")


@pytest.mark.parametrize(
    ("lead", "note"),
    [({"lead_name_zh": "志愿服务队长"}, "社区安排，志愿服务队长牵头"), ({"lead_name_zh": ""}, "")],
)
def test_a_duty_that_no_grid_holds_goes_to_the_desk_with_a_note(lead, note):
    order = place(make_service(**lead), building=make_building())
    assert order.events.get().note == note
    held = place(
        make_service(lead_duty=make_duty("member"), lead_name_zh="民生服务员"), building=make_building()
    )
    assert held.events.get().note == ""


@pytest.mark.parametrize(
    ("moment", "days", "dispatch", "due"),
    [
        # a working day: one desk hour, the same day's end, the next working day's end
        ((2026, 11, 24, 9, 0), 0, (2026, 11, 24, 10, 0), (2026, 11, 24, 17, 30)),
        ((2026, 11, 24, 9, 0), 1, (2026, 11, 24, 10, 0), (2026, 11, 25, 17, 30)),
        # the last half-hour: half today, half tomorrow
        ((2026, 11, 24, 17, 0), 0, (2026, 11, 25, 9, 0), (2026, 11, 24, 17, 30)),
        # Friday evening: Monday
        ((2026, 11, 27, 20, 0), 0, (2026, 11, 30, 9, 30), (2026, 11, 30, 17, 30)),
        # the eve of the national holiday 2026: the next working day is 8 October
        ((2026, 9, 30, 18, 0), 0, (2026, 10, 8, 9, 30), (2026, 10, 8, 17, 30)),
        # Saturday 10 October 2026 is worked
        ((2026, 10, 10, 9, 0), 0, (2026, 10, 10, 10, 0), (2026, 10, 10, 17, 30)),
    ],
)
def test_due_times_are_desk_hours_of_working_days(moment, days, dispatch, due):
    with patch_now(shanghai(*moment)):
        order = place(make_service(time_limit_workdays=days))
    assert (order.dispatch_due_at, order.due_at) == (shanghai(*dispatch), shanghai(*due))


def test_numbers_find_every_wrong_digit():
    number = new_number()
    assert (len(number), is_number(number)) == (8, True)
    wrong = [
        number[:place] + str(digit) + number[place + 1 :]
        for place in range(8)
        for digit in range(10)
        if str(digit) != number[place]
    ]
    assert [text for text in wrong if is_number(text)] == []
    assert is_number(number[:-1] + check_digit(number[:-1]))


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("2706 4251", "27064251"),
        ("２７０６－４２５１", "27064251"),
        ("2706425", ""),
        ("", ""),
        ("单号 27064251", "27064251"),
    ],
)
def test_a_number_is_read_as_typed(typed, digits):
    assert clean_number(typed) == digits


def test_number_and_tail_find_the_order_however_they_are_typed():
    order = make_order(phone="13800000617")
    typed = {"number": order.spoken_number, "tail": "０６１７", "address": "203.0.113.7"}
    assert find_order(order.community, **typed) == order


def test_a_wrong_number_and_a_wrong_tail_sound_the_same():
    order = make_order(phone="13800000617")
    unknown = "10000000"
    unknown = unknown[:-1] + check_digit(unknown[:-1])
    sentences = set()
    for number, tail in ((order.number, "0618"), (unknown, "0617"), (order.number, "")):
        with pytest.raises(OrderNotFound) as refused:
            find_order(order.community, number=number, tail=tail, address="203.0.113.7")
        sentences.add(str(refused.value))
    assert len(sentences) == 1


def test_an_order_of_another_community_is_not_found():
    order = make_order(phone="13800000617")
    there = make_community(code="370614001015", host="b.example")
    with pytest.raises(OrderNotFound):
        find_order(there, number=order.number, tail="0617", address="203.0.113.7")


def test_an_order_stands_five_wrong_tails_in_an_hour_and_right_ones_do_not_count():
    order = make_order(phone="13800000617")
    with patch_now(shanghai(2026, 11, 24, 9)):
        for address in range(10):
            find_order(order.community, number=order.number, tail="0617", address=f"203.0.113.{address}")
        for address in range(TRIES_PER_ORDER):
            with pytest.raises(OrderNotFound):
                find_order(order.community, number=order.number, tail="9999", address=f"203.0.113.{address}")
        with pytest.raises(TooOften):
            find_order(order.community, number=order.number, tail="0617", address="203.0.113.99")
    with patch_now(shanghai(2026, 11, 24, 10)):
        assert find_order(order.community, number=order.number, tail="0617", address="203.0.113.99") == order


def test_an_address_has_twenty_tries_in_ten_minutes():
    community = make_community()
    with patch_now(timezone.now()):
        for _time in range(TRIES_PER_ADDRESS):
            with pytest.raises(OrderNotFound):
                find_order(community, number="1", tail="1", address="203.0.113.7")
        with pytest.raises(TooOften):
            find_order(community, number="1", tail="1", address="203.0.113.7")


def test_what_was_sent_before_is_the_same_order_even_when_it_could_not_be_taken_any_more():
    service = make_service()
    order = place(service, key="once")
    service.is_open = False
    assert place(service, key="once") == order
    with pytest.raises(ServiceClosed):
        place(service, key="twice")
    assert ServiceOrder.objects.count() == 1


def test_a_phone_has_six_orders_an_hour():
    phone = normalise_phone("13800000617")
    with patch_now(shanghai(2026, 11, 24, 9)):
        for address in range(ORDERS_PER_PHONE):
            admit_order(address=f"203.0.113.{address}", phone=phone)
        with pytest.raises(TooOften):
            admit_order(address="203.0.113.99", phone=phone)
        admit_order(address="203.0.113.99", phone="13800000618")


def test_another_building_keeps_the_door_as_words_only():
    dwelling = make_dwelling(unit="2", room="301")
    order = place(building=dwelling.building, door="2-301")
    other = make_building()
    place_order_in(order, other.grid, building=other, actor=make_user())
    assert (order.grid, order.building, order.dwelling) == (other.grid, other, None)
    assert order.place == f"{other} 2 单元 301"
    place_order_in(order, other.grid, building=other, actor=make_user())
    assert order.place == f"{other} 2 单元 301"


def test_a_grid_that_does_not_hold_the_building_is_refused():
    order = place(building=make_building())
    other = make_building()
    with pytest.raises(TransitionRefused):
        place_order_in(order, order.grid, building=other, actor=make_user())
    order.refresh_from_db()
    assert order.building != other
