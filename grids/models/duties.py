from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models.territory import Grid, GridScopedQuerySet
from haimengyuan.lib.append_only import AppendOnlyModel, AppendOnlyQuerySet
from people.models import Community, Consent, Person, ScopedQuerySet, User


class DutyQuerySet(ScopedQuerySet):
    def six_members(self):
        """The six roles of a grid (domain.md §5), in their order."""
        return self.filter(kind=Duty.Kind.MEMBER).order_by("order", "code")


class Duty(models.Model):
    """What somebody does for a grid: grid head, grid worker and the six members. The names are data (S02)."""

    class Kind(models.TextChoices):
        HEAD = "head", _("网格长")
        WORKER = "worker", _("网格员")
        MEMBER = "member", _("六员")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="duties", verbose_name=_("社区")
    )
    code = models.CharField(_("代码"), max_length=30)
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    name_zh = models.CharField(_("名称"), max_length=20)
    name_en = models.CharField(_("英文名称"), max_length=40)
    duties_zh = models.CharField(_("职责"), max_length=200, blank=True)
    duties_en = models.CharField(_("英文职责"), max_length=300, blank=True)
    min_per_grid = models.PositiveSmallIntegerField(_("每格至少"), default=1)
    max_per_grid = models.PositiveSmallIntegerField(_("每格至多"), default=1)
    is_public = models.BooleanField(_("对居民公开"), default=True)
    is_confirmed = models.BooleanField(_("已由社区确认"), default=False)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("职务")
        verbose_name_plural = _("职务")
        ordering = ["order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="duty_unique_code"),
            models.CheckConstraint(
                condition=Q(kind__in=["head", "worker", "member"]), name="duty_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(min_per_grid__lte=F("max_per_grid")), name="duty_min_up_to_max"
            ),
        ]

    def __str__(self):
        return self.name_zh


class AppointmentQuerySet(GridScopedQuerySet):
    def current(self, today=None):
        """Begun and not ended on `today` (default: today in Shanghai)."""
        today = today or timezone.localdate()
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=today), since__lte=today)

    def heads(self):
        return self.filter(kind=Duty.Kind.HEAD)

    def with_consent_to_publish(self):
        """Adds `may_be_named`: whether the holder agreed to have name, duty and work phone shown (S03)."""
        agreed = Consent.objects.current().filter(
            person=models.OuterRef("person"), purpose=Consent.Purpose.PUBLISH_DUTY
        )
        return self.select_related("person", "duty").annotate(may_be_named=models.Exists(agreed))


class Appointment(models.Model):
    """A person holds a duty in a grid from one day to another. Rows are ended, not deleted."""

    duty = models.ForeignKey(
        Duty, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("职务")
    )
    kind = models.CharField(_("类别"), max_length=10, choices=Duty.Kind, editable=False)
    grid = models.ForeignKey(
        Grid, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("网格")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("人员")
    )
    work_phone = models.CharField(
        _("工作电话"),
        max_length=20,
        blank=True,
        help_text=_("只写可以公开的工作电话；空着就显示社区值班电话"),
    )
    since = models.DateField(_("自"), default=timezone.localdate)
    ends_on = models.DateField(_("计划到"), null=True, blank=True)
    ended_on = models.DateField(_("实际到"), null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        ordering = ["grid", "duty__order", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["grid"], condition=Q(kind="head", ended_on=None), name="appointment_one_current_head"
            ),
            models.UniqueConstraint(
                fields=["grid", "duty", "person"],
                condition=Q(ended_on=None),
                name="appointment_once_per_person",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["head", "worker", "member"]), name="appointment_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("since")), name="appointment_ends_after_start"
            ),
        ]

    def __str__(self):
        return f"{self.grid} {self.duty} {self.person}"


class CoverQuerySet(GridScopedQuerySet):
    grid_lookup = "appointment__grid"

    def current(self, today=None):
        today = today or timezone.localdate()
        return self.filter(since__lte=today, until__gte=today)


class Cover(models.Model):
    """Leave cover: somebody stands in for an appointment between two days, both included (features.md S04)."""

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="covers", verbose_name=_("替谁")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="covers", verbose_name=_("由谁代")
    )
    since = models.DateField(_("自"))
    until = models.DateField(_("至"))

    objects = CoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("请假代岗")
        verbose_name_plural = _("请假代岗")
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="cover_ends_after_start"),
        ]

    def __str__(self):
        return f"{self.appointment} → {self.person}"


class HandoverQuerySet(AppendOnlyQuerySet, GridScopedQuerySet):
    grid_lookup = "left__grid"

    def with_related(self):
        return self.select_related("left__grid__community", "left__person", "taken__person", "by__person")


class Handover(AppendOnlyModel):
    """A grid head gave the grid to the next one (features.md T10): what went over, as it stood at that moment.

    `tasks` are rows {"kind", "what", "until"} in words, without anybody's name; the two sign them on paper.
    """

    left = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, related_name="handed_over", verbose_name=_("谁交")
    )
    taken = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, related_name="taken_over", verbose_name=_("谁接")
    )
    things = models.TextField(_("钥匙和资料"), max_length=1000, blank=True)
    note = models.CharField(_("还要交代的"), max_length=300, blank=True)
    tasks = models.JSONField(_("没办完的事"), default=list)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="handovers", verbose_name=_("谁登记的")
    )
    at = models.DateTimeField(_("登记时间"), default=timezone.now)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("网格长交接")
        verbose_name_plural = _("网格长交接")
        constraints = [
            models.CheckConstraint(condition=~Q(left=F("taken")), name="handover_between_two"),
        ]

    def __str__(self):
        return f"{self.left} → {self.taken.person}"
