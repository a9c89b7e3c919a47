"""Partner units of a branch's co-building (共建单位) and their three lists (features.md N07)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models.territory import BranchScopedQuerySet, PartyBranch
from people.models import Community, Person, ScopedQuerySet


class PartnerUnit(models.Model):
    """A unit that works together with the community: a school, a clinic, a shop, an authority."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="partner_units", verbose_name=_("社区")
    )
    name = models.CharField(_("单位"), max_length=60)
    place = models.CharField(_("在哪儿"), max_length=100, blank=True)
    contact = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="partner_units",
        verbose_name=_("联系人"),
    )
    active = models.BooleanField(_("在共建"), default=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("共建单位")
        verbose_name_plural = _("共建单位")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["community", "name"], name="partner_unit_unique_name")]

    def __str__(self):
        return self.name


class PartnerStatus(models.TextChoices):
    LISTED = "listed", _("登记了")
    MATCHED = "matched", _("对上了")
    SIGNED = "signed", _("签了")
    DONE = "done", _("办成了")
    THANKED = "thanked", _("谢过了")
    DROPPED = "dropped", _("不办了")


_S = PartnerStatus
# The one table of arrows of a line; `branches.actions.partners.step` is the only function that walks it.
NEXT_PARTNER = {
    _S.LISTED: {_S.MATCHED, _S.DROPPED},
    _S.MATCHED: {_S.SIGNED, _S.LISTED, _S.DROPPED},
    _S.SIGNED: {_S.DONE, _S.DROPPED},
    _S.DONE: {_S.THANKED},
    _S.THANKED: set(),
    _S.DROPPED: {_S.LISTED},
}


class PartnerLineQuerySet(BranchScopedQuerySet):
    @property
    def community_lookup(self):
        return "community"

    def with_related(self):
        return self.select_related("unit", "branch")


class PartnerLine(models.Model):
    """One line of the three lists: what a unit offers, what a branch needs, what both do together."""

    class Kind(models.TextChoices):
        RESOURCE = "resource", _("资源清单")
        DEMAND = "demand", _("需求清单")
        PROJECT = "project", _("项目清单")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="partner_lines", verbose_name=_("社区")
    )
    kind = models.CharField(_("哪张清单"), max_length=10, choices=Kind)
    text = models.CharField(_("是什么"), max_length=100)
    unit = models.ForeignKey(
        PartnerUnit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lines",
        verbose_name=_("单位"),
    )
    branch = models.ForeignKey(
        PartyBranch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="partner_lines",
        verbose_name=_("支部"),
    )
    status = models.CharField(_("走到哪一步"), max_length=10, choices=PartnerStatus, default=_S.LISTED)
    note = models.CharField(_("一句话进展"), max_length=200, blank=True)
    due_on = models.DateField(_("哪天前"), null=True, blank=True)
    signed_on = models.DateField(_("签约日期"), null=True, blank=True)
    moved_at = models.DateTimeField(_("最近变化"), default=timezone.now, editable=False)

    objects = PartnerLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("共建清单")
        verbose_name_plural = _("共建清单")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["resource", "demand", "project"]), name="partner_line_kind_known"
            ),
            models.CheckConstraint(condition=Q(status__in=_S.values), name="partner_line_status_known"),
            models.CheckConstraint(
                condition=(~Q(kind="resource") | Q(unit__isnull=False))
                & (~Q(kind="demand") | Q(branch__isnull=False)),
                name="partner_line_has_its_side",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["listed", "dropped"]) | Q(unit__isnull=False, branch__isnull=False),
                name="partner_line_matched_on_both_sides",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["signed", "done", "thanked"]) | Q(signed_on__isnull=False),
                name="partner_line_signed_on_a_day",
            ),
        ]

    def __str__(self):
        return self.text
