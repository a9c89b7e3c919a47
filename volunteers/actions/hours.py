from django.utils import timezone
from django.utils.translation import gettext as _

from volunteers.errors import HoursRefused
from volunteers.models import HourEntry

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


def withdraw_hours(source_key):
    """Take back the hours of a service whose end was taken back. Returns whether there were any."""
    return HourEntry.objects.filter(source_key=source_key).delete()[0] > 0
