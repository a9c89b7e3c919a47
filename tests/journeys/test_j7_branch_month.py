"""J7: the secretary's month in the admin, from the day to the ledger, in at most 25 clicks."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from branches.actions import add_item
from branches.models import Meeting
from people.models import Role
from tests.axe import violations_of
from tests.branches.life import make_life_branch, make_meeting
from tests.makers import PASSWORD, make_branch, make_grid, make_member, make_person, make_post, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def branch():
    branch = make_branch(grids=[make_grid(6)], name="听涛苑网格党支部")
    secretary = make_user(Role.GRID, login="secretary06", person=make_person("张桂兰"))
    make_post(member=make_member(branch=branch, person=secretary.person))
    for name in ("李秀兰", "王大伟", "赵丽华", "迟学军"):
        make_member(branch=branch, person=make_person(name))
    make_member(branch=branch, kind="probationary", person=make_person("孙小明"))
    before = make_meeting("held", branch=branch, by=secretary, on=timezone.localdate())
    add_item(before, text="换楼道灯", owner=branch.members.first(), due_on=timezone.localdate())
    return branch


@pytest.fixture
def meeting(branch):
    today = timezone.localdate()
    first = today.replace(day=1)
    last = (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return make_meeting(branch=branch, kind="theme_party_day", place="", period=first, due_by=last)


class Hand:
    def __init__(self, page):
        self.page, self.clicks = page, 0

    def click(self, name, role="button", **options):
        self.page.get_by_role(role, name=name, **options).first.click()
        self.clicks += 1


def log_in(page, live_server, login, path):
    page.goto(live_server.url + path)
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("密码").press("Enter")


def test_a_month_of_one_branch(sized_page, live_server, branch, meeting):
    page = sized_page
    log_in(page, live_server, "secretary06", f"/admin/branches/meeting/{meeting.pk}/change/")
    hand = Hand(page)
    page.get_by_label("地点").fill("议事园")
    hand.click("定下来")
    hand.click("发通知")
    expect(page.get_by_text("通知发出去了")).to_be_visible()
    hand.click("开会了，点名")
    expect(page.get_by_text("还差 3 人才能表决").first).to_be_visible()
    for name in ("张桂兰", "李秀兰", "王大伟", "赵丽华"):
        hand.click(name, exact=False)
    expect(page.get_by_text("有表决权的应到 5 人，实到 4 人，要 3 人")).to_be_visible()
    hand.click("其余缺席")
    page.get_by_text("加一项要表决的").click()
    hand.clicks += 1
    page.get_by_label("表决什么").fill("为民办实事项目")
    hand.click("加上")
    page.locator("input[name=votes_for]").fill("4")
    hand.click("记结果")
    expect(page.get_by_text("通过", exact=True)).to_be_visible()
    page.get_by_label("一句话结果").fill("换好了")
    hand.click("办完了")
    expect(page.get_by_text("这件事办完了")).to_be_visible()
    hand.click("存记录")
    assert violations_of(page) == []
    hand.click("签字")
    expect(page.get_by_role("heading", name="抄到灯塔")).to_be_visible()
    hand.click("已经抄到灯塔")
    assert hand.clicks <= 25
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert violations_of(page) == []
    signed = Meeting.objects.get(pk=meeting.pk)
    assert (signed.status, signed.signed_by.person.name) == ("signed", "张桂兰")
    assert signed.motions.get().result == "passed"


@pytest.mark.once
def test_no_page_of_the_branches_has_a_violation(sized_page, live_server):
    make_user(Role.STAFF, login="desk")
    branch = make_life_branch(groups=1)
    signed, held = make_meeting("signed", branch=branch), make_meeting("held", branch=branch)
    announced = make_meeting("announced", branch=branch, on=timezone.localdate() + dt.timedelta(days=2))
    number, member = branch.branch_grids.get().grid.number, branch.members.first()
    page, found = sized_page, []
    log_in(page, live_server, "desk", "/staff/branches/")
    base = f"/staff/branches/{number}"
    for path in (
        "/staff/branches/",
        f"{base}/",
        f"{base}/new/",
        f"{base}/ledger/",
        *(f"/staff/branches/meetings/{one.pk}/" for one in (signed, held, announced)),
        f"/staff/branches/meetings/{held.pk}/paper/",
        "/staff/branches/dues/",
        f"{base}/dues/",
        f"{base}/dues/{member.pk}/",
    ):
        page.goto(live_server.url + path)
        found += violations_of(page)
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            found.append(f"{path} runs off the screen")
    assert found == []
