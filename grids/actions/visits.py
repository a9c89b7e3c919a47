"""Writing down care visits and taking them back (features.md T06). Hours are not known here: see `volunteers.actions`."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.errors import VisitRefused
from grids.models import Visit
from people.models import Person

ENTERED_AFTER_AT_MOST = 31  # days between a visit and its entry from paper
NOTE_LENGTH = 200
NOTES_KEPT = dt.timedelta(days=2 * 365)  # domain.md §9.1
FORGOTTEN = "—"  # in the place of a reason, which a visit that was struck out must have


@transaction.atomic
def log_visit(person, *, visitor, way, by, submission_key, note="", on=None):
    """`visitor` looked in on `person` on a day (default today), as the user `by` writes down. Returns the `Visit`.

    `way` is one of `Visit.Way`. The same page sent twice is one visit, which then `was_sent_before`. Raises
    `VisitRefused` for an unknown way, a day to come or more than a month ago, somebody who had moved away or died by
    then, a visit to oneself, and a page that has written down another one.
    """
    if known := _of_the_same_page(submission_key, person, by):
        return known
    on = on or timezone.localdate()
    if reason := _why_not(person, visitor, way, on):
        raise VisitRefused(reason)
    columns = {"way": way, "note": note.strip()[:NOTE_LENGTH], "visited_on": on, "entered_by": by}
    try:
        with transaction.atomic():
            return Visit.objects.create(
                person=person, visitor=visitor, submission_key=submission_key, **columns
            )
    except IntegrityError as error:  # the same page at the same moment
        if known := _of_the_same_page(submission_key, person, by):
            return known
        raise VisitRefused(_("这一次刚刚撤回了，请重新打开再记")) from error


def _of_the_same_page(submission_key, person, by):
    """The visit that this page has written down already, else None; whose key came here says nothing of who sent it."""
    known = Visit.objects.filter(submission_key=submission_key).first()
    if known is None:
        return None
    if (known.person_id, known.entered_by_id) != (person.pk, by.pk):
        raise VisitRefused(_("这一页已经记过一次走访了，请重新打开再记"))
    known.was_sent_before = True
    return known


def _why_not(person, visitor, way, on):
    today = timezone.localdate()
    if way not in Visit.Way.values:
        return _("请选是上门、打电话还是在外面碰见")
    if not today - dt.timedelta(days=ENTERED_AFTER_AT_MOST) <= on <= today:
        return _("只能记今天，或者最近 %d 天里的一天") % ENTERED_AFTER_AT_MOST
    if visitor.pk == person.pk:
        return _("走访的人和被走访的是同一位")
    if person.state != Person.State.ALIVE and on >= person.state_since:
        return _("这位那天已经迁出或去世了，请看看日期")
    return ""


@transaction.atomic
def undo_visit(visit, *, by):
    """Take back a visit as if it had never been, within ten minutes, by who entered it. Raises `VisitRefused`."""
    if not visit.can_undo(by):
        raise VisitRefused(_("现在撤不回来了：只有登记的人在 10 分钟内可以撤回"))
    if not Visit.objects.filter(pk=visit.pk, struck_at=None).delete()[0]:
        raise VisitRefused(_("这一条已经撤回过了"))


@transaction.atomic
def strike_visit(visit, *, by, why):
    """Let a visit that was written down wrongly count no more; the row stays and says why. Raises `VisitRefused`."""
    if not (why := why.strip()[:100]):
        raise VisitRefused(_("请写一句为什么作废"))
    rows = Visit.objects.filter(pk=visit.pk, struck_at=None)
    if not rows.update(struck_at=timezone.now(), struck_by=by, struck_why=why):
        raise VisitRefused(_("这一条已经撤回或作废了"))


def forget_notes():
    """Empty the notes of visits of two years ago, and the words with which one was struck out; that there was a visit
    stays. Returns how many texts.
    """
    old = Visit.objects.filter(visited_on__lt=timezone.localdate() - NOTES_KEPT)
    struck = old.exclude(struck_at=None).exclude(struck_why=FORGOTTEN)
    return old.exclude(note="").update(note="") + struck.update(struck_why=FORGOTTEN)
