"""Members see and answer their invitations, and what concerns nobody else."""

import datetime as dt

import pytest
from django.utils import timezone

from branches.actions import add_item, hold
from branches.models import Meeting
from people.models import Role
from reminders.models import Reminder
from tests.branches.life import make_life_branch, make_meeting
from tests.makers import make_branch, make_grid, make_member, make_person, make_user, patch_now, shanghai

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with patch_now(shanghai(2026, 11, 24, 12)):
        yield


@pytest.fixture
def branch():
    return make_life_branch()


@pytest.fixture
def member(branch):
    return make_member(branch=branch, person=make_user(Role.HELPER).person)


@pytest.fixture
def page(client, member):
    client.force_login(member.person.user)
    return client


def test_a_member_asks_for_leave_and_takes_it_back(page, member, branch):
    meeting = make_meeting("announced", branch=branch, title="学党章")
    assert "学党章" in page.get("/me/meetings/").content.decode()
    assert Reminder.objects.get(person=member.person).link == "/me/meetings/"
    row = meeting.attendances.filter(member=member)
    assert page.post("/me/meetings/", {"meeting": meeting.pk, "do": "leave"}).status_code == 409
    page.post("/me/meetings/", {"meeting": meeting.pk, "do": "leave", "reason": "住院"})
    assert row.values_list("state", "reason").get() == ("leave", "住院")
    page.post("/me/meetings/", {"meeting": meeting.pk, "do": "come"})
    assert row.values_list("state", "reason").get() == ("expected", "")


def test_meetings_of_others_and_of_the_past_are_not_there(page, member, branch):
    elsewhere = make_meeting("announced", title="别的支部的会")
    held = make_meeting("announced", branch=branch, title="已经开了的会")
    hold(Meeting.objects.get(pk=held.pk), by=branch.secretary)
    text = page.get("/me/meetings/").content.decode()
    assert "别的支部的会" not in text
    assert "已经开了的会" not in text
    for key in (elsewhere.pk, held.pk, "", "x", "9" * 30):
        data = {"meeting": key, "do": "leave", "reason": "x"}
        assert page.post("/me/meetings/", data).status_code == 404


def test_the_own_tasks_stand_there_and_nobody_elses(page, member, branch):
    meeting = make_meeting("held", branch=branch)
    day = timezone.localdate() + dt.timedelta(days=3)
    add_item(meeting, text="修活动室的灯", owner=member, due_on=day)
    add_item(meeting, text="别人的事", owner=branch.members.first(), due_on=day)
    text = page.get("/me/meetings/").content.decode()
    assert ("修活动室的灯" in text, "别人的事" in text) == (True, False)


def test_who_is_no_member_reads_a_sentence(client):
    client.force_login(make_user(Role.HELPER))
    assert "您不在网格党支部的名册里" in client.get("/me/meetings/").content.decode()


def test_who_only_reports_here_reads_where_their_meetings_are(client):
    serving = make_user(Role.HELPER, person=make_person())
    make_member(
        branch=make_branch(grids=[make_grid()], name="听涛苑支部"), person=serving.person, kind="serving"
    )
    client.force_login(serving)
    page = client.get("/me/meetings/").content.decode()
    assert ("组织生活在原单位过" in page, "听涛苑支部" in page, "不在网格党支部" in page) == (
        True,
        True,
        False,
    )
