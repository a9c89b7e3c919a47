"""J10: a resident raises a topic in four taps and a household votes with one, with and without JavaScript."""

import pytest
from playwright.sync_api import expect

from branches.actions.polls import open_poll
from branches.models import PollVoter, Topic, TopicStatus
from branches.topic_links import home_path
from tests.conftest import guard
from tests.makers import make_building, make_dwelling, make_grid, make_household, make_person, make_topic
from tests.public.helpers import make_public_community

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home():
    make_public_community()
    building = make_building(grid=make_grid(7), estate="听涛苑", name="3 号楼")
    person = make_person(phone="13800000619")
    return make_household(person, dwelling=make_dwelling(building=building, unit="2", room="301"))


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def visitor(request, browser, live_server, browser_context_args):
    """A phone with or without JavaScript that may reach this server alone."""
    context = browser.new_context(**browser_context_args, java_script_enabled=request.param)
    complaints = guard(context, live_server.url)
    yield context.new_page()
    context.close()
    assert complaints == []


def test_four_taps_raise_a_topic_and_a_neighbour_seconds_it(visitor, live_server, home):
    visitor.goto(live_server.url)
    visitor.get_by_role("link", name="大家议").click()  # tap 1
    visitor.get_by_role("link", name="提一件事").click()  # tap 2
    visitor.get_by_label("想让大家一起议什么事？").fill("3 号楼门口想装一个充电棚")
    visitor.get_by_label("您家在几号楼？").select_option(label="听涛苑 3 号楼")
    visitor.get_by_label("怎么称呼您？").fill("王淑兰")
    visitor.get_by_label("电话", exact=True).fill("138 0000 0617")
    visitor.get_by_label("可以公开我写的内容").check()  # tap 3
    visitor.get_by_role("button", name="提出来").click()  # tap 4
    expect(visitor.get_by_text("每走一步都会告诉您")).to_be_visible()
    topic = Topic.objects.get()
    assert topic.grid == home.dwelling.building.grid

    visitor.goto(f"{live_server.url}/topics/")
    visitor.get_by_role("link", name="3 号楼门口想装一个充电棚").click()
    visitor.get_by_role("link", name="我家也附议").click()
    visitor.get_by_label("您家在几号楼？").select_option(label="听涛苑 3 号楼")
    visitor.get_by_label("单元和门牌号").fill("2-301")
    visitor.get_by_label("您家登记过的电话").fill("138 0000 0619")
    visitor.get_by_role("button", name="附议").click()
    expect(visitor.get_by_text("您家的附议记下了")).to_be_visible()
    assert topic.seconds.get().household == home


def test_one_tap_votes_and_the_second_household_member_reads_why_not(visitor, live_server, home):
    topic = make_topic(TopicStatus.DISCUSSING, grid=home.dwelling.building.grid)
    poll = open_poll(topic, question="装不装充电棚？")
    visitor.goto(live_server.url + home_path(topic, home))
    assert PollVoter.objects.count() == 0
    visitor.get_by_role("button", name="不同意").click()  # the only tap
    expect(visitor.get_by_text("您家的一票投好了")).to_be_visible()
    poll.refresh_from_db()
    assert poll.totals == {"yes": 0, "no": 1, "abstain": 0}
    visitor.goto(live_server.url + home_path(topic, home))
    expect(visitor.get_by_text("您家已经投过票了")).to_be_visible()
    expect(visitor.get_by_role("button", name="不同意")).to_have_count(0)
