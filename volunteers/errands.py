"""What else a helper has agreed to on a half-day. The apps above know it and say so here; this app cannot ask them."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from haimengyuan.lib.moments import say_dated_half_day

NOON = 12
_ASKS = []


@dataclass(frozen=True)
class Errand:
    """Something on `day`, in its `half` ("am", "pm", "" for some time of it); `what` names it for who carries it out."""

    day: object
    half: str
    what: str

    @property
    def words(self):
        return f"{say_dated_half_day(self.day, self.half)}，{self.what}"


def tells_errands(ask):
    """Decorate a function (person, first day, last day) → `Errand`s, one query: an app says what somebody carries."""
    _ASKS.append(ask)
    return ask


def errands_of(person, first, last):
    """All that is known of `person` from day `first` to day `last`, both included."""
    return [errand for ask in _ASKS for errand in ask(person, first, last)]


def in_the_way(errands, shift):
    """Those of `errands` that fall on a half-day of `shift`."""
    starts_at, ends_at = timezone.localtime(shift.starts_at), timezone.localtime(shift.ends_at)
    halves = {"", *(["am"] if starts_at.hour < NOON else []), *(["pm"] if ends_at.hour >= NOON else [])}
    return [row for row in errands if row.day == starts_at.date() and (not row.half or row.half in halves)]


def warning_for(person, shift):
    """One sentence on what `person` has on the half-days of `shift`, "" for nothing. It is no refusal: half-days are long."""
    day = timezone.localdate(shift.starts_at)
    found = in_the_way(errands_of(person, day, day), shift)
    return _("时间挨得近，请排好：%s") % "；".join(errand.words for errand in found) if found else ""
