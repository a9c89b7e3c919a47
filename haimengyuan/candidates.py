"""Whom a duty of a grid may be given to: who serves there already, its party members and helpers, or somebody by name."""

from django.db.models import Exists, OuterRef

from branches.models import PartyMember
from grids.models import Appointment
from haimengyuan.lib.phones import PhoneProblem, normalise_phone
from people.models import Person
from volunteers.models import HelperProfile

FOUND_AT_MOST = 20


def candidates(grid, words=""):
    """([(key, name)], keys of those who were found by `words`): people near `grid`, before them who was looked for.

    Colleagues, members and helpers stand there by name; somebody who was looked for is shown masked (decisions: the desk).
    """
    persons = Person.objects.in_community(grid.community_id).reachable()
    serves = Appointment.objects.current().filter(grid=grid, person=OuterRef("pk"))
    member = PartyMember.objects.current().filter(branch__grids=grid, person=OuterRef("pk"))
    helper = HelperProfile.objects.filter(grid=grid, is_active=True, person=OuterRef("pk"))
    near = persons.filter(Exists(serves) | Exists(member) | Exists(helper)).order_by("pinyin", "pk")
    names = dict(near.values_list("pk", "name"))
    found = [(person.pk, f"{person} {person.masked_phone}".strip()) for person in find(persons, words)]
    return [pair for pair in found if pair[0] not in names] + list(names.items()), [
        key for key, _name in found
    ]


def find(persons, words):
    """Those of `persons` with exactly this name or telephone number, as a list."""
    words = words.strip()
    if not words:
        return []
    try:
        rows = persons.with_phone(normalise_phone(words))
    except PhoneProblem:
        rows = persons.filter(name=words)
    return list(rows.order_by("pinyin", "pk")[:FOUND_AT_MOST])
