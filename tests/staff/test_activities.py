"""The desk's pages of activities."""

import datetime as dt

import pytest
from django.utils import timezone

from people.models import PersonalDataView, Role
from tests.branches.life import make_meeting
from tests.makers import (
    days_ahead,
    make_activity,
    make_branch,
    make_community,
    make_grid,
    make_order,
    make_service,
    make_shift,
    make_signup,
    make_user,
    make_venue,
)
from tests.volunteers.test_series import make_series
from volunteers.actions import cancel_activity, withdraw
from volunteers.models import Activity, ActivityMessage, ActivityStatus, Shift, Signup, SignupStatus
from volunteers.recurrence import rule_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    return user


def text_of(response):
    return response.content.decode()


def values(**changes):
    return {
        "title": "义剪日：给老人免费理发",
        "kind": "service",
        "for_whom": "elderly",
        "day": days_ahead(3).strftime("%Y-%m-%d"),
        "begins": "09:00",
        "ends": "11:00",
        "place_text": "听涛苑物业门口",
        "guests": "30",
        "helpers": "6",
        "how": "publish",
    } | changes


def test_an_activity_is_announced_from_one_form(client, desk):
    venue = make_venue(grid=make_grid(6))
    response = client.post("/staff/activities/new/", values(venue=str(venue.pk)))
    made = Activity.objects.get()
    assert response["Location"] == f"/staff/activities/{made.pk}/"
    assert (made.status, made.created_by, made.starts_at) == ("published", desk, days_ahead(3, 9))
    assert (made.venue, made.place_text) == (venue, "")
    assert list(made.shifts.values_list("kind", "capacity")) == [("guest", 30), ("helper", 6)]
    assert client.get(f"/activities/{made.pk}/").status_code == 200


def warned(response):
    return [str(message) for message in response.context["messages"] if message.level_tag == "warning"]


def test_whoever_plans_is_told_what_else_lies_at_that_time(client, desk):
    grid, other = make_grid(6), make_grid(7)
    meeting = {"on": days_ahead(3).date(), "kind": "theme_party_day"}
    make_meeting(branch=make_branch(grids=[grid], name="听涛苑支部"), at=dt.time(10, 30), **meeting)
    make_meeting(branch=make_branch(grids=[other]), at=dt.time(10), **meeting)
    make_activity(title="同格的", grid=grid, starts_at=days_ahead(3, 10))
    make_activity(title="同一队的", organiser="红帆队", starts_at=days_ahead(3, 8), minutes=61)
    make_activity(title="刚好接上的", grid=grid, starts_at=days_ahead(3, 11))
    make_activity(title="不相干的", grid=other, starts_at=days_ahead(3, 9))
    off = make_activity(title="取消的", grid=grid, starts_at=days_ahead(3, 9))
    cancel_activity(off, reason="雨")
    sent = values(grid=str(grid.pk), organiser="红帆队")
    page = client.post("/staff/activities/new/", sent, follow=True)
    assert warned(page) == [
        "同一个时间还有：“同一队的”8:00–9:01；“同格的”10:00–12:00；听涛苑支部主题党日10:30–12:30。可以改时间，也可以照常办。"
    ]
    made = Activity.objects.get(title="义剪日：给老人免费理发")
    moved = client.post(
        f"/staff/activities/{made.pk}/edit/", sent | {"begins": "06:00", "ends": "07:00"}, follow=True
    )
    assert warned(moved) == []
    alone = client.post("/staff/activities/new/", values(title="全社区的"), follow=True)
    assert warned(alone) == []


def test_a_draft_is_seen_by_nobody_until_it_is_announced(client, desk):
    client.post("/staff/activities/new/", values(how="draft"))
    made = Activity.objects.get()
    assert client.get(f"/activities/{made.pk}/").status_code == 404
    client.post(f"/staff/activities/{made.pk}/", {"action": "publish"})
    assert client.get(f"/activities/{made.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "请写活动名称"),
        ({"ends": "08:00"}, "结束的时间要晚于开始"),
        ({"place_text": ""}, "请选场地，或者写在哪儿"),
        ({"guests": "0", "helpers": "0"}, "至少写一项"),
        ({"guests": "-1"}, "不能少于 0"),
        ({"day": "2020-01-01"}, "这一天已经过去了"),
        ({"begins": "九点"}, "时间没看懂"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_saved(client, desk, changes, words):
    assert words in text_of(client.post("/staff/activities/new/", values(**changes)))
    assert Activity.objects.count() == 0


def test_a_template_is_kept_and_proposes_the_next_one(client, desk):
    client.post("/staff/activities/new/", values(how="template"))
    template = Activity.objects.get()
    assert (template.is_template, template.status) == (True, "draft")
    assert "用模板" in text_of(client.get("/staff/activities/"))
    page = text_of(client.get(f"/staff/activities/new/?like={template.pk}"))
    assert 'value="义剪日：给老人免费理发"' in page
    assert client.get(f"/staff/activities/{template.pk}/").status_code == 404


def test_the_capacity_the_line_and_the_message_from_one_page(client, desk):
    shift = make_shift(capacity=1, starts_at=days_ahead(9))
    address = f"/staff/activities/{shift.activity_id}/"
    make_signup(shift)
    waiting = make_signup(shift)
    client.post(address, {"action": "capacity", "shift": shift.pk, "capacity": "2"})
    waiting.refresh_from_db()
    assert waiting.status == SignupStatus.OFFERED
    refused = text_of(
        client.post(address, {"action": "capacity", "shift": shift.pk, "capacity": "1"}, follow=True)
    )
    assert "已经占了 2 位" in refused
    for typed in ("0", "", "9999", "１０"):
        page = client.post(address, {"action": "capacity", "shift": shift.pk, "capacity": typed}, follow=True)
        assert "名额请写 1 到 2000" in text_of(page)
    sent = {"action": "message", "message-to": "all", "message-text": "带把伞", "message-submission_key": "k"}
    for _again in range(2):
        client.post(address, sent)
    assert ActivityMessage.objects.get().count == 2


def test_the_desk_signs_up_for_somebody_and_is_warned_of_a_clash(client, desk):
    signup = make_signup(name="王淑兰", phone="13800000617")
    other = make_shift(starts_at=signup.shift.starts_at)
    address = f"/staff/activities/{other.activity_id}/"
    form = {
        "action": "signup",
        "signup-name": "王淑兰",
        "signup-phone": "13800000617",
        "signup-party": ["self"],
        "signup-submission_key": "k",
    }
    page = text_of(client.post(address, form))
    assert "和别的安排撞了时间" in page
    assert "照样报" in page
    client.post(address, form | {"signup-override": "on"})
    made = Signup.objects.get(shift=other)
    assert (made.entered_by, made.channel) == (desk, "desk")


def test_the_desk_takes_down_that_somebody_called_takes_the_place(client, desk):
    shift = make_shift(capacity=1, starts_at=days_ahead(9))
    holder, asked = make_signup(shift), make_signup(shift, phone="05355550617")
    withdraw(holder)
    address = f"/staff/activities/{shift.activity_id}/"
    assert text_of(client.get(address)).count('value="accept"') == 1
    page = client.post(address, {"action": "accept", "signup": asked.pk}, follow=True)
    assert said(page) == [f"记下了：{asked.person.name} 来。"]
    asked.refresh_from_db()
    assert asked.status == SignupStatus.PLACE
    offer = asked.person.reminders.filter(dedupe_key__contains=":offered:")
    assert set(offer.values_list("status", flat=True)) == {"cancelled"}
    assert 'value="accept"' not in text_of(client.get(address))


def test_a_page_of_what_is_called_off_waits_for_nobody(client, desk):
    shift = make_shift(capacity=1, starts_at=days_ahead(9))
    holder = make_signup(shift)
    make_signup(shift)
    withdraw(holder)
    address = f"/staff/activities/{shift.activity_id}/"
    words = ("有空位，等答复", "等到", "签到点名")
    assert [word for word in words if word not in text_of(client.get(address))] == []
    client.post(address, {"action": "cancel", "reason": "台风"})
    assert [word for word in words if word in text_of(client.get(address))] == []


def test_the_desk_writes_and_reads_of_somebody_else(client, desk):
    signup = make_signup(party=["self", "parent"])
    address = f"/staff/activities/{signup.shift.activity_id}/"
    for path in (address, f"{address}paper/", f"{address}check-in/"):
        page = text_of(client.get(path))
        assert ("本人、父亲或母亲" in page, "我自己" in page) == (True, False)
    page = text_of(client.get(address))
    assert ("报名的人怎么称呼？" in page, "怎么称呼您" in page) == (True, False)


def test_the_desk_reads_of_a_visit_on_the_same_half_day_after_signing_somebody_up(client, desk):
    order = make_order("accepted", service=make_service(name_zh="上门修水电"))
    shift = make_shift(starts_at=days_ahead(3))
    day = timezone.localdate(shift.starts_at)
    type(order).objects.filter(pk=order.pk).update(visit_on=day, visit_half="am")
    helper = order.offers.get().person
    form = {"action": "signup", "signup-name": helper.name, "signup-phone": helper.phone}
    page = client.post(
        f"/staff/activities/{shift.activity_id}/",
        form | {"signup-party": ["self"], "signup-submission_key": "k"},
        follow=True,
    )
    assert "时间挨得近，请排好" in text_of(page)
    assert Signup.objects.get().person == helper


def test_places_of_a_series_change_once_or_from_here_on(client, desk):
    series = make_series(
        starts_at=days_ahead(7), rule=rule_for("weekly", days_ahead(7).date()), on_day_off="keep"
    )
    first = series.activities.order_by("starts_at").first()
    shift = first.shifts.get()
    address = f"/staff/activities/{first.pk}/"
    client.post(address, {"action": "capacity", "shift": shift.pk, "capacity": "11"})
    found = Shift.objects.filter(activity__series=series).order_by("starts_at")
    assert list(found.values_list("capacity", flat=True)[:2]) == [11, 10]
    page = client.post(
        address, {"action": "capacity_later", "shift": shift.pk, "capacity": "12"}, follow=True
    )
    assert f"这次和以后的 {found.count()} 次" in text_of(page)
    assert set(found.values_list("capacity", flat=True)) == {12}
    refused = client.post(
        address, {"action": "capacity_later", "shift": shift.pk, "capacity": "0"}, follow=True
    )
    assert "名额请写 1 到 2000 的数字" in text_of(refused)


def test_the_list_shows_names_to_the_desk_and_masks_them_for_the_auditor(client, desk):
    signup = make_signup(name="王淑兰", phone="13800000617", party=["self", "parent"])
    address = f"/staff/activities/{signup.shift.activity_id}/"
    for path in (address, f"{address}paper/"):
        page = text_of(client.get(path))
        assert "王淑兰" in page
        assert "138****" in page
        assert "13800000617" not in page
    client.force_login(make_user(Role.AUDITOR))
    for path in (address, f"{address}paper/"):
        page = text_of(client.get(path))
        assert "王淑兰" not in page
        assert "王*兰" in page
    assert client.post(address, {"action": "cancel", "reason": "试试"}).status_code == 403


def test_a_number_is_shown_once_and_leaves_a_trace(client, desk):
    signup = make_signup(phone="13800000617")
    address = f"/staff/activities/{signup.shift.activity_id}/"
    page = text_of(client.post(address, {"action": "reveal", "signup": signup.pk}))
    assert "138 0000 0617" in page
    assert PersonalDataView.objects.get().about == f"signup:{signup.pk}"
    assert "138 0000 0617" not in text_of(client.get(address))


def test_a_changed_time_asks_and_a_cancelled_one_tells(client, desk):
    signup = make_signup()
    address = f"/staff/activities/{signup.shift.activity_id}/"
    client.post(f"{address}edit/", values(day=days_ahead(5).strftime("%Y-%m-%d")))
    assert signup.person.reminders.filter(dedupe_key__contains=":changed:").count() == 1
    client.post(address, {"action": "cancel", "reason": "台风"})
    found = Activity.objects.get(pk=signup.shift.activity_id)
    assert (found.status, found.reason) == (ActivityStatus.CANCELLED, "台风")
    assert signup.person.reminders.filter(dedupe_key__contains=":cancelled:").count() == 1


def said(response):
    return [str(message) for message in response.context["messages"] if message.level_tag == "success"]


def test_the_desk_reads_how_many_are_asked_again(client, desk):
    activity = make_activity(capacity=2)
    address = f"/staff/activities/{activity.pk}/edit/"

    def change(**changes):
        return said(client.post(address, values(**changes), follow=True))

    assert change() == ["改好了。时间地点变了，还没有人报上名，不用再问。"]
    for _n in range(3):  # the third waits
        make_signup(activity.shifts.get())
    assert change(begins="09:30") == ["改好了。时间地点变了，已经再问 2 个报名的还来不来。"]
    assert change(begins="09:30", title="义剪") == ["改好了。"]


def test_the_desk_reads_how_many_of_a_series_are_asked_again(client, desk):
    series = make_series(
        starts_at=days_ahead(7), rule=rule_for("weekly", days_ahead(7).date()), on_day_off="keep"
    )
    first, second = series.activities.order_by("starts_at")[:2]
    address = f"/staff/activities/{first.pk}/edit/"
    day = days_ahead(7).strftime("%Y-%m-%d")

    def change(**changes):
        sent = values(day=day, which="later", **changes)
        return said(client.post(address, sent, follow=True))

    assert change(ends="10:30") == ["这次和以后的都改好了。时间地点变了，还没有人报上名，不用再问。"]
    make_signup(first.shifts.get())
    make_signup(second.shifts.get())
    assert change(ends="10:30", title="义剪") == ["这次和以后的都改好了。"]
    assert change(begins="09:30") == ["这次和以后的都改好了。时间地点变了，已经再问 2 个报名的还来不来。"]


def test_a_further_group_and_a_withdrawal(client, desk):
    signup = make_signup()
    address = f"/staff/activities/{signup.shift.activity_id}/"
    client.post(
        address,
        {"action": "shift", "shift-kind": "helper", "shift-name": "搬桌椅", "shift-capacity": "4", "shift-begins": "09:00",
         "shift-ends": "09:30"},
    )  # fmt: skip
    shift = Shift.objects.get(kind="helper")
    assert (shift.name, shift.capacity, shift.ends_at) == ("搬桌椅", 4, days_ahead(2, 9, 30))
    page = client.post(
        address,
        {
            "action": "shift",
            "shift-kind": "helper",
            "shift-name": "x",
            "shift-capacity": "4",
            "shift-begins": "06:00",
        },
        follow=True,
    )
    assert "分组的时间要在活动的时间里面" in text_of(page)
    client.post(address, {"action": "withdraw", "signup": signup.pk})
    signup.refresh_from_db()
    assert (signup.status, signup.ended_by) == (SignupStatus.WITHDRAWN, "desk")
    assert "没看懂" in text_of(client.post(address, {"action": "__class__"}, follow=True))


def test_what_is_wrong_in_a_form_below_the_list_is_said_on_top(client, desk):
    signup = make_signup(name="王淑兰", phone="13800000617")
    address = f"/staff/activities/{make_shift(starts_at=signup.shift.starts_at).activity_id}/"
    sent = {"signup-name": "王淑兰", "signup-phone": "12", "signup-submission_key": "k"}
    for form, words in (
        ({"action": "message", "message-to": "all", "message-submission_key": "k"}, "请写一下要告诉大家什么"),
        ({"action": "shift", "shift-kind": "helper", "shift-capacity": "1"}, "请写哪一组"),
        ({"action": "signup", "signup-party": ["self"], **sent}, "手机号要写满 11 位"),
        ({"action": "signup", "signup-party": ["self"], **sent, "signup-phone": "13800000617"}, "还没有报上：和别的安排撞了时间"),
    ):  # fmt: skip
        page = text_of(client.post(address, form))
        assert words in page.split("<section", 1)[0]
        assert page.count('role="alert"') == 1


def test_nobody_is_taken_off_the_list_by_one_wrong_tap(client, desk):
    activity = make_signup().shift.activity
    address = f"/staff/activities/{activity.pk}/"
    row = text_of(client.get(address)).split('value="withdraw"')[0].rsplit("<li", 1)[1]
    assert "<details><summary" in row
    client.post(address, {"action": "cancel", "reason": "台风"})
    assert 'value="withdraw"' not in text_of(client.get(address))


def test_what_belongs_to_another_community_does_not_exist(client, desk):
    other = make_community(code="370614001099", host="other.example")
    foreign = make_signup(make_shift(community=other))
    make_community()
    type(other).objects.filter(code="370614001014").update(host="testserver")
    mine = make_shift()
    for path in ("", "edit/", "paper/"):
        assert client.get(f"/staff/activities/{foreign.shift.activity_id}/{path}").status_code == 404
    address = f"/staff/activities/{mine.activity_id}/"
    assert client.post(address, {"action": "withdraw", "signup": foreign.pk}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.status == SignupStatus.PLACE


def test_the_pages_cost_the_same_at_one_and_at_many(client, desk, django_assert_max_num_queries):
    shift = make_shift(capacity=50)
    address = f"/staff/activities/{shift.activity_id}/"
    make_signup(shift)

    def counts():
        found = []
        for path in ("/staff/activities/", address, f"{address}paper/"):
            with django_assert_max_num_queries(12) as queries:
                client.get(path)
            found.append(len(queries))
        return found

    counts()
    at_one = counts()
    for index in range(99):
        make_activity()
        signup = make_signup(shift, party=["self", "child"])
        if index % 3 == 0:
            withdraw(signup)
    assert counts() == at_one


def test_the_list_pages_on_and_back(client, desk):
    for index in range(51):
        make_activity(title=f"活动{index:02d}", starts_at=days_ahead(2 + index))
    page = text_of(client.get("/staff/activities/"))
    assert "活动49" in page
    assert "活动50" not in page
    last = Activity.objects.get(title="活动49")
    assert "活动50" in text_of(client.get(f"/staff/activities/?after={last.pk}"))
