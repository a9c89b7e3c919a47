"""Buildings, dwellings, households and the people who live there."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from grids.models import Building, Dwelling, Grid, Household, Residency
from haimengyuan.demo import invented
from haimengyuan.demo.places import PLACES, spread
from people.models import Person

FLOORS, SIDES = 6, 2
BATCH = 1000
WITH_ID_NUMBER = 60
_R = Residency.Relation
# how many of a hundred households look like this, and who lives there
_FAMILIES = (
    (16, (_R.HEAD,)),
    (37, (_R.HEAD, _R.SPOUSE)),
    (29, (_R.HEAD, _R.SPOUSE, _R.CHILD)),
    (6, (_R.HEAD, _R.CHILD)),
    (7, (_R.HEAD, _R.SPOUSE, _R.CHILD, _R.CHILD)),
    (5, (_R.HEAD, _R.SPOUSE, _R.CHILD, _R.PARENT)),
)


@dataclass
class Resident:
    """A person with a home, before and after both are saved."""

    person: Person
    household: Household
    relation: str
    age: int

    @property
    def dwelling(self):
        return self.household.dwelling

    @property
    def is_adult_with_phone(self):
        return self.age >= 18 and bool(self.person.phone)


@dataclass
class Register:
    """Everything that was made, by grid number."""

    grids: dict = field(default_factory=dict)
    buildings: dict = field(default_factory=lambda: defaultdict(list))
    dwellings: list = field(default_factory=list)
    residents: dict = field(default_factory=lambda: defaultdict(list))

    def everybody(self):
        return [resident for residents in self.residents.values() for resident in residents]


def build_register(community, *, households, buildings_per_grid, rng, today):
    """The unsaved `Register` of a community whose fourteen grids are loaded; the grids get their invented names.

    `households` is the number of all of them, `buildings_per_grid` cuts the estates short (None: whole).
    """
    register = Register(grids={grid.number: grid for grid in Grid.objects.filter(community=community)})
    maker = _Maker(community, rng, today)
    for place, count in zip(PLACES, spread(households, [p.share for p in PLACES]), strict=True):
        grid = register.grids[place.number]
        grid.name, grid.area, grid.is_demo = place.estate, place.area, True
        grid.kind = Grid.Kind.EXCLUSIVE if place.is_shops else Grid.Kind.BASIC
        register.buildings[place.number] = [
            Building(grid=grid, estate=place.estate, number=number, name=name)
            for number, name in place.buildings()[:buildings_per_grid]
        ]
        per_building = spread(count, [1] * len(register.buildings[place.number]))
        for building, homes in zip(register.buildings[place.number], per_building, strict=True):
            dwellings = _dwellings(building, homes + max(1, homes // 20), shops=place.is_shops)
            register.dwellings += dwellings
            for dwelling in sorted(rng.sample(dwellings, homes), key=dwellings.index):
                register.residents[place.number] += maker.family(dwelling, alone=place.is_shops)
    return register


def save_register(register):
    """Write the register; the persons' look-up columns are filled first."""
    everybody = register.everybody()
    for resident in everybody:
        resident.person.set_lookups()
    for grid in register.grids.values():
        grid.save(update_fields=["name", "area", "kind", "is_demo"])
    Building.objects.bulk_create([b for found in register.buildings.values() for b in found])
    Dwelling.objects.bulk_create(register.dwellings, BATCH)
    households = {id(resident.household): resident.household for resident in everybody}
    Household.objects.bulk_create(households.values(), BATCH)
    Person.objects.bulk_create([resident.person for resident in everybody], BATCH)
    Residency.objects.bulk_create(
        [
            Residency(person=r.person, household=r.household, relation=r.relation, since=_moved_in(r))
            for r in everybody
        ],
        BATCH,
    )


def _moved_in(resident):
    return max(resident.household.since, resident.person.birth_date)


def _dwellings(building, count, *, shops):
    if shops:
        return [Dwelling(building=building, floor=1, room=f"{101 + index}") for index in range(count)]
    units = max(1, -(-count // (FLOORS * SIDES)))
    homes = [
        Dwelling(building=building, unit=str(unit), floor=floor, room=f"{floor}{side:02d}")
        for unit in range(1, units + 1)
        for floor in range(1, FLOORS + 1)
        for side in range(1, SIDES + 1)
    ]
    return homes[:count]


class _Maker:
    """Makes families; counts the numbers that were given out."""

    def __init__(self, community, rng, today):
        self.community, self.rng, self.today = community, rng, today
        self.mobiles = self.landlines = self.id_numbers = 0

    def family(self, dwelling, *, alone):
        """The residents of one household, the head first."""
        weights = [weight for weight, _who in _FAMILIES]
        relations = (_R.HEAD,) if alone else self.rng.choices([who for _weight, who in _FAMILIES], weights)[0]
        household = Household(dwelling=dwelling, since=dt.date(self.rng.randint(2004, 2025), 6, 1))
        head_age = self._head_age(relations)
        head_is_female = self.rng.random() < (0.5 if len(relations) == 1 else 0.25)
        surname = ""
        family = []
        for relation in relations:
            age, female = self._who(relation, head_age, head_is_female)
            person = self._person(age, female, surname if relation == _R.CHILD else "", family)
            surname = surname or person.name[0]
            family.append(Resident(person, household, relation, age))
        return family

    def _head_age(self, relations):
        if _R.CHILD in relations:
            return self.rng.randint(28, 56)
        return self.rng.choice([self.rng.randint(26, 50), self.rng.randint(50, 74), self.rng.randint(60, 90)])

    def _who(self, relation, head_age, head_is_female):
        if relation == _R.HEAD:
            return head_age, head_is_female
        if relation == _R.SPOUSE:
            return max(22, head_age + self.rng.randint(-4, 3)), not head_is_female
        female = self.rng.random() < 0.5
        if relation == _R.CHILD:
            return max(0, head_age - self.rng.randint(24, 32)), female
        return min(97, head_age + self.rng.randint(23, 29)), female

    def _person(self, age, female, surname, family):
        born = dt.date(self.today.year - age, 1, 1) - dt.timedelta(days=self.rng.randint(1, 300))
        taken = {resident.person.name for resident in family}
        name = invented.name(self.rng, female=female, born=born.year, surname=surname)
        while name in taken:
            name = invented.name(self.rng, female=female, born=born.year, surname=surname)
        person = Person(
            community=self.community,
            name=name,
            phone=self._phone(age),
            birth_date=born,
            gender=Person.Gender.FEMALE if female else Person.Gender.MALE,
            prefers_phone_call=age >= 75 and self.rng.random() < 0.6,
            reach_by=Person.ReachBy.SMS if 18 <= age < 75 and self.rng.random() < 0.3 else "",
            state_since=born,
            is_demo=True,
        )
        if age >= 60 and self.id_numbers < WITH_ID_NUMBER:
            person.id_number = invented.id_number(born, female=female, serial=self.id_numbers)
            self.id_numbers += 1
        return person

    def _phone(self, age):
        if age < 16 or self.rng.random() < 0.06:
            return ""
        if age >= 72 and self.rng.random() < 0.4:
            self.landlines += 1
            return invented.landline(2000 + self.landlines)
        self.mobiles += 1
        return invented.mobile(self.mobiles)
