"""Following an order: found by number and tail, shown masked, acted on by POST alone."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from people.models import Role
from services import links
from services.actions import accept, ask_resident, offer, set_visit, solve
from services.models import OrderEvent, OrderStatus, Rating, ServiceOrder
from tests.makers import (
    PASSWORD,
    make_community,
    make_order,
    make_person,
    make_solved_order,
    make_user,
    patch_now,
)

pytestmark = pytest.mark.django_db
_S = OrderStatus


def text_of(response):
    return response.content.decode()


def find(client, order, tail=None):
    values = {"number": order.number, "tail": tail or order.contact.phone[-4:]}
    return client.post(reverse("services:track"), values)


def act(client, order, action, **values):
    return client.post(links.resident_path(order), {"action": action} | values, follow=True)


def with_offer(order, **visit):
    person = make_person("赵志强")
    (made,) = offer(order, [person], by=make_user(Role.STAFF))
    accept(made, **visit)
    order.refresh_from_db()
    return order


def test_number_and_tail_lead_to_the_signed_address(client):
    order = make_order()
    assert find(client, order)["Location"] == links.resident_path(order)
    spaced = client.post(
        reverse("services:track"), {"number": order.spoken_number, "tail": f" {order.contact.phone[-4:]} "}
    )
    assert spaced["Location"] == links.resident_path(order)


def test_wrong_number_and_wrong_tail_get_the_same_sentence_and_the_typed_values(client):
    order = make_order()
    wrong_tail = text_of(find(client, order, tail="0000"))
    assert wrong_tail.count("没有查到。请核对单号和点单时留的电话的后 4 位") == 2
    assert f'value="{order.number}"' in wrong_tail
    assert "<title>有 1 处要改：" in wrong_tail
    order.delete()
    unknown = text_of(find(client, order))
    assert unknown.count("没有查到。请核对单号和点单时留的电话的后 4 位") == 2


def test_a_slip_of_the_finger_is_told_at_once(client):
    make_community()
    page = text_of(client.post(reverse("services:track"), {"number": "1234 5678", "tail": "0617"}))
    assert page.count("单号不对：应该是 8 位数字") == 2


def test_an_order_takes_five_wrong_tails_an_hour_and_then_no_right_one(client):
    order = make_order()
    answers = [find(client, order, tail="0000").status_code for _ in range(5)]
    locked = find(client, order)
    assert answers == [200] * 5
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= 3600


def test_an_address_has_twenty_tries_in_ten_minutes(client):
    orders = [make_order() for _ in range(21)]
    with patch_now(timezone.now()):
        answers = [find(client, order, tail="0000").status_code for order in orders]
    assert answers == [200] * 20 + [429]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_each_status_has_a_page_with_its_words(client, status):
    order = make_order(status)
    page = text_of(client.get(links.resident_path(order)))
    assert page.count(order.spoken_number) == 2
    assert f"</svg>{status.label}</span>" in page


def test_the_page_shows_neither_room_nor_phone_nor_full_name(client):
    order = with_offer(make_order(door="2 单元 301", name="王淑兰", phone="13800000617"))
    page = text_of(client.get(links.resident_path(order)))
    assert "13800000617" not in page
    assert ("138****" in page, "0617" in page) == (True, False)
    assert "王淑兰" not in page
    assert "2 单元 301" not in page
    assert "赵志强" not in page
    assert "** 单元 ***" in page
    for address in re.findall(r'(?:href|action|src)="([^"]*)"', page):
        assert "0617" not in address


def test_internal_notes_stay_inside(client):
    order = make_order()
    staff = make_user(Role.STAFF)
    OrderEvent.objects.create(
        order=order,
        kind="note",
        old_status=order.status,
        new_status=order.status,
        note="家里有狗",
        is_internal=True,
        actor_user=staff,
    )
    assert "家里有狗" not in text_of(client.get(links.resident_path(order)))


def test_reading_changes_nothing(client):
    order = make_solved_order()
    before = ServiceOrder.objects.filter(pk=order.pk).values().get(), OrderEvent.objects.count()
    for query in ("", "?action=confirm", "?score=5&action=rate"):
        client.get(links.resident_path(order) + query)
    assert (ServiceOrder.objects.filter(pk=order.pk).values().get(), OrderEvent.objects.count()) == before


@pytest.mark.parametrize("path", ["/o/1.forged/", "/o/garbage/", "/o/1.forged/qr.svg"])
def test_a_changed_link_says_how_to_look_it_up(client, path):
    make_order()
    response = client.get(path)
    assert response.status_code == 410
    assert "这个链接已经失效了" in text_of(response)


def test_the_code_is_an_image_of_the_address(client):
    response = client.get(reverse("services:order_qr", args=[links.order_token(make_order())]))
    assert response["Content-Type"] == "image/svg+xml"
    assert text_of(response).startswith("<svg ")


def test_solved_then_yes_then_five_faces(client):
    order = make_solved_order()
    asked = text_of(client.get(links.resident_path(order)))
    assert "这件事解决了吗？" in asked
    assert 'class="rate"' not in asked
    confirmed = text_of(act(client, order, "confirm"))
    assert confirmed.count('name="score"') == 5
    rated = text_of(act(client, order, "rate", score="5", words="来得快"))
    order.refresh_from_db()
    assert (order.status, order.rating.score, order.rating.words) == (_S.CONFIRMED, 5, "来得快")
    assert "“来得快”" in rated


def test_a_rating_can_be_changed(client):
    order = make_order(_S.CONFIRMED)
    act(client, order, "rate", score="5")
    act(client, order, "rate", score="2", words="又漏了")
    assert list(Rating.objects.values_list("score", "words")) == [(2, "又漏了")]


@pytest.mark.parametrize("score", ["", "0", "6", "x", "５"])
def test_a_rating_without_a_face_is_asked_again(client, score):
    order = make_order(_S.CONFIRMED)
    assert "请点一个评价" in text_of(act(client, order, "rate", score=score, words="还行"))
    assert Rating.objects.count() == 0


def test_an_open_order_cannot_be_rated(client):
    assert "这张单子还在办，办完了再评" in text_of(act(client, make_order(), "rate", score="5"))


def test_not_solved_reopens_under_the_same_number(client):
    order = make_solved_order()
    number = order.number
    page = text_of(act(client, order, "reopen", words="还在滴"))
    order.refresh_from_db()
    assert (order.status, order.number, order.reopened_times) == (_S.SUBMITTED, number, 1)
    assert "您说没有解决，重新派人" in page
    assert "还在滴" in page


def test_after_fifteen_days_a_new_order_is_the_way(client):
    order = make_solved_order()
    with patch_now(timezone.now() + dt.timedelta(days=15, minutes=1)):
        page = text_of(act(client, order, "reopen", words="又坏了"))
    order.refresh_from_db()
    assert order.status == _S.SOLVED
    assert "办完超过 15 天了，请重新点一单" in page
    assert 'name="need" value="又坏了"' in page


def test_a_question_is_shown_and_answered(client):
    order = with_offer(make_order())
    ask_resident(order, actor=make_user(Role.STAFF), question="水管是铁的还是塑料的？")
    asked = text_of(client.get(links.resident_path(order)))
    assert "请您补充：水管是铁的还是塑料的？" in asked
    act(client, order, "answer", words="塑料的")
    order.refresh_from_db()
    assert order.status == _S.ACCEPTED
    assert order.events.in_order().last().note == "塑料的"


@pytest.mark.parametrize(
    ("status", "action", "sentence"),
    [
        (_S.WAITING, "answer", "请写一下补充的内容"),
        (_S.SUBMITTED, "add", "请写一下要补充什么"),
        (_S.SUBMITTED, "nonsense", "没看懂您要做什么"),
        (_S.ESCALATED, "cancel", "现在撤不了，请打电话说"),
        (_S.SOLVED, "cancel", "现在撤不了，请打电话说"),
    ],
)
def test_what_cannot_be_done_is_explained_on_the_page(client, status, action, sentence):
    order = make_order(status)
    page = text_of(act(client, order, action))
    order.refresh_from_db()
    assert sentence in page
    assert "<title>没有办成：" in page
    assert order.status == status


def test_information_can_be_added_to_an_open_order(client):
    order = make_order()
    page = text_of(act(client, order, "add", words="门铃坏了，请敲门"))
    assert "门铃坏了，请敲门" in page
    assert "您补充了说明" in page


@pytest.mark.parametrize("status", [_S.SUBMITTED, _S.OFFERED, _S.ACCEPTED, _S.WAITING])
def test_an_order_can_be_taken_back_until_it_is_done(client, status):
    order = make_order(status)
    act(client, order, "cancel")
    order.refresh_from_db()
    assert order.status == _S.CANCELLED


def test_another_half_day_is_agreed_or_refused(client):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    wish = {"wish": "half_day", "wish_on": tomorrow, "wish_half": "am"}
    agreed = with_offer(make_order(**wish), visit_on=tomorrow, visit_half="pm")
    assert "改到明天下午来，可以吗？" in text_of(client.get(links.resident_path(agreed)))
    act(client, agreed, "agree", visit=f"{tomorrow}:pm")
    refused = with_offer(make_order(**wish), visit_on=tomorrow, visit_half="pm")
    act(client, refused, "refuse", visit=f"{tomorrow}:pm")
    agreed.refresh_from_db()
    refused.refresh_from_db()
    assert (agreed.visit_agreed, agreed.visit_half) == (True, "pm")
    assert refused.visit_on is None


@pytest.mark.parametrize("action", ["agree", "refuse"])
def test_a_yes_means_the_half_day_that_the_page_showed(client, action):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    wish = {"wish": "half_day", "wish_on": tomorrow, "wish_half": "am"}
    order = with_offer(make_order(**wish), visit_on=tomorrow, visit_half="pm")
    assert f'name="visit" value="{tomorrow}:pm"' in text_of(client.get(links.resident_path(order)))
    later = tomorrow + dt.timedelta(days=1)
    set_visit(order, actor=order.assigned_to, on=later, half="am")
    page = text_of(act(client, order, action, visit=f"{tomorrow}:pm"))
    order.refresh_from_db()
    assert "约的时间刚刚变了" in page
    assert (order.visit_on, order.visit_agreed) == (later, False)


def test_who_carries_an_order_does_not_rate_it(client):
    order = with_offer(make_order())
    helper = make_user(Role.HELPER, person=order.assigned_to)
    solve(order, actor=helper.person, result="修好了")
    client.force_login(helper)
    for action in ("confirm", "rate"):
        act(client, order, action, score="5")
    order.refresh_from_db()
    assert (order.status, Rating.objects.count()) == (_S.SOLVED, 0)


def test_seven_silent_days_still_let_the_resident_speak(client):
    order = make_order(_S.UNCONFIRMED)
    page = text_of(client.get(links.resident_path(order)))
    assert "这件事解决了吗？" in page
    act(client, order, "confirm")
    order.refresh_from_db()
    assert order.status == _S.CONFIRMED


@pytest.mark.parametrize("events", [1, 100])
def test_the_page_asks_as_much_for_one_event_as_for_a_hundred(client, django_assert_num_queries, events):
    order = make_order()
    staff = make_user(Role.STAFF)
    for index in range(events - 1):
        OrderEvent.objects.create(
            order=order,
            kind="note",
            old_status=order.status,
            new_status=order.status,
            note=str(index),
            actor_user=staff,
        )
    with django_assert_num_queries(3):
        assert text_of(client.get(links.resident_path(order))).count("<time") == events


def test_late_is_said_and_not_hidden(client):
    order = make_order()
    with patch_now(order.dispatch_due_at + dt.timedelta(minutes=1)):
        dispatch_late = text_of(client.get(links.resident_path(order)))
    with patch_now(order.due_at + dt.timedelta(minutes=1)):
        overdue = text_of(client.get(links.resident_path(order)))
    assert "派人比说好的晚了，社区正在催" in dispatch_late
    assert "已超时" not in dispatch_late
    assert "已超时" in overdue
    assert "比说好的时间晚了" in overdue


@pytest.mark.parametrize("action", ["confirm", "rate"])
@pytest.mark.parametrize("role", [Role.STAFF, Role.MANAGER, Role.GRID])
def test_signing_out_does_not_make_a_resident_of_the_desk(client, role, action):
    """A resident's own phone does it at once; the colleague's device not before its session would be over."""
    order = make_order(_S.CONFIRMED if action == "rate" else _S.SOLVED)
    make_user(role, login="zhao")
    client.post("/login/", {"username": "zhao", "password": PASSWORD})
    client.post("/logout/")
    assert "_auth_user_id" not in client.session
    page = text_of(act(client, order, action, score="1"))
    order.refresh_from_db()
    assert "办单的人不能替居民确认和评价" in page
    assert Rating.objects.count() == 0
    assert order.status == (_S.CONFIRMED if action == "rate" else _S.SOLVED)
    with patch_now(timezone.now() + dt.timedelta(days=7, minutes=1)):
        act(client, order, "confirm")
    act(Client(), order, "rate", score="5")
    assert Rating.objects.get().score == 5


def test_a_colleague_rates_the_own_order_also_after_signing_out(client):
    user = make_user(Role.STAFF, login="zhao")
    order = make_order(_S.CONFIRMED, name=user.person.name, phone=user.person.phone)
    client.post("/login/", {"username": "zhao", "password": PASSWORD})
    client.post("/logout/")
    act(client, order, "rate", score="4")
    assert Rating.objects.get().score == 4
