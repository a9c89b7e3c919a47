"""The calendar of the staff door: what is on, what is in each other's way, and how it is asked for."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from branches.actions.topics import call_session
from grids.actions import cancel_booking, cover
from people.models import Role
from reminders.models import CalendarOverride
from tests.axe import visit_all
from tests.branches.life import make_life_branch, make_meeting
from tests.makers import (
    make_activity,
    make_appointment,
    make_booking,
    make_branch,
    make_community,
    make_grid,
    make_person,
    make_topic,
    make_user,
    make_venue,
    patch_now,
    shanghai,
)
from tests.public.test_print import sheets_of
from tests.volunteers.test_series import make_series
from volunteers.actions import cancel_activity

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
THURSDAY = dt.date(2026, 11, 26)
TEN = shanghai(2026, 11, 26, 10)
PAGE = "/staff/calendar/"


@pytest.fixture
def clock():
    with patch_now(shanghai(2026, 11, 24, 12)):
        yield


@pytest.fixture
def desk(client, clock):
    client.force_login(make_user(Role.STAFF))
    return client


def seen(client, query="", within="cal-wide"):
    """The words of the wide table, or of the list of a phone, with one space between them."""
    page = client.get(PAGE + query).content.decode()
    part = page[page.index(f'class="{within}') :]
    part = part[: part.index('class="cal-list"')] if within == "cal-wide" else part
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


def clashes(client, query=""):
    """The lines of the warning, "" words of links and all."""
    page = client.get(PAGE + query).content.decode()
    found = re.search(r'aria-labelledby="clash".*?</section>', page, re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", found[0], re.DOTALL) if found else []
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


def cells_of(client, row, query=""):
    """The seven cells of a line of the week, as lists of titles."""
    page = client.get(PAGE + query).content.decode()
    line = next(
        part
        for part in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
        if f">{row}</b>" in part or f">{row}</th>" in part
    )
    cells = re.findall(r"<td[^>]*>(.*?)</td>", line, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", a).split()) for a in re.findall(r"<a .*?</a>", c, re.DOTALL)]
        for c in cells
    ]


def at_ten(branch, **fields):
    values = {"on": THURSDAY, "at": dt.time(10), "day_chosen": True, "kind": "theme_party_day"}
    return make_meeting(branch=branch, **(values | fields))


def test_a_week_has_a_line_for_each_grid_and_one_for_all(desk):
    grids = [make_grid(number) for number in (1, 2, 3)]
    make_activity(title="义剪日", grid=grids[1], starts_at=TEN)
    make_activity(title="便民大集", starts_at=TEN + HOUR)
    joint = make_branch(grids=grids[:2])
    at_ten(joint, at=dt.time(19))
    make_booking(make_venue(grid=grids[2]), title="合唱队排练", starts_at=TEN + 24 * HOUR)
    nothing = [[]] * 3
    assert cells_of(desk, "全社区") == [*nothing, ["11:00 便民大集"], [], [], []]
    assert cells_of(desk, 1) == [*nothing, ["19:00 主题党日"], [], [], []]
    assert cells_of(desk, 2) == [*nothing, ["10:00 义剪日", "19:00 主题党日"], [], [], []]
    assert cells_of(desk, 3) == [*nothing, [], ["10:00 合唱队排练"], [], []]
    assert clashes(desk) == []


def test_a_meeting_and_an_activity_stand_for_their_own_booking_and_a_sitting_for_its_topic(desk):
    grid = make_grid(1)
    venue = make_venue(grid=grid)
    topic = make_topic("accepted", grid=grid)
    call_session(topic, venue=venue, starts_at=TEN + 4 * HOUR, minutes=60, agenda="怎么装", by=make_user())
    make_activity(title="义剪日", venue=venue, place_text="", grid=grid, starts_at=TEN)
    meeting = at_ten(make_life_branch(full=3), at=dt.time(13))
    meeting.booking = make_booking(venue, kind="branch", starts_at=TEN + 3 * HOUR)
    meeting.save()
    words = seen(desk, within="cal-list")
    assert words.count(venue.name) == 3
    assert clashes(desk) == []
    assert f"/staff/topics/{topic.pk}/" in desk.get(PAGE).content.decode()
    assert "13:00–14:00 主题党日 组织生活" in words  # its end is that of its room


def test_the_same_venue_at_the_same_time(desk):
    grid = make_grid(1)
    venue = make_venue(grid=grid, name="议事园")
    make_booking(venue, title="合唱队排练", starts_at=TEN + HOUR)
    draft = make_activity(title="义剪日", venue=venue, place_text="", grid=grid, starts_at=TEN, publish=False)
    make_activity(
        title="草稿二", venue=venue, place_text="", grid=grid, starts_at=TEN + 2 * HOUR, publish=False
    )
    expected = ["同一个场地 11月26日 周四 10:00–12:00 义剪日 改时间 ：义剪日 ，11:00–12:00 合唱队排练"]
    assert clashes(desk) == expected
    assert f'href="/staff/activities/{draft.pk}/edit/"' in desk.get(PAGE).content.decode()
    # whoever looks at activities alone is still told what is in the way of one of them
    assert clashes(desk, "?kind=activity") == expected
    assert clashes(desk, "?kind=meeting") == []


def test_the_same_organiser_or_branch_at_the_same_time(desk):
    one, other = make_life_branch(full=3, groups=2), make_life_branch(full=3)
    for n in (1, 2):
        make_activity(title=f"活动{n}", organiser="第 6 网格党支部", starts_at=TEN + n * HOUR)
        make_activity(title=f"别的{n}", starts_at=TEN + n * HOUR)
    assert [line[:6] for line in clashes(desk)] == ["同一个组织者"]
    groups = list(one.groups.order_by("pk"))
    for group in groups:  # groups of one branch may meet side by side
        at_ten(one, kind="group_meeting", group=group, on=dt.date(2026, 11, 27))
    assert len(clashes(desk)) == 1
    at_ten(one, kind="committee_meeting", on=dt.date(2026, 11, 27), at=dt.time(11))
    assert [line.split()[0] for line in clashes(desk)] == ["同一个组织者", "同一个支部", "同一个支部"]
    at_ten(other, on=dt.date(2026, 11, 27), at=dt.time(11, 30))
    assert len(clashes(desk)) == 3  # another branch: other members, another secretary


def test_what_a_rule_puts_on_a_day_off_and_what_has_lost_its_room(desk):
    branch, venue = make_life_branch(full=3), make_venue()
    at_ten(branch, day_chosen=False, on=dt.date(2026, 11, 28))  # a Saturday
    at_ten(branch, kind="party_lecture", on=dt.date(2026, 11, 29))  # a Sunday that somebody chose
    series = make_series("FREQ=WEEKLY;BYDAY=FR", starts_at=shanghai(2026, 11, 27, 9))
    CalendarOverride.objects.create(day=dt.date(2026, 11, 27), is_workday=False)
    made = make_activity(title="清滩", venue=venue, place_text="", starts_at=TEN)
    cancel_booking(made.booking, reason="刷墙", by=make_user())
    assert [line.split()[0] + line.split()[2] for line in clashes(desk)] == [
        "没有订到场地周四",
        "这天休息周五",
        "这天休息周六",
    ]
    assert series.activities.count() > 0
    with patch_now(shanghai(2026, 11, 30, 12)):
        assert clashes(desk, "?day=2026-11-26") == []  # nobody can change it any more


def test_called_off_is_not_on_and_over_is_ticked(desk):
    branch = make_life_branch(full=3)
    at_ten(branch, status="held", on=dt.date(2026, 11, 24), at=dt.time(9))
    made = make_activity(title="不办了", starts_at=TEN)
    cancel_activity(made, reason="台风")
    declined = make_booking(make_venue(), title="没订成", starts_at=TEN)
    cancel_booking(declined)
    page = desk.get(PAGE).content.decode()
    assert [name in page for name in ("没订成", "不办了")] == [False, False]
    assert page.count("ev--party ev--ok") == 1


def test_what_is_on_in_many_grids_is_one_line_of_a_month_and_of_a_phone(desk):
    branches = [make_life_branch(full=3, groups=1) for _again in range(3)]
    for branch in branches:
        at_ten(branch, kind="group_meeting", group=branch.groups.get())
    words = seen(desk, "?view=month")
    assert words.count("10:00 党小组会 ×3") == words.count("党小组会") == 1
    listed = seen(desk, within="cal-list")
    assert "10:00 党小组会 3 场" in listed
    assert listed.count("党小组会（第1小组）") == 3
    assert seen(desk).count("党小组会（第1小组）") == 3  # a line for each grid


def test_a_head_on_leave_is_said_in_the_line_of_the_grid(desk):
    grid = make_grid(1)
    head = make_appointment(grid=grid)
    cover(head, person=make_person("孙代岗"), since=THURSDAY, until=THURSDAY)
    assert seen(desk).count("网格长请假，孙代岗代") == 1
    assert "第 1 网格：网格长请假，孙代岗代" in seen(desk, within="cal-list")
    assert "请假" not in seen(desk, "?day=2026-12-03")


def test_one_grid_shows_itself_and_what_is_for_all(desk):
    grids = [make_grid(1), make_grid(2)]
    for name, grid in (("一格的", grids[0]), ("二格的", grids[1]), ("大家的", None)):
        make_activity(title=name, grid=grid, starts_at=TEN)
    words = seen(desk, "?grid=1")
    assert [name in words for name in ("一格的", "二格的", "大家的")] == [True, False, True]
    assert "二格的" in seen(desk, "?grid=99")  # no such grid: as if it were not there


def test_a_month_shows_whole_weeks_and_four_things_a_day(desk):
    for n in range(6):
        make_activity(title=f"活动{n}", starts_at=TEN + n * HOUR / 2)
    make_activity(title="下月初", starts_at=shanghai(2026, 12, 5, 9))
    words = seen(desk, "?view=month&day=2026-11-11")
    assert "活动3" in words
    assert "活动4" not in words
    assert "还有 2 项" in words
    assert "下月初" in words  # of the last week
    assert "下月初" not in seen(desk, "?view=month&day=2026-11-11", within="cal-list")
    page = desk.get(PAGE + "?view=month&day=2026-11-11")
    assert [page.context[name] for name in ("earlier", "later")] == [
        "?view=month&day=2026-10-01",
        "?view=month&day=2026-12-01",
    ]


@pytest.mark.parametrize("day", ["", "x", "2026-13-01", "0001-01-01", "9999-12-31", "2026-W48-4"])
def test_any_day_is_a_page(desk, day):
    for view in ("week", "month", "year"):
        assert desk.get(PAGE, {"view": view, "day": day, "grid": "9" * 40, "kind": "?"}).status_code == 200


def test_the_auditor_reads_and_finds_nothing_to_change(client, clock):
    client.force_login(make_user(Role.AUDITOR))
    made = make_activity(starts_at=TEN)
    page = client.get(PAGE).content.decode()
    assert f'href="/staff/activities/{made.pk}/"' in page
    assert "/edit/" not in page
    assert "/staff/activities/new/" not in page


def test_other_communities_are_not_shown(desk):
    other = make_community(code="370614001015", name="海景苑社区", host="other.example")
    grid = make_grid(1, community=other)
    make_activity(title="别人的活动", community=other, grid=grid, starts_at=TEN)
    make_booking(make_venue(grid=grid), title="别人的预订", starts_at=TEN)
    make_community(host="testserver")
    page = seen(desk)
    assert "别人的" not in page


def test_a_day_of_the_calendar_is_proposed_for_a_new_activity(desk):
    assert 'value="2026-11-27"' in desk.get("/staff/activities/new/?day=2026-11-27").content.decode()
    assert 'value="2026-11-24"' in desk.get("/staff/activities/new/?day=2026-01-01").content.decode()
    assert 'value="2026-12-01"' in desk.get("/staff/activities/new/?day=x").content.decode()


def test_it_costs_the_same_at_one_and_at_a_hundred(desk, django_assert_max_num_queries):
    grid = make_grid(1)
    venue, branch = make_venue(grid=grid), make_life_branch(full=3)

    def fill(n):
        starts_at = shanghai(2026, 11, 25 + n % 5, 9)
        make_activity(grid=grid, starts_at=starts_at)
        at_ten(branch, kind="party_lecture", on=dt.date(2026, 11, 25 + n % 5), period=None)
        if n < 20:
            start = shanghai(2026, 11, 25 + n // 5, 9 + 2 * (n % 4))
            make_booking(make_venue(grid=grid) if n else venue, starts_at=start)

    def counts():
        found = []
        for query in ("", "?view=month"):
            with django_assert_max_num_queries(12) as queries:
                desk.get(PAGE + query)
            found.append(len(queries))
        return found

    fill(0)
    counts()
    at_one = counts()
    for n in range(1, 100):
        fill(n)
    assert counts() == at_one


def busy_week():
    grids = [make_grid(number, name=f"海梦苑{number}区") for number in range(1, 15)]
    today = timezone.localdate()
    monday = today - dt.timedelta(days=today.weekday()) + dt.timedelta(days=7)
    nine = timezone.make_aware(dt.datetime.combine(monday, dt.time(9)))
    for n, grid in enumerate(grids):
        branch = make_branch(grids=[grid])
        at = nine + (n % 5) * 24 * HOUR
        make_activity(title="给老人免费理发", grid=grid, starts_at=at, organiser=f"第 {n // 2} 队")
        on = monday + dt.timedelta(days=n % 7)
        make_meeting(branch=branch, on=on, kind="theme_party_day", day_chosen=n != 5)
        make_booking(make_venue(grid=grid), starts_at=at + 2 * HOUR, title="合唱队排练")
    return f"?day={monday.isoformat()}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_axe_finds_nothing_and_nothing_runs_off_the_screen(sized_page, live_server, sign_in, mode):
    week = busy_week()
    sign_in(make_user(Role.STAFF))
    paths = [
        PAGE + week,
        f"{PAGE}{week}&view=month",
        f"{PAGE}{week}&grid=3&kind=activity",
        f"{PAGE}?day=2020-01-01",
    ]
    assert visit_all(sized_page, live_server, mode, paths) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
def test_a_week_and_a_month_are_a_sheet_each_without_buttons(page, live_server, sign_in):
    week = busy_week()
    sign_in(make_user(Role.STAFF))
    for query in (week, f"{week}&view=month"):
        assert sheets_of(page, live_server.url + PAGE + query) == 1
        page.emulate_media(media="print")
        assert page.locator(".cal-wide").is_visible()
        assert not page.locator(".cal-list").is_visible()
        assert not page.get_by_role("button", name="筛选").is_visible()
