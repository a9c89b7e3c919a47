"""After the event: hours for who helped, and a private question to who was missed (features.md E07)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from volunteers.actions.activity_messages import tell_missed
from volunteers.actions.check_in import hours_key
from volunteers.actions.hours import correct_hours, net_minutes, record_hours
from volunteers.actions.waiting import hold, move
from volunteers.errors import SignupRefused
from volunteers.models import (
    COMING,
    ActivityStatus,
    Companion,
    HourEntry,
    Shift,
    Signup,
    SignupStatus,
)


def planned_minutes(shift):
    """How long a shift was meant to be, in minutes."""
    return int((shift.ends_at - shift.starts_at).total_seconds()) // 60


@transaction.atomic
def check_out(signup, *, by, minutes=None):
    """Write the service of somebody who helped into the ledger: as planned, or `minutes` (1–1440). Returns the `HourEntry`.

    Once per sign-up: other minutes later are a correction; no minutes leave what stands. Guests come for themselves and
    get none, and nobody confirms their own (domain.md §6). Raises `SignupRefused` or `HoursRefused`.
    """
    shift = hold(signup.shift_id)
    signup.refresh_from_db(fields=["status"])
    if reason := _no_hours(signup, shift, by):
        raise SignupRefused(reason)
    known = HourEntry.objects.filter(source_key=hours_key(signup)).first()
    if minutes is None and known and net_minutes(known):
        return known
    minutes = planned_minutes(shift) if minutes is None else minutes
    entry = record_hours(
        signup.person,
        minutes,
        what=_("%(title)s：%(shift)s") % {"title": shift.activity.title, "shift": shift},
        source_key=hours_key(signup),
        served_on=timezone.localdate(shift.starts_at),
    )
    correct_hours(entry, to=minutes, why=_("组织的人改了时长"))
    return entry


def _no_hours(signup, shift, by):
    if shift.kind != Shift.Kind.HELPER:
        return _("来帮忙的才记时长")
    if signup.status != SignupStatus.ATTENDED:
        return _("先签到，再记时长")
    if shift.starts_at > timezone.now():
        return _("还没有开始，过后再记时长")
    if by.person_id == signup.person_id:
        return _("自己的时长要请别的同事记")
    if not signup.party.filter(relation=Companion.Relation.SELF).exists():
        return _("报名的本人没有来帮忙，不记时长")
    return ""


@transaction.atomic
def mark_missed(shift):
    """Note all who had a place and were not seen; each is asked in private. Returns how many.

    A note for the organiser's planning: it counts for nothing and is shown to nobody else. Raises `SignupRefused`
    before the end, and while nobody at all has been ticked off, for then the list was not kept.
    """
    shift = hold(shift.pk)
    if shift.activity.status == ActivityStatus.CANCELLED:
        raise SignupRefused(_("这个活动取消了，不用签到"))
    if shift.ends_at > timezone.now():
        raise SignupRefused(_("还没有结束，过后再记谁没来"))
    if not shift.signups.filter(status=SignupStatus.ATTENDED).exists():
        raise SignupRefused(_("这一组还没有记过谁到了，请先照名单补签到"))
    missed = list(shift.signups.filter(status__in=COMING).select_related("person").order_by("pk"))
    for signup in missed:
        signup.shift = shift
        move(signup, SignupStatus.NO_SHOW)
        tell_missed(signup)
    return len(missed)


def say_how_it_was(signup, face):
    """Keep the `Signup.Face` of somebody who came; another one later takes its place. Counted, shown of nobody alone.

    Raises `SignupRefused` for an unknown face, before the end, and for who was not noted as come.
    """
    if face not in Signup.Face.values:
        raise SignupRefused(_("请点一个脸"))
    rows = Signup.objects.filter(
        pk=signup.pk, status=SignupStatus.ATTENDED, shift__ends_at__lte=timezone.now()
    )
    if not rows.update(face=face):
        raise SignupRefused(_("办完了、签过到的，才能说说怎么样"))


def explain_absence(signup, words):
    """What somebody says about a day on which they were missed; the organiser alone reads it.

    Raises `SignupRefused` without words, and when they were not missed.
    """
    if not (words := words.strip()[:200]):
        raise SignupRefused(_("请写一句再点发送"))
    rows = Signup.objects.filter(pk=signup.pk, status=SignupStatus.NO_SHOW)
    if not rows.update(absence_words=words):
        raise SignupRefused(_("这个报名没有记成没来，不用说明"))
