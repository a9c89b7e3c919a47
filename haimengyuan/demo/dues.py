"""A year of party dues for the demo branches: most have paid, a few are behind, one is let off."""

import datetime as dt
from decimal import Decimal

from branches.models import DuesAssessment, DuesMonth, DuesPayment, DuesWaiver, PartyMember, ReceiptSeries
from branches.rules.dues import Payer, monthly_dues

BATCH = 1000
BEHIND = {20: 1, 41: 3, 62: 5, 83: 6}  # the so-manieth member → months that are late: the rungs of the ladder
EXEMPT = 33
BASES = (("3200", Payer.WAGE), ("4600", Payer.WAGE), ("2800", Payer.PENSION), ("5300", Payer.PENSION))


def save_dues(community, users, *, rng, today):
    """Assessments, months since January and receipts of all grid branches."""
    months = [dt.date(today.year, month, 1) for month in range(1, today.month + 1)]
    members = PartyMember.objects.of_branch_life().filter(branch__community=community)
    assessments, rows, payments, waivers = [], [], [], []
    for index, member in enumerate(members.exclude(branch__kind="committee").order_by("branch", "pk")):
        base, basis = rng.choice(BASES)
        amount = monthly_dues(basis, Decimal(base), today)
        assessments.append(DuesAssessment(member=member, basis=basis, amount=amount, since=months[0]))
        if index == EXEMPT:
            waivers.append(_exempt(member, months))
            continue
        late = BEHIND.get(index, 0)
        unpaid = late + (late > 0 or index % 5 == 4)  # some pay this month's later
        paid = months[: max(0, len(months) - unpaid)]
        payment = _payment(community, member, amount, paid, users["staff"], len(payments) + 1, today)
        payments += [payment] if payment else []
        rows += [
            DuesMonth(member=member, month=month, amount=amount, payment=payment if month in paid else None)
            for month in months
        ]
    DuesAssessment.objects.bulk_create(assessments, BATCH)
    DuesWaiver.objects.bulk_create(waivers)
    DuesPayment.objects.bulk_create(payments, BATCH)
    DuesMonth.objects.bulk_create(rows, BATCH)
    ReceiptSeries.objects.create(community=community, year=today.year, last=len(payments))


def _exempt(member, months):
    return DuesWaiver(
        member=member,
        kind=DuesWaiver.Kind.EXEMPT,
        since=months[0],
        until=months[0].replace(month=12),
        approved_by="街道党工委",
    )


def _payment(community, member, amount, paid, by, serial, today):
    if not paid:
        return None
    return DuesPayment(
        branch_id=member.branch_id,
        member=member,
        number=f"{community.pk}-{today.year}-{serial:05d}",
        amount=amount * len(paid),
        received_on=min(paid[-1].replace(day=10), today),
        received_by=by,
    )
