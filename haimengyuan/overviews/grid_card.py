"""The duty card of a grid: who to turn to, in counts that are computed and names that their owners agreed to show."""

from dataclasses import dataclass

from branches.models import PartyMember, Post
from grids.models import Appointment, Duty


@dataclass(frozen=True)
class Contact:
    """One line of the card. `name` is empty when the person has not agreed to be named or nobody holds the duty."""

    duty: str
    what: str
    name: str
    phone: str
    held: bool

    @property
    def initial(self):
        return (self.name or self.duty)[:1]


@dataclass(frozen=True)
class GridCard:
    """What residents may know of a grid. Counts: buildings, households living there now, members of its branch."""

    grid: object
    buildings: int
    households: int
    party_members: int | None
    branch: str
    head: Contact
    secretary: Contact | None
    six: tuple


def grid_card(grid, community):
    """The `GridCard` of a grid that was fetched `with_counts()`. Five queries."""
    held = {}
    for appointment in Appointment.objects.filter(grid=grid).current().with_consent_to_publish():
        held.setdefault(appointment.duty_id, appointment)
    duties = list(Duty.objects.filter(community=community, is_public=True).order_by("order", "code"))
    contacts = {duty.pk: _contact(duty, held.get(duty.pk), community) for duty in duties}
    head = next((contacts[duty.pk] for duty in duties if duty.kind == Duty.Kind.HEAD), None)
    branch = grid.branches.first()
    return GridCard(
        grid=grid,
        buildings=grid.building_count,
        households=grid.household_count,
        party_members=PartyMember.objects.current().filter(branch=branch).count() if branch else None,
        branch=branch.name if branch else "",
        head=head,
        secretary=_secretary(branch, community) if branch else None,
        six=tuple(contacts[duty.pk] for duty in duties if duty.kind == Duty.Kind.MEMBER),
    )


def _contact(duty, appointment, community):
    named = appointment is not None and appointment.may_be_named
    return Contact(
        duty=duty.name_zh,
        what=duty.duties_zh,
        name=appointment.person.name if named else "",
        phone=(appointment.work_phone if named else "") or community.desk_phone,
        held=appointment is not None,
    )


def _secretary(branch, community):
    post = (
        Post.objects.current()
        .filter(branch=branch, kind=Post.Kind.SECRETARY)
        .with_consent_to_publish()
        .first()
    )
    name = post.member.person.name if post and post.may_be_named else ""
    return Contact(
        duty=Post.Kind.SECRETARY.label, what="", name=name, phone=community.desk_phone, held=post is not None
    )
