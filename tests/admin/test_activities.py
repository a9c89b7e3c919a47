"""Activities in the admin: a grid head keeps those of the own grid, with the same actions as the desk."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import PersonalDataView, Role
from tests.admin.world import address, make_side
from tests.axe import violations_of, visit_all
from tests.makers import days_ahead, make_activity, make_grid, make_signup, make_user, make_venue, patch_now
from volunteers.actions.check_in import code_of
from volunteers.models import Activity, ActivityStatus, Signup, SignupStatus, WalkIn

pytestmark = pytest.mark.django_db
PAGES = ("edit", "roll", "paper", "code")
ADD = "/admin/volunteers/activity/add/"


@pytest.fixture
def mine():
    return make_side("东风")


@pytest.fixture
def head(client, mine):
    client.force_login(mine.head)
    return client


def page_of(activity, name):
    return reverse(f"admin:volunteers_activity_{name}", args=[activity.pk])


def entry(place, /, **changes):
    values = {
        "title": "楼下理发",
        "kind": "service",
        "for_whom": "all",
        "day": days_ahead(3).strftime("%Y-%m-%d"),
        "begins": "09:00",
        "ends": "10:00",
        "place_text": "3 号楼下",
        "grid": str(place.pk),
        "guests": "10",
        "helpers": "2",
        "how": "publish",
    }
    return values | changes


def text_of(response):
    return response.content.decode()


def test_a_head_announces_for_the_own_grid_alone(head, mine):
    other = make_grid(name="西山网格")
    foreign_room = make_venue(grid=other, name="西山议事园")
    page = text_of(head.get(ADD))
    assert "西山" not in page
    assert "全社区" not in page
    for changes in ({"grid": str(other.pk)}, {"grid": ""}, {"venue": str(foreign_room.pk)}):
        assert head.post(ADD, entry(mine.grid, **changes)).status_code == 200
    assert Activity.objects.filter(title="楼下理发").count() == 0
    room = mine.rows["grids.Venue"]
    response = head.post(ADD, entry(mine.grid, venue=str(room.pk), place_text=""))
    made = Activity.objects.get(title="楼下理发")
    assert response.headers["Location"] == page_of(made, "change")
    assert (made.status, made.grid, made.created_by) == (ActivityStatus.PUBLISHED, mine.grid, mine.head)
    assert made.room.venue == room
    refused = head.post(ADD, entry(mine.grid, venue=str(room.pk), place_text="", title="又一场"))
    assert "这个时间已经有人订了" in text_of(refused)


def test_a_head_uses_the_templates_of_the_own_grid(head, mine):
    head.post(ADD, entry(mine.grid, how="template"))
    kept = Activity.objects.templates().get()
    foreign = make_activity(title="别家的", is_template=True, publish=False, grid=make_grid(name="西山网格"))
    page = text_of(head.get(ADD))
    assert (f'href="?like={kept.pk}"' in page, f'href="?like={foreign.pk}"' in page) == (True, False)
    used = head.get(f"{ADD}?like={kept.pk}").context["form"]
    assert [used[name].value() for name in ("title", "place_text", "guests", "helpers", "grid")] == [
        "楼下理发", "3 号楼下", 10, 2, mine.grid.pk,
    ]  # fmt: skip
    assert head.get(f"{ADD}?like={foreign.pk}").context["form"]["title"].value() is None


def test_a_head_may_not_give_an_activity_away(head, mine):
    own, other = mine.rows["volunteers.Activity"], make_grid(name="西山网格")
    for grid in (str(other.pk), ""):
        head.post(page_of(own, "edit"), entry(mine.grid, grid=grid))
    own.refresh_from_db()
    assert (own.grid, own.title) == (mine.grid, "东风义剪")
    head.post(page_of(own, "edit"), entry(mine.grid))
    own.refresh_from_db()
    assert (own.title, own.starts_at) == ("楼下理发", days_ahead(3))


def test_pages_of_another_grid_and_of_everybody_are_not_there(head, mine):
    theirs, common = make_side("西山").rows["volunteers.Activity"], make_activity(title="大集")
    template = make_activity(grid=mine.grid, publish=False, is_template=True)
    for activity in (theirs, common, template):
        for name in (*PAGES, "change", "history", "delete"):
            for ask in (head.get, head.post):
                assert ask(page_of(activity, name)).status_code == 404, (activity, name)
    listed = text_of(head.get(reverse("admin:volunteers_activity_changelist")))
    assert [name in listed for name in ("东风义剪", "西山义剪", "大集")] == [True, False, False]


def test_the_page_does_what_the_desk_can_and_shows_no_foreign_row(head, mine):
    own = mine.rows["volunteers.Activity"]
    shift = own.shifts.get()
    signup, foreign = make_signup(shift, name="王淑兰"), make_signup(make_activity().shifts.get())
    change = address(own, "change")
    assert "王淑兰" in text_of(head.get(change))
    assert head.post(change, {"action": "withdraw", "signup": foreign.pk}).status_code == 404
    assert head.post(change, {"action": "reveal", "signup": foreign.pk}).status_code == 404
    page = text_of(head.post(change, {"action": "reveal", "signup": signup.pk}))
    assert signup.person.phone[-4:] in page
    assert PersonalDataView.objects.get().viewer == mine.head
    head.post(change, {"action": "capacity", "shift": shift.pk, "capacity": "7"})
    shift.refresh_from_db()
    assert shift.capacity == 7
    head.post(change, {"action": "cancel", "reason": "大风"})
    own.refresh_from_db()
    assert (own.status, own.reason) == (ActivityStatus.CANCELLED, "大风")
    assert Signup.objects.get(pk=foreign.pk).status == SignupStatus.PLACE


def test_a_head_keeps_the_roll_on_the_day(head, mine):
    own = mine.rows["volunteers.Activity"]
    shift = own.shifts.get()
    signup, foreign = make_signup(shift, name="王淑兰"), make_signup(make_activity().shifts.get())
    roll, during = page_of(own, "roll"), own.starts_at + dt.timedelta(minutes=5)
    with patch_now(during):
        screen = head.get(page_of(own, "code"))
        assert code_of(shift, during) in text_of(screen)
        assert screen.headers["Refresh"] == "60"
        head.post(roll, {"action": "tick", "signup": signup.pk})
        assert head.post(roll, {"action": "tick", "signup": foreign.pk}).status_code == 404
        head.post(roll, {"action": "walk_in", "shift": shift.pk, "seats": "2", "key": "k"})
        page = text_of(head.get(roll))
    assert [Signup.objects.get(pk=row.pk).status for row in (signup, foreign)] == ["attended", "place"]
    assert WalkIn.objects.get().entered_by == mine.head
    assert "直接来的 <b" in page
    assert "王淑兰" in text_of(head.get(page_of(own, "paper")))


def test_the_auditor_reads_masks_and_presses_nothing(client, mine):
    own = mine.rows["volunteers.Activity"]
    make_signup(own.shifts.get(), name="王淑兰")
    client.force_login(make_user(Role.AUDITOR))
    for name in ("change", "roll", "paper"):
        page = text_of(client.get(page_of(own, name)))
        assert "王淑兰" not in page
        assert 'name="action"' not in page
    for name in ("change", "roll"):
        assert client.post(page_of(own, name), {"action": "cancel", "reason": "x"}).status_code == 404
    assert [client.get(page_of(own, name)).status_code for name in ("edit", "code")] == [404, 404]


def test_lists_and_pages_cost_the_same_at_one_and_at_many(head, mine, django_assert_max_num_queries):
    own = mine.rows["volunteers.Activity"]
    listed = reverse("admin:volunteers_activity_changelist")
    make_signup(own.shifts.get())

    def counts():
        found = []
        for path in (listed, address(own, "change"), page_of(own, "roll"), page_of(own, "paper")):
            with django_assert_max_num_queries(15) as queries:
                head.get(path)
            found.append(len(queries))
        return found

    counts()
    at_one = counts()
    for _n in range(20):
        make_activity(grid=mine.grid, capacity=5)
    for _n in range(8):
        make_signup(own.shifts.get())
    assert counts() == at_one


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
def test_axe_finds_nothing_and_nothing_runs_off_the_screen(sized_page, live_server, sign_in):
    mine = make_side("东风")
    own = mine.rows["volunteers.Activity"]
    make_signup(own.shifts.get(), party=["self", "parent"])
    soon = make_activity(grid=mine.grid, starts_at=timezone.now() + dt.timedelta(minutes=20))
    make_signup(soon.shifts.get())
    sign_in(mine.head)
    pages = [ADD, reverse("admin:volunteers_activity_changelist"), address(own, "change")]
    pages += [page_of(own, name) for name in PAGES]
    pages += [page_of(soon, "code"), page_of(soon, "roll"), f"{page_of(soon, 'roll')}?paper=1"]
    assert visit_all(sized_page, live_server, "standard", pages) == []
    sized_page.goto(live_server.url + ADD)
    sized_page.get_by_role("button", name="发布，开始报名").click()
    assert violations_of(sized_page) == []
