"""Which household somebody speaks for: its building and door, and a telephone known there or the code on its paper."""

import datetime as dt
import hmac

from django.utils.translation import gettext as _

from branches.errors import TopicRefused
from grids.models import Household, Residency
from haimengyuan.lib.crypto import lookup_hash
from haimengyuan.lib.phones import PhoneProblem, fold_digits, normalise_phone
from people.actions import spend
from people.models import Person

TRIES_PER_ADDRESS = 30  # an hour; a stairwell may share one address
TRIES_PER_HOME = 10  # an hour
CODE_LENGTH = 8


def household_at(building, door):
    """The one household that lives behind `door` of `building` (or None) now, else None."""
    dwelling = building.home_at(door) if building else None
    homes = list(Household.objects.current().filter(dwelling=dwelling)[:2]) if dwelling else []
    return homes[0] if len(homes) == 1 else None


def paper_code(topic, household):
    """The eight digits that the paper of this household carries for this topic; computed, kept nowhere."""
    digest = lookup_hash(f"{topic.pk}:{household.pk}", purpose="topic.paper_code")
    return f"{int(digest, 16) % 10**CODE_LENGTH:0{CODE_LENGTH}d}"


def identify(topic, *, building, door, proof, address):
    """The `Household` of `topic`'s grid that `building` and `door` name, shown by `proof`.

    `proof` is a telephone of somebody who lives there, or the code on the paper. Wrong tries are limited by network
    address and by home. Raises `TopicRefused` with the same words whatever was wrong, or `people.errors.TooOften`.
    """
    hour = dt.timedelta(hours=1)
    spend("topic.address", address, limit=TRIES_PER_ADDRESS, window=hour)
    home = household_at(building, door) if building and building.grid_id == topic.grid_id else None
    if home is not None:
        spend("topic.home", f"{topic.pk}:{home.pk}", limit=TRIES_PER_HOME, window=hour)
    if home is None or not (_is_code(topic, home, proof) or _is_known_phone(home, proof)):
        raise TopicRefused(
            _("对不上：请核对楼号、门牌，和登记过的电话或纸上的 8 位码。也可以打社区值班电话，我们帮您登记")
        )
    return home


def _is_code(topic, home, proof):
    return hmac.compare_digest(fold_digits(proof).encode(), paper_code(topic, home).encode())


def _is_known_phone(home, proof):
    try:
        phone = normalise_phone(proof)
    except PhoneProblem:
        return False
    people = Residency.objects.current().filter(household=home, person__phone_hash=Person.hash_phone(phone))
    return people.filter(person__state=Person.State.ALIVE).exists()
