"""The Back button after a form was sent: what was typed is still there, and sending it again makes nothing twice.

Watched addresses (the `page` fixture) switch the browser's cache off, so these tests use contexts of their own.
"""

import pytest
from playwright.sync_api import expect

from branches.actions.topics import publish_outcome
from branches.models import NoticeObjection, Topic, TopicComment, TopicStatus
from grids.models import Booking
from services.models import ServiceOrder
from tests.makers import (
    make_building,
    make_dwelling,
    make_household,
    make_notice,
    make_order,
    make_person,
    make_topic,
    make_venue,
)
from tests.public.helpers import NEED, make_public_community

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def community():
    return make_public_community(services=2, buildings=3)


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def visitor(request, browser, browser_context_args):
    """A phone that keeps pages, with or without JavaScript."""
    context = browser.new_context(**browser_context_args, java_script_enabled=request.param)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def plain_visitor(browser, browser_context_args):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def heading(page):
    return page.get_by_role("heading", level=1)


def test_back_from_the_receipt_finds_the_order_and_the_same_number(visitor, live_server, community):
    visitor.goto(f"{live_server.url}/services/I02/order/")
    visitor.get_by_label("是什么事？").fill(NEED)
    visitor.get_by_label("怎么称呼您？").fill("王淑兰")
    visitor.get_by_label("电话", exact=True).fill("138 0000 0617")
    visitor.get_by_label("您家在几号楼？").select_option(label="听涛苑 2 号楼")
    visitor.get_by_role("button", name="下一步：核对").click()
    visitor.get_by_role("link", name="请写单元和门牌号").click()
    visitor.get_by_label("单元和门牌号").fill("2 单元 301")
    visitor.get_by_role("button", name="下一步：核对").click()
    visitor.get_by_role("button", name="没问题，提交点单").click()
    expect(heading(visitor)).to_have_text("点单成功")
    number = visitor.locator(".code").text_content()

    visitor.go_back()
    expect(heading(visitor)).to_have_text("请核对一遍")
    expect(visitor.get_by_role("main")).to_contain_text(NEED)
    visitor.get_by_role("button", name="没问题，提交点单").click()
    expect(visitor.locator(".code")).to_have_text(number)

    visitor.go_back()
    visitor.go_back()
    expect(visitor.get_by_label("是什么事？")).to_have_value(NEED)
    expect(visitor.get_by_label("电话", exact=True)).to_have_value("138 0000 0617")
    expect(visitor.get_by_label("单元和门牌号")).to_have_value("2 单元 301")
    visitor.get_by_role("button", name="下一步：核对").click()
    visitor.get_by_role("button", name="没问题，提交点单").click()
    expect(visitor.locator(".code")).to_have_text(number)
    assert ServiceOrder.objects.count() == 1


def feedback():
    return "/feedback/"


def venue():
    return f"/venues/{make_venue().pk}/"


def new_topic():
    return "/topics/new/"


def outcome():
    building = make_building()
    homes = [make_household(make_person(), dwelling=make_dwelling(building=building)) for _n in range(2)]
    topic = make_topic(TopicStatus.DECIDING, grid=building.grid, homes=homes)
    publish_outcome(topic, outcome="装两个", dissent="3 户嫌吵")
    return f"/topics/{topic.pk}/"


def disclosure():
    return f"/notices/{make_notice(kind='finance').pk}/"


WHO = {"怎么称呼您？": "王淑兰", "电话": "138 0000 0617"}


@pytest.mark.parametrize(
    ("start", "typed", "button", "end", "model"),
    [
        (feedback, {"您的意见": NEED} | WHO, "提交意见", "意见收到了", ServiceOrder),
        (venue, {"做什么用？": "合唱队排练"} | WHO, "提交预订", "等社区答复", Booking),
        (new_topic, {"想让大家一起议什么事？": NEED} | WHO, "提出来", "收到了", Topic),
        (outcome, {"对结果": NEED} | WHO, "提交意见", "意见收到了，公示期内答复您", TopicComment),
        (disclosure, {"对公示": NEED} | WHO, "提交意见", "意见收到了，公示期内答复您", NoticeObjection),
    ],
)
def test_back_finds_what_was_typed_and_sending_again_adds_nothing(
    plain_visitor, live_server, community, start, typed, button, end, model
):
    page = plain_visitor
    page.goto(live_server.url + start())
    before = model.objects.count()
    form = page.locator("main form[novalidate]")
    for label, words in typed.items():
        form.get_by_label(label).fill(words)
    for label in ("几点开始", "您家在几号楼"):
        if form.get_by_label(label).count():
            form.get_by_label(label).select_option(index=1)
    form.get_by_role("button", name=button).click()
    expect(page.get_by_role("main")).to_contain_text(end)
    first = page.url

    page.go_back()
    for label, words in typed.items():
        expect(form.get_by_label(label)).to_have_value(words)
    form.get_by_role("button", name=button).click()
    page.wait_for_url(first)
    expect(page.get_by_role("main")).to_contain_text(end)
    assert model.objects.count() == before + 1


def test_back_from_an_order_finds_number_and_digits_on_the_track_page(visitor, live_server, community):
    order = make_order(phone="13800000617")
    visitor.goto(f"{live_server.url}/track/")
    number, digits = visitor.get_by_label("单号"), visitor.get_by_label("最后 4 位")
    number.fill(order.spoken_number)
    digits.fill("0617")
    visitor.get_by_role("button", name="查进度").click()
    expect(heading(visitor)).to_contain_text(order.service.name_zh)
    first = visitor.url

    visitor.go_back()
    expect(number).to_have_value(order.spoken_number)
    expect(digits).to_have_value("0617")
    visitor.get_by_role("button", name="查进度").click()
    visitor.wait_for_url(first)
    assert "0617" not in first


def test_back_from_seconding_finds_door_and_proof_and_a_household_counts_once(
    visitor, live_server, community
):
    building = make_building()
    home = make_household(make_person(phone="13800000617"), dwelling=make_dwelling(building=building))
    topic = make_topic(grid=building.grid, may_publish=True)
    visitor.goto(f"{live_server.url}/topics/{topic.pk}/join/")
    which, door = visitor.get_by_label("您家在几号楼"), visitor.get_by_label("单元和门牌号")
    proof = visitor.get_by_label("您家登记过的电话")
    which.select_option(value=str(building.pk))
    door.fill(home.dwelling.door)
    proof.fill("138 0000 0617")
    visitor.get_by_role("button", name="附议").click()
    expect(visitor.get_by_role("main")).to_contain_text("您家的附议记下了")

    visitor.go_back()
    expect(which).to_have_value(str(building.pk))
    expect(door).to_have_value(home.dwelling.door)
    expect(proof).to_have_value("138 0000 0617")
    visitor.get_by_role("button", name="附议").click()
    expect(visitor.get_by_role("main")).to_contain_text("您家已经附议过了，一户一次")
    assert topic.seconds.count() == 1
