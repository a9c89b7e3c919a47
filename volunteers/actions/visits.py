"""A care visit and the hours of whoever made it, together or not at all (features.md T06 and M08)."""

from django.db import transaction
from django.utils.translation import gettext as _

from grids.actions import log_visit, strike_visit, undo_visit
from grids.models import Visit, home_of
from volunteers.actions.helpers import is_registered
from volunteers.actions.hours import MINUTES_OF_A_DAY, correct_hours, record_hours, withdraw_hours
from volunteers.errors import HoursRefused
from volunteers.models import HourEntry

# Minutes that a visit counts when nobody writes any; the way there is no service, so a closed door counts nothing.
USUAL_MINUTES = {Visit.Way.DOOR: 20, Visit.Way.PHONE: 5, Visit.Way.OUTSIDE: 5, Visit.Way.MISSED: 0}


@transaction.atomic
def record_visit(person, *, visitor, way, by, submission_key, note="", on=None, minutes=None):
    """Write down a visit of `visitor` to `person` and the visitor's hours. Returns the `Visit`.

    Without `minutes` (1–1440) a registered helper gets the usual ones, and somebody whose duty it is none. The same
    page sent twice is one visit and counts once. Raises `VisitRefused` as `log_visit` does, or `HoursRefused`, also for
    more than a day can hold: nobody else confirms these hours.
    """
    visit = log_visit(
        person, visitor=visitor, way=way, by=by, submission_key=submission_key, note=note, on=on
    )
    if visit.was_sent_before:  # what became of its hours since then stands
        return visit
    if minutes is None:
        minutes = USUAL_MINUTES[visit.way] if is_registered(visitor) else 0
        if not minutes:
            return visit
    _check_fits(visitor, minutes, visit.visited_on)
    record_hours(
        visitor, minutes, what=what_of(person), source_key=hours_key(visit), served_on=visit.visited_on
    )
    return visit


def _check_fits(visitor, minutes, day):
    known = HourEntry.objects.filter(person=visitor, served_on=day).total_minutes()
    if known + minutes > MINUTES_OF_A_DAY:
        raise HoursRefused(_("这一天的时长加起来超过 24 小时了，请看看日子和时长"))


def hours_key(visit):
    """The `source_key` of the hours of a visit."""
    return f"visit:{visit.pk}"


def what_of(person):
    """What the ledger says of a visit. Certificates copy it, so it ends at the grid."""
    home = home_of(person)
    return _("走访 · 第 %d 网格") % home.building.grid.number if home else _("走访")


@transaction.atomic
def take_back_visit(visit, *, by):
    """Undo a visit and its hours within ten minutes, by who entered it.

    Raises `VisitRefused`, and `HoursRefused` when somebody else corrects the hours at this moment.
    """
    undo_visit(visit, by=by)
    withdraw_hours(hours_key(visit), why=_("走访被撤回"))


@transaction.atomic
def strike_out_visit(visit, *, by, why):
    """Let a wrong visit and its hours count no more; `why` stays with the visit, not in the ledger.

    Raises `VisitRefused`, and `HoursRefused` when somebody else corrects the hours at this moment.
    """
    strike_visit(visit, by=by, why=why)
    entry = HourEntry.objects.filter(source_key=hours_key(visit)).first()
    if entry is not None:
        correct_hours(entry, to=0, why=_("走访记录作废了"))
