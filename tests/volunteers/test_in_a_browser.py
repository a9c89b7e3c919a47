"""The pages of helping in a real browser: axe at both sizes and type sizes, one sheet of paper, no script needed."""

import datetime as dt

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from people.models import Role
from tests.axe import violations_of, visit_all
from tests.makers import (
    make_activity,
    make_building,
    make_certificate,
    make_community,
    make_grid,
    make_person,
    make_shift,
    make_signup,
    make_skill,
    make_team,
    make_user,
    make_venue,
    open_time_bank,
)
from tests.public.test_print import sheets_of
from volunteers.actions import (
    apply_to_help,
    ask_for_certificate,
    claim_missing,
    claim_wrong,
    correct_hours,
    open_account,
    record_hours,
    register_helper,
    revoke_certificate,
    spend_time,
)
from volunteers.models import Activity, Certificate, HelperApplication, Shift, Signup, SignupStatus

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def world():
    """A helper with something of everything, and what waits for the desk."""
    open_time_bank()
    grid = make_grid(6)
    make_building(grid=grid)
    make_team(grid=grid)
    user = make_user(Role.HELPER, person=make_person("赵志强"))
    skills = [make_skill(code=f"s{number}") for number in range(5)]
    helper = register_helper(
        user.person, consent_channel="paper", grid=grid, skills=skills, free_half_days=[(5, "am")]
    )
    open_account(user.person)
    today = timezone.localdate()
    entries = [
        record_hours(
            user.person, 90, what="修水管", source_key=f"k{n}", served_on=today - n * dt.timedelta(30)
        )
        for n in range(14)
    ]
    correct_hours(entries[0], to=60, why="路上的时间不算")
    claim_wrong(user.person, entries[1], minutes=120, words="少记了", submission_key="w")
    claim_missing(user.person, what="清滩", served_on=today, minutes=60, submission_key="m")
    spend_time(user.person, 20, what="理发", source_key="s")
    made, old = make_certificate(user.person), make_certificate(user.person)
    revoke_certificate(old, by=make_user(), why="月份写错了")
    ask_for_certificate(user.person, since=today, until=today)
    guardian = {"guardian_name": "林建国", "guardian_phone": "13800006622"}
    apply_to_help(make_community(), name="林小海", phone="13800006611", submission_key="k", **guardian)
    return {"user": user, "helper": helper, "entries": entries, "made": made, "old": old}


def sign_in_without_js(page, live_server, client, user):
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_axe_finds_nothing(sized_page, live_server, sign_in, world, mode):
    made, old, entries = world["made"], world["old"], world["entries"]
    public = ["/volunteers/", "/volunteers/?joined=1", "/volunteers/join/", "/certificates/"]
    public += [f"/certificates/{made.token}/", f"/certificates/{old.token}/", "/certificates/unknown/"]
    assert visit_all(sized_page, live_server, mode, public) == []
    sized_page.goto(f"{live_server.url}/volunteers/join/")
    sized_page.get_by_label("14 到 17 岁").check()
    sized_page.get_by_role("button", name="报名").click()
    expect(sized_page.get_by_label("家长（监护人）的姓名")).to_be_visible()
    assert violations_of(sized_page) == []
    sign_in(world["user"])
    own = ["/me/hours/", f"/me/hours/?year={timezone.localdate().year - 1}", "/me/profile/"]
    own += [f"/me/hours/{entries[0].pk}/", f"/me/hours/{entries[2].pk}/"]
    own += [f"/me/certificates/{made.pk}/", f"/me/certificates/{old.pk}/"]
    assert visit_all(sized_page, live_server, mode, own) == []
    sign_in(make_user())
    desk = [
        "/staff/volunteers/",
        f"/staff/volunteers/{world['helper'].pk}/",
        f"/staff/certificates/{made.pk}/",
    ]
    assert visit_all(sized_page, live_server, mode, desk) == []
    sized_page.goto(f"{live_server.url}/staff/volunteers/")
    sized_page.get_by_role("button", name="看电话").first.click()
    assert violations_of(sized_page) == []


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_a_certificate_of_a_year_is_one_sheet(page, live_server, sign_in, world, mode):
    page.context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
    sign_in(world["user"])
    assert sheets_of(page, f"{live_server.url}/me/certificates/{world['made'].pk}/") == 1
    page.emulate_media(media="print")
    assert not page.get_by_role("link", name="下载 PDF").is_visible()
    code = page.locator(".cert .qr svg").bounding_box()
    assert round(code["width"] * 25.4 / 96) == round(code["height"] * 25.4 / 96) == 34  # mm, as in the PDF


@pytest.mark.parametrize("groups", [2, 3])
@pytest.mark.parametrize("door", ["staff/activities", "admin/volunteers/activity"])
def test_the_wall_shows_every_code_and_where_to_type_it_without_scrolling(
    page, live_server, sign_in, door, groups
):
    activity = make_activity(shifts=[{"capacity": 9, "name": f"{number} 组"} for number in range(groups)])
    begun = timezone.now() - dt.timedelta(minutes=10)
    Activity.objects.update(starts_at=begun)
    Shift.objects.update(starts_at=begun)
    sign_in(make_user(Role.STAFF))
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{live_server.url}/{door}/{activity.pk}/code/")
    shown = [box.bounding_box() for box in [*page.locator(".code").all(), page.locator(".qr")]]
    assert len(shown) == groups + 1
    assert [box for box in shown if box["y"] + box["height"] > 800] == []


def _shown_on(card):
    """What a card shows: title, day and month with their colour, time and place line by line."""
    date = card.locator(".date")
    colour = (date.get_attribute("class") or "").split()[1:]
    times = card.locator("p").first.inner_text().splitlines()
    return card.get_by_role("heading", level=3).inner_text(), date.inner_text().split(), colour, times


def test_the_card_beside_the_form_is_what_residents_see(page, live_server, sign_in):
    venue = make_venue(grid=make_grid(6))
    sign_in(make_user(Role.STAFF))
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{live_server.url}/staff/activities/new/")
    card = page.locator("[data-preview]")
    expect(card).to_contain_text("还有 30 位")
    page.get_by_label("活动名称").fill("义剪日")
    day = timezone.localdate() + dt.timedelta(days=9)
    page.get_by_label("哪天").fill(day.isoformat())
    page.get_by_label("几点开始").fill("09:00")
    page.get_by_label("几点结束").fill("11:30")
    page.get_by_label("别的地点").fill("北门")
    expect(card).to_contain_text("9:00–11:30\n北门", use_inner_text=True)
    page.get_by_label("在社区的场地").select_option(str(venue.pk))
    page.get_by_label("要几名志愿者").fill("6")
    page.get_by_label("给谁办").select_option("elderly")
    expect(card).to_contain_text("还有 36 位")
    proposed = _shown_on(card)
    page.get_by_role("button", name="发布，开始报名").click()
    page.goto(f"{live_server.url}/activities/")
    public = page.locator("li.card", has=page.get_by_role("link", name="义剪日", exact=True))
    assert _shown_on(public) == proposed
    expect(public).to_contain_text("还有 36 位")


def test_the_form_without_script_has_no_empty_card(page_without_js, live_server, client):
    page = page_without_js
    sign_in_without_js(page, live_server, client, make_user(Role.STAFF))
    page.goto(f"{live_server.url}/staff/activities/new/")
    expect(page.get_by_role("button", name="发布，开始报名")).to_be_visible()
    expect(page.locator("[data-preview]")).to_be_hidden()


def test_back_after_ticks_from_paper_ticks_nobody_else(page_without_js, live_server, client):
    """The page comes back without whoever has arrived: the ticks of before would lie on the names that moved up."""
    page, shift = page_without_js, make_shift(capacity=9)
    signups = [make_signup(shift) for _n in range(4)]
    begun = timezone.now() - dt.timedelta(minutes=10)
    Activity.objects.update(starts_at=begun)
    Shift.objects.update(starts_at=begun)
    sign_in_without_js(page, live_server, client, make_user(Role.STAFF))
    page.goto(f"{live_server.url}/staff/activities/{shift.activity_id}/check-in/?paper=1")
    boxes = page.get_by_role("checkbox")
    for index in (0, 1):
        boxes.nth(index).check()
    page.get_by_role("button", name="打勾的都到了").click()
    page.go_back()
    expect(boxes).to_have_count(2)
    assert [box.is_checked() for box in boxes.all()] == [False, False]
    assert {row.pk for row in Signup.objects.filter(status=SignupStatus.ATTENDED)} == {
        signup.pk for signup in signups[:2]
    }


def test_from_wanting_to_help_to_a_certificate_without_script(page_without_js, live_server, client):
    """Nobody needs a script: apply, be registered, ask for a certificate, get it, let a stranger check it."""
    page, grid = page_without_js, make_grid()
    make_building(grid=grid)

    def sign_in(user):
        sign_in_without_js(page, live_server, client, user)

    page.goto(f"{live_server.url}/volunteers/")
    page.get_by_role("link", name="我想帮忙").click()
    page.get_by_label("您的姓名").fill("林小海")
    page.get_by_label("电话", exact=True).fill("138 0000 6611")
    page.get_by_label("满 18 岁", exact=True).check()
    page.get_by_label("是我自己愿意的").check()
    page.get_by_role("button", name="报名").click()
    expect(page.get_by_text("社区会打电话跟您确认")).to_be_visible()

    sign_in(make_user(Role.STAFF))
    page.goto(f"{live_server.url}/staff/volunteers/")
    page.get_by_role("button", name="看电话").click()
    page.get_by_role("button", name="本人愿意，登记").click()
    expect(page.get_by_text("登记好了")).to_be_visible()

    person = HelperApplication.objects.get().person
    record_hours(person, 90, what="修水管", source_key="a")
    sign_in(make_user(Role.HELPER, person=person))
    page.goto(f"{live_server.url}/me/hours/")
    page.get_by_text("申请一份证明").click()
    page.get_by_role("button", name="申请", exact=True).click()

    sign_in(make_user(Role.STAFF))
    page.goto(f"{live_server.url}/staff/volunteers/")
    page.get_by_role("button", name="按账上的时长开").click()
    made = Certificate.objects.get()

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/certificates/")
    page.get_by_label("编号").fill(made.number)
    page.get_by_label("校验码").fill(made.code)
    page.get_by_role("button", name="查一查").click()
    expect(page.get_by_text("这份证明有效")).to_be_visible()
    expect(page.get_by_text("林*海")).to_be_visible()
    expect(page.get_by_text("1.5 小时")).to_be_visible()
