"""The admin in a real browser: nothing is refused by the policy, the choices of persons are asked for by POST."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from people.models import Role
from tests.admin.world import address, list_address, make_side, registered
from tests.axe import visit_all
from tests.conftest import SIZES
from tests.makers import make_activity, make_person, make_plan, make_user, make_visit

pytestmark = pytest.mark.django_db(transaction=True)


def _addresses(side):
    """Home, every list, every object page and every form for adding."""
    found = ["/admin/", "/admin/password_change/", "/admin/grids/"]
    for label, row in side.rows.items():
        found += [list_address(type(row)), address(row, "change"), address(row, "history")]
        if registered()[label].may_add:
            found.append(list_address(type(row), "add"))
        if registered()[label].may_delete:
            found.append(address(row, "delete"))
    found += [list_address(registered()[label].model, "add") for label in ("people.Person", "people.User")]
    order = side.rows["services.ServiceOrder"]
    return found + [address(order, "do", key) for key in ("offer", "finish", "visit", "note")]


def test_every_page_fits_and_keeps_to_the_policy(page, live_server, sign_in):
    # the `context` fixture fails the test on any refusal by the policy and any error of a script
    side = make_side("东风")
    sign_in(make_user(Role.MANAGER))
    for path in _addresses(side):
        page.goto(f"{live_server.url}{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], path


def test_a_person_is_chosen_without_a_name_in_an_address(page, live_server, sign_in):
    side = make_side("东风")
    person = make_person("欧阳建国")
    sign_in(make_user(Role.STAFF))
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url)))
    page.goto(f"{live_server.url}{list_address(side.rows['grids.Appointment'], 'add')}")
    page.locator(".field-person .select2-selection").click()
    page.locator(".select2-search__field").fill("oyjg")
    choice = page.get_by_role("option", name=f"欧**国 {person.masked_phone}")
    choice.click()
    expect(page.locator("#id_person")).to_have_value(str(person.pk))
    autocompletes = [(method, url) for method, url in asked if "/autocomplete/" in url]
    assert {method for method, _url in autocompletes} == {"POST"}
    assert not any("oyjg" in url for _method, url in asked)


def test_cards_say_what_each_value_is(page, live_server, sign_in):
    side = make_side("东风")
    sign_in(side.head)
    page.goto(f"{live_server.url}{list_address(side.rows['services.ServiceOrder'])}")
    labels = page.locator("#result_list tbody tr").first.locator("td[data-label]")
    assert [cell.get_attribute("data-label") for cell in labels.all()] == [
        "服务",
        "状态",
        "联系人",
        "楼栋",
        "最晚办完",
    ]


def test_saving_comes_first_and_deleting_last_on_a_phone(page, live_server, sign_in):
    side = make_side("东风")
    sign_in(make_user(Role.STAFF))
    page.goto(f"{live_server.url}{address(side.rows['grids.Building'], 'change')}")
    places = {
        name: page.locator(f".submit-row {selector}").bounding_box()["y"]
        for name, selector in {
            "save": "input[name=_save]",
            "again": "input[name=_addanother]",
            "delete": "a.deletelink",
        }.items()
    }
    assert places["save"] < places["again"] < places["delete"]
    field = page.locator("#id_name").bounding_box()
    assert field["height"] >= 44


def test_the_head_of_a_box_lies_at_its_edge(page, live_server, sign_in):
    visit = make_visit(make_plan().person)
    sign_in(make_user(Role.STAFF))
    page.goto(f"{live_server.url}{address(visit, 'change')}")
    box, head = page.locator(".verb .module").bounding_box(), page.locator(".verb h2").bounding_box()
    assert head["y"] - box["y"] == 1  # the line around it
    form = page.locator(".verb form").bounding_box()
    assert form["y"] - head["y"] - head["height"] == 12
    assert page.get_by_label("为什么作废").bounding_box()["width"] == form["width"]


def test_choices_below_each_other_do_not_touch(page, live_server, sign_in):
    activity = make_activity(shifts=[{"capacity": 9}, {"capacity": 9, "kind": "helper"}])
    sign_in(make_user(Role.STAFF))
    page.goto(f"{live_server.url}{address(activity, 'change')}")
    page.get_by_text("代人报名").click()
    first, second = (row.bounding_box() for row in page.locator("label.opt-row:has([type=radio])").all())
    assert second["y"] - first["y"] - first["height"] == 8


def test_a_double_press_adds_one_note(page, live_server, sign_in):
    side = make_side("东风")
    sign_in(side.head)
    order = side.rows["services.ServiceOrder"]
    page.goto(f"{live_server.url}{address(order, 'do', 'note')}")
    page.locator("textarea").fill("下午再去")
    page.get_by_role("button", name="写备注").dblclick()
    expect(page.get_by_text("备注记下了")).to_be_visible()
    assert order.events.filter(note="下午再去").count() == 1


@pytest.fixture(params=list(SIZES))
def axe_page(request, browser, live_server, client):
    """A signed-in page of a context without the policy's guard: on forms axe itself tries an inline style."""
    context = browser.new_context(viewport=SIZES[request.param], locale="zh-CN", timezone_id="Asia/Shanghai")

    def sign_in(user):
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        return context.new_page()

    yield sign_in
    context.close()


@pytest.mark.once
def test_axe_finds_nothing_on_the_pages_of_a_grid_head(axe_page, live_server):
    side = make_side("东风")
    order = side.rows["services.ServiceOrder"]
    pages = [
        "/admin/",
        list_address(order),
        address(order, "change"),
        address(order, "do", "offer"),
        address(order, "do", "finish"),
        list_address(side.rows["grids.Household"]),
        address(side.rows["grids.Household"], "change"),
        list_address(side.rows["grids.CarePlan"]),
        address(side.rows["grids.CarePlan"], "change"),
        address(side.rows["grids.CarePlan"], "visit"),
        list_address(side.rows["grids.Visit"]),
        address(side.rows["grids.Visit"], "change"),
    ]
    assert visit_all(axe_page(side.head), live_server, "standard", pages) == []


@pytest.mark.once
def test_axe_finds_nothing_on_the_pages_of_the_staff(axe_page, live_server):
    side = make_side("东风")
    building = side.rows["grids.Building"]
    pages = [
        "/admin/",
        list_address(building),
        address(building, "change"),
        address(building, "delete"),
        address(building, "history"),
        address(side.grid, "change"),
        address(side.rows["grids.Household"], "change"),
        address(side.rows["branches.PartyBranch"], "change"),
        list_address(registered()["people.Person"].model),
        address(side.head.person, "change"),
        list_address(registered()["people.User"].model, "add"),
        list_address(side.rows["grids.Appointment"], "add"),
        list_address(side.rows["grids.CarePlan"], "add"),
        list_address(side.rows["grids.Visit"], "add"),
        list_address(registered()["services.Service"].model, "add"),
    ]
    assert visit_all(axe_page(make_user(Role.MANAGER)), live_server, "standard", pages) == []
