"""Party dues: what is assessed, what is owed month by month, what was received. A salary is stored nowhere."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models.members import PartyMember
from branches.models.territory import BranchScopedQuerySet, PartyBranch
from branches.rules.dues import Payer
from people.models import Community, ScopedQuerySet, User

FIRST_OF_MONTH = Q(month__day=1)


class OfMemberQuerySet(BranchScopedQuerySet):
    branch_lookup = "member__branch"

    def in_month(self, month):
        """Rows that count for the month that begins on `month`."""
        return self.filter(Q(until=None) | Q(until__gte=month), since__lte=month)


class DuesAssessment(models.Model):
    """What a member pays a month from a month on, as the branch has worked it out; `basis` says by which rule."""

    member = models.ForeignKey(
        PartyMember, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("党员")
    )
    basis = models.CharField(_("按哪一类算"), max_length=10, choices=Payer)
    amount = models.DecimalField(
        _("每月应交（元）"),
        max_digits=7,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.20"))],
    )
    since = models.DateField(_("从哪个月起"))
    until = models.DateField(_("到哪个月止"), null=True, blank=True)

    objects = OfMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("党费核定")
        verbose_name_plural = _("党费核定")
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(until=None), name="dues_one_current_assessment"
            ),
            models.UniqueConstraint(fields=["member", "since"], name="dues_assessment_once_a_month"),
            models.CheckConstraint(condition=Q(basis__in=Payer.values), name="dues_basis_known"),
            models.CheckConstraint(condition=Q(amount__gte=Decimal("0.20")), name="dues_amount_is_real"),
            models.CheckConstraint(
                condition=Q(since__day=1) & (Q(until=None) | Q(until__day=1, until__gte=F("since"))),
                name="dues_assessment_counts_whole_months",
            ),
        ]

    def __str__(self):
        return f"{self.member.person} {self.since:%Y-%m}"


class DuesWaiver(models.Model):
    """Months in which less or nothing is asked: for hardship with the approval of the next committee up, or a pause."""

    class Kind(models.TextChoices):
        EXEMPT = "exempt", _("免交")
        REDUCED = "reduced", _("少交")
        PAUSED = "paused", _("暂缓（住院等）")

    member = models.ForeignKey(
        PartyMember, on_delete=models.PROTECT, related_name="waivers", verbose_name=_("党员")
    )
    kind = models.CharField(_("怎么减免"), max_length=8, choices=Kind)
    amount = models.DecimalField(
        _("少交时每月交（元）"), max_digits=7, decimal_places=2, null=True, blank=True
    )
    since = models.DateField(_("从哪个月起"))
    until = models.DateField(_("到哪个月止"))
    approved_by = models.CharField(_("哪个组织批准的"), max_length=60)

    objects = OfMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("党费减免")
        verbose_name_plural = _("党费减免")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["exempt", "paused"], amount=None) | Q(kind="reduced", amount__gt=0),
                name="dues_waiver_amount_fits",
            ),
            models.CheckConstraint(
                condition=Q(since__day=1, until__day=1, until__gte=F("since")),
                name="dues_waiver_counts_whole_months",
            ),
            models.CheckConstraint(condition=~Q(approved_by=""), name="dues_waiver_is_approved"),
        ]

    def __str__(self):
        return f"{self.member.person} {self.get_kind_display()}"


class ReceiptSeries(models.Model):
    """The last receipt number of a community in a year; the row is the lock that keeps numbers without gaps."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="receipt_series", verbose_name=_("社区")
    )
    year = models.PositiveSmallIntegerField(_("年份"))
    last = models.PositiveIntegerField(_("最后一号"), default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("收据编号")
        verbose_name_plural = _("收据编号")
        constraints = [
            models.UniqueConstraint(fields=["community", "year"], name="receipt_series_one_per_year"),
        ]

    def __str__(self):
        return f"{self.year}-{self.last}"


class DuesScopedQuerySet(BranchScopedQuerySet):
    """What members pay is for those who hold a post in their branch: heading the grid is not enough."""

    def for_place(self, user):
        return self.filter(**{f"{self.branch_lookup}__in": PartyBranch.objects.served_by(user.person_id)})


class DuesPaymentQuerySet(DuesScopedQuerySet):
    def standing(self):
        """Payments that were not taken back."""
        return self.filter(voided_at=None)


class DuesPayment(models.Model):
    """Money received, with its receipt. A mistake is taken back with a reason; the number is never used again."""

    class Way(models.TextChoices):
        CASH = "cash", _("现金")
        TRANSFER = "transfer", _("转账")
        BY_OTHER = "by_other", _("家人或其他党员代交")

    branch = models.ForeignKey(
        PartyBranch, on_delete=models.PROTECT, related_name="dues_payments", verbose_name=_("支部")
    )
    member = models.ForeignKey(
        PartyMember, on_delete=models.PROTECT, related_name="dues_payments", verbose_name=_("党员")
    )
    number = models.CharField(_("收据号"), max_length=20)
    amount = models.DecimalField(_("收到（元）"), max_digits=9, decimal_places=2)
    extra = models.DecimalField(_("其中自愿多交（元）"), max_digits=9, decimal_places=2, default=Decimal(0))
    way = models.CharField(_("怎么交的"), max_length=10, choices=Way, default=Way.CASH)
    received_on = models.DateField(_("收到日期"), default=timezone.localdate)
    received_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="received_dues", verbose_name=_("谁收的")
    )
    voided_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    voided_why = models.CharField(_("为什么作废"), max_length=100, blank=True)

    objects = DuesPaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("党费收据")
        verbose_name_plural = _("党费收据")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="dues_receipt_number_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, extra__gte=0, extra__lte=F("amount")), name="dues_payment_is_money"
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_why="") | (Q(voided_at__isnull=False) & ~Q(voided_why="")),
                name="dues_payment_voided_for_a_reason",
            ),
        ]

    def __str__(self):
        return self.number


class DuesMonthQuerySet(DuesScopedQuerySet):
    branch_lookup = "member__branch"

    def unpaid(self):
        return self.filter(payment=None)

    def overdue(self, today):
        """Unpaid months that are over: the running month is not late."""
        return self.unpaid().filter(month__lt=today.replace(day=1))


class DuesMonth(models.Model):
    """What one member owes for one month; paid when it belongs to a payment."""

    member = models.ForeignKey(
        PartyMember, on_delete=models.PROTECT, related_name="dues_months", verbose_name=_("党员")
    )
    month = models.DateField(_("月份"))
    amount = models.DecimalField(_("应交（元）"), max_digits=7, decimal_places=2)
    payment = models.ForeignKey(
        DuesPayment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="months",
        verbose_name=_("收据"),
    )

    objects = DuesMonthQuerySet.as_manager()

    class Meta:
        verbose_name = _("每月党费")
        verbose_name_plural = _("每月党费")
        indexes = [
            models.Index(fields=["month"], condition=Q(payment=None), name="dues_month_unpaid"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["member", "month"], name="dues_month_once_per_member"),
            models.CheckConstraint(condition=FIRST_OF_MONTH, name="dues_month_is_a_first"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dues_month_is_money"),
        ]

    def __str__(self):
        return f"{self.member.person} {self.month:%Y-%m}"
