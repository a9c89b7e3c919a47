"""The pages after login: the own offers and orders, hours, messages; nobody else's."""

import datetime as dt

import pytest
from django.utils import timezone

from branches.actions import ask_leave
from people.models import Role
from reminders.models import Reminder
from services import links
from services.actions import accept, take
from services.models import Offer, OrderStatus, ServiceOrder
from tests.branches.life import make_life_branch, make_meeting
from tests.makers import (
    days_ahead,
    make_community,
    make_member,
    make_offer,
    make_order,
    make_person,
    make_reminder,
    make_shift,
    make_signup,
    make_user,
    patch_now,
)
from volunteers.actions import cancel_activity, record_hours
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db
PAGES = ["/me/", "/me/hours/", "/me/messages/"]


@pytest.fixture
def helper(client):
    user = make_user(Role.HELPER, person=make_person("赵志强"))
    client.force_login(user)
    return user


def text_of(response):
    return response.content.decode()


def make_task(person, **fields):
    order = make_order(**fields)
    accept(make_offer(order, person=person))
    order.refresh_from_db()
    return order


class TestDoor:
    @pytest.mark.parametrize("path", PAGES)
    @pytest.mark.parametrize(
        ("role", "status"),
        [
            (Role.MANAGER, 200),
            (Role.STAFF, 200),
            (Role.GRID, 200),
            (Role.HELPER, 200),
            (Role.AUDITOR, 403),
            (Role.NONE, 403),
        ],
    )
    def test_by_role(self, client, role, status, path):
        client.force_login(make_user(role))
        assert client.get(path).status_code == status

    @pytest.mark.parametrize("path", [*PAGES, "/me/orders/27064251/"])
    def test_anonymous_visitors_are_led_to_the_login(self, client, path):
        make_community()
        assert client.get(path)["Location"].startswith("/login/?next=/me/")

    @pytest.mark.parametrize("path", PAGES)
    def test_an_account_without_a_person_sees_an_empty_page(self, client, path):
        make_community()
        user = make_user(Role.HELPER)
        user.person = None
        user.save(update_fields=["person"])
        make_reminder()
        record_hours(make_person(), 30, what="别人的", source_key="x")
        client.force_login(user)
        response = client.get(path)
        assert (response.status_code, "别人的" in text_of(response)) == (200, False)


class TestHome:
    def test_own_offers_and_own_tasks_alone(self, client, helper):
        asked = make_offer(make_order(need="我的问题"), person=helper.person)
        make_offer(make_order(need="别人的问题"))
        task = make_task(helper.person, name="姜小明", phone="13800009876")
        make_task(make_person(), name="李大爷", phone="13800005432")
        response = client.get("/me/")
        page = text_of(response)
        assert [one.need for one in response.context["asked"]] == ["我的问题"]
        assert [one.number for one in response.context["tasks"]] == [task.spoken_number]
        assert [word for word in ("姜小明", "tel:13800009876") if word not in page] == []
        assert [word for word in ("李大爷", "13800005432", asked.order.contact.name) if word in page] == []

    def test_an_offer_is_answered_from_here(self, client, helper):
        made = make_offer(person=helper.person)
        (asked,) = client.get("/me/").context["asked"]
        client.post(asked.link, {"action": "accept"})
        made.refresh_from_db()
        assert made.answer == Offer.Answer.ACCEPTED

    def test_queries(self, client, helper, django_assert_max_num_queries):
        def ask():
            with django_assert_max_num_queries(12) as queries:
                client.get("/me/")
            return len(queries)

        make_offer(person=helper.person)
        make_task(helper.person)
        for_one = ask()
        for _again in range(99):
            make_offer(person=helper.person)
            make_task(helper.person)
        assert ask() == for_one


class TestTask:
    def test_the_own_order_and_its_end(self, client, helper):
        order = make_task(helper.person, name="姜小明", phone="13800009876")
        path = f"/me/orders/{order.number}/"
        assert "tel:13800009876" in text_of(client.get(path))
        response = client.post(path, {"action": "done", "words": "修好了", "minutes": "20"}, follow=True)
        assert ServiceOrder.objects.get(pk=order.pk).status == OrderStatus.SOLVED
        assert HourEntry.objects.get().minutes == 20
        assert [word for word in ("姜小明", "13800009876") if word in text_of(response)] == []

    def test_an_order_taken_without_an_offer(self, client, helper):
        order = make_order()
        take(order, by=make_user(), person=helper.person)
        assert client.get(f"/me/orders/{order.number}/").status_code == 200

    def test_given_back_it_is_gone(self, client, helper):
        order = make_task(helper.person)
        path = f"/me/orders/{order.number}/"
        response = client.post(path, {"action": "return", "words": "孩子病了"})
        assert response["Location"] == "/me/"
        assert client.get(path).status_code == 404

    def test_of_somebody_else_does_not_exist(self, client, helper):
        order = make_task(make_person())
        path = f"/me/orders/{order.number}/"
        assert client.get(path).status_code == 404
        assert client.post(path, {"action": "done", "words": "好了"}).status_code == 404
        assert client.get(path + "visit.ics").status_code == 404
        assert ServiceOrder.objects.get(pk=order.pk).status == OrderStatus.ACCEPTED

    def test_a_stale_page_is_told(self, client, helper):
        order = make_task(helper.person)
        response = client.post(
            f"/me/orders/{order.number}/",
            {"action": "done", "words": "修好了", "seen": "2020-01-01T00:00:00+00:00"},
        )
        assert response.status_code == 409
        assert "修好了</textarea>" in text_of(response)


class TestMessages:
    def test_looking_marks_nothing_and_a_button_does(self, client, helper):
        mine = make_reminder(person=helper.person, subject="给我的", status=Reminder.Status.SENT)
        other = make_reminder(subject="给别人的", status=Reminder.Status.SENT)
        make_reminder(person=helper.person, subject="还没到时候")
        page = text_of(client.get("/me/messages/"))
        assert [word for word in ("给我的", "给别人的", "还没到时候") if word in page] == ["给我的"]
        mine.refresh_from_db()
        assert mine.read_at is None
        client.post("/me/messages/")
        mine.refresh_from_db()
        other.refresh_from_db()
        assert (mine.read_at is not None, other.read_at) == (True, None)

    def test_reads_on_without_showing_twice(self, client, helper):
        for number in range(53):
            make_reminder(person=helper.person, subject=f"第{number}条", status=Reminder.Status.SENT)
        first = client.get("/me/messages/")
        second = client.get(first.context["older"])
        subjects = [row["subject"] for page in (first, second) for row in page.context["rows"]]
        assert (len(subjects), len(set(subjects)), second.context["older"]) == (53, 53, "")

    @pytest.mark.parametrize("before", ["x", "-1", "99999999999999999999", "7"])
    def test_a_broken_key_begins_at_the_newest(self, client, helper, before):
        make_reminder(person=helper.person, subject="给我的", status=Reminder.Status.SENT)
        assert "给我的" in text_of(client.get("/me/messages/", {"before": before}))


def test_the_link_in_a_message_is_the_link_of_the_offer(client, helper):
    made = make_offer(person=helper.person)
    assert client.get(Reminder.objects.get(kind=Reminder.Kind.OFFER).link).status_code == 200
    assert links.offer_pk_of(links.offer_token(made)) == made.pk


class TestSchedule:
    """What somebody goes to: activities and meetings together, the soonest first, nobody else's."""

    def rows(self, client):
        return [(date.title, date.status, date.is_sure) for date in client.get("/me/").context["dates"]]

    def test_activities_and_meetings_the_soonest_first(self, client, helper):
        branch = make_life_branch(full=3)
        member = make_member(branch=branch, person=helper.person)
        for days, kind in ((2, "theme_party_day"), (6, "party_lecture")):
            on = timezone.localdate() + dt.timedelta(days=days)
            meeting = make_meeting("announced", branch=branch, on=on, kind=kind)
        make_meeting(branch=branch, on=timezone.localdate() + dt.timedelta(days=1))  # not announced yet
        ask_leave(meeting, member, reason="出门")
        mine = {"name": helper.person.name, "phone": helper.person.phone}
        full = make_shift(title="包饺子", starts_at=days_ahead(4), capacity=1)
        make_signup(full)
        make_signup(full, **mine)
        make_signup(make_shift(title="清滩", starts_at=days_ahead(3)), **mine)
        off = make_signup(make_shift(title="取消的", starts_at=days_ahead(1)), **mine)
        cancel_activity(off.shift.activity, reason="雨")
        make_signup(make_shift(title="别人的", starts_at=days_ahead(1)))
        assert self.rows(client) == [
            ("主题党日", "要参加", True),
            ("清滩", "报上了", True),
            ("包饺子", "排队等候", False),
            ("党课", "请了假", False),
        ]

    def test_on_the_day_the_way_to_check_in_stands_on_top(self, client, helper):
        mine = {"name": helper.person.name, "phone": helper.person.phone}
        made = make_signup(make_shift(title="清滩", starts_at=days_ahead(3)), **mine)
        assert "到现场了，签到" not in text_of(client.get("/me/"))
        with patch_now(made.shift.starts_at - dt.timedelta(minutes=10)):
            client.force_login(helper)
            assert "到现场了，签到" in text_of(client.get("/me/"))

    def test_it_costs_the_same_at_one_and_at_many(self, client, helper, django_assert_max_num_queries):
        mine = {"name": helper.person.name, "phone": helper.person.phone}
        make_signup(make_shift(starts_at=days_ahead(2)), **mine)
        client.get("/me/")
        with django_assert_max_num_queries(12) as queries:
            client.get("/me/")
        at_one = len(queries)
        for days in range(3, 20):
            make_signup(make_shift(starts_at=days_ahead(days)), **mine)
        with django_assert_max_num_queries(at_one):
            assert len(client.get("/me/").context["dates"]) == 4
