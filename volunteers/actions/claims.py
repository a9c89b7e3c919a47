"""A helper doubts the ledger or misses something in it; the desk looks and answers (features.md M08)."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reminders.actions import cancel, plan, to_desk, to_person
from reminders.models import Reminder
from volunteers.actions.hours import MINUTES_OF_A_DAY, correct_hours, record_hours
from volunteers.errors import HoursRefused
from volunteers.models import CLAIM_ARROWS, ClaimStatus, HourClaim, HourEntry

LOOKS_BACK = dt.timedelta(days=366)
WAITING_AT_MOST = 20
REMIND_AFTER = dt.timedelta(days=3)


@transaction.atomic
def claim_missing(person, *, what, served_on, minutes, submission_key, words=""):
    """`person` says that a service is missing. Returns the `HourClaim`; the same page sent twice is one claim.

    Raises `HoursRefused` for a day to come or more than a year ago, minutes out of range, too many open claims.
    """
    today = timezone.localdate()
    if not (what := what.strip()[:80]):
        raise HoursRefused(_("请写做了什么"))
    if not today - LOOKS_BACK <= served_on <= today:
        raise HoursRefused(_("只能补记一年以内、今天以前的"))
    if not 1 <= minutes <= MINUTES_OF_A_DAY:
        raise HoursRefused(_("时长要在 1 分钟到 24 小时之间"))
    columns = {"what": what, "served_on": served_on, "minutes": minutes, "words": words.strip()[:200]}
    return _file(person, submission_key, **columns)


@transaction.atomic
def claim_wrong(person, entry, *, minutes, words, submission_key):
    """`person` says that the minutes of an own entry are wrong; 0 says that it was not them. Returns the `HourClaim`.

    Raises `HoursRefused` for somebody else's entry, a correction, minutes out of range, no words, a second doubt.
    """
    if entry.person_id != person.pk or entry.corrects_id:
        raise HoursRefused(_("这一条不能改，请打电话问社区"))
    if not 0 <= minutes <= MINUTES_OF_A_DAY:
        raise HoursRefused(_("时长要在 0 分钟到 24 小时之间"))
    if not words.strip():
        raise HoursRefused(_("请写一句哪里不对"))
    columns = {"what": entry.what, "served_on": entry.served_on, "minutes": minutes}
    return _file(person, submission_key, entry=entry, words=words.strip()[:200], **columns)


def _file(person, submission_key, **columns):
    if known := HourClaim.objects.filter(submission_key=submission_key).first():
        return known
    if HourClaim.objects.waiting().filter(person=person).count() >= WAITING_AT_MOST:
        raise HoursRefused(_("社区手上已经有您好几条了，先等答复"))
    try:
        with transaction.atomic():
            made = HourClaim.objects.create(person=person, submission_key=submission_key, **columns)
    except IntegrityError as error:
        if same := HourClaim.objects.filter(submission_key=submission_key).first():
            return same
        raise HoursRefused(_("这一条社区已经在核对了")) from error
    plan(_to_desk(made))
    return made


def _to_desk(made):
    """One message now and, while nobody answers, one three days later."""
    for days, subject in ((0, _("有人核对服务时长")), (3, _("还有服务时长等着核对"))):
        yield to_desk(
            made.person.community,
            kind=Reminder.Kind.HELPING,
            dedupe_key=f"claim:{made.pk}:desk{days}:",
            subject=subject,
            text=_("请看一下记得对不对，写一句答复。"),
            link="/staff/volunteers/",
            due_at=timezone.now() + dt.timedelta(days=days),
        )


@transaction.atomic
def accept_claim(claim, *, by, minutes, answer):
    """The desk lets the service count `minutes`. Returns the `HourEntry` or correction, None where nothing changed.

    Raises `HoursRefused` for a second answer, one's own claim, minutes out of range, no answer.
    """
    if not (0 if claim.entry_id else 1) <= minutes <= MINUTES_OF_A_DAY:
        raise HoursRefused(_("时长要在 1 分钟到 24 小时之间"))
    _settle(claim, ClaimStatus.ACCEPTED, by=by, answer=answer, granted=minutes)
    if claim.entry_id:
        entry = HourEntry.objects.get(pk=claim.entry_id)
        return correct_hours(entry, to=minutes, why=answer)
    return record_hours(
        claim.person, minutes, what=claim.what, source_key=f"claim:{claim.pk}", served_on=claim.served_on
    )


@transaction.atomic
def decline_claim(claim, *, by, answer):
    """The desk leaves the ledger as it is and says why. Raises `HoursRefused` as `accept_claim` does."""
    _settle(claim, ClaimStatus.DECLINED, by=by, answer=answer)


def _settle(claim, status, *, by, answer, granted=None):
    if not (answer := answer.strip()[:200]):
        raise HoursRefused(_("请写一句答复，本人看得到"))
    if by.person_id == claim.person_id:
        raise HoursRefused(_("自己的时长要请别的同事核对"))
    may_leave = [old for old, new in CLAIM_ARROWS.items() if status in new]
    rows = HourClaim.objects.filter(pk=claim.pk, status__in=may_leave)
    now = timezone.now()
    if not rows.update(status=status, settled_at=now, settled_by=by, answer=answer, granted=granted):
        raise HoursRefused(_("已经有人答复过了，请看看最新情况"))
    cancel(f"claim:{claim.pk}:")
    words = {"label": ClaimStatus(status).label, "answer": answer}
    told = to_person(
        claim.person,
        kind=Reminder.Kind.HELPING,
        dedupe_key=f"claim:{claim.pk}:answered",
        subject=_("服务时长核对好了"),
        text=_("%(label)s：%(answer)s") % words,
        link="/me/hours/",
    )
    plan([told])
