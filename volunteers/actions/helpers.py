from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions import give_back_plans
from people.actions import follows_withdrawal, give_consent, gives, update_role, withdraw_consent
from people.models import Consent, Person, Role
from volunteers.errors import RegistrationRefused
from volunteers.models import ADULT, FreeHalfDay, HelperProfile

SKILLS_AT_MOST = 12  # features.md M03


@transaction.atomic
def register_helper(
    person,
    *,
    consent_channel,
    grid=None,
    skills=(),
    free_half_days=(),
    guardian=None,
    guardian_channel="",
    **limits,
):
    """Register `person` as a helper with their consent (volunteer regulations, domain.md §6).

    `consent_channel` says how they agreed ("web", "phone", "paper"), `free_half_days` are pairs (weekday 0–6, "am" or
    "pm"), `limits` are further columns of the profile. `guardian` is the `Person` who agreed for a minor and
    `guardian_channel` how. Registering twice updates. Returns the `HelperProfile`.
    Raises `RegistrationRefused` for somebody who has moved away or died, and for a minor without a guardian's word.
    """
    if person.state != Person.State.ALIVE:
        raise RegistrationRefused(_("这位已经迁出或去世，不能登记"))
    _check_guardian(person, guardian, guardian_channel)
    give_consent(person, Consent.Purpose.HELP, channel=consent_channel)
    columns = {"grid": grid, "is_active": True, "guardian": guardian, "guardian_channel": guardian_channel}
    helper, _created = HelperProfile.objects.update_or_create(person=person, defaults=columns | limits)
    set_skills(helper, skills)
    set_free_half_days(helper, free_half_days)
    update_role(person)
    return helper


@gives(Role.HELPER)
def is_registered(person):
    """Whether `person` is registered as a helper; who pauses or has stopped still finds their hours at the me door."""
    return HelperProfile.objects.filter(person=person).exists()


def _check_guardian(person, guardian, guardian_channel):
    """Minors help with their guardian's consent alone (Shandong volunteer regulations art. 10; PIPL art. 31)."""
    today = timezone.localdate()
    age = person.age_on(today)
    if guardian is None:
        if age is not None and age < ADULT:
            raise RegistrationRefused(_("不满 18 岁的，要先有监护人同意，请选监护人"))
        return
    if not guardian_channel:
        raise RegistrationRefused(_("请选监护人是怎么同意的"))
    guardian_age = guardian.age_on(today)
    if guardian == person or (guardian_age is not None and guardian_age < ADULT):
        raise RegistrationRefused(_("监护人要是另一位成年人"))
    if guardian.community_id != person.community_id:
        raise RegistrationRefused(_("监护人要先在本社区登记"))


def set_skills(helper, skills):
    """Replace what `helper` can do. Raises `RegistrationRefused` beyond twelve skills (features.md M03)."""
    if len(skills) > SKILLS_AT_MOST:
        raise RegistrationRefused(_("最多选 12 样，挑您最拿手的"))
    helper.skills.set(skills)


@transaction.atomic
def set_free_half_days(helper, free_half_days):
    """Replace the half-days on which `helper` is free; pairs (weekday 0–6, "am" or "pm")."""
    helper.free_half_days.all().delete()
    FreeHalfDay.objects.bulk_create(
        FreeHalfDay(helper=helper, weekday=weekday, half=half)
        for weekday, half in sorted(set(free_half_days))
    )


@transaction.atomic
def edit_own_profile(helper, *, skills, free_half_days, no_stairs, limits, max_open_tasks, is_active):
    """What helpers say of themselves on one page (features.md M03); team, grid and guardian are the desk's.

    Raises `RegistrationRefused` for too many skills and for whoever has taken back their consent meanwhile.
    """
    if not Consent.objects.current().filter(person=helper.person_id, purpose=Consent.Purpose.HELP).exists():
        raise RegistrationRefused(_("您已经不做志愿者了。想再来，请告诉社区"))
    HelperProfile.objects.filter(pk=helper.pk).update(
        no_stairs=no_stairs, limits=limits, max_open_tasks=max_open_tasks, is_active=is_active
    )
    set_skills(helper, skills)
    set_free_half_days(helper, free_half_days)


@transaction.atomic
def stop_helping(person):
    """Take the consent back (PIPL art. 15): nothing more is asked of `person`; hours that were served stay theirs.

    What is in hand stays until it is done or given back. Returns whether there was anything to stop.
    """
    return withdraw_consent(person, Consent.Purpose.HELP) or _let_rest(person) > 0


@follows_withdrawal(Consent.Purpose.HELP)
def _let_rest(person, purpose=Consent.Purpose.HELP):
    """Suggest and ask `person` no more, by whichever door the consent was withdrawn. Returns how many profiles.

    Whom they looked in on, the heads of the grids look in on from now.
    """
    give_back_plans(person)
    return HelperProfile.objects.filter(person=person, is_active=True).update(is_active=False)
