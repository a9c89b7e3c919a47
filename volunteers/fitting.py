"""Which shifts still need somebody and fit a helper: skills, free half-days, and nothing else at that time (E08)."""

from dataclasses import dataclass

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from haimengyuan.lib.moments import WEEKDAYS
from volunteers.errands import NOON, errands_of, in_the_way
from volunteers.models import ACTIVE, FreeHalfDay, HelperProfile, Shift, Signup

LOOKED_AT = 200


@dataclass(frozen=True)
class Fit:
    """A shift, why it is shown, and what else lies on that half-day ("" for nothing), in words."""

    shift: Shift
    why: str
    beside: str = ""


def fitting_shifts(person, *, limit=30):
    """The open shifts for helpers that fit `person`, the soonest first, as a list of `Fit`.

    Who named no free half-day is free at any time. Somebody who is no helper gets those that ask for no skill.
    """
    helper = HelperProfile.objects.filter(person=person).prefetch_related("skills", "free_half_days").first()
    skills = {skill.pk: skill for skill in helper.skills.all()} if helper else {}
    free = {(row.weekday, row.half) for row in helper.free_half_days.all()} if helper else set()
    now = timezone.now()
    rows = (
        Shift.objects.in_community(person.community_id)
        .open(now)
        .filter(kind=Shift.Kind.HELPER, taken__lt=F("capacity"))
        .filter(Q(skill=None) | Q(skill__in=skills))
        .exclude(pk__in=Signup.objects.filter(person=person, status__in=ACTIVE).values("shift"))
        .select_related("activity__venue", "activity__grid", "skill")
        .order_by("starts_at", "pk")[:LOOKED_AT]
    )
    busy = list(
        Signup.objects.holding()
        .filter(person=person, party__relation="self", shift__ends_at__gt=now)
        .exclude(shift__activity__status="cancelled")
        .values_list("shift__starts_at", "shift__ends_at")
    )
    shifts = [shift for shift in rows if _is_free(shift, free, busy)][:limit]
    errands = _errands(person, shifts)
    return [Fit(shift, _why(shift, free), _beside(errands, shift)) for shift in shifts]


def _errands(person, shifts):
    if not shifts:
        return []
    return errands_of(
        person, timezone.localdate(shifts[0].starts_at), timezone.localdate(shifts[-1].starts_at)
    )


def _beside(errands, shift):
    return "；".join(errand.words for errand in in_the_way(errands, shift))


def _half_of(shift):
    local = timezone.localtime(shift.starts_at)
    return local.weekday(), FreeHalfDay.Half.MORNING if local.hour < NOON else FreeHalfDay.Half.AFTERNOON


def _is_free(shift, free, busy):
    if free and _half_of(shift) not in free:
        return False
    return not any(starts < shift.ends_at and shift.starts_at < ends for starts, ends in busy)


def _why(shift, free):
    reasons = []
    if free:
        weekday, half = _half_of(shift)
        reasons.append(
            _("您%(day)s%(half)s有空") % {"day": WEEKDAYS[weekday], "half": FreeHalfDay.Half(half).label}
        )
    if shift.skill:
        reasons.append(_("您会%s") % shift.skill.name_zh)
    return "，".join(reasons)
