"""The scale of party dues (domain.md §2), and the humane ladder of features.md M06.

One rate applies to the whole base, not band by band. Money is `Decimal` in yuan, rounded half up to the cent. The
base (a wage, a pension) is used to work an amount out and is kept nowhere.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

CENT = Decimal("0.01")
D = Decimal


class Payer(models.TextChoices):
    WAGE = "wage", _("按月领工资、年薪")
    IRREGULAR = "irregular", _("不按月取得收入（上季度月平均）")
    PENSION = "pension", _("离退休")
    FARMER = "farmer", _("农民")
    MINIMUM = "minimum", _("学生、下岗、领低保或抚恤")


@dataclass(frozen=True)
class Scale:
    """One table with the day it took effect: `bands` are pairs (up to, rate), the last one without a limit."""

    since: dt.date
    bands: dict
    fixed: dict


_WAGES = (
    (D(3000), D("0.005")),
    (D(5000), D("0.01")),
    (D(10000), D("0.015")),
    (None, D("0.02")),
)
SCALES = (
    Scale(
        since=dt.date(2008, 4, 1),
        bands={
            Payer.WAGE: _WAGES,
            Payer.IRREGULAR: _WAGES,
            Payer.PENSION: ((D(5000), D("0.005")), (None, D("0.01"))),
        },
        fixed={Payer.FARMER: (D("0.20"), D("1.00")), Payer.MINIMUM: (D("0.20"), D("0.20"))},
    ),
)


def scale_on(day: dt.date) -> Scale:
    """The scale that is in force on a day. Raises `LookupError` before the first one."""
    found = [scale for scale in SCALES if scale.since <= day]
    if not found:
        raise LookupError(day)
    return max(found, key=lambda scale: scale.since)


def monthly_dues(payer: str, base: Decimal | None, day: dt.date) -> Decimal:
    """The dues of one month in yuan for a payer with this monthly base (None where the amount is fixed).

    For farmers it is the lowest of the range; the branch may assess more. Raises `ValueError` for a negative or
    missing base.
    """
    scale = scale_on(day)
    if payer in scale.fixed:
        return scale.fixed[Payer(payer)][0]
    if base is None or base < 0:
        raise ValueError("a base is needed, and it is not negative")
    rate = next(rate for limit, rate in scale.bands[Payer(payer)] if limit is None or base <= limit)
    return (base * rate).quantize(CENT, ROUND_HALF_UP)


LARGE_GIFT = D(1000)  # an extra of so much, given at once, goes up to the centre with a receipt
RUNGS = (1, 3, 5, 6)
RED_LINE = 6


def rung_of(months_unpaid: int) -> int | None:
    """The highest rung of the ladder that so many unpaid months have reached: 1, 3, 5, 6 or None."""
    return next((rung for rung in reversed(RUNGS) if months_unpaid >= rung), None)
