"""Who does what in the demo: the branches, the duties of the grids, the helpers, and the accounts to log in with."""

import datetime as dt
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from branches.models import BranchGrid, PartyBranch, PartyGroup, PartyMember, Post
from grids.models import Appointment, Cover, Duty
from haimengyuan.demo import invented
from haimengyuan.demo.places import PLACES, WOMEN, spread
from people.actions import CONSENT_TEXT
from people.models import Consent, Person, Role, User
from volunteers.models import FreeHalfDay, HelperProfile, Skill

WORK_PHONES = 1200  # the head of grid 6 has 0535-000 1206
# what nobody holds yet: the matrix of the grids shows gaps
VACANT = {
    (5, "mediator"), (5, "emergency_responder"), (9, "policy_communicator"), (9, "info_collector"),
    (12, "emergency_responder"), (14, "mediator"),
}  # fmt: skip
ON_LEAVE = {(3, "grid_head"), (7, "service_agent"), (9, "safety_patroller")}
NOT_NAMED_IN_PUBLIC = {8, 12}  # heads who have not agreed to it
COMMITTEE_FROM = 7  # full members (domain.md §1.1)
TERM = dt.timedelta(days=5 * 365)
HELPER_LOGINS = 6


@dataclass
class Cast:
    """The people with a part: by grid number, and the accounts by login."""

    heads: dict = field(default_factory=dict)
    helpers: list = field(default_factory=list)
    users: dict = field(default_factory=dict)
    desk: list = field(default_factory=list)  # users who dispatch


def name_leaders(register):
    """Give the people who will be secretary and head of each grid their names, before anybody is saved.

    They are the first two heads of household of a fit age; a head of grid is an adult with a phone.
    """
    leaders = {}
    for place in PLACES:
        fit = [r for r in register.residents[place.number] if r.is_adult_with_phone and 30 <= r.age <= 68]
        secretary, head = fit[0], next(r for r in fit[1:] if r.household is not fit[0].household)
        for resident, name in ((secretary, place.secretary), (head, place.head)):
            resident.person.name = name
            female = name in WOMEN
            resident.person.gender = Person.Gender.FEMALE if female else Person.Gender.MALE
            if resident.person.id_number:
                resident.person.id_number = invented.id_number(
                    resident.person.birth_date, female=female, serial=0
                )
        leaders[place.number] = (secretary, head)
    return leaders


def make_branches(community, register, leaders, *, members, rng, today):
    """The committee of the community, fourteen grid branches, their members and posts. Returns members by grid."""
    committee = PartyBranch.objects.get(community=community, kind=PartyBranch.Kind.COMMITTEE)
    found = {}
    for place, count in zip(PLACES, spread(members, [p.members for p in PLACES]), strict=True):
        branch = PartyBranch.objects.create(
            community=community,
            parent=committee,
            name=f"{place.estate}网格党支部",
            founded_on=dt.date(2020, 7, 1),
        )
        BranchGrid.objects.create(branch=branch, grid=register.grids[place.number])
        found[place.number] = _members(branch, register, leaders[place.number], count, rng, today)
    made = PartyMember.objects.bulk_create([member for members in found.values() for member in members])
    for of_branch in found.values():
        _name_group_leaders(of_branch)
    posts = [
        # terms end at different times, one of them soon
        post
        for number, members in found.items()
        for post in _posts(members, _term(today, 400 + 340 * (number % 5)))
    ]
    first = found[1][0]
    posts.append(Post(branch=committee, member=first, kind=Post.Kind.SECRETARY, **_term(today, 300)))
    posts += [
        Post(branch=committee, member=found[number][0], kind=kind, **_term(today, 300))
        for number, kind in ((2, Post.Kind.DEPUTY), (6, Post.Kind.ORGANISATION), (11, Post.Kind.DISCIPLINE))
    ]
    Post.objects.bulk_create(posts)
    _agree([found[n][0].person for n in found if n % 4], Consent.Purpose.PUBLISH_DUTY, today)
    return {member.person_id: member for member in made}


def _members(branch, register, leaders, count, rng, today):
    grid_number = next(place.number for place in PLACES if branch.name.startswith(place.estate))
    adults = [r for r in register.residents[grid_number] if r.age >= 22 and r not in leaders]
    rng.shuffle(adults)
    groups = PartyGroup.objects.bulk_create(
        [
            PartyGroup(branch=branch, name=f"第{'一二三'[index]}党小组")
            for index in range(min(3, 1 + count // 12))
        ]
    )
    return [
        _member(branch, resident, index, groups[index % len(groups)], rng, today)
        for index, resident in enumerate([*leaders, *adults][:count])
    ]


def _name_group_leaders(members):
    """The last full member of each group leads it: secretary and head have enough to do."""
    full = [member for member in members if member.kind == PartyMember.Kind.FULL]
    leaders = {member.group_id: member for member in full}
    groups = {member.group_id: member.group for member in members}
    for key, group in groups.items():
        group.leader = leaders.get(key)
    PartyGroup.objects.bulk_update(groups.values(), ["leader"])


def _member(branch, resident, index, group, rng, today):
    kind = PartyMember.Kind.FULL
    if index >= 2 and resident.age < 60:
        kind = rng.choices(list(PartyMember.Kind), [62, 8, 30])[0]
    joined = today - dt.timedelta(days=200)
    if kind != PartyMember.Kind.PROBATIONARY:
        joined = dt.date(today.year - rng.randint(2, max(2, resident.age - 20)), 7, 1)
    return PartyMember(
        person=resident.person,
        branch=branch,
        group=group,
        kind=kind,
        is_mobile=index > 2 and rng.random() < 0.05,
        joined_on=joined,
        converted_on=None if kind == PartyMember.Kind.PROBATIONARY else joined + dt.timedelta(days=366),
        entered_on=max(joined, dt.date(2020, 7, 1)),
    )


def _posts(members, term):
    """A secretary, and a committee where there are at least seven full members."""
    full = [member for member in members if member.kind == PartyMember.Kind.FULL]
    kinds = [Post.Kind.SECRETARY]
    if len(full) >= COMMITTEE_FROM:
        kinds += [Post.Kind.ORGANISATION, Post.Kind.PUBLICITY, Post.Kind.DISCIPLINE]
    return [
        Post(branch=member.branch, member=member, kind=kind, **term)
        for member, kind in zip(full, kinds, strict=False)
    ]


def _term(today, age):
    since = today - dt.timedelta(days=age)
    return {"since": since, "ends_on": since + TERM}


def make_appointments(community, register, leaders, party_members, *, rng, today):
    """The roster: head, worker and six members in each grid, a few gaps, a handover, and cover for those on leave.

    Returns the heads by grid number, as persons.
    """
    duties = {duty.code: duty for duty in Duty.objects.filter(community=community)}
    heads, appointments = {}, []
    for number, grid in register.grids.items():
        _secretary, head = leaders[number]
        heads[number] = head.person
        pool = _pool(register.residents[number], leaders[number], party_members, rng)
        for duty in duties.values():
            if (number, duty.code) not in VACANT:
                person = head.person if duty.kind == Duty.Kind.HEAD else pool.pop()
                appointments.append(_appointment(duty, grid, person, rng, today))
        if number % 3 == 0:  # one person may hold several duties
            appointments.append(_appointment(duties["service_agent"], grid, head.person, rng, today))
    former = _pool(register.residents[8], leaders[8], party_members, rng).pop()
    appointments.append(
        Appointment(
            duty=duties["grid_head"],
            kind=Duty.Kind.HEAD,
            grid=register.grids[8],
            person=former,
            since=today - dt.timedelta(days=900),
            ended_on=today - dt.timedelta(days=40),
        )
    )
    Appointment.objects.bulk_create(appointments)
    _make_covers(appointments, today)
    named = {
        a.person_id: a.person for a in appointments if not a.ended_on and _agreed(a.grid.number, a.kind, rng)
    }
    _agree(named.values(), Consent.Purpose.PUBLISH_DUTY, today)
    return heads


def _agreed(grid_number, kind, rng):
    if kind == Duty.Kind.HEAD:
        return grid_number not in NOT_NAMED_IN_PUBLIC
    # heads serve as members too: their own answer holds
    return grid_number not in NOT_NAMED_IN_PUBLIC and rng.random() < 0.8


def _pool(residents, leaders, party_members, rng):
    """Whom a duty may be given: adults with a phone, party members last, because `pop` takes them first."""
    fit = [r.person for r in residents if r.is_adult_with_phone and 25 <= r.age <= 72 and r not in leaders]
    rng.shuffle(fit)
    return sorted(fit, key=lambda person: person.pk in party_members)


def _appointment(duty, grid, person, rng, today):
    leads = duty.kind in {Duty.Kind.HEAD, Duty.Kind.WORKER}
    return Appointment(
        duty=duty,
        kind=duty.kind,
        grid=grid,
        person=person,
        work_phone=invented.landline(WORK_PHONES + grid.number) if leads else "",
        since=today - dt.timedelta(days=40 if grid.number == 8 and leads else rng.randint(100, 1200)),
        ends_on=today + dt.timedelta(days=rng.randint(200, 900)),
    )


def _make_covers(appointments, today):
    workers = {a.grid.number: a.person for a in appointments if a.kind == Duty.Kind.WORKER}
    Cover.objects.bulk_create(
        Cover(
            appointment=appointment,
            person=workers[appointment.grid.number],
            since=today - dt.timedelta(days=1),
            until=today + dt.timedelta(days=6),
        )
        for appointment in appointments
        if (appointment.grid.number, appointment.duty.code) in ON_LEAVE
        and appointment.person != workers[appointment.grid.number]
    )


def make_helpers(community, register, party_members, *, count, rng, today):
    """Helpers with skills, free half-days and their consent; three in five are party members. Returns the profiles."""
    skills = list(Skill.objects.filter(community=community))
    profiles, free, links = [], [], []
    through = HelperProfile.skills.through
    for number, wanted in zip(register.grids, spread(count, [1] * len(register.grids)), strict=True):
        fit = [r for r in register.residents[number] if r.is_adult_with_phone and 20 <= r.age <= 74]
        members = [r for r in fit if r.person.pk in party_members]
        others = [r for r in fit if r.person.pk not in party_members]
        rng.shuffle(members)
        rng.shuffle(others)
        from_party = min(len(members), -(-wanted * 3 // 5))
        for resident in members[:from_party] + others[: wanted - from_party]:
            profile = HelperProfile(
                person=resident.person,
                grid=register.grids[number],
                no_stairs=resident.age >= 66 and rng.random() < 0.6,
                max_open_tasks=rng.choice([2, 3, 3, 4]),
                is_active=rng.random() < 0.96,
                registered_at=timezone.now() - dt.timedelta(days=rng.randint(40, 800)),
            )
            profiles.append(profile)
            mornings = rng.sample(
                [(day, half) for day in range(7) for half in ("am", "pm")], rng.randint(2, 6)
            )
            free += [FreeHalfDay(helper=profile, weekday=day, half=half) for day, half in sorted(mornings)]
            links += [(profile, skill) for skill in rng.sample(skills, rng.randint(1, 4))]
    HelperProfile.objects.bulk_create(profiles)
    FreeHalfDay.objects.bulk_create(free)
    through.objects.bulk_create(
        [through(helperprofile_id=profile.pk, skill_id=skill.pk) for profile, skill in links]
    )
    _agree([profile.person for profile in profiles], Consent.Purpose.HELP, today)
    return profiles


def _agree(persons, purpose, today):
    given_at = timezone.now() - dt.timedelta(days=45)
    Consent.objects.bulk_create(
        [
            Consent(
                person=person, purpose=purpose, text_version=CONSENT_TEXT, channel="书面", given_at=given_at
            )
            for person in {person.pk: person for person in persons}.values()
        ],
        ignore_conflicts=True,
    )


def _spread(persons, count):
    """So many of `persons`, of different grids as far as possible: the rows stand in the order of grids."""
    return persons[:: max(1, len(persons) // count)][:count]


def make_accounts(community, heads, helpers, password):
    """The demo logins. Returns users by login.

    All of them have the same password, so it is hashed once: Argon2 is slow on purpose, and thirty times is a start of
    the portal that nobody waits for.
    """
    encoded = make_password(password)
    wanted = _desk(community)
    wanted += [(f"head{number:02d}", Role.GRID, person) for number, person in sorted(heads.items())]
    members = _helpers_with_logins(heads, helpers)
    wanted += [(f"member{index:02d}", Role.HELPER, person) for index, person in enumerate(members, 1)]
    users = User.objects.bulk_create(
        User(
            login_hash=User.hash_login(login),
            person=person,
            community=community,
            role=role,
            password=encoded,
        )
        for login, role, person in wanted
    )
    return {login: user for (login, _role, _person), user in zip(wanted, users, strict=True)}


def _desk(community):
    """Login, role and person of each who works at the desk; the persons are new."""
    desk = [
        ("manager", Role.MANAGER, "姜文静"),
        ("staff", Role.STAFF, "王雪梅"),
        ("auditor", Role.AUDITOR, "迟永刚"),
    ]
    persons = [
        Person(
            community=community,
            name=name,
            phone=invented.landline(WORK_PHONES + 90 + index),
            is_demo=True,
        )
        for index, (_login, _role, name) in enumerate(desk)
    ]
    for person in persons:
        person.set_lookups()
    Person.objects.bulk_create(persons)
    return [(login, role, person) for (login, role, _name), person in zip(desk, persons, strict=True)]


def _helpers_with_logins(heads, helpers):
    """Helpers who are no heads, half of them in a branch with a life: these have meetings to go to."""
    free = [helper.person for helper in helpers if helper.is_active and helper.person not in heads.values()]
    lives = set(PartyMember.objects.of_branch_life().values_list("person", flat=True))
    chosen = _spread([p for p in free if p.pk in lives], HELPER_LOGINS // 2)
    return chosen + _spread([p for p in free if p.pk not in lives], HELPER_LOGINS - len(chosen))
