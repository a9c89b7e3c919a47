"""The signed link of an offer: GET is harmless, every answer, every end, and what is seen when (features.md J4, V13)."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from services import links
from services.actions import accept, cancel_order, decline, escalate, offer, return_to_desk, solve
from services.actions.dispatch import end_offer, withdraw_offers
from services.models import Offer, OrderEvent, OrderStatus, ServiceOrder
from tests.makers import (
    make_building,
    make_dwelling,
    make_offer,
    make_order,
    make_person,
    make_user,
    patch_now,
)
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db
PRIVATE = ("姜小明", "13800009876", "138 0000 9876", "单元 301")
TOMORROW = timezone.localdate() + dt.timedelta(days=1)


@pytest.fixture
def made():
    building = make_building()
    make_dwelling(building=building, unit="2", floor=3, room="301")
    order = make_order(
        building=building, name="姜小明", phone="13800009876", door="2 单元 301", need="水管漏水"
    )
    return make_offer(order, person=make_person("赵志强"))


def text_of(response):
    return response.content.decode()


def shown(response):
    return [value for value in PRIVATE if value in text_of(response)]


def post(client, made, action, **data):
    return client.post(links.offer_path(made), {"action": action, **data})


def state_of(made):
    return Offer.objects.get(pk=made.pk).answer, ServiceOrder.objects.get(pk=made.order_id).status


class TestQuestion:
    def test_says_what_and_where_but_not_whose_door(self, client, made):
        response = client.get(links.offer_path(made))
        page = text_of(response)
        assert (response.status_code, shown(response)) == (200, [])
        assert [word for word in ("水管漏水", "姜*明", "3 楼", str(made.order.building)) if word in page] == [
            "水管漏水",
            "姜*明",
            "3 楼",
            str(made.order.building),
        ]

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_looking_changes_nothing(self, client, made, method):
        for _again in range(3):
            getattr(client, method)(links.offer_path(made))
        assert state_of(made) == (Offer.Answer.NONE, OrderStatus.OFFERED)
        assert OrderEvent.objects.filter(order=made.order).count() == 2

    def test_is_stored_nowhere_and_leaks_no_referrer(self, client, made):
        response = client.get(links.offer_path(made))
        assert "no-store" in response["Cache-Control"]
        assert (
            response["Referrer-Policy"] == "same-origin"
        )  # none at all would make browsers hide the origin of a form

    def test_queries(self, client, made, django_assert_max_num_queries):
        with django_assert_max_num_queries(12):
            client.get(links.offer_path(made))


class TestAnswer:
    def test_one_tap_accepts_and_then_the_door_is_told(self, client, made):
        response = client.post(links.offer_path(made), {"action": "accept"}, follow=True)
        assert state_of(made) == (Offer.Answer.ACCEPTED, OrderStatus.ACCEPTED)
        assert shown(response) == list(PRIVATE)
        assert 'href="tel:13800009876"' in text_of(response)

    def test_another_half_day_waits_for_the_residents_yes(self, client, made):
        order = made.order
        ServiceOrder.objects.filter(pk=order.pk).update(
            wish=ServiceOrder.Wish.HALF_DAY, wish_on=TOMORROW, wish_half="am"
        )
        response = client.post(
            links.offer_path(made), {"action": "accept_at", "visit": f"{TOMORROW}:pm"}, follow=True
        )
        order.refresh_from_db()
        assert (order.status, order.visit_on, order.visit_half, order.visit_agreed) == (
            OrderStatus.ACCEPTED,
            TOMORROW,
            "pm",
            False,
        )
        assert "等居民同意" in text_of(response)
        assert "这个时间要等居民点头" in text_of(response)

    def test_nobody_is_asked_where_the_resident_left_the_time_open(self, client, made):
        assert "居民没有定时间，您定就行。" in text_of(client.get(links.offer_path(made)))
        response = client.post(
            links.offer_path(made), {"action": "accept_at", "visit": f"{TOMORROW}:pm"}, follow=True
        )
        assert "就这个时间" in text_of(response)
        assert "居民点头" not in text_of(response)

    @pytest.mark.parametrize("reason", ["", *Offer.Reason.values, "nonsense"])
    def test_no_needs_no_reason(self, client, made, reason):
        response = client.post(links.offer_path(made), {"action": "decline", "reason": reason}, follow=True)
        assert state_of(made) == (Offer.Answer.DECLINED, OrderStatus.SUBMITTED)
        made.refresh_from_db()
        assert made.reason == (reason if reason in Offer.Reason.values else "")
        assert "没关系" in text_of(response)
        assert shown(response) == []

    @pytest.mark.parametrize("visit", ["", "someday", "2020-01-01:am", f"{TOMORROW}:night"])
    def test_an_impossible_time_says_so_and_asks_again(self, client, made, visit):
        response = post(client, made, "accept_at", visit=visit)
        assert response.status_code == 409
        assert state_of(made) == (Offer.Answer.NONE, OrderStatus.OFFERED)
        assert "我来接" in text_of(response)

    @pytest.mark.parametrize("action", ["", "explode", "done", "return"])
    def test_anything_else_says_so(self, client, made, action):
        assert post(client, made, action, words="好了").status_code == 409
        assert state_of(made) == (Offer.Answer.NONE, OrderStatus.OFFERED)

    def test_a_post_from_elsewhere_is_refused(self, made):
        strict = Client(enforce_csrf_checks=True)
        assert post(strict, made, "accept").status_code == 403
        assert state_of(made) == (Offer.Answer.NONE, OrderStatus.OFFERED)

    def test_the_second_to_accept_is_told(self, client, made):
        order = made.order
        Offer.objects.filter(pk=made.pk).delete()
        ServiceOrder.objects.filter(pk=order.pk).update(status=OrderStatus.SUBMITTED)
        order.refresh_from_db()
        first, second = offer(order, [make_person(), make_person()], by=make_user())
        post(client, first, "accept")
        response = post(client, second, "accept")
        assert response.status_code == 409
        assert "刚刚有人接了" in text_of(response)
        assert shown(response) == []


class TestEnds:
    """A link that is too old, changed, answered or taken back says what to do, and shows nobody's door."""

    def says(self, client, made, sentence, status=200):
        response = client.get(links.offer_path(made))
        assert (response.status_code, shown(response)) == (status, [])
        assert sentence in text_of(response)
        assert "tel:05350001200" in text_of(response)

    def test_expired_after_48_hours(self, client, made):
        path = links.offer_path(made)
        with patch_now(timezone.now()):
            accept(made)
        later = dt.datetime.now(dt.UTC).timestamp() + 48 * 3600 + 1
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.core.signing.time.time", lambda: later)
            response = client.get(path)
            refused = client.post(path, {"action": "done", "words": "好了"})
        assert (response.status_code, refused.status_code, shown(response)) == (410, 410, [])
        assert "这个链接已经失效了" in text_of(response)
        assert "登录看我的单子" in text_of(response)
        assert state_of(made) == (Offer.Answer.ACCEPTED, OrderStatus.ACCEPTED)

    @pytest.mark.parametrize("change", [lambda t: t[:-1] + "x", lambda t: "9" + t, lambda t: "x"])
    def test_changed(self, client, made, change):
        response = client.get(f"/me/offers/{change(links.offer_token(made))}/")
        assert response.status_code == 410
        assert "打社区值班电话" in text_of(response)

    def test_a_token_of_another_purpose(self, client, made):
        assert client.get(f"/me/offers/{links.order_token(made.order)}/").status_code == 410

    def test_declined(self, client, made):
        decline(made)
        self.says(client, made, "您说过这次不方便")

    def test_timed_out(self, client, made):
        end_offer(made, Offer.Answer.TIMED_OUT, actor="offer-timeouts", words="")
        self.says(client, made, "过了四个工作小时")

    def test_withdrawn(self, client, made):
        withdraw_offers(made.order, by=make_user())
        self.says(client, made, "社区已另外安排")

    def test_cancelled_before_and_after(self, client, made):
        accept(made)
        made.order.refresh_from_db()
        cancel_order(made.order, actor=made.order.contact)
        self.says(client, made, "您不用去了")

    def test_given_back(self, client, made):
        accept(made)
        made.order.refresh_from_db()
        return_to_desk(made.order, actor=made.person, reason="腿疼")
        self.says(client, made, "后来退回重新安排了")

    def test_escalated(self, client, made):
        accept(made)
        made.order.refresh_from_db()
        escalate(made.order, actor=make_user(), body="街道")
        self.says(client, made, "转给上级办了")

    def test_done(self, client, made):
        accept(made)
        made.order.refresh_from_db()
        solve(made.order, actor=made.person, result="修好了")
        self.says(client, made, "您已经办完了")

    def test_somebody_else_carries_it_now(self, client, made):
        accept(made)
        made.order.refresh_from_db()
        return_to_desk(made.order, actor=made.person, reason="腿疼")
        (other,) = offer(made.order, [make_person()], by=make_user())
        accept(other)
        self.says(client, made, "后来退回重新安排了")
        assert post(client, made, "done", words="好了").status_code == 409


class TestTask:
    @pytest.fixture
    def taken(self, made):
        accept(made, visit_on=TOMORROW, visit_half="pm")
        return made

    def test_done_with_one_line_and_minutes(self, client, taken):
        response = client.post(
            links.offer_path(taken), {"action": "done", "words": "换了垫圈", "minutes": "40"}, follow=True
        )
        order = ServiceOrder.objects.get(pk=taken.order_id)
        assert (order.status, order.result) == (OrderStatus.SOLVED, "换了垫圈")
        assert HourEntry.objects.values_list("person", "minutes").get() == (taken.person_id, 40)
        assert shown(response) == []
        assert "辛苦了" in text_of(response)

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            ({"words": ""}, "请写一句办得怎么样"),
            ({"words": "换了垫圈", "minutes": "半小时"}, "分钟数只写数字"),
            ({"words": "换了垫圈", "minutes": "9999"}, "1 分钟到 24 小时"),
        ],
    )
    def test_a_slip_says_so_and_keeps_the_words(self, client, taken, data, sentence):
        response = post(client, taken, "done", **data)
        page = text_of(response)
        assert response.status_code == 409
        assert sentence in page
        assert f">{data['words']}</textarea>" in page
        assert state_of(taken)[1] == OrderStatus.ACCEPTED

    @pytest.mark.parametrize("typed", ["４０", "40 分钟", " 40 "])
    def test_minutes_are_read_as_people_type_them(self, client, taken, typed):
        post(client, taken, "done", words="换了垫圈", minutes=typed)
        assert HourEntry.objects.get().minutes == 40

    def test_done_by_mistake_is_taken_back(self, client, taken):
        post(client, taken, "done", words="换了垫圈", minutes="40")
        assert "点错了，撤回" in text_of(client.get(links.offer_path(taken)))
        post(client, taken, "undo")
        assert (state_of(taken)[1], HourEntry.objects.count()) == (OrderStatus.ACCEPTED, 0)

    def test_another_half_day(self, client, taken):
        post(client, taken, "visit", visit=f"{TOMORROW}:am")
        order = ServiceOrder.objects.get(pk=taken.order_id)
        assert (order.visit_on, order.visit_half) == (TOMORROW, "am")

    def test_given_back_with_a_reason(self, client, taken):
        response = client.post(
            links.offer_path(taken), {"action": "return", "words": "孩子病了"}, follow=True
        )
        assert state_of(taken) == (Offer.Answer.CLOSED, OrderStatus.SUBMITTED)
        assert shown(response) == []
        note = OrderEvent.objects.filter(order=taken.order_id).order_by("pk").last()
        assert (note.note, note.is_internal) == ("孩子病了", True)

    def test_given_back_without_a_reason_says_so(self, client, taken):
        response = post(client, taken, "return", words="")
        assert (response.status_code, "请写一句为什么退回" in text_of(response)) == (409, True)

    def test_the_calendar_file_names_nobody(self, client, taken):
        response = client.get(links.offer_path(taken) + "visit.ics")
        text = response.content.decode().replace("\r\n ", "")
        day = TOMORROW.strftime("%Y%m%d")
        assert response["Content-Type"].startswith("text/calendar")
        assert f"DTSTART;TZID=Asia/Shanghai:{day}T140000" in text
        assert [value for value in (*PRIVATE, "姜") if value in text] == []

    def test_no_calendar_file_before_acceptance_and_after_the_end(self, client, taken):
        solve(taken.order, actor=taken.person, result="好了")
        assert client.get(links.offer_path(taken) + "visit.ics").status_code == 404
        assert client.get(links.offer_path(make_offer()) + "visit.ics").status_code == 404
        assert client.get("/me/offers/x/visit.ics").status_code == 410
