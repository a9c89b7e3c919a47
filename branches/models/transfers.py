"""The register beside its rows: how a member stands, letters of transfer, check-ins (features.md M01, M02).

What is decided about members and their transfers is decided in the province's own system; here it is written down.
"""

import datetime as dt

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models.members import PartyMember, Standing
from branches.models.partners import PartnerUnit
from branches.models.territory import BranchScopedQuerySet, PartyBranch
from haimengyuan.lib.append_only import AppendOnlyModel, AppendOnlyQuerySet
from people.models import Community, Person, ScopedQuerySet, User


class StandingEventQuerySet(AppendOnlyQuerySet, BranchScopedQuerySet):
    branch_lookup = "member__branch"


class StandingEvent(AppendOnlyModel):
    """When a member's standing changed, and whose decision it was. Nobody changes it."""

    member = models.ForeignKey(
        PartyMember, on_delete=models.PROTECT, related_name="standing_events", verbose_name=_("党员")
    )
    old = models.CharField(_("从"), max_length=10, choices=Standing)
    new = models.CharField(_("到"), max_length=10, choices=Standing)
    on = models.DateField(_("哪天起"))
    decided_by = models.CharField(_("哪个组织定的"), max_length=60, blank=True)
    note = models.CharField(_("说明"), max_length=100, blank=True)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="standing_events", verbose_name=_("谁登记的")
    )
    at = models.DateTimeField(_("登记时间"), default=timezone.now)

    objects = StandingEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("党籍变动")
        verbose_name_plural = _("党籍变动")
        constraints = [
            models.CheckConstraint(
                condition=~Q(new__in=["suspended", "removed"]) | ~Q(decided_by=""),
                name="standing_event_was_decided",
            ),
        ]

    def __str__(self):
        return f"{self.get_old_display()} → {self.get_new_display()}"


class TransferStatus(models.TextChoices):
    DRAFT = "draft", _("还没开介绍信")
    ISSUED = "issued", _("介绍信开好了")
    IN_TRANSIT = "in_transit", _("信在路上")
    RECEIVED = "received", _("对方收下了")
    RECEIPT = "receipt", _("回执回来了")
    EXPIRED = "expired", _("介绍信过期了")
    RETURNED = "returned", _("退回来了")
    WITHDRAWN = "withdrawn", _("不转了")


_S = TransferStatus
# The one table of arrows of a letter (domain.md §1.4); `branches.actions.membership.move_transfer` alone walks it.
NEXT_TRANSFER = {
    _S.DRAFT: {_S.ISSUED, _S.WITHDRAWN},
    _S.ISSUED: {_S.IN_TRANSIT, _S.EXPIRED, _S.WITHDRAWN},
    _S.IN_TRANSIT: {_S.RECEIVED, _S.EXPIRED, _S.RETURNED},
    _S.RECEIVED: {_S.RECEIPT},
    _S.RECEIPT: set(),
    _S.EXPIRED: {_S.DRAFT, _S.WITHDRAWN},
    _S.RETURNED: {_S.DRAFT, _S.WITHDRAWN},
    _S.WITHDRAWN: set(),
}
OPEN_TRANSFERS = (_S.DRAFT, _S.ISSUED, _S.IN_TRANSIT)
LETTERS_OUT = (_S.ISSUED, _S.IN_TRANSIT)
VALID_DAYS, VALID_DAYS_MAX = 30, 90


class MembershipTransferQuerySet(ScopedQuerySet):
    community_lookup = "person__community"

    def for_place(self, user):
        """Letters that leave or reach one's own branch."""
        own = PartyBranch.objects.held_by(user.person_id)
        return self.filter(Q(from_branch__in=own) | Q(to_branch__in=own))

    def open(self):
        return self.filter(status__in=OPEN_TRANSFERS)

    def with_related(self):
        return self.select_related("person", "from_branch", "to_branch")


class MembershipTransfer(models.Model):
    """One transfer of a member's relations: the branches that are ours, `outside` for the side that is not.

    Until the other side has received the letter, the old branch stays responsible (domain.md §1.4).
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="transfers", verbose_name=_("人员")
    )
    from_branch = models.ForeignKey(
        PartyBranch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers_out",
        verbose_name=_("从哪个支部"),
    )
    to_branch = models.ForeignKey(
        PartyBranch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers_in",
        verbose_name=_("到哪个支部"),
    )
    outside = models.CharField(_("外面的组织"), max_length=60, blank=True)
    kind = models.CharField(
        _("类别"), max_length=12, choices=[("full", _("正式党员")), ("probationary", _("预备党员"))]
    )
    joined_on = models.DateField(_("入党日期"), null=True, blank=True)
    letter = models.CharField(_("介绍信编号"), max_length=30, blank=True)
    valid_days = models.PositiveSmallIntegerField(
        _("有效期（天）"),
        default=VALID_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(VALID_DAYS_MAX)],
    )
    issued_on = models.DateField(_("开信日期"), null=True, blank=True)
    received_on = models.DateField(_("收下日期"), null=True, blank=True)
    status = models.CharField(_("到哪一步"), max_length=10, choices=TransferStatus, default=_S.DRAFT)
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = MembershipTransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("组织关系转接")
        verbose_name_plural = _("组织关系转接")
        indexes = [models.Index(fields=["status", "-created_at"], name="transfer_by_status")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(status__in=["draft", "issued", "in_transit"]),
                name="transfer_one_open_per_person",
            ),
            models.CheckConstraint(condition=Q(status__in=_S.values), name="transfer_status_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["full", "probationary"]), name="transfer_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_days__gte=1, valid_days__lte=VALID_DAYS_MAX), name="transfer_days_in_range"
            ),
            models.CheckConstraint(
                condition=(
                    Q(from_branch__isnull=False, to_branch__isnull=False, outside="")
                    & ~Q(from_branch=F("to_branch"))
                )
                | (Q(from_branch=None, to_branch__isnull=False) & ~Q(outside=""))
                | (Q(from_branch__isnull=False, to_branch=None) & ~Q(outside="")),
                name="transfer_has_two_sides",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"]) | Q(issued_on__isnull=False),
                name="transfer_letter_was_issued",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["received", "receipt"],
                    received_on__isnull=False,
                    received_on__gte=F("issued_on"),
                )
                | (~Q(status__in=["received", "receipt"]) & Q(received_on=None)),
                name="transfer_received_after_issue",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.origin} → {self.goal}"

    @property
    def origin(self):
        return self.from_branch.name if self.from_branch_id else self.outside

    @property
    def goal(self):
        return self.to_branch.name if self.to_branch_id else self.outside

    @property
    def valid_until(self):
        """The last day on which the letter counts; None before it is issued."""
        return self.issued_on + dt.timedelta(days=self.valid_days) if self.issued_on else None


class TransferEventQuerySet(AppendOnlyQuerySet, ScopedQuerySet):
    community_lookup = "transfer__person__community"


class TransferEvent(AppendOnlyModel):
    """Who moved a letter on, and when; `by` is empty where the calendar did."""

    transfer = models.ForeignKey(
        MembershipTransfer, on_delete=models.PROTECT, related_name="events", verbose_name=_("转接")
    )
    old_status = models.CharField(_("从"), max_length=10, choices=TransferStatus)
    new_status = models.CharField(_("到"), max_length=10, choices=TransferStatus)
    note = models.CharField(_("说明"), max_length=100, blank=True)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="transfer_events", verbose_name=_("谁办的")
    )
    at = models.DateTimeField(_("时间"), default=timezone.now)

    objects = TransferEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("转接经过")
        verbose_name_plural = _("转接经过")

    def __str__(self):
        return f"{self.get_old_status_display()} → {self.get_new_status_display()}"


class CheckInQuerySet(ScopedQuerySet):
    def for_place(self, user):
        """Persons who checked in at one's own branch; units check in with the community."""
        return self.filter(member__branch__in=PartyBranch.objects.held_by(user.person_id))

    def current(self):
        return self.filter(ended_on=None)


class CheckIn(models.Model):
    """A unit that reports to the community, or a serving member who reports where they live (双报到).

    `number` runs per community and year. The printed slip carries nothing that is not here.
    """

    class Kind(models.TextChoices):
        UNIT = "unit", _("单位报到")
        PERSON = "person", _("在职党员报到")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="check_ins", verbose_name=_("社区")
    )
    kind = models.CharField(_("谁报到"), max_length=6, choices=Kind)
    year = models.PositiveSmallIntegerField(_("年份"), editable=False)
    number = models.PositiveIntegerField(_("编号"), editable=False)
    unit = models.ForeignKey(
        PartnerUnit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins",
        verbose_name=_("单位"),
    )
    unit_name = models.CharField(_("所在单位"), max_length=60, blank=True)
    member = models.ForeignKey(
        PartyMember,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins",
        verbose_name=_("在职党员"),
    )
    on = models.DateField(_("报到日期"), default=timezone.localdate)
    willing = models.CharField(_("愿意做什么"), max_length=100, blank=True)
    ended_on = models.DateField(_("不再报到"), null=True, blank=True)
    feedback = models.CharField(_("给单位的反馈"), max_length=200, blank=True)
    feedback_on = models.DateField(_("反馈日期"), null=True, blank=True)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        verbose_name = _("双报到")
        verbose_name_plural = _("双报到")
        constraints = [
            models.UniqueConstraint(fields=["community", "year", "number"], name="check_in_number_once"),
            models.UniqueConstraint(
                fields=["member"], condition=Q(ended_on=None), name="check_in_one_per_member"
            ),
            models.UniqueConstraint(
                fields=["unit"], condition=Q(ended_on=None, kind="unit"), name="check_in_one_per_unit"
            ),
            models.CheckConstraint(
                condition=Q(kind="unit", unit__isnull=False, member=None)
                | Q(kind="person", member__isnull=False),
                name="check_in_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("on")), name="check_in_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(feedback="", feedback_on=None) | (~Q(feedback="") & Q(feedback_on__isnull=False)),
                name="check_in_feedback_has_a_day",
            ),
        ]

    def __str__(self):
        return self.code

    @property
    def code(self):
        """What stands on the slip: 2026-007."""
        return f"{self.year}-{self.number:03d}"

    @property
    def unit_words(self):
        """The unit that somebody belongs to: the registered one, else as it was told."""
        return self.unit.name if self.unit_id else self.unit_name
