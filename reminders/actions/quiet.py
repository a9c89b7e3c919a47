"""When a message may leave the portal. The inbox knows no quiet hours; urgent messages break them (domain.md §8)."""

import datetime as dt

from dateutil.relativedelta import relativedelta
from django.utils import timezone

NIGHT_BEGINS = dt.time(21, 0)
NIGHT_ENDS = dt.time(8, 0)
NAP_BEGINS = dt.time(12, 0)
NAP_ENDS = dt.time(14, 0)
NAP_FROM_AGE = 60


def wake_time(moment, *, naps=False):
    """The first moment from `moment` on (aware) that is not in quiet hours: 21:00–08:00, and 12:00–14:00 if `naps`.

    Begins belong to the quiet, ends do not. Outside quiet hours it is `moment` itself.
    """
    local = timezone.localtime(moment)
    if local.time() >= NIGHT_BEGINS:
        return _at(local.date() + dt.timedelta(days=1), NIGHT_ENDS)
    if local.time() < NIGHT_ENDS:
        return _at(local.date(), NIGHT_ENDS)
    if naps and NAP_BEGINS <= local.time() < NAP_ENDS:
        return _at(local.date(), NAP_ENDS)
    return moment


def after_waking(moment, span):
    """The moment at which `span` (a timedelta) has passed since `moment`, the nights from 21:00 to 8:00 not counted.

    What ends exactly when the night begins ends then, not in the morning.
    """
    moment = wake_time(moment)
    while span > (left := _at(timezone.localtime(moment).date(), NIGHT_BEGINS) - moment):
        span -= left
        moment = next_morning(moment)
    return moment + span


def allowed_at(reminder, moment):
    """`wake_time` for this reminder: urgent ones never wait, persons of 60 and more have their noon rest."""
    if reminder.urgent:
        return moment
    return wake_time(moment, naps=reminder.person is not None and takes_naps(reminder.person, moment))


def takes_naps(person, moment):
    """Whether `person` is 60 or older on the day of `moment`; an unknown birth date says no."""
    return person.birth_date is not None and person.birth_date <= youngest_with_naps(moment)


def youngest_with_naps(moment):
    """The last birth date of those who are 60 or older on the day of `moment`."""
    return timezone.localtime(moment).date() - relativedelta(years=NAP_FROM_AGE)


def morning_of(day):
    """The end of the night of that local date."""
    return _at(day, NIGHT_ENDS)


def next_morning(moment):
    """The end of the night after the day of `moment`."""
    return morning_of(timezone.localtime(moment).date() + dt.timedelta(days=1))


def _at(day, time):
    return timezone.make_aware(dt.datetime.combine(day, time))
