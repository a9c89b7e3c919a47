"""J6: a family signs up on a phone and checks in with one entry; the organiser keeps the list by ticks, without a script."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from people.models import Role
from tests.conftest import guard
from tests.makers import days_ahead, make_activity, make_signup, make_user, patch_now
from tests.public.helpers import make_public_community
from volunteers.links import signup_path
from volunteers.models import HourEntry, Signup, WalkIn

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = dt.timedelta(minutes=1)


class Hand:
    """Somebody's finger on a page: whatever is done with it is counted."""

    def __init__(self, page):
        self.page, self.taps, self.inputs = page, 0, 0

    def tap(self, name, role="button", within=None):
        """One tap on the only link, button or box of that name; words for screen readers follow its colon."""
        spoken = re.compile(f"^{name.replace('：', ' ?：')}$")
        (within or self.page).get_by_role(role, name=spoken).click()
        self.taps += 1

    def type(self, label, words):
        """One field filled in; tapping into it belongs to it."""
        self.page.get_by_label(label, exact=True).fill(words)
        self.inputs += 1

    def done(self):
        """What it took since the last time: (taps, inputs)."""
        spent = self.taps, self.inputs
        self.taps = self.inputs = 0
        return spent


@pytest.fixture
def hold(browser, browser_context_args, live_server, client, settings):
    """Makes a `Hand` on a new phone of 390 × 844, of `user` if given; every page is watched by `guard`."""
    opened = []

    def new(*, script=True, user=None):
        context = browser.new_context(**browser_context_args, java_script_enabled=script)
        opened.append((context, guard(context, live_server.url)))
        if user:
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.set_viewport_size({"width": 390, "height": 844})
        return Hand(page)

    yield new
    for context, complaints in opened:
        context.close()
        assert complaints == []


@pytest.fixture
def soon():
    """An activity that begins in half an hour: the doors are open, and one can still sign up."""
    make_public_community()
    return make_activity(starts_at=timezone.now() + 30 * MINUTE, title="义剪日")


def statuses(activity):
    rows = Signup.objects.filter(shift__activity=activity).order_by("pk")
    return list(rows.values_list("status", flat=True))


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_four_taps_and_two_inputs_for_three_and_one_entry_at_the_door(hold, live_server, soon, script):
    hand = hold(script=script)
    page = hand.page
    page.goto(f"{live_server.url}/activities/")
    hand.tap("报名：义剪日", "link")
    hand.tap("父亲或母亲", "checkbox")
    hand.tap("孩子", "checkbox")
    hand.type("怎么称呼您？", "王淑兰")
    hand.type("电话", "138 0000 0617")
    hand.tap("报名", within=page.locator("#join"))
    expect(page.get_by_role("main")).to_contain_text("报上名了，到时候见！")
    expect(page.get_by_role("main")).to_contain_text("共 3 位")
    expect(page.get_by_role("link", name="存进手机日历")).to_be_visible()
    assert hand.done() == (4, 2)  # features.md J6: at most 4 taps and 3 inputs
    assert "0617" not in page.url

    wall = hold(user=make_user(Role.STAFF))
    wall.page.goto(f"{live_server.url}/staff/activities/{soon.pk}/code/")
    page.reload()  # the link that was kept, opened in the room
    hand.type("现场屏幕上的四个数字", wall.page.locator(".code").inner_text())
    hand.tap("签到")
    expect(page.get_by_role("main")).to_contain_text("签到成功")
    assert hand.done() == (1, 1)
    assert list(Signup.objects.values_list("status", "seats", "arrival")) == [("attended", 3, "code")]
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_alone_from_the_first_page_of_the_portal(hold, live_server, soon):
    hand = hold()
    hand.page.goto(live_server.url)
    hand.page.get_by_role("main").get_by_role("link", name="报名活动").click()
    hand.taps += 1
    hand.tap("报名：义剪日", "link")
    hand.type("怎么称呼您？", "王淑兰")
    hand.type("电话", "138 0000 0617")
    hand.tap("报名", within=hand.page.locator("#join"))
    expect(hand.page.get_by_role("main")).to_contain_text("报上名了，到时候见！")
    assert hand.done() == (3, 2)


def test_the_question_of_the_day_before_is_one_tap(hold, live_server):
    make_public_community()
    with patch_now(timezone.now() - 2 * 24 * 60 * MINUTE):
        signup = make_signup(make_activity(starts_at=days_ahead(3)).shifts.get())
    hand = hold(script=False)
    hand.page.goto(live_server.url + signup_path(signup))
    hand.tap("来，要接送")
    expect(hand.page.get_by_role("main")).to_contain_text("社区打电话跟您约")
    assert hand.done() == (1, 0)


def test_who_cannot_check_in_reads_why(hold, live_server, soon):
    hand = hold(script=False)
    page = hand.page
    page.goto(f"{live_server.url}/activities/{soon.pk}/check-in/")
    hand.type("现场屏幕上的四个数字", "12")
    hand.type("报名时写的电话", "138 0000 0617")
    hand.tap("签到")
    expect(page.get_by_role("alert")).to_contain_text("签到码是四个数字，请看现场的屏幕")
    wall = hold(user=make_user(Role.STAFF))
    wall.page.goto(f"{live_server.url}/staff/activities/{soon.pk}/code/")
    hand.type("现场屏幕上的四个数字", wall.page.locator(".code").inner_text())
    hand.tap("签到")
    expect(page.get_by_role("alert")).to_contain_text("没有报名")


def test_the_organiser_keeps_the_list_by_ticks_without_a_script(hold, live_server):
    make_public_community()
    now = timezone.now()
    with patch_now(now - 2 * 24 * 60 * MINUTE):
        shifts = [{"capacity": 9}, {"capacity": 9, "kind": "helper", "name": "搬桌椅"}]
        activity = make_activity(starts_at=now - 90 * MINUTE, minutes=60, shifts=shifts)
        guests, helpers = activity.shifts.order_by("pk")
        for name in ("王淑兰", "李秀兰", "赵丽华"):
            make_signup(guests, name=name)
        make_signup(helpers, name="赵志强")
    hand = hold(script=False, user=make_user(Role.STAFF))
    page = hand.page
    page.goto(f"{live_server.url}/staff/activities/{activity.pk}/check-in/")
    hand.tap("到了：王淑兰")
    expect(page.locator(".msgs")).to_contain_text("王淑兰 到了。")
    assert hand.done() == (1, 0)
    hand.tap("撤回：王淑兰")
    assert statuses(activity)[0] == "place"

    page.locator("summary", has_text="没报名、直接来的").first.click()
    hand.taps += 1
    hand.tap("来了 2 位", within=page.locator(f"#s{guests.pk}"))
    expect(page.locator(f"#s{guests.pk}")).to_contain_text("直接来的 2 位")
    assert list(WalkIn.objects.values_list("seats", flat=True)) == [2]

    hand.done()
    hand.tap("照纸面名单补", "link")
    for name in ("王淑兰", "李秀兰"):
        page.locator(f"#s{guests.pk}").get_by_label(name).check()
        hand.taps += 1
    hand.tap("打勾的都到了", within=page.locator(f"#s{guests.pk}"))
    expect(page.locator(".msgs")).to_contain_text("记下了，2 个报名的到了。")
    assert hand.done() == (4, 0)

    hand.tap("现场一个一个点", "link")
    hand.tap("到了：赵志强")
    hand.type("赵志强", "45")
    hand.tap("记下时长")
    assert list(HourEntry.objects.values_list("person__name", "minutes")) == [("赵志强", 45)]
    hand.tap("还有 1 个没见到，记下")
    assert statuses(activity) == ["attended", "attended", "no_show", "attended"]
