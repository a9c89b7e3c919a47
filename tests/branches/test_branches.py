import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from branches.actions import announce_terms, shift_term
from branches.errors import PostRefused
from branches.models import BranchGrid, Notice, PartyBranch, PartyGroup, PartyMember, TermShift
from branches.tree import tree_of
from branches.year import facts_of
from haimengyuan.lib.append_only import AppendOnlyError
from people.models import Role
from reminders.models import Reminder
from tests.makers import (
    make_branch,
    make_grid,
    make_head,
    make_member,
    make_notice,
    make_person,
    make_post,
    make_user,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def test_what_must_never_be_is_refused_by_the_database():
    grid = make_grid()
    branch = make_branch(grids=[grid, make_grid()])
    member = make_member(branch=branch)
    post = make_post(member=member)
    refused = [
        lambda: make_branch(grids=[grid]),
        lambda: make_branch(name=branch.name),
        lambda: make_member(person=member.person),
        lambda: make_post(member=make_member(branch=branch)),
        lambda: PartyBranch.objects.filter(pk=branch.pk).update(parent=branch),
        lambda: PartyMember.objects.filter(pk=member.pk).update(
            left_on=member.entered_on - dt.timedelta(days=1)
        ),
    ]
    for make in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            make()
    assert (BranchGrid.objects.count(), post.branch) == (2, branch)


def test_a_secretary_sees_the_own_branch_and_a_head_the_branch_of_the_own_grid():
    grid = make_grid()
    mine, other = make_branch(grids=[grid]), make_branch(grids=[make_grid()])
    secretary = make_user(Role.GRID)
    make_post(member=make_member(branch=mine, person=secretary.person))
    make_member(branch=other)
    for user in (secretary, make_head(grid)):
        assert list(PartyBranch.objects.for_user(user)) == [mine]
        assert [member.branch for member in PartyMember.objects.for_user(user)] == [mine]


def test_a_post_that_has_ended_gives_nothing():
    secretary = make_user(Role.GRID)
    branch = make_branch(grids=[make_grid()])
    make_post(member=make_member(branch=branch, person=secretary.person), since=TODAY, ended_on=TODAY)
    assert list(PartyBranch.objects.for_user(secretary)) == []


# --- the tree ----------------------------------------------------------------------------------------------


def test_the_tree_stands_street_committee_branch_group_with_computed_counts():
    desk = make_user(Role.STAFF)
    street = make_branch(kind="street", name="登州街道党工委")
    committee = make_branch(kind="committee", name="社区党委", parent=street)
    grids = [make_grid(number) for number in (1, 2, 3)]
    joint = make_branch(kind="joint", name="联合支部", parent=committee, grids=[grids[2], grids[0]])
    alone = make_branch(name="二网格支部", parent=committee, grids=[grids[1]])
    full = [make_member(branch=joint) for _member in range(3)]
    make_member(branch=joint, kind="probationary")
    make_member(branch=joint, kind="serving")
    make_member(branch=joint, left_on=TODAY)
    make_post(member=full[0], ends_on=TODAY + dt.timedelta(days=90))
    group = PartyGroup.objects.create(branch=joint, name="第一党小组", leader=full[1])
    PartyMember.objects.filter(pk__in=[member.pk for member in full[:2]]).update(group=group)
    (top,) = tree_of(desk, desk.community, TODAY)
    assert (top.name, top.members, [node.name for node in top.below]) == (street.name, 4, [committee.name])
    first, second = top.below[0].below
    assert (first.name, first.numbers, second.name) == (joint.name, [1, 3], alone.name)
    assert (first.members, first.full, first.probationary) == (4, 3, 1)
    assert first.posts == [("支部书记", [full[0].person.name])]
    assert first.term == "还有 90 天换届"
    (shown,) = first.groups
    assert (shown.name, shown.leader, shown.members) == ("第一党小组", full[1].person.name, 2)
    assert [advice.text for advice in shown.advice] == ["组员 2 名，一般不少于 3 名。"]
    assert [advice.text[:7] for advice in second.advice] == ["正式党员 0 "]
    assert (top.advice, top.below[0].advice) == ([], [])


def test_a_secretary_sees_the_own_branch_alone_in_the_tree():
    mine, other = make_branch(grids=[make_grid()]), make_branch(grids=[make_grid()])
    secretary = make_user(Role.GRID)
    make_post(member=make_member(branch=mine, person=secretary.person))
    assert [node.key for node in tree_of(secretary, secretary.community, TODAY)] == [mine.pk]
    assert other.pk


def _fill(branches):
    committee = PartyBranch.objects.get_or_create(
        community=make_user().community, kind="committee", name="社区党委"
    )[0]
    for _branch in range(branches):
        branch = make_branch(grids=[make_grid()], parent=committee)
        group = PartyGroup.objects.create(branch=branch, name="第一党小组")
        make_post(member=make_member(branch=branch, group=group))


def test_the_tree_page_asks_as_much_for_one_branch_as_for_a_hundred(client, django_assert_max_num_queries):
    client.force_login(make_user(Role.STAFF))
    counted = []
    for more in (1, 99):
        _fill(more)
        client.get("/staff/branches/tree/")
        with django_assert_max_num_queries(12) as queries:
            assert client.get("/staff/branches/tree/").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("above", "below", "fits"),
    [
        ("street", "committee", True),
        ("street", "branch", True),
        ("committee", "general", True),
        ("committee", "joint", True),
        ("general", "branch", True),
        ("committee", "street", False),
        ("general", "committee", False),
        ("general", "general", False),
        ("branch", "branch", False),
        ("joint", "temporary", False),
    ],
)
def test_a_superior_stands_higher_so_the_tree_has_no_rings(above, below, fits):
    parent = make_branch(kind=above)
    branch = PartyBranch(community=parent.community, kind=below, name="下级", parent=parent)
    if fits:
        branch.full_clean()
    else:
        with pytest.raises(ValidationError, match="高一级"):
            branch.full_clean()


def test_an_organisation_cannot_sink_below_what_is_under_it():
    parent = make_branch(kind="committee")
    make_branch(kind="general", parent=parent)
    parent.kind = "branch"
    with pytest.raises(ValidationError, match="它下面"):
        parent.full_clean()


@pytest.mark.parametrize(
    ("fields", "own", "fits"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"kind": "probationary"}, True, False),
        ({"kind": "serving"}, True, False),
        ({"left_on": TODAY}, True, False),
    ],
)
def test_a_group_is_led_by_a_full_member_of_its_branch(fields, own, fits):
    branch = make_branch()
    leader = make_member(branch=branch if own else make_branch(), **fields)
    group = PartyGroup(branch=branch, name="第一党小组", leader=leader)
    if fits:
        group.full_clean()
    else:
        with pytest.raises(ValidationError):
            group.full_clean()


def test_the_admin_page_of_a_branch_tells_its_secretary_how_it_stands(client):
    branch = make_branch(grids=[make_grid()])
    secretary = make_user(Role.GRID, person=make_person("王书记"))
    make_post(
        member=make_member(branch=branch, person=secretary.person), ends_on=TODAY + dt.timedelta(days=30)
    )
    client.force_login(secretary)
    page = client.get(f"/admin/branches/partybranch/{branch.pk}/change/").content.decode()
    for words in (
        "支部书记 王书记",
        "还有 30 天换届",
        "1 名，其中正式党员 1 名",
        "不足 3 名",
        "支部工作条例",
    ):
        assert words in page


# --- early and late re-elections ---------------------------------------------------------------------------


def _in_office(*, ends_in=30):
    """A branch whose secretary and deputy are in office until so many days from today, and the desk."""
    branch = make_branch(grids=[make_grid()])
    for kind in ("secretary", "deputy"):
        make_post(
            member=make_member(branch=branch),
            kind=kind,
            since=TODAY - dt.timedelta(days=900),
            ends_on=TODAY + dt.timedelta(days=ends_in),
        )
    return branch, make_user(Role.STAFF)


def test_a_late_reelection_moves_the_term_of_everybody_in_office_and_keeps_why(client):
    branch, desk = _in_office()
    announce_terms()
    until = TODAY + dt.timedelta(days=300)
    client.force_login(desk)
    asked = {"branch": branch.pk, "until": until, "reason": "等全街道一起换", "approved_by": "街道党工委"}
    assert client.get(f"/admin/branches/termshift/add/?branch={branch.pk}").status_code == 200
    response = client.post("/admin/branches/termshift/add/", asked | {"approved_on": TODAY})
    assert response.status_code == 302
    made = TermShift.objects.get()
    assert (made.was_until, made.until, made.by) == (TODAY + dt.timedelta(days=30), until, desk)
    assert {post.ends_on for post in branch.posts.all()} == {until}
    assert set(Reminder.objects.filter(kind="term").values_list("status", flat=True)) == {"cancelled"}
    page = client.get(f"/staff/branches/{branch.branch_grids.get().grid.number}/").content.decode()
    assert "等全街道一起换。街道党工委" in page
    with pytest.raises(AppendOnlyError):
        made.save()
    why = {"reason": "街道改了日子", "approved_by": "街道党工委"}
    again = shift_term(branch, until=TODAY + dt.timedelta(days=200), by=desk, **why)
    facts = facts_of(branch, TODAY)
    assert (facts["shift"].until, facts["shift"].was_until) == (again.until, made.until)
    assert len(facts["posts"]) == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reason": " "}, "上级批准"),
        ({"approved_by": ""}, "上级批准"),
        ({"until": TODAY + dt.timedelta(days=30)}, "任期没有变"),
        ({"until": TODAY - dt.timedelta(days=901)}, "任职以前"),
    ],
)
def test_a_term_is_not_moved_without_reason_approval_or_sense(changes, why):
    branch, desk = _in_office()
    asked = {"until": TODAY + dt.timedelta(days=90), "reason": "并网格", "approved_by": "街道党工委"}
    with pytest.raises(PostRefused, match=why):
        shift_term(branch, by=desk, **(asked | changes))
    assert (TermShift.objects.count(), branch.posts.first().ends_on) == (0, TODAY + dt.timedelta(days=30))


@pytest.mark.parametrize(("days", "unusual"), [(-20, False), (366, False), (367, True)])
def test_more_than_a_year_is_said_and_not_refused(days, unusual):
    branch, desk = _in_office()
    until = TODAY + dt.timedelta(days=30 + days)
    made = shift_term(branch, until=until, reason="并网格", approved_by="街道党工委", by=desk)
    assert made.is_unusual == unusual


def test_a_term_that_is_written_down_is_not_typed_over_in_the_admin(client):
    branch, desk = _in_office()
    post = branch.posts.get(kind="secretary")
    client.force_login(desk)
    client.post(f"/admin/branches/post/{post.pk}/change/", {"ends_on": TODAY + dt.timedelta(days=999)})
    post.refresh_from_db()
    assert post.ends_on == TODAY + dt.timedelta(days=30)


# --- notices of a secretary who heads no grid --------------------------------------------------------------


def _notice_form(grids=(), **fields):
    values = {
        "kind": "notice",
        "title": "停水",
        "meaning": "明天停水",
        "shows_on": TODAY.isoformat(),
        "expires_on": (TODAY + dt.timedelta(days=3)).isoformat(),
        "grids": [grid.pk for grid in grids],
    }
    return values | fields


def test_a_secretary_who_heads_no_grid_sees_and_writes_the_notices_of_all_its_grids(client):
    first, second, other = make_grid(), make_grid(), make_grid()
    branch = make_branch(kind="joint", grids=[first, second])
    secretary = make_user(Role.GRID)
    make_post(member=make_member(branch=branch, person=secretary.person))
    mine, _theirs, _both = (
        make_notice(grids=[second]),
        make_notice(grids=[other]),
        make_notice(grids=[first, other]),
    )
    client.force_login(secretary)
    assert list(Notice.objects.for_user(secretary)) == [mine]
    form = client.get("/admin/branches/notice/add/").context["adminform"].form
    assert list(form.fields["grids"].queryset) == [first, second]
    assert client.post("/admin/branches/notice/add/", _notice_form([first, second])).status_code == 302
    refused = client.post("/admin/branches/notice/add/", _notice_form([first, other], title="别人的"))
    assert refused.status_code == 200
    assert sorted(Notice.objects.for_user(secretary).values_list("title", flat=True)) == sorted(
        ["停水", mine.title]
    )
    assert not Notice.objects.filter(title="别人的").exists()
    assert client.get(f"/admin/branches/notice/{mine.pk}/history/").status_code == 200


def test_a_secretary_whose_post_has_ended_keeps_no_notices():
    grid = make_grid()
    secretary = make_user(Role.GRID)
    member = make_member(branch=make_branch(grids=[grid]), person=secretary.person)
    make_post(member=member, since=TODAY - dt.timedelta(days=9), ended_on=TODAY)
    make_notice(grids=[grid])
    assert list(Notice.objects.for_user(secretary)) == []
