"""axe-core finds no violation on any page of the staff door and the me door: both sizes, both type sizes."""

import datetime as dt

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from grids.models import Duty
from people.models import Role
from reminders.actions import deliver_inbox, plan, to_desk
from reminders.models import Reminder
from services import links
from services.models import OrderStatus, UnmetWord
from tests.makers import (
    make_branch,
    make_community,
    make_duty,
    make_grid,
    make_helper,
    make_offer,
    make_order,
    make_person,
    make_reminder,
    make_service,
    make_user,
    patch_now,
)
from volunteers.actions import record_hours

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
STAFF_PAGES = [
    "/staff/", "/staff/grids/", "/staff/orders/", "/staff/orders/?status=doing", "/staff/orders/?q=nothing",
    "/staff/orders/new/", "/staff/orders/new/?service=B02", "/staff/words/", "/staff/reminders/",
    "/staff/orders/99999999/",
]  # fmt: skip
ME_PAGES = ["/me/", "/me/hours/", "/me/messages/", "/me/offers/forged/", "/staff/"]


def violations_of(page):
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    return [f"{page.url}: {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


def visit_all(page, live_server, mode, paths):
    page.context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
    found = []
    for path in paths:
        page.goto(live_server.url + path)
        found += violations_of(page)
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            found.append(f"{path} runs off the screen")
    return found


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_staff_pages(sized_page, live_server, sign_in, mode):
    grid = make_grid(1, tile_row=0, tile_column=0)
    make_duty(Duty.Kind.MEMBER, code="one")
    make_branch(grids=[grid])
    make_grid(2, tile_row=0, tile_column=1)
    make_helper(grid=grid)
    for code in ("B02", "Z01"):
        make_service(code)
    with patch_now(timezone.now() - dt.timedelta(days=20)):
        orders = [make_order(grid=grid, for_name="姜老太太", for_phone="13800005432")]
    orders += [make_order(status, grid=grid) for status in OrderStatus]
    now = timezone.now()
    UnmetWord.objects.create(community=make_community(), word="磨刀", times=3, first_at=now, last_at=now)
    plan(
        [
            to_desk(
                make_community(),
                kind="overdue",
                dedupe_key="a",
                subject="已超时",
                text="昨天",
                link="/staff/",
            )
        ]
    )
    deliver_inbox()
    elder = make_person(prefers_phone_call=True)
    make_reminder(person=elder, address=f"call:{elder.pk}", channel=Reminder.Channel.CALL)
    make_reminder(person=elder, address=f"sms:{elder.pk}", channel="sms", status=Reminder.Status.FAILED)
    sign_in(make_user())
    pages = [f"/staff/orders/{order.number}/" for order in orders]
    pages += [f"{pages[0]}?do=place", f"/staff/orders/?done={orders[0].number}"]
    assert visit_all(sized_page, live_server, mode, [*STAFF_PAGES, *pages]) == []
    sized_page.goto(f"{live_server.url}/staff/orders/new/?service=B02")
    sized_page.get_by_role("button", name="点单", exact=True).last.click()
    assert violations_of(sized_page) == []


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_me_pages(sized_page, live_server, sign_in, mode):
    user = make_user(Role.HELPER, person=make_person("赵志强"))
    made = [make_offer(person=user.person) for _again in range(2)]
    carried = make_order(OrderStatus.ACCEPTED)
    carried.assigned_to = user.person
    carried.save(update_fields=["assigned_to"])
    record_hours(user.person, 40, what="修水管", source_key="a")
    make_reminder(person=user.person, status=Reminder.Status.SENT, link="/me/")
    sign_in(user)
    pages = [*ME_PAGES, f"/me/orders/{carried.number}/", links.offer_path(made[0])]
    assert visit_all(sized_page, live_server, mode, pages) == []
    sized_page.get_by_role("button", name="我来接", exact=True).click()
    assert violations_of(sized_page) == []
