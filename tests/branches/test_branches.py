import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from branches.models import BranchGrid, PartyBranch, PartyMember
from people.models import Role
from tests.makers import make_branch, make_grid, make_head, make_member, make_post, make_user

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
