"""One order at the desk: what is shown masked, what a reason reveals, dispatch, the other verbs, two clerks at once."""

import datetime as dt

import pytest
from django.utils import timezone

from people.actions import give_consent, withdraw_consent
from people.models import PersonalDataView
from services import links
from services.actions import accept, offer
from services.links import admin_path
from services.models import Offer, OrderEvent, OrderStatus, Rating, ServiceOrder
from services.staff_verbs import VERBS
from tests.makers import (
    make_building,
    make_community,
    make_grid,
    make_head,
    make_helper,
    make_offer,
    make_order,
    make_person,
    make_service,
    make_user,
    patch_now,
)
from tests.staff.helpers import page_of, seen, text_of
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db
RESIDENT = {"name": "姜小明", "phone": "13800009876"}
OTHER = {"for_name": "姜老太太", "for_phone": "13800005432"}


@pytest.fixture
def desk(client):
    user = make_user(person=make_person("周敏"))
    client.force_login(user)
    return user


def act(client, order, action, **data):
    return client.post(page_of(order), {"action": action, "seen": seen(order), **data})


def status_of(order):
    return ServiceOrder.objects.get(pk=order.pk).status


def leaks(response):
    full = [*RESIDENT.values(), *OTHER.values(), "138 0000 9876", "138 0000 5432"]
    return [value for value in full if value in text_of(response)]


class TestMasking:
    @pytest.mark.parametrize("status", list(OrderStatus))
    def test_neither_name_nor_phone_is_in_the_page(self, client, desk, status):
        order = make_order(status, **RESIDENT, **OTHER)
        response = client.get(page_of(order))
        assert response.status_code == 200
        assert (leaks(response), "姜*明" in text_of(response)) == ([], True)

    def test_the_browser_is_not_told_by_a_refused_step_either(self, client, desk):
        order = make_order(**RESIDENT, **OTHER)
        response = act(client, order, "reveal", field="phone", reason="   ")
        assert (response.status_code, leaks(response)) == (409, [])
        assert "请写一下为什么要看" in text_of(response)
        assert PersonalDataView.objects.count() == 0


class TestReveal:
    def test_one_value_once_and_one_row(self, client, desk):
        order = make_order(**RESIDENT, **OTHER)
        response = act(client, order, "reveal", field="phone", reason="约上门时间")
        assert leaks(response) == ["13800009876", "138 0000 9876"]
        assert "no-store" in response["Cache-Control"]
        (row,) = PersonalDataView.objects.values("viewer", "person", "field", "reason", "about")
        assert row == {
            "viewer": desk.pk,
            "person": order.contact_id,
            "field": "phone",
            "reason": "约上门时间",
            "about": f"order:{order.number}",
        }
        assert leaks(client.get(page_of(order))) == []

    def test_whom_it_is_for_apart_from_who_ordered(self, client, desk):
        order = make_order(**RESIDENT, **OTHER)
        response = act(client, order, "reveal", field="name", whom="for", reason="核实")
        assert leaks(response) == ["姜老太太"]
        assert PersonalDataView.objects.get().person_id == order.for_person_id

    @pytest.mark.parametrize("field", ["password", "", "pinyin"])
    def test_other_fields_cannot_be_seen(self, client, desk, field):
        order = make_order()
        assert act(client, order, "reveal", field=field, reason="看看").status_code == 409
        assert PersonalDataView.objects.count() == 0

    def test_an_id_number_is_no_business_of_an_order(self, client, desk):
        order = make_order(**RESIDENT)
        order.contact.id_number = "999999194001010018"
        order.contact.save(update_fields=["id_number"])
        response = act(client, order, "reveal", field="id_number", reason="看看")
        assert (response.status_code, "999999194001010018" in text_of(response)) == (409, False)


class TestDispatch:
    def test_the_first_suggestion_is_chosen_already(self, client, desk):
        grid = make_grid()
        near = make_helper(person=make_person("迟永福"), grid=grid)
        make_helper(person=make_person("宫玉梅"), grid=make_grid())
        order = make_order(grid=grid)
        picks = client.get(page_of(order)).context["picks"]
        assert [(row["pick"].name, row["checked"]) for row in picks] == [("迟永福", True), ("宫玉梅", False)]
        assert picks[0]["pick"].pk == near.person_id

    def test_sends_and_leads_back_to_the_same_filters(self, client, desk):
        helper = make_helper(person=make_person("迟永福"))
        order = make_order()
        response = act(
            client,
            order,
            "dispatch",
            to=helper.person_id,
            words="带轮椅",
            **{"from": "/staff/orders/?grid=1"},
        )
        assert response["Location"] == f"/staff/orders/?grid=1&done={order.number}"
        (made,) = Offer.objects.filter(order=order)
        assert (made.person_id, made.offered_by_id, made.note) == (helper.person_id, desk.pk, "带轮椅")
        page = text_of(client.get(response["Location"]))
        assert "派给了迟永福" in page
        assert "撤回这一步" in page

    @pytest.mark.parametrize(
        "back", ["https://evil.example/", "//evil.example", "/staff/orders/x", "javascript:x"]
    )
    def test_never_leads_elsewhere(self, client, desk, back):
        order, helper = make_order(), make_helper()
        response = act(client, order, "dispatch", to=helper.person_id, **{"from": back})
        assert response["Location"] == page_of(order)

    def test_undo_within_ten_minutes_takes_the_question_back(self, client, desk):
        order, helper = make_order(), make_helper()
        act(client, order, "dispatch", to=helper.person_id)
        client.post(page_of(order), {"action": "undo"})
        assert (status_of(order), Offer.objects.get().answer) == (
            OrderStatus.SUBMITTED,
            Offer.Answer.WITHDRAWN,
        )

    def test_undo_is_over_after_ten_minutes(self, client, desk):
        order, helper = make_order(), make_helper()
        act(client, order, "dispatch", to=helper.person_id)
        with patch_now(timezone.now() + dt.timedelta(minutes=11)):
            assert "撤回上一步" not in text_of(client.get(page_of(order)))
            assert client.post(page_of(order), {"action": "undo"}).status_code == 409
        assert status_of(order) == OrderStatus.OFFERED

    @pytest.mark.parametrize("to", ["", "x", "999999"])
    def test_nobody_chosen_keeps_what_was_typed(self, client, desk, to):
        order = make_order()
        response = act(client, order, "dispatch", to=to, words="老人走路不稳")
        assert response.status_code == 409
        assert "请先选一位" in text_of(response)
        assert 'value="老人走路不稳"' in text_of(response)

    def test_somebody_who_is_no_helper_cannot_be_sent(self, client, desk):
        order = make_order()
        assert act(client, order, "dispatch", to=make_person().pk).status_code == 409
        assert (status_of(order), Offer.objects.count()) == (OrderStatus.SUBMITTED, 0)

    def test_another_helper_is_found_by_name_and_the_words_stay(self, client, desk):
        grid = make_grid()
        for _again in range(4):
            make_helper(grid=grid)
        far = make_helper(person=make_person("宫玉梅"), grid=make_grid())
        order = make_order(grid=grid)
        response = act(client, order, "find", find="gym", words="带轮椅")
        assert response.status_code == 200
        assert response.context["picks"][0]["pick"].pk == far.person_id
        assert 'value="带轮椅"' in text_of(response)
        assert status_of(order) == OrderStatus.SUBMITTED

    def test_the_offers_of_an_order_are_told_with_their_answers(self, client, desk):
        made = make_offer()
        page = text_of(client.get(page_of(made.order)))
        assert made.person.name in page
        assert "等答复" in page


class TestOneBuilding:
    """Orders of one building go to one helper in one step (features.md V18)."""

    def test_the_ticked_ones_alone(self, client, desk):
        building, helper = make_building(), make_helper()
        first, second, third = (make_order(building=building) for _again in range(3))
        make_order(building=make_building())
        beside = client.get(page_of(first)).context["beside"]
        assert [order.number for order in beside] == [second.number, third.number]
        act(client, first, "dispatch", to=helper.person_id, also=[third.number])
        assert [status_of(order) for order in (first, second, third)] == [
            OrderStatus.OFFERED,
            OrderStatus.SUBMITTED,
            OrderStatus.OFFERED,
        ]

    def test_an_order_elsewhere_cannot_be_ticked_in(self, client, desk):
        order, elsewhere, helper = make_order(), make_order(), make_helper()
        act(client, order, "dispatch", to=helper.person_id, also=[elsewhere.number])
        assert status_of(elsewhere) == OrderStatus.SUBMITTED


class TestTwoClerks:
    """Two staff on one order: the second is told who was first and when, and loses nothing."""

    def test_the_second_dispatch(self, client, desk):
        order, first, second = make_order(), make_helper(), make_helper()
        stale = seen(order)
        offer(order, [first.person], by=make_user(person=make_person("李红")))
        response = client.post(
            page_of(order),
            {"action": "dispatch", "seen": stale, "to": second.person_id, "words": "老人走路不稳"},
        )
        page = text_of(response)
        assert response.status_code == 409
        assert "李红已在" in page
        assert "变成“待接单”" in page
        assert "换人" in page  # the page is the fresh one
        assert list(Offer.objects.values_list("person", flat=True)) == [first.person_id]

    @pytest.mark.parametrize("action", ["solve", "ask", "reply", "reject"])
    def test_words_typed_on_a_stale_page_are_not_lost(self, client, desk, action):
        order, stale_page = make_order(), None
        stale_page = seen(order)
        (made,) = offer(order, [make_helper().person], by=make_user(person=make_person("李红")))
        accept(made)
        response = client.post(
            page_of(order), {"action": action, "seen": stale_page, "words": "写了半天的一句话"}
        )
        assert response.status_code == 409
        assert status_of(order) == OrderStatus.ACCEPTED
        if (
            action != "reject"
        ):  # an order that somebody carries cannot be refused any more: no form, but a sentence
            assert "写了半天的一句话</textarea>" in text_of(response)
        assert made.person.masked_name in text_of(response)

    def test_a_note_is_never_too_late(self, client, desk):
        order = make_order()
        stale = seen(order)
        offer(order, [make_helper().person], by=make_user())
        client.post(page_of(order), {"action": "note", "seen": stale, "words": "打过电话"})
        assert OrderEvent.objects.get(kind=OrderEvent.Kind.NOTE).note == "打过电话"


VISIT = (timezone.localdate() + dt.timedelta(days=2)).isoformat() + ":pm"


class TestVerbs:
    @pytest.mark.parametrize(
        ("start", "action", "data", "end"),
        [
            (OrderStatus.SUBMITTED, "take", {}, OrderStatus.ACCEPTED),
            (OrderStatus.SUBMITTED, "solve", {"words": "电话里说清楚了"}, OrderStatus.SOLVED),
            (OrderStatus.SUBMITTED, "reply", {"words": "要等供热公司"}, OrderStatus.REPLIED),
            (OrderStatus.SUBMITTED, "ask", {"words": "是哪个单元？"}, OrderStatus.WAITING),
            (OrderStatus.SUBMITTED, "escalate", {"body": "12345", "words": ""}, OrderStatus.ESCALATED),
            (OrderStatus.SUBMITTED, "reject", {"words": "请找物业"}, OrderStatus.REJECTED),
            (OrderStatus.SUBMITTED, "cancel", {}, OrderStatus.CANCELLED),
            (OrderStatus.OFFERED, "withdraw", {}, OrderStatus.SUBMITTED),
            (OrderStatus.OFFERED, "take", {}, OrderStatus.ACCEPTED),
            (OrderStatus.ACCEPTED, "give_back", {"words": "他病了"}, OrderStatus.SUBMITTED),
            (OrderStatus.ACCEPTED, "visit", {"visit": VISIT}, OrderStatus.ACCEPTED),
            (OrderStatus.ACCEPTED, "solve", {"words": "修好了", "minutes": "40"}, OrderStatus.SOLVED),
            (OrderStatus.WAITING, "answered", {"words": "2 单元"}, OrderStatus.SUBMITTED),
            (OrderStatus.WAITING, "ask_again", {"words": "再问一下"}, OrderStatus.WAITING),
            (OrderStatus.ESCALATED, "reply", {"words": "街道答复了"}, OrderStatus.REPLIED),
            (OrderStatus.SOLVED, "reopen", {"words": "又漏了"}, OrderStatus.SUBMITTED),
        ],
    )
    def test_does_it(self, client, desk, start, action, data, end):
        order = make_order(start)
        response = act(client, order, action, **data)
        assert (response.status_code, response["Location"]) == (302, page_of(order))
        assert status_of(order) == end
        assert client.get(page_of(order)).status_code == 200

    def test_minutes_go_to_who_carried_it(self, client, desk):
        order = make_order(OrderStatus.ACCEPTED)
        act(client, order, "solve", words="修好了", minutes="40")
        entry = HourEntry.objects.get()
        assert (entry.person_id, entry.minutes) == (order.assigned_to_id, 40)

    @pytest.mark.parametrize(
        ("start", "action", "data", "sentence"),
        [
            (OrderStatus.SUBMITTED, "solve", {"words": " "}, "请写一句办得怎么样"),
            (OrderStatus.SUBMITTED, "ask", {"words": ""}, "请写清楚要居民补充什么"),
            (OrderStatus.SUBMITTED, "escalate", {"body": "", "words": "快"}, "请写一下转给了哪里"),
            (OrderStatus.SUBMITTED, "reject", {"words": ""}, "请写一句为什么不能受理"),
            (OrderStatus.ACCEPTED, "give_back", {"words": ""}, "请写一句为什么退回"),
            (OrderStatus.ACCEPTED, "visit", {"visit": "2020-01-01:am"}, "请选今天或以后的某一天"),
            (OrderStatus.ACCEPTED, "visit", {"visit": "someday"}, "请选一个半天"),
            (OrderStatus.ACCEPTED, "solve", {"words": "好了", "minutes": "半小时"}, "分钟数只写数字"),
            (OrderStatus.ACCEPTED, "solve", {"words": "好了", "minutes": "9999"}, "1 分钟到 24 小时"),
            (OrderStatus.WAITING, "reply", {"words": "算了"}, "要先问过居民两次"),
            (OrderStatus.CONFIRMED, "take", {}, "现在不能这样办"),
            (OrderStatus.SUBMITTED, "confirm", {}, "没看懂您要做什么"),
            (OrderStatus.SUBMITTED, "", {}, "没看懂您要做什么"),
        ],
    )
    def test_or_says_why_not(self, client, desk, start, action, data, sentence):
        order = make_order(start)
        response = act(client, order, action, **data)
        assert response.status_code == 409
        assert sentence in text_of(response)
        assert status_of(order) == start

    def test_what_was_typed_stands_in_the_opened_form(self, client, desk):
        order = make_order()
        response = act(client, order, "escalate", body=" ", outside_number="A-17", words="路灯归街道管")
        page = text_of(response)
        assert 'value="A-17"' in page
        assert "路灯归街道管</textarea>" in page

    def test_staff_cannot_confirm_or_rate(self):
        assert {verb.key for verb in VERBS} & {"confirm", "rate"} == set()

    @pytest.mark.parametrize("data", [{"action": "confirm"}, {"action": "rate", "score": "5"}])
    def test_not_even_with_the_address_of_the_receipt(self, client, desk, data):
        order = make_order(OrderStatus.SOLVED)
        response = client.post(links.resident_path(order), data)
        assert "请居民用自己的手机点" in text_of(response)
        assert (status_of(order), Rating.objects.count()) == (OrderStatus.SOLVED, 0)

    def test_whoever_ordered_for_themselves_may(self, client, desk):
        order = make_order(OrderStatus.SOLVED, name=desk.person.name, phone=desk.person.phone)
        client.post(links.resident_path(order), {"action": "confirm"})
        assert status_of(order) == OrderStatus.CONFIRMED


class TestPlace:
    def test_building_and_grid_are_set_and_the_clock_goes_on(self, client, desk):
        order = make_order()
        ServiceOrder.objects.filter(pk=order.pk).update(grid=None, building=None)
        building = make_building(grid=make_grid())
        assert "改到这里" in text_of(client.get(page_of(order) + "?do=place"))
        act(client, order, "place", building=building.pk)
        order.refresh_from_db()
        assert (order.building_id, order.grid_id) == (building.pk, building.grid_id)

    def test_a_grid_alone(self, client, desk):
        order, grid = make_order(), make_grid()
        act(client, order, "place", grid=grid.pk)
        assert ServiceOrder.objects.get(pk=order.pk).grid_id == grid.pk

    @pytest.mark.parametrize("data", [{}, {"building": "x"}, {"grid": "999999"}])
    def test_nothing_chosen_says_so(self, client, desk, data):
        order = make_order()
        response = act(client, order, "place", **data)
        assert response.status_code == 422
        assert ServiceOrder.objects.get(pk=order.pk).grid_id == order.grid_id

    def test_a_grid_of_another_community_is_none(self, client, desk):
        order = make_order()
        foreign = make_grid(community=make_community(code="370614001015", host="other.example"))
        assert act(client, order, "place", grid=foreign.pk).status_code == 422


class TestPage:
    def test_the_whole_history_with_internal_notes(self, client, desk):
        order = make_order()
        act(client, order, "note", words="老人耳朵背，要大声")
        page = text_of(client.get(page_of(order)))
        assert "老人耳朵背，要大声" in page
        assert "内部备注" in page
        assert "居民点单" in page
        assert page.index("居民点单") < page.index("老人耳朵背")

    def test_what_residents_write_is_text_and_not_markup(self, client, desk):
        order = make_order(need="<script>alert(1)</script>")
        assert "<script>alert(1)" not in text_of(client.get(page_of(order)))

    def test_how_often_the_resident_has_ordered(self, client, desk):
        person = make_person("姜小明")
        orders = [make_order(name=person.name, phone=person.phone) for _again in range(3)]
        assert client.get(page_of(orders[0])).context["history"] == {"all": "2", "open": 2}

    @pytest.mark.parametrize("number", ["27064251", "x", "99999999"])
    def test_an_unknown_number_is_a_sentence(self, client, desk, number):
        make_community()
        response = client.get(f"/staff/orders/{number}/")
        assert response.status_code == 404
        assert "没有这个单号" in text_of(response)

    @pytest.mark.parametrize("query", ["", "?do=place"])
    def test_queries(self, client, desk, query, django_assert_max_num_queries):
        for _again in range(5):
            make_helper()
        order = make_order(service=make_service(), **RESIDENT, **OTHER)
        with django_assert_max_num_queries(12):
            client.get(page_of(order) + query)

    def test_a_printed_receipt_only_for_who_has_none(self, client, desk):
        web, desk_order = make_order(), make_order(entered_by=desk, channel="phone")
        assert "打印回执" not in text_of(client.get(page_of(web)))
        assert "打印回执" in text_of(client.get(page_of(desk_order)))


@pytest.mark.parametrize("again", [False, True])
def test_whoever_works_on_an_order_reads_that_its_resident_is_told_nothing(client, again):
    """The consent was withdrawn: what the resident would hear from the portal, somebody says by telephone."""
    building = make_building()
    order = make_order(building=building)
    give_consent(order.contact, "order", channel="web")
    withdraw_consent(order.contact, "order")
    if again:
        give_consent(order.contact, "order", channel="phone")
    pages = [(make_user(), page_of(order)), (make_head(building.grid), admin_path(order))]
    for user, page in pages:
        client.force_login(user)
        assert ("系统不给居民发消息" in text_of(client.get(page))) is not again, page
