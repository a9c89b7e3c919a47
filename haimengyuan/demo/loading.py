"""Writing the invented month, all of it or nothing."""

import datetime as dt
import random
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from haimengyuan.demo import cast, texts
from haimengyuan.demo.activities import save_activities
from haimengyuan.demo.branch_life import save_branch_life
from haimengyuan.demo.commons import save_commons
from haimengyuan.demo.helping import save_helping
from haimengyuan.demo.inbox import save_messages
from haimengyuan.demo.orders import Month, Town
from haimengyuan.demo.register import build_register, save_register
from haimengyuan.demo.visits import save_visits
from haimengyuan.reference import load_reference
from haimengyuan.reference.rows import communities
from people.models import Community, Person
from services.actions.catalogue import bump_catalogue
from services.models import UnmetWord

SEED = 20261123


@dataclass(frozen=True)
class Size:
    """How much of everything; `buildings_per_grid` None means whole estates."""

    households: int
    members: int
    helpers: int
    orders: int
    buildings_per_grid: int | None = None


SIZES = {
    "full": Size(households=4000, members=360, helpers=120, orders=420),
    "small": Size(households=420, members=140, helpers=42, orders=90, buildings_per_grid=3),
}


class AlreadyLoaded(Exception):
    """There is demo data already; nothing was changed."""


@transaction.atomic
def load_demo(size, *, password):
    """Write a month of invented life into the reference community, the same one for every start but for its dates.

    `password` is that of all demo logins. Returns the users by login. Raises `AlreadyLoaded`.
    """
    if Person.objects.filter(is_demo=True).exists():
        raise AlreadyLoaded
    load_reference()
    community = Community.objects.get(code=communities()[0][0])
    rng, now = random.Random(SEED), timezone.now()
    today = timezone.localdate(now)

    register = build_register(
        community,
        households=size.households,
        buildings_per_grid=size.buildings_per_grid,
        rng=rng,
        today=today,
    )
    leaders = cast.name_leaders(register)
    save_register(register)
    members = cast.make_branches(community, register, leaders, members=size.members, rng=rng, today=today)
    heads = cast.make_appointments(community, register, leaders, members, rng=rng, today=today)
    helpers = cast.make_helpers(community, register, members, count=size.helpers, rng=rng, today=today)
    users = cast.make_accounts(community, heads, helpers, password)
    _load_orders(size, community, register, helpers, users, rng=rng, now=now)
    save_branch_life(community, users, rng=random.Random(SEED), now=now)
    save_commons(community, register, users, now=timezone.localtime(now))
    save_visits(community, register, users, helpers, now=timezone.localtime(now))
    save_helping(community, register, helpers, users, now=now)
    save_activities(community, register, users, now=timezone.localtime(now), rng=random.Random(SEED))
    _load_words(community, now)
    bump_catalogue(community)
    return users


def _load_orders(size, community, register, helpers, users, *, rng, now):
    heads = {number: users[f"head{number:02d}"] for number in register.grids}
    town = Town(
        community=community,
        register=register,
        helpers=helpers,
        heads=heads,
        desk=users["manager"],
        staff=users["staff"],
    )
    month = Month(town, rng=rng, now=now)
    month.usual(size.orders)
    month.scenes()
    month.tasks_for([user.person for login, user in users.items() if login.startswith("member")])
    month.save()
    save_messages(month.walks, heads, now=now)


def _load_words(community, now):
    UnmetWord.objects.bulk_create(
        UnmetWord(
            community=community,
            word=word,
            times=times,
            first_at=now - dt.timedelta(days=20 - index),
            last_at=now - dt.timedelta(hours=5 + 9 * index),
        )
        for index, (word, times) in enumerate(texts.UNMET)
    )
