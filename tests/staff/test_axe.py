"""axe-core finds no violation on any page of the staff door and the me door: both sizes, both type sizes."""

import datetime as dt

import pytest
from django.utils import timezone

from branches.actions import mark_rest
from branches.actions.elections import call_election, count_election, nominate
from branches.actions.membership import check_in, open_transfer, set_standing
from grids.models import Duty
from people.models import Role
from reminders.actions import deliver_inbox, plan, to_desk
from reminders.models import Reminder
from services import links
from services.models import OrderStatus, UnmetWord
from tests.axe import violations_of, visit_all
from tests.branches.life import make_life_branch, make_meeting
from tests.makers import (
    make_branch,
    make_community,
    make_duty,
    make_grid,
    make_helper,
    make_member,
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


def party_world():
    """A tree with a group, a letter, a check-in with hours, and a meeting with a counted and an open election."""
    branch = make_life_branch(full=9, groups=2)
    street = make_branch(kind="street", name="登州街道党工委")
    committee = make_branch(kind="committee", name="海梦苑社区党委", parent=street)
    branch.parent = committee
    branch.save()
    desk = make_user()
    for post in branch.posts.all():
        post.ends_on = timezone.localdate() + dt.timedelta(days=60)
        post.save()
    serving = make_member(branch=branch, kind="serving")
    row = check_in(branch.community, member=serving, unit_name="蓬莱某中学", willing="辅导作业")
    record_hours(serving.person, 90, what="辅导作业", source_key="look")
    leaving = make_member(branch=branch, entered_on=dt.date(2020, 7, 1))
    set_standing(leaving, "lost", by=desk, on=dt.date(2025, 1, 1))
    open_transfer(leaving.person, by=desk, from_branch=branch, outside="青岛市某街道党工委")
    meeting = make_meeting("held", branch=branch)
    mark_rest(meeting, "present")
    voters = list(branch.members.filter(kind="full").order_by("pk")[:4])
    election = call_election(meeting, post="member", seats=3)
    rows = [nominate(election, member) for member in voters]
    votes = {each.pk: n for each, n in zip(rows, (9, 8, 5, 5), strict=True)}
    count_election(election, issued=9, returned=9, void=0, votes=votes)
    nominate(call_election(meeting, post="deputy", seats=1), voters[0])
    members = f"/staff/members/{leaving.pk}/"
    return [
        "/staff/branches/tree/", "/staff/members/", "/staff/members/?kind=serving", members,
        "/staff/members/transfers/", "/staff/members/check-ins/", f"/staff/members/check-ins/{row.pk}/",
        f"/staff/branches/meetings/{meeting.pk}/",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_the_tree_the_register_and_an_election(sized_page, live_server, sign_in, mode):
    paths = party_world()
    sign_in(make_user(Role.MANAGER))
    assert visit_all(sized_page, live_server, mode, paths) == []
