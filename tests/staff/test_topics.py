"""Topics at the desk and in the admin: the six steps through one small form each, within the own grid."""

import pytest
from django.utils import timezone

from branches.actions.polls import close_polls
from branches.homes import paper_code
from branches.models import Topic, TopicStatus
from people.actions import withdraw_consent
from people.models import Consent, PersonalDataView, Role
from tests.makers import (
    days_ahead,
    make_building,
    make_dwelling,
    make_grid,
    make_head,
    make_household,
    make_person,
    make_topic,
    make_user,
    make_venue,
    patch_now,
)

pytestmark = pytest.mark.django_db
_S = TopicStatus


@pytest.fixture
def grid():
    return make_grid()


@pytest.fixture
def homes(grid):
    building = make_building(grid=grid)
    return [make_household(make_person(), dwelling=make_dwelling(building=building)) for _n in range(3)]


def text_of(response):
    return response.content.decode()


def press(client, address, verb, **fields):
    """Press the button of `verb`; returns the page that follows."""
    data = {"verb": verb} | {f"{verb}-{name}": value for name, value in fields.items()}
    return text_of(client.post(address, data, follow=True))


def status_of(topic):
    return Topic.objects.get(pk=topic.pk).status


@pytest.mark.parametrize("is_admin", [False, True], ids=["desk", "admin"])
def test_all_six_steps(client, grid, homes, is_admin):
    topic, venue = make_topic(grid=grid), make_venue(grid=grid)
    address = f"/admin/branches/topic/{topic.pk}/change/" if is_admin else f"/staff/topics/{topic.pk}/"
    first, second = (make_head(grid), make_user()) if is_admin else (make_user(), make_user())
    client.force_login(first)
    assert "请写一句为什么" in press(client, address, "take_up", reason="")
    press(client, address, "take_up", reason="大家都关心", title="充电棚")
    start = days_ahead(1)
    when = {"day": f"{start:%Y-%m-%d}", "clock": "09:00", "minutes": "60"}
    press(client, address, "session", venue=venue.pk, agenda="怎么装", **when)
    assert status_of(topic) == _S.DISCUSSING
    sitting = topic.sessions.get().pk
    assert f'name="move{sitting}-clock" value="09:00"' in text_of(client.get(address))
    press(client, address, f"move{sitting}", venue=venue.pk, **(when | {"clock": "10:30"}))
    assert timezone.localtime(topic.sessions.get().booking.starts_at) == days_ahead(1, 10, 30)
    with patch_now(days_ahead(2)):
        client.force_login(first)
        press(client, address, f"minutes{sitting}", minutes="都说了话")
        press(client, address, "poll", question="装不装？", days="7")
        vote = {"building": homes[0].dwelling.building_id, "door": homes[0].dwelling.door}
        press(client, address, "desk_vote", channel="paper", choice="", **vote)
        assert "一户一票" in press(client, address, "desk_vote", channel="phone", choice="yes", **vote)
        other = {"building": homes[1].dwelling.building_id, "door": homes[1].dwelling.door}
        press(client, address, "desk_vote", channel="phone", choice="yes", **other)
        press(client, address, "extend", days="1")
    assert status_of(topic) == _S.DECIDING
    with patch_now(days_ahead(11)):
        close_polls()
        client.force_login(first)
        assert "收了 1 张" in press(client, address, "count", yes="2", no="0", abstain="0")
        press(client, address, "count", yes="1", no="0", abstain="0")
        assert "请换一位来签" in press(client, address, "check")
        client.force_login(second)
        desk = f"/staff/topics/{topic.pk}/"
        press(client, desk, "check")
        press(client, desk, "outcome", outcome="装两个", dissent="没有不同意见")
        client.force_login(first)
    with patch_now(days_ahead(19)):
        client.force_login(first)
        due = f"{timezone.localdate():%Y-%m-%d}"
        press(client, address, "begin", text="装棚", owner="物业", due_on=due)
        press(client, address, f"finish{topic.tasks.get().pk}", words="装好了")
        press(client, address, "ask_rating")
        press(client, address, "close")
    assert status_of(topic) == _S.CLOSED


def test_the_desk_enters_what_came_on_paper(client, grid, homes):
    user = make_user()
    client.force_login(user)
    values = {
        "channel": "paper",
        "text": "路灯太暗",
        "building": homes[0].dwelling.building_id,
        "name": "王淑兰",
        "phone": "13800000617",
        "submission_key": "a-page-of-the-tests",
    }
    response = client.post("/staff/topics/", values)
    made = Topic.objects.get()
    assert response["Location"] == f"/staff/topics/{made.pk}/"
    assert (made.channel, made.entered_by, made.may_publish) == ("paper", user, False)
    page = text_of(client.get("/staff/topics/"))
    assert "路灯太暗" in page
    assert "王淑兰" not in page


def test_a_stale_button_is_told_where_the_topic_stands(client, grid):
    topic = make_topic(_S.ACCEPTED, grid=grid)
    client.force_login(make_user())
    page = press(client, f"/staff/topics/{topic.pk}/", "take_up", reason="晚了一步")
    assert "已经有人办过了" in page


def test_the_paper_slips_carry_each_households_code(client, grid, homes):
    topic = make_topic(_S.DECIDING, grid=grid)
    client.force_login(make_user())
    page = text_of(client.get(f"/staff/topics/{topic.pk}/paper/"))
    for home in homes:
        code = paper_code(topic, home)
        assert f"{code[:4]} {code[4:]}" in page
    # cut apart, each slip still says what is asked, until when, and where to call
    assert page.count(f"<b>{topic.poll.question}</b>") == len(homes)
    assert page.count("交纸票、打电话") == len(homes)


def test_an_auditor_reads_and_writes_nothing(client, grid):
    topic = make_topic(grid=grid)
    client.force_login(make_user(Role.AUDITOR))
    page = client.get(f"/staff/topics/{topic.pk}/")
    assert page.status_code == 200
    assert 'name="verb"' not in text_of(page)
    assert client.post(f"/staff/topics/{topic.pk}/", {"verb": "take_up"}).status_code == 403
    assert client.post(f"/admin/branches/topic/{topic.pk}/change/", {"verb": "take_up"}).status_code == 404
    assert status_of(topic) == _S.RAISED


def test_a_head_does_nothing_to_a_topic_of_another_grid(client, grid):
    topic = make_topic(grid=make_grid())
    client.force_login(make_head(grid))
    address = f"/admin/branches/topic/{topic.pk}/change/"
    assert client.get(address).status_code == 404
    assert client.post(address, {"verb": "take_up", "take_up-reason": "我来"}).status_code == 404
    assert status_of(topic) == _S.RAISED


# --- whose telephone ------------------------------------------------------------------------------------------


@pytest.fixture
def talked(grid):
    """A topic with a proposer and somebody who said something to its outcome."""
    topic = make_topic(grid=grid, name="秦淑兰", phone="13800001234")
    person = make_person("蒋建国", phone="13900005678")
    topic.comments.create(person=person, text="太贵了", submission_key="k")
    return topic


def test_a_name_and_a_number_are_masked_until_a_reason_is_given(client, talked):
    desk = make_user(Role.STAFF)
    client.force_login(desk)
    address = f"/staff/topics/{talked.pk}/"
    whole = ("秦淑兰", "13800001234", "138 0000 1234", "蒋建国", "139 0000 5678")
    page = text_of(client.get(address))
    assert [word for word in whole if word in page] == []
    without = client.post(address, {"action": "reveal", "who": "proposer", "field": "phone", "reason": " "})
    assert ("138 0000 1234" in text_of(without), PersonalDataView.objects.count()) == (False, 0)
    ask = {"action": "reveal", "field": "phone", "reason": "约时间议事"}
    shown = text_of(client.post(address, ask | {"who": "proposer"}))
    assert [word for word in whole if word in shown] == ["138 0000 1234"]
    (comment,) = talked.comments.all()
    shown = text_of(client.post(address, ask | {"who": f"comment{comment.pk}", "field": "name"}))
    assert [word for word in whole if word in shown] == ["蒋建国"]
    assert [word for word in whole if word in text_of(client.get(address))] == []
    rows = PersonalDataView.objects.order_by("pk").values_list("viewer", "person", "field", "reason", "about")
    about = f"topic:{talked.pk}"
    assert list(rows) == [
        (desk.pk, talked.proposer_id, "phone", "约时间议事", about),
        (desk.pk, comment.person_id, "name", "约时间议事", about),
    ]


@pytest.mark.parametrize(
    ("who", "field"), [("proposer", "id_number"), ("proposer", ""), ("comment0", "phone"), ("", "phone")]
)
def test_nothing_else_is_revealed(client, talked, who, field):
    client.force_login(make_user(Role.STAFF))
    ask = {"action": "reveal", "who": who, "field": field, "reason": "看看"}
    assert client.post(f"/staff/topics/{talked.pk}/", ask).status_code == 200
    assert PersonalDataView.objects.count() == 0


def test_the_auditor_reveals_nothing_and_a_head_only_in_the_own_grid(client, talked):
    client.force_login(make_user(Role.AUDITOR))
    ask = {"action": "reveal", "who": "proposer", "field": "phone", "reason": "看看"}
    assert "看姓名、电话" not in text_of(client.get(f"/staff/topics/{talked.pk}/"))
    assert client.post(f"/staff/topics/{talked.pk}/", ask).status_code == 403
    reveal = f"/admin/branches/topic/{talked.pk}/reveal/"
    other = make_head(make_grid()).person.user
    client.force_login(other)
    assert client.post(reveal, ask).status_code == 404
    own = make_head(talked.grid).person.user
    client.force_login(own)
    assert "138 0000 1234" in text_of(client.post(reveal, ask))
    assert PersonalDataView.objects.get().viewer == own


def test_desk_and_grid_head_read_that_the_portal_tells_the_proposer_nothing(client, grid):
    topic = make_topic(grid=grid)
    words = "系统不给居民发消息，有事请打电话"
    doors = [
        (make_user(Role.STAFF), f"/staff/topics/{topic.pk}/"),
        (make_head(grid), f"/admin/branches/topic/{topic.pk}/change/"),
    ]
    for silent in (False, True):
        if silent:
            withdraw_consent(topic.proposer, Consent.Purpose.TOPIC)
        for user, address in doors:
            client.force_login(user)
            assert (words in text_of(client.get(address))) == silent
