"""All branches on one page, in the order of their grids. Each line says what that branch needs; there is no ranking."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q

from branches.models import COMMITTEE_POSTS, Meeting, PartyBranch, PartyMember, Post
from branches.rules.setup import advise
from branches.rules.terms import say_term


@dataclass
class BranchRow:
    """One branch: `numbers` of its grids, who leads it, counts, the next meeting, what was not entered, advice."""

    number: int
    numbers: list
    name: str
    kind: str
    secretary: str = ""
    term: str = ""
    members: int = 0
    full: int = 0
    upcoming: object = None
    missed: int = 0
    late: int = 0
    advice: list = field(default_factory=list)


def branch_rows(user, community, today):
    """The branches that `user` may see in a community, as `BranchRow`. Six queries."""
    branches = list(
        PartyBranch.objects.for_user(user).filter(community=community).prefetch_related("branch_grids__grid")
    )
    counts = _counts(community)
    posts = _posts(community, today)
    meetings = _meetings(community, today)
    rows = []
    for branch in branches:
        numbers = sorted(link.grid.number for link in branch.branch_grids.all())
        if numbers:
            rows.append(_row(branch, numbers, counts, posts[branch.pk], meetings[branch.pk], today))
    return sorted(rows, key=lambda row: row.number)


def _row(branch, numbers, counts, posts, meetings, today):
    secretary = next((post for post in posts if post.kind == Post.Kind.SECRETARY), None)
    all_of_them, full = counts.get(branch.pk, (0, 0))
    ahead = [meeting for meeting in meetings if meeting.on >= today]
    return BranchRow(
        number=numbers[0],
        numbers=numbers,
        name=branch.name,
        kind=branch.get_kind_display(),
        secretary=secretary.member.person.name if secretary else "",
        term=say_term(secretary.ends_on, today) if secretary else "",
        members=all_of_them,
        full=full,
        upcoming=min(ahead, key=lambda meeting: (meeting.on, meeting.at), default=None),
        missed=sum(meeting.is_missed for meeting in meetings),
        late=sum(meeting.is_late and not meeting.is_missed for meeting in meetings),
        advice=advise(
            full=full,
            members=all_of_them,
            committee=len({post.member_id for post in posts if post.kind in COMMITTEE_POSTS}),
            units=len(numbers),
            is_joint=branch.kind == branch.Kind.JOINT,
        ),
    )


def _counts(community):
    members = PartyMember.objects.of_branch_life().filter(branch__community=community)
    full = Count("pk", filter=Q(kind=PartyMember.Kind.FULL))
    rows = members.order_by().values_list("branch").annotate(all=Count("pk"), full=full)
    return {branch: (every, of_them) for branch, every, of_them in rows}


def _posts(community, today):
    found = defaultdict(list)
    posts = Post.objects.current(today).filter(branch__community=community)
    for post in posts.select_related("member__person"):
        found[post.branch_id].append(post)
    return found


def _meetings(community, today):
    """branch → what is ahead: of this year's periods, and of the next sixty days."""
    found = defaultdict(list)
    window = Q(period__year=today.year) | Q(period=None)
    ahead = Meeting.objects.ahead().filter(window, branch__community=community)
    for meeting in ahead.filter(on__lte=today + dt.timedelta(days=60)).select_related("group"):
        found[meeting.branch_id].append(meeting)
    return found
