"""Volunteer service record certificates: free, true, timely (order No. 67, domain.md §6)."""

import datetime as dt
import hmac
import secrets

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from people.actions import give_back, spend
from reminders.actions import plan, to_desk, to_person
from reminders.models import Reminder
from volunteers.errors import CertificateRefused
from volunteers.models import (
    REQUEST_ARROWS,
    Certificate,
    CertificateRequest,
    CertificateSeries,
    HourEntry,
    RequestStatus,
)
from volunteers.models.certificates import CODE_LENGTH, TOKEN_LENGTH

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0, O, 1, I: nothing that is read as another
CONTENT_LINES = 6
TRIES_PER_ADDRESS, TRIES_PER_NUMBER = 10, 20
HOUR = dt.timedelta(hours=1)


def ask_for_certificate(person, *, since, until):
    """`person` asks for a certificate of these days. Returns the `CertificateRequest`.

    Raises `CertificateRefused` for days to come, days without any hours, and while another request waits.
    """
    _counted(person, since, until)
    try:
        with transaction.atomic():
            made = CertificateRequest.objects.create(person=person, since=since, until=until)
            told = to_desk(
                person.community,
                kind=Reminder.Kind.HELPING,
                dedupe_key=f"certificate:{made.pk}:asked",
                subject=_("有人申请服务记录证明"),
                text=_("核对后点一下就开好了，本人自己下载。"),
                link="/staff/volunteers/",
            )
            plan([told])
    except IntegrityError as error:
        raise CertificateRefused(_("您已经申请过一份，社区在办")) from error
    return made


@transaction.atomic
def issue_certificate(person, *, since, until, by, remarks="", replaces=None):
    """Issue a numbered certificate of the hours of these days as the ledger says now. Returns the `Certificate`.

    Raises `CertificateRefused` for days to come, days without hours, one's own certificate, and for replacing one that
    stands or was replaced already.
    """
    if by.person_id == person.pk:
        raise CertificateRefused(_("自己的证明要请别的同事开"))
    months, contents = _counted(person, since, until)
    if replaces is not None and (replaces.is_valid or replaces.person_id != person.pk):
        raise CertificateRefused(_("先把原来那份作废，再重开"))
    year = timezone.localdate().year
    columns = {
        "community_id": person.community_id,
        "person": person,
        "year": year,
        "serial": _next_serial(person.community_id, year),
        "token": "".join(secrets.choice(ALPHABET) for _sign in range(TOKEN_LENGTH)),
        "since": since,
        "until": until,
        "minutes": sum(minutes for _month, minutes, _times in months),
        "months": months,
        "contents": contents,
        "remarks": remarks.strip()[:100],
        "issued_by": by,
        "replaces": replaces,
    }
    try:
        with transaction.atomic():
            return Certificate.objects.create(**columns)
    except IntegrityError as error:
        raise CertificateRefused(_("这一份已经重开过了，请看看最新情况")) from error


def _counted(person, since, until):
    """([month, minutes, services] of each month, lines of content) of the days; raises `CertificateRefused`."""
    if since > until:
        raise CertificateRefused(_("开始的日子不能晚于结束的日子"))
    if until > timezone.localdate():
        raise CertificateRefused(_("结束的日子不能晚于今天"))
    rows = HourEntry.objects.filter(person=person, served_on__gte=since, served_on__lte=until)
    months = {}
    for served_on, minutes, correction in rows.values_list("served_on", "minutes", "corrects"):
        row = months.setdefault(f"{served_on:%Y-%m}", [0, 0])
        row[0] += minutes
        row[1] += correction is None
    if sum(minutes for minutes, _times in months.values()) < 1:
        raise CertificateRefused(_("这段时间没有记下服务时长"))
    kinds = rows.values("what").annotate(n=Sum("minutes")).filter(n__gt=0).order_by("-n", "what")
    contents = list(kinds.values_list("what", flat=True)[:CONTENT_LINES])
    return [[month, *months[month]] for month in sorted(months)], contents


def _next_serial(community_id, year):
    """The next number, without gaps: the row of the series stays locked until the certificate is written."""
    series = CertificateSeries.objects.filter(community=community_id, year=year)
    if not series.update(last=F("last") + 1):
        row = CertificateSeries(community_id=community_id, year=year)
        CertificateSeries.objects.bulk_create([row], ignore_conflicts=True)
        series.update(last=F("last") + 1)
    return series.get().last


@transaction.atomic
def grant_request(asked, *, by):
    """Issue what was asked for. Returns the `Certificate`; raises `CertificateRefused` also for a second answer."""
    if not _lock(asked):
        raise CertificateRefused(_("已经有人答复过了，请看看最新情况"))
    made = issue_certificate(asked.person, since=asked.since, until=asked.until, by=by)
    _settle(asked, RequestStatus.ISSUED, by=by, certificate=made)
    _tell(asked, _("服务记录证明开好了"), _("编号 %s，登录后在“时长”里下载或打印。") % made.number)
    return made


@transaction.atomic
def decline_request(asked, *, by, answer):
    """Issue nothing and say why. Raises `CertificateRefused` without a reason and for a second answer."""
    if not (answer := answer.strip()[:100]):
        raise CertificateRefused(_("请写为什么没有开"))
    if not _settle(asked, RequestStatus.DECLINED, by=by, answer=answer):
        raise CertificateRefused(_("已经有人答复过了，请看看最新情况"))
    _tell(asked, _("服务记录证明的答复"), _("这次没有开：%s") % answer)


def _lock(asked):
    """Hold the request's row until the end of the transaction, so that a lost race leaves no gap in the numbers."""
    return CertificateRequest.objects.waiting().filter(pk=asked.pk).order_by().update(answer="") == 1


def _settle(asked, status, *, by, **columns):
    may_leave = [old for old, new in REQUEST_ARROWS.items() if status in new]
    rows = CertificateRequest.objects.filter(pk=asked.pk, status__in=may_leave)
    return rows.update(status=status, settled_by=by, **columns) == 1


def _tell(asked, subject, text):
    told = to_person(
        asked.person,
        kind=Reminder.Kind.HELPING,
        dedupe_key=f"certificate:{asked.pk}:answered",
        subject=subject,
        text=text,
        link="/me/hours/",
    )
    plan([told])


def revoke_certificate(certificate, *, by, why):
    """Take a certificate back for a reason; its number stays used and its public page says so.

    Raises `CertificateRefused` without a reason and for one that is revoked already.
    """
    if not (why := why.strip()[:100]):
        raise CertificateRefused(_("请写为什么作废"))
    rows = Certificate.objects.filter(pk=certificate.pk)
    if not rows.update(revoked_at=timezone.now(), revoked_by=by, revoked_why=why):
        raise CertificateRefused(_("这份证明已经作废了"))
    certificate.refresh_from_db()


def find_certificate(community, *, number, code, address):
    """The certificate with this number and code as typed, None where they do not belong together.

    Tries are counted before anything is looked up: so many an hour for an address and for a number, whoever asks
    (`people.errors.TooOften`). One that was right costs nothing.
    """
    number, code = number.strip(), code.strip().upper().replace(" ", "")
    with transaction.atomic():
        spend("certificate.address", address, limit=TRIES_PER_ADDRESS, window=HOUR)
        spend("certificate.number", number, limit=TRIES_PER_NUMBER, window=HOUR)
    parts = number.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 12 for part in parts):
        return None
    numbered = Q(community__code=parts[0], year=int(parts[1][:4]), serial=int(parts[2][:9]))
    found = (
        Certificate.objects.in_community(community.pk).filter(numbered).select_related("community").first()
    )
    if found is None or found.number != number or not hmac.compare_digest(found.code, code[:CODE_LENGTH]):
        return None
    if len(code) != CODE_LENGTH:
        return None
    give_back("certificate.address", address, window=HOUR)
    give_back("certificate.number", number, window=HOUR)
    return found
