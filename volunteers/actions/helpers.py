from django.db import transaction
from django.utils.translation import gettext as _

from people.actions import give_consent
from people.models import Consent, Person, Role, User
from volunteers.errors import RegistrationRefused
from volunteers.models import FreeHalfDay, HelperProfile

CONSENT_TEXT = "2026-11"


@transaction.atomic
def register_helper(person, *, consent_channel, grid=None, skills=(), free_half_days=(), **limits):
    """Register `person` as a helper with their consent (volunteer regulations, domain.md §6).

    `consent_channel` says how they agreed ("web", "phone", "paper"), `free_half_days` are pairs (weekday 0–6, "am" or
    "pm"), `limits` are further columns of the profile. Registering twice updates. Returns the `HelperProfile`.
    Raises `RegistrationRefused` for somebody who has moved away or died.
    """
    if person.state != Person.State.ALIVE:
        raise RegistrationRefused(_("这位已经迁出或去世，不能登记"))
    give_consent(person, Consent.Purpose.HELP, text_version=CONSENT_TEXT, channel=consent_channel)
    helper, _created = HelperProfile.objects.update_or_create(
        person=person, defaults={"grid": grid, "is_active": True, **limits}
    )
    helper.skills.set(skills)
    set_free_half_days(helper, free_half_days)
    User.objects.filter(person=person, role=Role.NONE).update(role=Role.HELPER)
    return helper


@transaction.atomic
def set_free_half_days(helper, free_half_days):
    """Replace the half-days on which `helper` is free; pairs (weekday 0–6, "am" or "pm")."""
    helper.free_half_days.all().delete()
    FreeHalfDay.objects.bulk_create(
        FreeHalfDay(helper=helper, weekday=weekday, half=half)
        for weekday, half in sorted(set(free_half_days))
    )
