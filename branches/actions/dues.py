"""Assessing, asking for and receiving dues. The portal records; it takes no payment and removes nobody."""

import datetime as dt
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Min, OuterRef, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.errors import DuesRefused
from branches.models import (
    DuesAssessment,
    DuesMonth,
    DuesPayment,
    DuesWaiver,
    PartyBranch,
    PartyMember,
    Post,
    ReceiptSeries,
    Standing,
)
from branches.rules.dues import LARGE_GIFT, RED_LINE, Payer, monthly_dues, rung_of
from people.models import Person
from reminders.actions import cancel, plan, to_desk, to_person
from reminders.models import Reminder

MONTHS_AHEAD_AT_MOST = 12
_DAY = dt.timedelta(days=1)


def first_of(day):
    return day.replace(day=1)


def next_month(month):
    """The first day of the month after the one that begins on `month`."""
    return (month + 31 * _DAY).replace(day=1)


@transaction.atomic
def assess(member, *, basis, base=None, amount=None, since=None):
    """Fix what a member pays from a month on. The amount follows from `base` (yuan a month), which is not kept, or is
    given where the branch has a choice (farmers). Returns the `DuesAssessment`.

    Unpaid months from `since` on follow the new amount. Raises `DuesRefused` for a base that is missing or negative.
    """
    since = first_of(since or timezone.localdate())
    amount = _amount(basis, base, amount, since)
    earlier = DuesAssessment.objects.filter(member=member)
    earlier.filter(since__gte=since).delete()
    earlier.filter(until=None).update(until=first_of(since - _DAY))
    try:
        with transaction.atomic():
            made = DuesAssessment.objects.create(member=member, basis=basis, amount=amount, since=since)
    except IntegrityError as error:
        raise DuesRefused(_("刚刚有人核定过了，请看看最新情况")) from error
    DuesMonth.objects.unpaid().filter(member=member, month__gte=since).update(amount=amount)
    return made


def _amount(basis, base, amount, since):
    try:
        worked_out = monthly_dues(basis, base, since)
    except ValueError:
        raise DuesRefused(_("请填计算基数，不能是负数")) from None
    if basis == Payer.FARMER and amount is not None:
        if not Decimal("0.20") <= amount <= Decimal("1.00"):
            raise DuesRefused(_("农民党员每月交 0.20 到 1.00 元"))
        return amount
    return max(worked_out, Decimal("0.20"))


def ask_for_month(today=None):
    """Make this month's rows from the assessments: the exempt, the paused and the prepaid get none. Safe to repeat.

    Who has left, moved away or died owes nothing; temporary branches collect nothing. Returns how many were added.
    """
    month = first_of(today or timezone.localdate())
    waivers = {w.member_id: w for w in DuesWaiver.objects.in_month(month)}
    known = set(DuesMonth.objects.filter(month=month).values_list("member", flat=True))
    payers = PartyMember.objects.of_branch_life().exclude(branch__kind=PartyBranch.Kind.TEMPORARY)
    assessed = DuesAssessment.objects.in_month(month).filter(member__in=payers)
    rows = []
    for member, amount in assessed.exclude(member__in=known).values_list("member", "amount"):
        if (asked := _with_waiver(amount, waivers.get(member))) is not None:
            rows.append(DuesMonth(member_id=member, month=month, amount=asked))
    DuesMonth.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _with_waiver(amount, waiver):
    if waiver is None:
        return amount
    return waiver.amount if waiver.kind == DuesWaiver.Kind.REDUCED else None


@transaction.atomic
def waive(member, *, kind, since, until, approved_by, amount=None):
    """Ask for less or nothing in some months, with the approval of the next committee up. Returns the `DuesWaiver`.

    Unpaid months of the time follow it. Raises `DuesRefused` without an approval or with an amount that does not fit.
    """
    if not approved_by.strip():
        raise DuesRefused(_("减免要经上级党委批准，请写是哪个组织批准的"))
    if (kind == DuesWaiver.Kind.REDUCED) != (amount is not None and amount > 0):
        raise DuesRefused(_("少交的要写每月交多少，免交和暂缓的不写"))
    if until < since:
        raise DuesRefused(_("结束的月份不能早于开始的月份"))
    made = DuesWaiver.objects.create(
        member=member,
        kind=kind,
        since=first_of(since),
        until=first_of(until),
        approved_by=approved_by.strip()[:60],
        amount=amount,
    )
    owed = DuesMonth.objects.unpaid().filter(member=member, month__gte=made.since, month__lte=made.until)
    if kind == DuesWaiver.Kind.REDUCED:
        owed.update(amount=amount)
    else:
        owed.delete()
    cancel(f"dues:{member.pk}:")
    return made


@transaction.atomic
def receive(member, *, months, by, way=DuesPayment.Way.CASH, extra=Decimal(0)):
    """Note that a member paid so many months: the oldest unpaid ones first, then months ahead. Returns the payment.

    `extra` is given of one's own accord on top. Raises `DuesRefused` for a number of months that makes no sense,
    without an assessment to pay ahead by, or when somebody else took the same months at this moment.
    """
    if not 0 <= months <= 60 or extra < 0 or (months == 0 and extra == 0):
        raise DuesRefused(_("请选收几个月的"))
    owed = list(DuesMonth.objects.unpaid().filter(member=member).order_by("month")[:months])
    owed += _ahead(member, months - len(owed))
    amount = sum((row.amount for row in owed), Decimal(0)) + extra
    payment = DuesPayment.objects.create(
        branch=member.branch,
        member=member,
        number=_next_number(member.branch.community_id),
        amount=amount,
        extra=extra,
        way=way,
        received_by=by,
    )
    keys = [row.pk for row in owed]
    if DuesMonth.objects.unpaid().filter(pk__in=keys).update(payment=payment) != len(keys):
        raise DuesRefused(_("刚刚已经有人收了这几个月的，请看看最新情况"))
    cancel(f"dues:{member.pk}:")
    return payment


def _ahead(member, count):
    """Rows for so many months that nobody has asked for yet, from this month or after the last one on."""
    if count <= 0:
        return []
    if count > MONTHS_AHEAD_AT_MOST:
        raise DuesRefused(_("最多预交 12 个月"))
    last = DuesMonth.objects.filter(member=member).order_by("-month").first()
    month = max(next_month(last.month) if last else dt.date.min, first_of(timezone.localdate()))
    rows = []
    waivers = list(DuesWaiver.objects.filter(member=member))
    assessments = list(DuesAssessment.objects.filter(member=member))
    for _tried in range(count + 60):
        amount = _amount_in(month, assessments, waivers)
        if amount is not None:
            rows.append(DuesMonth(member=member, month=month, amount=amount))
        if len(rows) == count:
            break
        month = next_month(month)
    if len(rows) < count:
        raise DuesRefused(_("这位党员还没有核定党费，请先核定"))
    try:
        with transaction.atomic():
            return DuesMonth.objects.bulk_create(rows)
    except IntegrityError as error:
        raise DuesRefused(_("刚刚已经有人收了这几个月的，请看看最新情况")) from error


def _amount_in(month, assessments, waivers):
    def counts(row):
        return row.since <= month and (row.until is None or row.until >= month)

    amount = next((row.amount for row in assessments if counts(row)), None)
    waiver = next((row for row in waivers if counts(row)), None)
    return None if amount is None else _with_waiver(amount, waiver)


def _next_number(community_id):
    """The next receipt number, without gaps: the row of the series stays locked until the payment is written."""
    year = timezone.localdate().year
    series = ReceiptSeries.objects.filter(community=community_id, year=year)
    if not series.update(last=F("last") + 1):
        ReceiptSeries.objects.bulk_create(
            [ReceiptSeries(community_id=community_id, year=year)], ignore_conflicts=True
        )
        series.update(last=F("last") + 1)
    return f"{community_id}-{year}-{series.get().last:05d}"


@transaction.atomic
def void(payment, *, why):
    """Take a payment back that was entered by mistake: its months are open again, its number stays used."""
    if not (why := why.strip()):
        raise DuesRefused(_("请写为什么作废"))
    taken_back = {"voided_at": timezone.now(), "voided_why": why[:100]}
    if not DuesPayment.objects.standing().filter(pk=payment.pk).update(**taken_back):
        raise DuesRefused(_("这张收据已经作废了"))
    this_month = first_of(timezone.localdate())
    payment.months.filter(month__gt=this_month).delete()  # paid ahead: nobody had asked for them
    payment.months.update(payment=None)
    payment.refresh_from_db()


def is_large_gift(payment):
    """Whether the extra goes up to the centre (1,000 yuan and more at once)."""
    return payment.extra >= LARGE_GIFT


# --- the ladder --------------------------------------------------------------------------------------------


def arrears(today=None):
    """Members with unpaid months that are over, each with `behind` (how many) and `oldest`; computed, never stored."""
    today = today or timezone.localdate()
    owed = DuesMonth.objects.overdue(today).filter(member=OuterRef("pk")).order_by().values("member")
    return (
        PartyMember.objects.of_branch_life()
        .annotate(
            behind=Subquery(owed.annotate(n=Count("pk")).values("n")),
            oldest=Subquery(owed.annotate(n=Min("month")).values("n")),
            owed=Subquery(owed.annotate(n=Sum("amount")).values("n")),
        )
        .filter(behind__isnull=False)
    )


def remind_dues(today=None):
    """The humane ladder (features.md M06): 1 month a private word, 3 the group leader, 5 the secretary, 6 a red line.

    Each rung once for the same oldest month, so that paying it and falling behind again begins anew.
    """
    today = today or timezone.localdate()
    told = arrears(today).filter(standing=Standing.NORMAL)  # who cannot be found is not asked to pay
    members = list(told.select_related("person", "branch__community", "group__leader__person"))
    secretaries = _holders({member.branch_id for member in members}, Post.Kind.SECRETARY)
    plan([row for member in members for row in _ladder(member, secretaries.get(member.branch_id))])


def _holders(branches, kind):
    posts = Post.objects.current().filter(
        branch__in=branches, kind=kind, member__person__state=Person.State.ALIVE
    )
    return {post.branch_id: post.member.person for post in posts.select_related("member__person")}


def _ladder(member, secretary):
    rung = rung_of(member.behind)
    words = {
        "kind": Reminder.Kind.DUES,
        "dedupe_key": f"dues:{member.pk}:{rung}:{member.oldest:%Y%m}",
        "expires_at": timezone.now() + 20 * _DAY,
    }
    if rung == 1:
        text = _("上个月的党费还没收到。已经交了就不用理会；有困难请告诉支部，可以申请少交或免交。")
        yield to_person(member.person, subject=_("党费提醒"), text=text, **words)
        return
    facts = {"who": member.person.masked_name, "branch": member.branch.name, "n": member.behind}
    leader = member.group.leader.person if member.group and member.group.leader else None
    if rung == 3:
        words |= {
            "subject": _("请去看看一位党员"),
            "text": _("%(branch)s的%(who)s有 %(n)d 个月没交党费，请去看看是不是有难处。") % facts,
        }
        if told := leader or secretary:
            yield to_person(told, **words)
        return
    if rung == RED_LINE:
        words |= {
            "subject": _("党费连续六个月没交"),
            "text": _(
                "%(branch)s的%(who)s有 %(n)d 个月没交党费。党章第九条规定，没有正当理由连续六个月不交党费，按自行脱党处理。"
                "是不是有正当理由要由支部当面了解、讨论，系统不作任何处理。"
            )
            % facts,
        }
        yield to_desk(member.branch.community, **words)
    else:
        words |= {
            "subject": _("请当面谈一次"),
            "text": _("%(branch)s的%(who)s有 %(n)d 个月没交党费，请书记当面谈一次，能帮就帮。") % facts,
        }
    if secretary is not None:
        yield to_person(secretary, **words)
