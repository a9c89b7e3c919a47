"""The pages of activities in a real browser: every door, both sizes, large type, the smallest screen, no script, on paper."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from playwright.sync_api import expect

from people.models import Role
from tests.axe import visit_all
from tests.makers import days_ahead, make_activity, make_helper, make_shift, make_signup, make_user, patch_now
from tests.public.helpers import make_public_community
from tests.volunteers.test_series import make_series
from volunteers.actions import answer, cancel_activity, check_in, mark_missed, withdraw
from volunteers.links import signup_path
from volunteers.models import Signup

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def pages():
    """The addresses by door, with a row in every state."""
    make_public_community()
    activity = make_activity(
        shifts=[{"capacity": 1}, {"capacity": 5, "kind": "helper", "name": "搬桌椅"}],
        notes="穿防滑的鞋\n多穿一件",
        starts_at=days_ahead(5),
    )
    guests, helpers = activity.shifts.order_by("pk")
    place, offered = make_signup(guests, party=["self"]), make_signup(guests)
    withdraw(place)  # the second is asked
    waiting = make_signup(guests)
    coming = make_signup(helpers, party=["self", "parent"])
    answer(coming, coming=True, needs_lift=True)
    off = make_activity()
    told = make_signup(off.shifts.get())
    cancel_activity(off, reason="台风")
    series = make_series(starts_at=days_ahead(7), rule=f"FREQ=WEEKLY;BYDAY={'MO TU WE TH FR SA SU'.split()[days_ahead(7).weekday()]}",
                         on_day_off="keep")  # fmt: skip
    first = series.activities.first()
    draft = make_activity(publish=False)
    soon = make_activity(
        starts_at=timezone.now() + dt.timedelta(minutes=30),
        shifts=[{"capacity": 9}, {"capacity": 2, "kind": "helper"}],
    )
    arriving, here = make_signup(soon.shifts.get(kind="guest")), make_signup(soon.shifts.get(kind="helper"))
    check_in(here, how="tick")
    missed = _missed()
    desk = f"/staff/activities/{activity.pk}/"
    return {
        "public": [
            "/activities/",
            "/activities/?past=1&for=elderly",
            *(f"/activities/{row.pk}/" for row in (activity, off, first)),
            *map(signup_path, (place, offered, waiting, coming, told, arriving, here, missed)),
            f"/activities/{soon.pk}/check-in/",
            f"/activities/{off.pk}/check-in/",
            "/activities/signups/forged/",
        ],
        "staff": [
            "/staff/activities/",
            "/staff/activities/new/",
            desk,
            f"{desk}edit/",
            f"{desk}paper/",
            f"/staff/activities/{first.pk}/",
            f"/staff/activities/{first.pk}/edit/",
            f"/staff/activities/{draft.pk}/",
            *(f"/staff/activities/{soon.pk}/{name}" for name in ("code/", "check-in/", "check-in/?paper=1")),
            f"/staff/activities/{missed.shift.activity_id}/check-in/",
        ],
        "me": ["/me/activities/"],
    }


def _missed():
    """The sign-up of somebody who was missed yesterday, among helpers whose hours are to be written down."""
    with patch_now(timezone.now() - dt.timedelta(days=3)):
        shift = make_shift(starts_at=days_ahead(2), shifts=[{"capacity": 9, "kind": "helper"}])
        came, missed = make_signup(shift), make_signup(shift)
    check_in(came, how="paper")
    mark_missed(shift)
    return Signup.objects.with_related().get(pk=missed.pk)


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_no_page_has_a_violation_or_runs_off_the_screen(sized_page, live_server, sign_in, pages, mode):
    found = visit_all(sized_page, live_server, mode, pages["public"])
    sign_in(make_user(Role.STAFF))
    found += visit_all(sized_page, live_server, mode, pages["staff"])
    helper = make_user(Role.HELPER)
    make_helper(person=helper.person)
    make_signup(make_shift(), name=helper.person.name, phone=helper.person.phone)
    sign_in(helper)
    found += visit_all(sized_page, live_server, mode, pages["me"])
    assert found == []


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_nothing_is_wider_than_the_smallest_screen(page, live_server, pages, mode):
    page.set_viewport_size({"width": 320, "height": 568})
    page.context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
    too_wide = []
    for address in pages["public"]:
        page.goto(live_server.url + address)
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            too_wide.append(address)
    assert too_wide == []


def test_the_first_visit_loads_little(client, pages):
    for _n in range(40):
        make_activity()
    for address in pages["public"]:
        text = client.get(address).content.decode()
        files = set(re.findall(r'(?:href|src)="/static/([^"]+)"', text))
        sizes = [Path(django_settings.BASE_DIR, "static", name).stat().st_size for name in files]
        assert len(text.encode()) + sum(sizes) <= 100_000, address


def test_without_a_script_a_family_signs_up_and_withdraws(browser, browser_context_args, live_server):
    make_public_community()
    shift = make_shift()
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    visitor = context.new_page()
    visitor.goto(f"{live_server.url}/activities/")
    visitor.get_by_role("link", name=re.compile("^报名")).click()
    visitor.get_by_text("父亲或母亲", exact=True).click()
    visitor.get_by_text("孩子", exact=True).click()
    visitor.get_by_label("怎么称呼您？").fill("王淑兰")
    visitor.get_by_label("电话", exact=True).fill("138 0000 0617")
    visitor.get_by_role("button", name="报名", exact=True).click()
    expect(visitor.get_by_role("main")).to_contain_text("报上名了，到时候见！")
    expect(visitor.get_by_role("main")).to_contain_text("共 3 位")
    visitor.get_by_role("button", name="取消报名").click()
    expect(visitor.get_by_role("main")).to_contain_text("取消了，名额让给别人了")
    assert list(Signup.objects.values_list("status", "seats")) == [("withdrawn", 3)]
    shift.refresh_from_db()
    assert shift.taken == 0
    context.close()


def test_back_finds_what_was_typed_and_sending_it_again_is_the_same_signup(
    browser, browser_context_args, live_server
):
    make_public_community()
    shift = make_shift()
    context = browser.new_context(**browser_context_args)
    visitor = context.new_page()
    visitor.goto(f"{live_server.url}/activities/{shift.activity_id}/")
    visitor.get_by_label("怎么称呼您？").fill("王淑兰")
    visitor.get_by_label("电话", exact=True).fill("138 0000 0617")
    visitor.get_by_role("button", name="报名", exact=True).click()
    expect(visitor.get_by_role("main")).to_contain_text("报上名了")
    receipt = visitor.url
    visitor.go_back()
    expect(visitor.get_by_label("怎么称呼您？")).to_have_value("王淑兰")
    visitor.get_by_role("button", name="报名", exact=True).click()
    expect(visitor).to_have_url(receipt)
    assert Signup.objects.count() == 1
    context.close()


def test_a_poster_and_a_receipt_are_one_sheet_each(page, live_server):
    make_public_community()
    signup = make_signup(make_shift(title="义剪日", starts_at=days_ahead(5)), party=["self", "parent"])
    page.emulate_media(media="print")
    for address in (f"/activities/{signup.shift.activity_id}/", signup_path(signup)):
        page.goto(live_server.url + address)
        sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True))
        assert len(sheets) == 1, address
        assert not page.get_by_role("main").get_by_role("button").first.is_visible()
