"""The tree of party organisations: street, community committee, branches, party groups. Reads only (features.md B01)."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q

from branches.models import COMMITTEE_POSTS, PartyBranch, PartyGroup, PartyMember, Post
from branches.rules.setup import advise, advise_group
from branches.rules.terms import say_term

_GRIDLESS = (PartyBranch.Kind.STREET, PartyBranch.Kind.COMMITTEE, PartyBranch.Kind.GENERAL)


@dataclass
class Group:
    """A party group: who leads it ("" for nobody), how many are in it, advice."""

    name: str
    leader: str
    members: int
    advice: list


@dataclass
class Node:
    """One organisation: `posts` are pairs (post, names), `term` the countdown, `below` the nodes under it.

    `members` counts its own members; for organisations above branches it is the sum of what is below.
    """

    key: int
    name: str
    kind: str
    level: int
    numbers: list
    posts: list
    term: str
    members: int
    full: int
    probationary: int
    groups: list
    advice: list
    below: list = field(default_factory=list)

    @property
    def has_members(self):
        """Whether it is a branch; what stands above branches has members only through them."""
        return self.level > 2

    @property
    def page(self):
        """The grid number that its page goes by; None where it has no grid."""
        return self.numbers[0] if self.numbers else None


def tree_of(user, community, today):
    """The top `Node`s of what `user` may see in a community. Six queries."""
    branches = PartyBranch.objects.for_user(user).filter(community=community)
    branches = list(branches.prefetch_related("branch_grids__grid"))
    counts, posts, groups = _counts(branches), _posts(branches, today), _groups(branches)
    nodes = {
        branch.pk: _node(branch, counts, posts[branch.pk], groups[branch.pk], today) for branch in branches
    }
    tops = []
    for branch in branches:
        above = nodes.get(branch.parent_id)
        (tops if above is None else above.below).append(nodes[branch.pk])
    for node in nodes.values():
        node.below.sort(key=_in_order)
    for node in tops:
        _add_up(node)
    return sorted(tops, key=_in_order)


def _in_order(node):
    return node.level, node.numbers or [10_000], node.name


def _add_up(node):
    for child in node.below:
        _add_up(child)
    if not node.has_members:
        for name in ("members", "full", "probationary"):
            setattr(node, name, sum(getattr(child, name) for child in node.below) + getattr(node, name))


def _node(branch, counts, posts, groups, today):
    numbers = sorted(link.grid.number for link in branch.branch_grids.all())
    members, full, probationary = counts.get(branch.pk, (0, 0, 0))
    held, names = defaultdict(list), Post.Kind
    for post in posts:
        held[names(post.kind)].append(post.member.person.name)
    leads = [post for post in posts if post.kind == Post.Kind.SECRETARY]
    return Node(
        key=branch.pk,
        name=branch.name,
        kind=branch.get_kind_display(),
        level=branch.level,
        numbers=numbers,
        posts=[(kind.label, held[kind]) for kind in COMMITTEE_POSTS if held[kind]],
        term=say_term(leads[0].ends_on, today) if leads else "",
        members=members,
        full=full,
        probationary=probationary,
        groups=groups,
        advice=[]
        if branch.kind in _GRIDLESS
        else advise(
            full=full,
            members=members,
            committee=len({post.member_id for post in posts}),
            units=len(numbers),
            is_joint=branch.kind == branch.Kind.JOINT,
        ),
    )


def _counts(branches):
    """branch → (members, full, probationary) of those whom its life concerns."""
    kinds = {name: Count("pk", filter=Q(kind=kind)) for name, kind in _COUNTED.items()}
    rows = PartyMember.objects.of_branch_life().filter(branch__in=branches).order_by()
    rows = rows.values_list("branch").annotate(all=Count("pk"), **kinds)
    return {branch: numbers for branch, *numbers in rows}


_COUNTED = {"full": PartyMember.Kind.FULL, "probationary": PartyMember.Kind.PROBATIONARY}


def _posts(branches, today):
    found = defaultdict(list)
    posts = Post.objects.current(today).filter(branch__in=branches, kind__in=COMMITTEE_POSTS)
    for post in posts.select_related("member__person").order_by("since", "pk"):
        found[post.branch_id].append(post)
    return found


def _groups(branches):
    found = defaultdict(list)
    rows = PartyMember.objects.of_branch_life().filter(group__branch__in=branches).order_by()
    full = Count("pk", filter=Q(kind=PartyMember.Kind.FULL))
    counts = {
        group: (every, of_them)
        for group, every, of_them in rows.values_list("group").annotate(n=Count("pk"), f=full)
    }
    for group in (
        PartyGroup.objects.filter(branch__in=branches).select_related("leader__person").order_by("pk")
    ):
        members, full_members = counts.get(group.pk, (0, 0))
        leader = group.leader
        found[group.branch_id].append(
            Group(
                name=group.name,
                leader=leader.person.name if leader else "",
                members=members,
                advice=advise_group(
                    members=members,
                    full=full_members,
                    leader_is_full=leader.kind == PartyMember.Kind.FULL if leader else None,
                ),
            )
        )
    return found
