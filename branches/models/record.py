"""What a meeting leaves behind: motions, things to do, minutes."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models.life import Meeting
from branches.models.members import PartyMember
from branches.models.territory import BranchScopedQuerySet, PartyBranch
from people.models import User


class MotionQuerySet(BranchScopedQuerySet):
    branch_lookup = "meeting__branch"


class Motion(models.Model):
    """Something put to the vote; for an election one motion per candidate. The result is computed and then stands.

    `due` and `present` are the voting members as they were when the votes were counted.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", _("表决")
        ELECTION = "election", _("选举（每位候选人一条）")

    class Result(models.TextChoices):
        OPEN = "", _("还没表决")
        PASSED = "passed", _("通过")
        FAILED = "failed", _("没有通过")

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, related_name="motions", verbose_name=_("组织生活")
    )
    number = models.PositiveSmallIntegerField(_("第几项"))
    kind = models.CharField(_("怎么定"), max_length=10, choices=Kind, default=Kind.DECISION)
    text = models.CharField(_("表决什么"), max_length=200)
    votes_for = models.PositiveSmallIntegerField(_("赞成"), null=True, blank=True)
    votes_against = models.PositiveSmallIntegerField(_("反对"), null=True, blank=True)
    abstained = models.PositiveSmallIntegerField(_("弃权"), null=True, blank=True)
    due = models.PositiveSmallIntegerField(_("应到会有表决权"), null=True, blank=True)
    present = models.PositiveSmallIntegerField(_("实到会有表决权"), null=True, blank=True)
    result = models.CharField(_("结果"), max_length=10, choices=Result, blank=True, default=Result.OPEN)
    disputed = models.BooleanField(_("两种算法结果不同"), default=False)
    decided_at = models.DateTimeField(_("表决时间"), null=True, blank=True)

    objects = MotionQuerySet.as_manager()

    class Meta:
        verbose_name = _("表决")
        verbose_name_plural = _("表决")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="motion_number_once_per_meeting"),
            models.CheckConstraint(condition=Q(kind__in=["decision", "election"]), name="motion_kind_known"),
            models.CheckConstraint(
                condition=Q(
                    result="", votes_for=None, votes_against=None, abstained=None, due=None, present=None
                )
                | Q(
                    result__in=["passed", "failed"],
                    votes_for__isnull=False,
                    votes_against__isnull=False,
                    abstained__isnull=False,
                    due__isnull=False,
                    present__isnull=False,
                ),
                name="motion_result_has_counts",
            ),
        ]

    def __str__(self):
        return f"{self.meeting} {self.number}"


class ActionItemQuerySet(BranchScopedQuerySet):
    def open(self):
        return self.filter(done_on=None)


class ActionItem(models.Model):
    """Something a meeting gave to somebody. It comes back on every agenda until one line says how it ended."""

    branch = models.ForeignKey(
        PartyBranch, on_delete=models.PROTECT, related_name="action_items", verbose_name=_("支部")
    )
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="action_items", verbose_name=_("哪次会上定的")
    )
    text = models.CharField(_("要做什么"), max_length=120)
    owner = models.ForeignKey(
        PartyMember, on_delete=models.PROTECT, related_name="action_items", verbose_name=_("谁来做")
    )
    due_on = models.DateField(_("哪天前做好"))
    done_on = models.DateField(_("做好的日期"), null=True, blank=True)
    result = models.CharField(_("一句话结果"), max_length=120, blank=True)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("会上定的事")
        verbose_name_plural = _("会上定的事")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on=None, result="") | (Q(done_on__isnull=False) & ~Q(result="")),
                name="action_item_ends_with_a_result",
            ),
        ]

    def __str__(self):
        return f"{self.branch} #{self.pk}"

    @property
    def is_overdue(self):
        return self.done_on is None and self.due_on < timezone.localdate()


class MinutesQuerySet(BranchScopedQuerySet):
    branch_lookup = "meeting__branch"

    def latest(self):
        return self.order_by("-version").first()


class Minutes(models.Model):
    """One version of the record of a meeting. The first is written until it is signed, later ones amend it.

    Attendance, votes and tasks stand in rows of their own and are not typed here again.
    """

    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="minutes", verbose_name=_("组织生活")
    )
    version = models.PositiveSmallIntegerField(_("第几版"), default=1)
    host = models.ForeignKey(
        PartyMember,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="hosted_minutes",
        verbose_name=_("主持人"),
    )
    recorder = models.ForeignKey(
        PartyMember,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="recorded_minutes",
        verbose_name=_("记录人"),
    )
    agenda = models.TextField(_("议程"), max_length=1000)
    points = models.TextField(_("发言要点"), max_length=4000, blank=True)
    dissent = models.TextField(_("不同意见"), max_length=1000, blank=True)
    conclusion = models.TextField(_("形成的意见"), max_length=1000, blank=True)
    amends_why = models.CharField(_("为什么更正"), max_length=100, blank=True)
    written_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="written_minutes", verbose_name=_("谁写的")
    )
    written_at = models.DateTimeField(_("写的时间"), default=timezone.now)
    locked_at = models.DateTimeField(_("定稿时间"), null=True, blank=True)

    objects = MinutesQuerySet.as_manager()

    class Meta:
        verbose_name = _("会议记录")
        verbose_name_plural = _("会议记录")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "version"], name="minutes_version_once"),
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(locked_at=None), name="minutes_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(version=1) | (~Q(amends_why="") & Q(locked_at__isnull=False)),
                name="minutes_amended_for_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.meeting} {self.version}"
