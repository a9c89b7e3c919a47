"""The duty card of a grid: who to turn to, in counts that are computed and names that their owners agreed to show."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from branches.models import PartyMember, Post
from grids.models import Appointment, Cover, Duty
from people.models import Consent


@dataclass(frozen=True)
class Contact:
    """One line of the card. `name` is empty when the person has not agreed to be named or nobody holds the duty.

    While the holder is away, `cover` is who stands in (features.md S04), or "" when that person is not to be named.
    """

    duty: str
    what: str
    name: str
    phone: str
    held: bool
    is_away: bool = False
    cover: str = ""

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
    """The `GridCard` of a grid that was fetched `with_counts()`. Six queries."""
    held = {}
    for appointment in Appointment.objects.filter(grid=grid).current().with_consent_to_publish():
        held.setdefault(appointment.duty_id, appointment)
    duties = list(Duty.objects.filter(community=community, is_public=True).order_by("order", "code"))
    covers = _covers(grid)
    contacts = {duty.pk: _contact(duty, held.get(duty.pk), covers, community) for duty in duties}
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


def _covers(grid):
    """appointment → the name of who stands in today, "" for somebody who has not agreed to be named."""
    agreed = Consent.objects.current().filter(person=OuterRef("person"), purpose=Consent.Purpose.PUBLISH_DUTY)
    rows = Cover.objects.current().filter(appointment__grid=grid).annotate(may_be_named=Exists(agreed))
    return {
        row.appointment_id: row.person.name if row.may_be_named else ""
        for row in rows.select_related("person")
    }


def _contact(duty, appointment, covers, community):
    named = appointment is not None and appointment.may_be_named
    is_away = appointment is not None and appointment.pk in covers
    return Contact(
        duty=duty.name_zh,
        what=duty.duties_zh,
        name=appointment.person.name if named else "",
        phone=(appointment.work_phone if named and not is_away else "") or community.desk_phone,
        held=appointment is not None,
        is_away=is_away,
        cover=covers[appointment.pk] if is_away else "",
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
