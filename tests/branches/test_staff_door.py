"""The staff door of branches: pages, one meeting from day to ledger, scope, queries."""

import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from branches.actions import add_item, give_up, make_roll, plan_year, propose
from branches.models import Meeting, MeetingStatus, Motion
from people.models import Role
from tests.branches.life import make_life_branch, make_meeting, members_of
from tests.makers import (
    make_branch,
    make_community,
    make_grid,
    make_member,
    make_user,
    make_venue,
    patch_now,
    shanghai,
)

pytestmark = pytest.mark.django_db
NOON = shanghai(2026, 11, 24, 12)


@pytest.fixture(autouse=True)
def clock():
    with patch_now(NOON):
        yield


@pytest.fixture
def branch():
    return make_life_branch(full=8, probationary=1)


@pytest.fixture
def desk(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    return client


def number_of(branch):
    return branch.branch_grids.get().grid.number


def words(response):
    return response.content.decode()


def test_the_list_stands_in_the_order_of_the_grids_and_says_what_each_needs(desk, branch):
    plan_year(branch.community, 2026)
    make_branch(grids=[make_grid()], name="没有书记的支部")
    page = words(desk.get("/staff/branches/"))
    assert page.index(branch.name) < page.index("没有书记的支部")
    assert "正式党员 0 名，不足 3 名" in page
    assert "没有书记" in page


def test_the_year_shows_what_is_done_planned_missed_and_not_asked_for(desk, branch):
    plan_year(branch.community, 2026)
    done = make_meeting("signed", branch=branch, kind="heart_talk", period=None, on=dt.date(2026, 11, 24))
    response = desk.get(f"/staff/branches/{number_of(branch)}/")
    lines = {line.name: [cell.state for cell in line.cells] for line in response.context["lines"]}
    assert lines["主题党日"] == ["miss"] * 10 + ["plan"] * 2
    assert lines["支部党员大会"] == [
        "na",
        "miss",
        "na",
        "na",
        "miss",
        "na",
        "na",
        "miss",
        "na",
        "na",
        "plan",
        "na",
    ]
    assert lines["谈心谈话"][10] == "plan"  # what still asks for something is shown before what is done
    assert (response.context["asked"], response.context["done"]) == (26, 0)
    assert f"/staff/branches/meetings/{done.pk}/" in words(response)


def test_a_missed_meeting_says_how_to_put_it_right(desk, branch):
    missed = make_meeting(
        branch=branch,
        kind="theme_party_day",
        on=dt.date(2026, 10, 10),
        period=dt.date(2026, 10, 1),
        due_by=dt.date(2026, 10, 31),
    )
    page = words(desk.get(f"/staff/branches/{number_of(branch)}/"))
    assert "还有 1 项没做：" in page
    assert "补做或写明原因" in page
    assert page.count(f'href="/staff/branches/meetings/{missed.pk}/"') == 2


@pytest.mark.parametrize(("month", "banner"), [("2026-11", False), ("2027-03", True), ("rubbish", False)])
def test_a_year_without_a_published_calendar_says_so(desk, branch, month, banner):
    page = words(desk.get(f"/staff/branches/{number_of(branch)}/?month={month}"))
    assert ("2027 年的放假安排还没公布" in page) is banner


def do(client, meeting, what, expected=302, **data):
    response = client.post(f"/staff/branches/meetings/{meeting.pk}/", {"do": what, **data})
    assert response.status_code == expected, (what, words(response)[-3000:])
    return response


def test_a_meeting_from_its_day_to_the_ledger(desk, branch):
    meeting = make_meeting(branch=branch, place="", on=dt.date(2026, 11, 26), title="")
    do(desk, meeting, "schedule", on="2026-11-24", at="10:00", place="议事园", title="=HYPERLINK(1)")
    do(desk, meeting, "announce")
    do(desk, meeting, "hold")
    first, *others = members_of(meeting)
    for member in others[:3]:
        do(desk, meeting, f"present:{member}")
    do(desk, meeting, "propose", text="买投影仪", kind="decision")
    motion = meeting.motions.get()
    refused = do(desk, meeting, "decide", 409, key=motion.pk, votes_for=3, votes_against=0, abstained=0)
    assert "有表决权的应到 8 人，实到 3 人，还差 1 人才能表决" in words(refused)
    do(desk, meeting, "rest_present")
    do(desk, meeting, f"leave:{first}", 409)
    do(desk, meeting, f"leave:{first}", reason="住院")
    do(desk, meeting, "decide", key=motion.pk, votes_for=6, votes_against=1, abstained=0)
    do(desk, meeting, "item", text="修灯", owner=others[0], due_on="2026-12-01")
    do(desk, meeting, "minutes", agenda="学习", points="大家发言", conclusion="同意")
    do(desk, meeting, "sign", 409)
    do(desk, meeting, "sign", on_paper="on")
    do(desk, meeting, "copied")
    meeting.refresh_from_db()
    assert (meeting.status, motion.meeting_id) == ("signed", meeting.pk)
    number = number_of(branch)
    row = desk.get(f"/staff/branches/{number}/ledger/?quarter=2026Q4").context["rows"][0]
    assert row == (
        "2026-11-24",
        "支部党员大会",
        "=HYPERLINK(1)",
        "议事园",
        "9",
        "8",
        "买投影仪：赞成 6，反对 1，弃权 0，通过",
        "同意",
        "已签字",
        "当天",
    )
    file = desk.get(f"/staff/branches/{number}/ledger.xlsx?quarter=2026Q4").content
    cells = list(load_workbook(io.BytesIO(file)).active.iter_rows(min_row=3, values_only=True))
    assert cells[0][2] == "'=HYPERLINK(1)"


def test_what_was_refused_stands_there_with_what_was_typed(desk, branch):
    meeting = make_meeting(branch=branch, period=dt.date(2026, 11, 1), due_by=dt.date(2026, 11, 30), place="")
    page = words(do(desk, meeting, "schedule", 409, on="2026-12-02", at="10:00", place="没写完的地点"))
    assert "日期要在这段时间里" in page
    assert "没写完的地点" in page


@pytest.mark.parametrize("what", ["", "nonsense", "present:abc", "decide:999999"])
def test_a_form_that_makes_no_sense_changes_nothing(desk, branch, what):
    meeting = make_meeting("held", branch=branch)
    data = {"votes_for": 1, "votes_against": 0, "abstained": 0}
    response = desk.post(f"/staff/branches/meetings/{meeting.pk}/", {"do": what, **data})
    assert response.status_code in {404, 409}
    meeting.refresh_from_db()
    assert meeting.status == "held"


def test_entering_a_meeting_leads_to_its_page(desk, branch):
    data = {"kind": "party_lecture", "on": "2026-11-24", "at": "10:00", "place": "议事园"}
    number = number_of(branch)
    response = desk.post(f"/staff/branches/{number}/new/", data)
    assert response.url == f"/staff/branches/meetings/{Meeting.objects.get().pk}/"
    assert desk.post(f"/staff/branches/{number}/new/", data | {"kind": "group_meeting"}).status_code == 422


def test_the_paper_list_has_everybody_before_and_after_the_roll_is_made(desk, branch):
    meeting = make_meeting(branch=branch)
    assert len(desk.get(f"/staff/branches/meetings/{meeting.pk}/paper/").context["roll"]) == 9
    held = make_meeting("held", branch=branch)
    assert len(desk.get(f"/staff/branches/meetings/{held.pk}/paper/").context["roll"]) == 9


def test_the_auditor_reads_masked_and_writes_nothing(client, branch):
    meeting = make_meeting("signed", branch=branch)
    client.force_login(make_user(Role.AUDITOR))
    name = branch.members.last().person.name
    page = words(client.get(f"/staff/branches/meetings/{meeting.pk}/"))
    assert name not in page
    assert client.post(f"/staff/branches/meetings/{meeting.pk}/", {"do": "copied"}).status_code == 403


def test_other_roles_and_other_communities_find_nothing(client, branch):
    meeting = make_meeting(branch=branch)
    paths = [
        "/staff/branches/",
        f"/staff/branches/{number_of(branch)}/",
        f"/staff/branches/meetings/{meeting.pk}/",
    ]
    client.force_login(branch.secretary)
    assert [client.get(path).status_code for path in paths] == [403, 403, 403]
    elsewhere = make_community(code="370614001015", name="别的社区", host="other.example")
    client.force_login(make_user(Role.STAFF, community=elsewhere))
    assert [client.get(path).status_code for path in paths] == [200, 404, 404]
    assert client.get("/staff/branches/").context["rows"] == []


def cost(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def many(branch, number):
    """`number` more of everything that a page of the branch may list."""
    for n in range(number):
        meeting = make_meeting("held", branch=branch, kind="heart_talk")
        propose(meeting, text=f"第{n}项")
        add_item(meeting, text=f"第{n}件", owner=make_member(branch=branch), due_on=meeting.on)


@pytest.mark.parametrize("status", list(MeetingStatus))
def test_the_page_of_a_meeting_costs_the_same_with_more_rows(desk, branch, status):
    """At both doors; the roll, the motions and the open tasks are what grows."""
    before = make_meeting("signed", branch=branch)
    meeting = make_meeting(status if status != "cancelled" else "planned", branch=branch, place="议事园")
    if status == "cancelled":
        give_up(meeting, reason="停电", by=branch.secretary)
    doors = [f"/staff/branches/meetings/{meeting.pk}/", f"/admin/branches/meeting/{meeting.pk}/change/"]
    few = [cost(desk, door) for door in doors]
    many(branch, 20)
    make_roll(meeting)
    make_venue()
    Motion.objects.bulk_create(Motion(meeting=meeting, number=50 + n, text="多") for n in range(20))
    assert [cost(desk, door) for door in doors] == few
    assert max(few) <= 12
    assert before.pk


def test_pages_cost_the_same_with_more_rows(desk, branch):
    plan_year(branch.community, 2026)
    make_meeting("signed", branch=branch)
    number = number_of(branch)
    pages = [
        "/staff/branches/",
        f"/staff/branches/{number}/",
        f"/staff/branches/{number}/new/",
        f"/staff/branches/{number}/ledger/",
        f"/staff/branches/{number}/dues/",
        "/staff/branches/dues/",
    ]
    before = [cost(desk, page) for page in pages]
    for _more in range(3):
        make_meeting("signed", branch=branch)
        make_member(branch=branch)
        other = make_life_branch()
        make_meeting(branch=other)
    many(branch, 5)
    plan_year(branch.community, 2026)
    assert [cost(desk, page) for page in pages] == before
    assert max(before) <= 12
