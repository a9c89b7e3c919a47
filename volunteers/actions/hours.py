from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.deletion import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from volunteers.actions.time_bank import bank_entry
from volunteers.errors import HoursRefused
from volunteers.models import DEFAULT_STARS, HourEntry, StarRule

MINUTES_OF_A_DAY = 24 * 60


@transaction.atomic
def record_hours(person, minutes, *, what, source_key, served_on=None):
    """Record real service time in minutes, travel excluded (domain.md §6). The same source counts once.

    `source_key` names the service in at most 60 signs: "order:5:0", "activity:12:7", "visit:3", "claim:9". Returns the
    `HourEntry`, the earlier one where the source is known already; one that was taken back counts again.
    Raises `HoursRefused` for less than a minute or more than a day.
    """
    if not 1 <= minutes <= MINUTES_OF_A_DAY:
        raise HoursRefused(_("时长要在 1 分钟到 24 小时之间"))
    entry, created = HourEntry.objects.get_or_create(
        source_key=source_key,
        defaults={
            "person": person,
            "minutes": minutes,
            "what": what[:80],
            "served_on": served_on or timezone.localdate(),
        },
    )
    if created:
        bank_entry(entry)
    elif net_minutes(entry) == 0:
        correct_hours(entry, to=minutes, why=_("重新记上"))
    return entry


def net_minutes(entry):
    """What is left of a service after its corrections, in minutes. One query."""
    return HourEntry.objects.filter(Q(pk=entry.pk) | Q(corrects=entry.pk)).total_minutes()


@transaction.atomic
def correct_hours(entry, *, to, why):
    """Let a service count `to` minutes from now on (0–1440). The row stays; a correction points at it.

    Returns the correction, None when it counts so much already. Raises `HoursRefused` without a reason, for minutes
    out of range, for a row that is a correction itself, and when somebody else corrects it at this moment.
    """
    if not (why := why.strip()[:100]):
        raise HoursRefused(_("请写为什么更正"))
    if not 0 <= to <= MINUTES_OF_A_DAY:
        raise HoursRefused(_("时长要在 0 分钟到 24 小时之间"))
    if entry.corrects_id:
        raise HoursRefused(_("更正要写在原来那一条上"))
    earlier = list(HourEntry.objects.filter(corrects=entry.pk).values_list("minutes", flat=True))
    change = to - entry.minutes - sum(earlier)
    if change == 0:
        return None
    try:
        with transaction.atomic():
            made = HourEntry.objects.create(
                person_id=entry.person_id,
                minutes=change,
                what=entry.what,
                served_on=entry.served_on,
                source_key=f"fix:{entry.pk}:{len(earlier) + 1}",  # two corrections at once have the same key
                corrects=entry,
                why=why,
            )
    except IntegrityError as error:
        raise HoursRefused(_("刚刚有人改过这一条，请看看最新情况")) from error
    bank_entry(made)
    return made


@transaction.atomic
def withdraw_hours(source_key, *, why=""):
    """Take back the hours of a service whose end was taken back, an order's unless `why` says otherwise. Returns whether
    there were any.

    A row that nothing points at is as if it had never been; one that was corrected, doubted or put into the time bank
    stays and is corrected to nothing.
    """
    entry = HourEntry.objects.filter(source_key=source_key).first()
    if entry is None:
        return False
    try:
        return HourEntry.objects.filter(pk=entry.pk).delete()[0] > 0
    except ProtectedError:
        return correct_hours(entry, to=0, why=why or _("办结被撤回")) is not None


def ensure_star_rules(community):
    """Give a community the usual thresholds for the stars that it has no rule for (domain.md §6). Returns nothing."""
    known = set(StarRule.objects.filter(community=community).values_list("stars", flat=True))
    missing = [
        StarRule(community=community, stars=stars, hours=hours)
        for stars, hours in DEFAULT_STARS.items()
        if stars not in known
    ]
    StarRule.objects.bulk_create(missing, ignore_conflicts=True)


def stars_of(community_id, minutes):
    """(stars reached 0–5, hours of the next star or None) for so many minutes; the usual rules where none are kept."""
    kept = dict(StarRule.objects.filter(community=community_id).values_list("stars", "hours"))
    rules = DEFAULT_STARS | kept
    reached = max((stars for stars, hours in rules.items() if hours * 60 <= minutes), default=0)
    ahead = [hours for hours in rules.values() if hours * 60 > minutes]
    return reached, min(ahead, default=None)
