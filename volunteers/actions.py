from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.actions import give_consent
from people.models import Consent, Person, Role, User
from volunteers.errors import HoursRefused, RegistrationRefused
from volunteers.models import FreeHalfDay, HelperProfile, HourEntry

CONSENT_TEXT = "2026-11"
MINUTES_OF_A_DAY = 24 * 60


def record_hours(person, minutes, *, what, source_key, served_on=None):
    """Record real service time in minutes, travel excluded (domain.md §6). The same source counts once.

    Returns the `HourEntry`, the earlier one where the source is known already.
    Raises `HoursRefused` for less than a minute or more than a day.
    """
    if not 1 <= minutes <= MINUTES_OF_A_DAY:
        raise HoursRefused(_("时长要在 1 分钟到 24 小时之间"))
    entry, _created = HourEntry.objects.get_or_create(
        source_key=source_key,
        defaults={
            "person": person,
            "minutes": minutes,
            "what": what[:80],
            "served_on": served_on or timezone.localdate(),
        },
    )
    return entry


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


def withdraw_hours(source_key):
    """Take back the hours of a service whose end was taken back. Returns whether there were any."""
    return HourEntry.objects.filter(source_key=source_key).delete()[0] > 0
