"""What the treasurer's pages show: branches side by side in the order of grids, and the members of one branch."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Min, Prefetch, Q, Sum

from branches.models import BranchGrid, DuesAssessment, DuesMonth, DuesPayment, DuesWaiver, PartyMember
from branches.rules.dues import CENT
from haimengyuan.lib.masking import mask_name


@dataclass
class BranchDues:
    """One branch in counts alone: what a public notice may say, and how many are behind for the treasurer."""

    number: int
    name: str
    members: int = 0
    assessed: int = 0
    paid: int = 0
    waived: int = 0
    behind: int = 0
    open: int = 0


@dataclass
class MemberDues:
    """One member: what is assessed, which months are open, until when it is paid."""

    key: int
    name: str
    assessed: Decimal | None
    basis: str
    open: int
    owed: Decimal
    oldest: object
    paid_until: object
    waiver: str

    @property
    def suggested(self):
        """How many months the form proposes: what is open, else the next one."""
        return self.open or 1


def branches_of(user, community, today):
    """`BranchDues` of every branch the user may see, by grid number. Five queries."""
    month = today.replace(day=1)
    links = BranchGrid.objects.for_user(user).filter(grid__community=community)
    rows = {}
    for link in links.select_related("branch", "grid").order_by("grid__number"):
        rows.setdefault(link.branch_id, BranchDues(number=link.grid.number, name=link.branch.name))
    payers = PartyMember.objects.of_branch_life()
    _count(rows, "members", payers.values_list("branch"))
    _count(
        rows,
        "assessed",
        DuesAssessment.objects.in_month(month).filter(member__in=payers).values_list("member__branch"),
    )
    _count(
        rows,
        "waived",
        DuesWaiver.objects.in_month(month).filter(member__in=payers).values_list("member__branch"),
    )
    months = DuesMonth.objects.filter(member__in=payers, month__lte=month)
    _count(rows, "paid", months.filter(month=month, payment__isnull=False).values_list("member__branch"))
    _count(rows, "open", months.unpaid().filter(month=month).values_list("member__branch"))
    behind = months.overdue(today).order_by().values_list("member__branch")
    for branch, count in behind.annotate(n=Count("member", distinct=True)):
        if branch in rows:
            rows[branch].behind = count
    return list(rows.values())


def _count(rows, name, values):
    for branch, count in values.order_by().annotate(n=Count("pk")):
        if branch in rows:
            setattr(rows[branch], name, count)


def members_of(branch, today, *, full_names):
    """`MemberDues` of a branch: who has something to pay first, then the others, each in the order of names. Four queries."""
    month = today.replace(day=1)
    members = PartyMember.objects.of_branch_life().filter(branch=branch).select_related("person")
    assessed = {a.member_id: a for a in DuesAssessment.objects.in_month(month).filter(member__branch=branch)}
    waivers = {w.member_id: w for w in DuesWaiver.objects.in_month(month).filter(member__branch=branch)}
    is_open = Q(payment=None)
    months = DuesMonth.objects.filter(member__branch=branch).order_by().values("member")
    sums = defaultdict(dict) | {
        row["member"]: row
        for row in months.annotate(
            open=Count("pk", filter=is_open),
            owed=Sum("amount", filter=is_open),
            oldest=Min("month", filter=is_open),
            until=Max("month", filter=~is_open),
        )
    }
    rows = [
        MemberDues(
            key=member.pk,
            name=member.person.name if full_names else mask_name(member.person.name),
            assessed=assessed[member.pk].amount if member.pk in assessed else None,
            basis=assessed[member.pk].get_basis_display() if member.pk in assessed else "",
            open=sums[member.pk].get("open", 0),
            owed=(sums[member.pk].get("owed") or Decimal(0)).quantize(CENT),
            oldest=sums[member.pk].get("oldest"),
            paid_until=sums[member.pk].get("until"),
            waiver=waivers[member.pk].get_kind_display() if member.pk in waivers else "",
        )
        for member in members.order_by("person__pinyin", "pk")
    ]
    return sorted(rows, key=lambda row: row.open == 0)


def receipts_of(branch, keys):
    """The receipts with these keys of a branch, oldest first, each with its months."""
    in_order = Prefetch("months", DuesMonth.objects.order_by("month"))
    payments = DuesPayment.objects.filter(branch=branch, pk__in=keys).order_by("pk")
    return list(payments.select_related("member__person", "received_by__person").prefetch_related(in_order))
