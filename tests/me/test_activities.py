"""The helper's activities: own sign-ups, and what still needs somebody and fits."""

import datetime as dt

import pytest
from django.utils import timezone

from people.models import Role
from services.models import OrderStatus
from tests.makers import (
    days_ahead,
    make_activity,
    make_helper,
    make_order,
    make_person,
    make_service,
    make_signup,
    make_skill,
    make_user,
    patch_now,
    shanghai,
)
from volunteers.actions import cancel_activity
from volunteers.fitting import fitting_shifts
from volunteers.models import Signup, SignupStatus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tuesday():
    with patch_now(shanghai(2026, 11, 24, 9)):
        yield


def needing(title, starts_at, *, capacity=3, skill=None, kind="helper", **fields):
    shifts = [{"capacity": capacity, "kind": kind, "skill": skill}]
    return make_activity(title=title, starts_at=starts_at, shifts=shifts, **fields).shifts.get()


def titles(person):
    return [fit.shift.activity.title for fit in fitting_shifts(person)]


def test_only_what_fits_the_soonest_first():
    scissors, electric = make_skill("haircut", name_zh="理发"), make_skill("electric", name_zh="水电")
    helper = make_helper(skills=[scissors], free=[(2, "am"), (5, "am"), (5, "pm")])
    person = helper.person
    needing("周六下午", shanghai(2026, 11, 28, 14))
    needing("周三上午理发", shanghai(2026, 11, 25, 9), skill=scissors)
    needing("周三上午修灯", shanghai(2026, 11, 25, 9), skill=electric)
    needing("周三下午", shanghai(2026, 11, 25, 14))
    needing("来参加的", shanghai(2026, 11, 25, 9), kind="guest")
    needing("草稿", shanghai(2026, 11, 25, 9), publish=False)
    full = needing("满了的", shanghai(2026, 11, 28, 9), capacity=1)
    make_signup(full)
    off = needing("取消的", shanghai(2026, 11, 28, 9))
    cancel_activity(off.activity, reason="雨")
    assert titles(person) == ["周三上午理发", "周六下午"]
    assert [fit.why for fit in fitting_shifts(person)] == ["您周三上午有空，您会理发", "您周六下午有空"]


def test_what_i_have_and_what_clashes_with_it_is_not_offered():
    person = make_helper().person
    mine = needing("我报了的", days_ahead(3))
    needing("同一个时间", days_ahead(3, 10))
    needing("接着的", days_ahead(3, 11))
    make_signup(mine, name=person.name, phone=person.phone)
    assert titles(person) == ["接着的"]


def test_who_is_no_helper_gets_what_asks_for_no_skill():
    needing("谁都行", days_ahead(3))
    needing("要会理发", days_ahead(4), skill=make_skill("haircut"))
    assert titles(make_person()) == ["谁都行"]


def test_one_tap_takes_a_place_and_a_second_finds_it(client):
    user = make_user(Role.HELPER)
    client.force_login(user)
    shift = needing("清滩", days_ahead(3))
    assert "清滩" in client.get("/me/activities/").content.decode()
    for _again in range(2):
        client.post("/me/activities/", {"shift": shift.pk})
    made = Signup.objects.get()
    assert (made.person, made.status, made.seats) == (user.person, SignupStatus.PLACE, 1)
    page = client.get("/me/activities/").content.decode()
    assert "还没有报名" not in page
    assert "现在没有合适您、又缺人的" in page


def carry(person, half, *, status=OrderStatus.ACCEPTED, days=3):
    """An order that `person` carries or carried, with a visit on that half-day."""
    order = make_order(status, service=make_service(name_zh="上门修水电"))
    day = timezone.localdate() + dt.timedelta(days=days)
    type(order).objects.filter(pk=order.pk).update(assigned_to=person, visit_on=day, visit_half=half)


@pytest.mark.parametrize(
    ("half", "starts", "minutes", "beside"),
    [
        ("am", 9, 120, True),
        ("pm", 9, 120, False),
        ("pm", 11, 120, True),  # reaches into the afternoon
        ("am", 14, 60, False),
        ("", 14, 60, True),
    ],
)
def test_a_visit_on_the_same_half_day_is_said_and_refuses_nothing(client, half, starts, minutes, beside):
    user = make_user(Role.HELPER)
    client.force_login(user)
    carry(user.person, half)
    carry(make_person(), "am")  # somebody else's
    carry(user.person, "am", days=4)
    shift = needing("清滩", days_ahead(3, starts), minutes=minutes)
    words = f"11月27日{ {'am': '上午', 'pm': '下午', '': ''}[half] }，约好上门：上门修水电"
    assert [fit.beside for fit in fitting_shifts(user.person)] == [words if beside else ""]
    page = client.post("/me/activities/", {"shift": shift.pk}, follow=True)
    assert [str(message) for message in page.context["messages"]][1:] == (
        [f"时间挨得近，请排好：{words}"] if beside else []
    )
    assert Signup.objects.get().status == SignupStatus.PLACE


def test_a_visit_that_is_over_or_given_back_is_no_visit():
    person = make_helper().person
    carry(person, "am", status=OrderStatus.SOLVED)
    needing("清滩", days_ahead(3))
    assert [fit.beside for fit in fitting_shifts(person)] == [""]


def test_a_clash_is_said_and_a_draft_does_not_exist(client):
    user = make_user(Role.HELPER)
    client.force_login(user)
    client.post("/me/activities/", {"shift": needing("清滩", days_ahead(3)).pk})
    page = client.post("/me/activities/", {"shift": needing("理发", days_ahead(3)).pk}, follow=True)
    assert "这个时间您已经报了“清滩”" in page.content.decode()
    draft = needing("草稿", days_ahead(9), publish=False)
    for shift in (draft.pk, "", "x"):
        assert client.post("/me/activities/", {"shift": shift}).status_code == 404
    assert Signup.objects.count() == 1


def test_the_page_costs_the_same_at_one_and_at_many(client, django_assert_max_num_queries):
    user = make_user(Role.HELPER)
    make_helper(person=user.person)
    client.force_login(user)
    needing("甲", days_ahead(3))
    client.post("/me/activities/", {"shift": needing("乙", days_ahead(4)).pk})

    def count():
        with django_assert_max_num_queries(12) as queries:
            client.get("/me/activities/")
        return len(queries)

    count()
    at_one = count()
    for day in range(5, 20):
        needing(f"第{day}天", days_ahead(day))
        client.post("/me/activities/", {"shift": needing(f"我的{day}", days_ahead(day, 14)).pk})
    assert count() == at_one
