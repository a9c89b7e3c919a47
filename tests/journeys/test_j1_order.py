"""J1: a resident orders a service on a phone, without an account, with and without JavaScript."""

import pytest
from playwright.sync_api import expect

from services.models import Service, ServiceOrder
from tests.conftest import guard
from tests.public.helpers import NEED, make_public_community

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def community():
    made = make_public_community(services=2, buildings=3)
    Service.objects.filter(code="I01").update(stopper_zh="插座冒烟冒火先打119，有人触电先打120。")
    return made


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def visitor(request, browser, live_server, browser_context_args):
    """A phone with or without JavaScript that may reach this server alone."""
    context = browser.new_context(**browser_context_args, java_script_enabled=request.param)
    complaints = guard(context, live_server.url)
    yield context.new_page()
    context.close()
    assert complaints == []


def test_seven_taps_and_three_inputs(visitor, live_server, community):
    visitor.goto(live_server.url)
    visitor.get_by_role("link", name="上门修水电1").click()  # tap 1
    visitor.get_by_role("link", name="点这项服务").click()  # tap 2
    expect(visitor.get_by_role("heading", level=1)).to_have_text("正在发生危险吗？")
    visitor.get_by_role("link", name="没有危险，接着点单").click()  # tap 3
    visitor.get_by_label("是什么事？").fill(NEED)  # input 1
    visitor.get_by_label("怎么称呼您？").fill("王淑兰")  # input 2
    visitor.get_by_label("电话", exact=True).fill("138 0000 0617")  # input 3
    visitor.get_by_label("您家在几号楼？").select_option(label="听涛苑 2 号楼")  # taps 4 and 5
    visitor.get_by_label("单元和门牌号").fill("2 单元 301")
    visitor.get_by_role("button", name="下一步：核对").click()  # tap 6
    expect(visitor.get_by_role("heading", level=1)).to_have_text("请核对一遍")
    expect(visitor.get_by_text("第 6 网格（听涛苑）")).to_be_visible()
    visitor.get_by_role("button", name="没问题，提交点单").click()  # tap 7

    expect(visitor.get_by_role("heading", level=1)).to_have_text("点单成功")
    order = ServiceOrder.objects.get()
    expect(visitor.locator(".code")).to_have_text(order.spoken_number)
    assert "0617" not in visitor.url
    visitor.get_by_role("link", name="看办理进度").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("上门修水电1")
    expect(visitor.get_by_text("您已点单")).to_be_visible()

    visitor.goto(f"{live_server.url}/track/")
    visitor.get_by_label("单号", exact=True).fill(order.number)
    visitor.get_by_label("电话最后 4 位").fill("0617")
    visitor.get_by_role("main").get_by_role("button", name="查进度").click()
    expect(visitor.get_by_text("您已点单")).to_be_visible()


def test_a_mistake_is_shown_where_it_is_and_nothing_is_lost(visitor, live_server, community):
    visitor.goto(f"{live_server.url}/services/I02/order/")
    visitor.get_by_label("是什么事？").fill(NEED)
    visitor.get_by_label("电话", exact=True).fill("138 0000 061")
    visitor.get_by_role("button", name="下一步：核对").click()
    expect(visitor).to_have_title("有 3 处要改：点单：上门修水电2 - 海梦苑社区")
    visitor.get_by_role("link", name="手机号要写满 11 位，现在是 10 位").click()
    assert "/services/I02/order/?page=" in visitor.url
    expect(visitor.get_by_label("是什么事？")).to_have_value(NEED)
    expect(visitor.get_by_label("电话", exact=True)).to_have_value("138 0000 061")


def test_a_change_after_checking_keeps_the_rest(visitor, live_server, community):
    visitor.goto(f"{live_server.url}/services/I02/order/")
    visitor.get_by_label("是什么事？").fill(NEED)
    visitor.get_by_label("怎么称呼您？").fill("王淑兰")
    visitor.get_by_label("电话", exact=True).fill("138 0000 0617")
    visitor.get_by_label("您家在几号楼？").select_option(label="听涛苑 2 号楼")
    visitor.get_by_label("单元和门牌号").fill("2 单元 301")
    visitor.get_by_role("button", name="下一步：核对").click()
    visitor.get_by_role("button", name="一下称呼").click()
    expect(visitor.get_by_label("是什么事？")).to_have_value(NEED)
    visitor.get_by_label("怎么称呼您？").fill("王阿姨")
    visitor.get_by_role("button", name="下一步：核对").click()
    visitor.get_by_role("button", name="没问题，提交点单").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("点单成功")
    assert ServiceOrder.objects.get().contact.name == "王阿姨"


def test_two_quick_taps_make_one_order(page, live_server, community):
    page.goto(f"{live_server.url}/services/I02/order/")
    page.get_by_label("是什么事？").fill(NEED)
    page.get_by_label("怎么称呼您？").fill("王淑兰")
    page.get_by_label("电话", exact=True).fill("138 0000 0617")
    page.get_by_label("您家在几号楼？").select_option(label="听涛苑 2 号楼")
    page.get_by_label("单元和门牌号").fill("2 单元 301")
    page.get_by_role("button", name="下一步：核对").click()
    page.get_by_role("button", name="没问题，提交点单").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("点单成功")
    assert ServiceOrder.objects.count() == 1


def test_a_script_helps_with_the_form(page, live_server, community):
    page.goto(f"{live_server.url}/services/I02/order/")
    expect(page.get_by_label("大概在哪儿？")).to_be_hidden()
    page.get_by_label("您家在几号楼？").select_option("unknown")
    expect(page.get_by_label("大概在哪儿？")).to_be_visible()
    page.get_by_label("您家在几号楼？").select_option(label="听涛苑 2 号楼")
    expect(page.locator("#grid-found")).to_contain_text("第 6 网格（听涛苑）")
    page.get_by_label("是什么事？").fill("漏水")
    expect(page.locator("#id_need-count")).to_have_text("还可以写 198 字")
    page.get_by_role("button", name="大字版").click()
    expect(page.locator("html")).to_have_class("elder")
    page.reload()
    expect(page.locator("html")).to_have_class("elder")
