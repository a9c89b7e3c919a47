"""The pages of branches, of the roster and of a member's meetings: no axe violation and nothing off the screen."""

import datetime as dt

import pytest
from django.utils import timezone

from branches.actions import schedule
from grids.models import Appointment, Duty
from haimengyuan.handover import hand_grid_over
from people.models import Role
from tests.axe import visit_all
from tests.branches.life import make_life_branch, make_meeting
from tests.makers import make_duty, make_head, make_person, make_user, make_venue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def branch():
    return make_life_branch(full=4, probationary=1, groups=1)


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_the_desk(sized_page, live_server, sign_in, mode, branch):
    grid = branch.grids.get()
    make_duty(Duty.Kind.MEMBER, code="one")
    make_head(grid)
    head = Appointment.objects.heads().get(grid=grid)
    made = hand_grid_over(head, to=make_person("接任的人"), by=make_user(), going=[], things="钥匙")
    planned = make_meeting(branch=branch)
    later = timezone.localdate() + dt.timedelta(days=3)
    at = dt.time(9)
    schedule(planned, on=later, at=at, venue=make_venue(grid=grid), minutes=60, by=branch.secretary)
    meetings = [planned, make_meeting("held", branch=branch), make_meeting("signed", branch=branch)]
    sign_in(make_user())
    roster, life = f"/staff/grids/{grid.number}/", f"/staff/branches/{grid.number}/"
    pages = [roster, f"{roster}handover/", f"{roster}handover/{made.pk}/", "/staff/branches/", life]
    pages += [f"{life}new/", f"{life}ledger/", f"{life}dues/", "/staff/branches/dues/", "/staff/venues/"]
    pages += [f"/staff/branches/meetings/{meeting.pk}/" for meeting in meetings]
    assert visit_all(sized_page, live_server, mode, pages) == []


@pytest.mark.parametrize("mode", ["standard", "elder"])
def test_a_members_meetings(sized_page, live_server, sign_in, mode, branch):
    make_meeting("announced", branch=branch)
    member = branch.members.exclude(person__user=branch.secretary).first()
    sign_in(make_user(Role.HELPER, person=member.person))
    assert visit_all(sized_page, live_server, mode, ["/me/meetings/"]) == []
