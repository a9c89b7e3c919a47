"""When a venue is open and free. Reads only: who gets a time is decided by the slots' constraint, not here."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import HALF_HOUR, BookingSlot
from haimengyuan.lib.moments import say_day

ONE_DAY = dt.timedelta(days=1)
LOOK_AHEAD_DAYS = 60  # how far the next free time is looked for


class FreeTimes:
    """The half-hours of `venue` from day `first` to day `last`, both included: two queries, whatever is asked later."""

    def __init__(self, venue, first, last):
        self.first, self.last = first, last
        self._weekdays, self._days = {}, {}
        for row in venue.hours.all():
            key, rows = (row.weekday, self._weekdays) if row.day is None else (row.day, self._days)
            rows.setdefault(key, []).append((row.opens, row.closes))
        taken = BookingSlot.objects.filter(
            venue=venue, starts_at__gte=_midnight(first), starts_at__lt=_midnight(last + ONE_DAY)
        )
        self._taken = set(taken.values_list("starts_at", flat=True))

    def spans(self, day):
        """The pairs (opens, closes) of that day; an exception day replaces its weekday, and may be closed."""
        spans = self._days.get(day, self._weekdays.get(day.weekday(), []))
        return sorted((opens, closes) for opens, closes in spans if opens is not None)

    def slots(self, day):
        """The aware starts of all half-hours in which the venue is open, taken or not."""
        found = []
        for opens, closes in self.spans(day):
            slot, end = at(day, opens), at(day, closes)
            while slot + HALF_HOUR <= end:
                found.append(slot)
                slot += HALF_HOUR
        return found

    def is_open(self, starts_at, minutes):
        """Whether the venue is open for the whole of that time."""
        opened = set(self.slots(timezone.localdate(starts_at)))
        return opened.issuperset(halves(starts_at, minutes))

    def free_starts(self, day, minutes, now):
        """The starts of that day from which `minutes` are open and free, none of them in the past."""
        free = {slot for slot in self.slots(day) if slot not in self._taken and slot > now}
        return [slot for slot in sorted(free) if free.issuperset(halves(slot, minutes))]

    def next_free(self, after, minutes):
        """The first start at or after `after` from which `minutes` are open and free; None in this range."""
        day, now = max(self.first, timezone.localdate(after)), timezone.now()
        while day <= self.last:
            for start in self.free_starts(day, minutes, now):
                if start >= after:
                    return start
            day += ONE_DAY
        return None


def halves(starts_at, minutes):
    """The starts of the half-hours of that time."""
    return [starts_at + index * HALF_HOUR for index in range(minutes // 30)]


def at(day, time):
    """A day and a clock time as an aware moment of the portal's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, time), timezone.get_default_timezone())


def say_next_free(venue, after, minutes):
    """Where somebody who came second can go instead, as a sentence."""
    today = timezone.localdate()
    times = FreeTimes(venue, today, max(today, timezone.localdate(after)) + LOOK_AHEAD_DAYS * ONE_DAY)
    found = times.next_free(after, minutes) or times.next_free(timezone.now(), minutes)
    if found is None:
        return _("最近都没有空档，请打社区值班电话，我们帮您另找地方")
    return _("最近的空档从 %s 开始") % say_clock(found)


def say_clock(moment):
    """明天 9:30."""
    local = timezone.localtime(moment)
    return f"{say_day(local.date())} {local.hour}:{local:%M}"


def _midnight(day):
    return at(day, dt.time())
