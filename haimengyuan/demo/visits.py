"""Care plans and visits of the demo: older people who live alone, some of them due, in every grid where people live."""

import datetime as dt
from collections import Counter

from grids.models import CareCategory, CarePlan, Visit
from volunteers.actions import record_hours
from volunteers.actions.visits import USUAL_MINUTES, hours_key, what_of

PER_GRID = {"red": 2, "yellow": 2, "green": 1}
# days since the last visits, by turns: some are due, some are late, one has not been seen yet
LAST_SEEN = {"red": ((3, 10), (9,), (6, 13)), "yellow": ((12,), (34, 61), ()), "green": ((40,), (95,))}
NOTES = (
    "气色不错，聊了一会儿",
    "想换个灯泡，让他点单",
    "去女儿家了，下周回来",
    "腿脚不如上个月，晚上再打个电话",
    "",
)
WAYS = (Visit.Way.DOOR, Visit.Way.PHONE, Visit.Way.DOOR, Visit.Way.OUTSIDE)
_DAY = dt.timedelta(days=1)


def save_visits(community, register, users, helpers, *, now):
    """Write them as rows: the action takes no visit of three months ago."""
    categories = {row.code: row for row in CareCategory.objects.filter(community=community)}
    accounts = {user.person_id: user for user in users.values() if user.person_id}
    serial = 0
    for number, residents in sorted(register.residents.items()):
        head = users[f"head{number:02d}"]
        own = [
            one.person for one in helpers if one.grid == register.grids[number] and one.person_id in accounts
        ]
        for code, resident in _chosen(residents, taken={head.person_id, *(person.pk for person in own)}):
            visitor = own[serial % len(own)] if own and code != "green" else None
            days_ago = LAST_SEEN[code][serial % len(LAST_SEEN[code])]
            plan = CarePlan.objects.create(
                person=resident.person,
                category=categories[code],
                visitor=visitor,
                since=now.date() - (120 if days_ago else 2) * _DAY,
            )
            for days in days_ago:
                _visit(plan, visitor or head.person, accounts, now - days * _DAY, serial)
            serial += 1


def _chosen(residents, *, taken):
    """Pairs of a category and a resident, no more of each than `PER_GRID`."""
    people = Counter(id(one.household) for one in residents)
    found = Counter()
    for one in residents:
        code = _code(one.age, is_alone=people[id(one.household)] == 1)
        if code and found[code] < PER_GRID[code] and one.person.pk not in taken:
            found[code] += 1
            yield code, one


def _code(age, *, is_alone):
    if is_alone and age >= 60:
        return "red" if age >= 80 else "yellow"
    return "green" if age >= 75 else ""


def _visit(plan, visitor, accounts, at, serial):
    made = Visit.objects.create(
        person=plan.person,
        visitor=visitor,
        way=WAYS[serial % len(WAYS)],
        note=NOTES[serial % len(NOTES)],
        visited_on=at.date(),
        entered_by=accounts[visitor.pk],
        entered_at=at,
        submission_key=f"demo:{plan.pk}:{at:%Y%m%d}",
    )
    if plan.visitor_id:
        minutes = USUAL_MINUTES[made.way]
        what = what_of(plan.person)
        record_hours(visitor, minutes, what=what, source_key=hours_key(made), served_on=made.visited_on)
