from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Grid, GridScopedQuerySet
from people.models import Community, Person, ScopedQuerySet, User

# Thresholds of the five stars in hours (measures of the Ministry of Civil Affairs, domain.md §6 R38).
DEFAULT_STARS = {1: 100, 2: 300, 3: 600, 4: 1000, 5: 1500}


class HourEntryQuerySet(GridScopedQuerySet):
    @property
    def community_lookup(self):
        return "person__community"

    def for_place(self, user):
        """A grid head sees the hours of the helpers of the own grid."""
        return self.filter(person__helper__grid__in=Grid.objects.held_by(user.person_id))

    def total_minutes(self):
        """The sum of these rows; corrections have a sign, so it is right wherever they are counted too."""
        return self.aggregate(total=Sum("minutes"))["total"] or 0

    def services(self):
        """The rows that stand for a service, without the corrections."""
        return self.filter(corrects=None)

    def with_net(self):
        """Adds `net`: the minutes that are left of a service after its corrections."""
        corrections = HourEntry.objects.filter(corrects=models.OuterRef("pk")).order_by().values("corrects")
        summed = models.Subquery(corrections.annotate(n=Sum("minutes")).values("n"))
        return self.annotate(net=F("minutes") + models.functions.Coalesce(summed, 0))


class HourEntry(models.Model):
    """Minutes that somebody served; `source_key` ("order:27064251:1") keeps one service from being counted twice.

    A correction is a row of its own: it points at the service, has a sign and a reason, and lies on the same day.
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="hour_entries", verbose_name=_("人员")
    )
    minutes = models.IntegerField(_("分钟"))
    what = models.CharField(_("做了什么"), max_length=80)
    served_on = models.DateField(_("日期"), default=timezone.localdate)
    source_key = models.CharField(_("来源"), max_length=60, unique=True)
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        verbose_name=_("更正哪一条"),
    )
    why = models.CharField(_("为什么更正"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = HourEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("服务时长")
        verbose_name_plural = _("服务时长")
        constraints = [
            models.CheckConstraint(
                condition=Q(corrects=None, minutes__gte=1, minutes__lte=1440)
                | Q(corrects__isnull=False, minutes__gte=-1440, minutes__lte=1440),
                name="hours_within_a_day",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None, why="") | (Q(corrects__isnull=False) & ~Q(why="") & ~Q(minutes=0)),
                name="hours_corrected_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(corrects=F("pk")), name="hours_correct_another_row"
            ),
        ]
        indexes = [models.Index(fields=["person", "-served_on"], name="hours_by_person")]

    def __str__(self):
        return f"{self.person} {self.served_on} {self.minutes}"


class ClaimStatus(models.TextChoices):
    FILED = "filed", _("社区在核对")
    ACCEPTED = "accepted", _("已更正")
    DECLINED = "declined", _("没有更正")


# From the left to any of the right: what the desk said stands, and a new doubt is a new row.
CLAIM_ARROWS = {
    ClaimStatus.FILED: frozenset({ClaimStatus.ACCEPTED, ClaimStatus.DECLINED}),
    ClaimStatus.ACCEPTED: frozenset(),
    ClaimStatus.DECLINED: frozenset(),
}


class HourClaimQuerySet(ScopedQuerySet):
    community_lookup = "person__community"

    def waiting(self):
        """Those that the desk has not answered, the oldest first."""
        return self.filter(status=ClaimStatus.FILED).order_by("filed_at", "pk")


class HourClaim(models.Model):
    """A helper says that minutes are wrong (`entry`) or that a service is missing (no `entry`); never deleted."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="hour_claims", verbose_name=_("人员")
    )
    entry = models.ForeignKey(
        HourEntry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="claims",
        verbose_name=_("哪一条"),
    )
    what = models.CharField(_("做了什么"), max_length=80)
    served_on = models.DateField(_("哪天"))
    minutes = models.PositiveIntegerField(_("应该是几分钟"))
    words = models.CharField(_("怎么回事"), max_length=200, blank=True)
    status = models.CharField(_("状态"), max_length=10, choices=ClaimStatus, default=ClaimStatus.FILED)
    submission_key = models.CharField(max_length=64, unique=True, editable=False)
    filed_at = models.DateTimeField(_("提出时间"), default=timezone.now, editable=False)
    settled_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("谁答复的")
    )
    granted = models.PositiveIntegerField(_("定为几分钟"), null=True, blank=True)
    answer = models.CharField(_("答复"), max_length=200, blank=True)

    objects = HourClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("时长核对")
        verbose_name_plural = _("时长核对")
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(status="filed"), name="hour_claim_one_waiting_per_entry"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ClaimStatus.values), name="hour_claim_status_known"
            ),
            models.CheckConstraint(
                condition=Q(minutes__lte=1440) & (Q(entry__isnull=False) | Q(minutes__gte=1)),
                name="hour_claim_within_a_day",
            ),
            models.CheckConstraint(
                condition=Q(status="filed", settled_at=None)
                | (
                    ~Q(status="filed") & ~Q(answer="") & Q(settled_at__isnull=False, settled_by__isnull=False)
                ),
                name="hour_claim_settled_with_an_answer",
            ),
            models.CheckConstraint(
                condition=(Q(status="accepted") & Q(granted__isnull=False, granted__lte=1440))
                | (~Q(status="accepted") & Q(granted=None)),
                name="hour_claim_granted_when_accepted",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.served_on} {self.get_status_display()}"


class StarRuleQuerySet(ScopedQuerySet):
    def reached(self, minutes):
        """The rules whose hours somebody with so many minutes has served, the most stars first."""
        return self.filter(hours__lte=minutes // 60).order_by("-stars")


class StarRule(models.Model):
    """From how many hours on somebody may be given so many stars. Seen by the helper alone; there is no board."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="star_rules", verbose_name=_("社区")
    )
    stars = models.PositiveSmallIntegerField(_("几星"), choices=[(n, f"{n} ★") for n in DEFAULT_STARS])
    hours = models.PositiveIntegerField(_("满多少小时"))

    objects = StarRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("星级标准")
        verbose_name_plural = _("星级标准")
        ordering = ["stars"]
        constraints = [
            models.UniqueConstraint(fields=["community", "stars"], name="star_rule_one_per_star"),
            models.UniqueConstraint(fields=["community", "hours"], name="star_rule_one_per_hours"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="star_rule_one_to_five"),
            models.CheckConstraint(condition=Q(hours__gte=1), name="star_rule_asks_for_time"),
        ]

    def __str__(self):
        return f"{self.stars} ★ {self.hours}"
