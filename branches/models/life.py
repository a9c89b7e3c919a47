"""Organisational life: what the year asks of a branch, and the meetings that answer it."""

import datetime as dt

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models.members import LEADERS, PartyMember, Post
from branches.models.territory import BranchGrid, BranchScopedQuerySet, PartyBranch, PartyGroup
from branches.rules.cadence import Every, MeetingKind
from branches.rules.voting import Base
from grids.models import Booking
from haimengyuan.lib.append_only import AppendOnlyModel, AppendOnlyQuerySet
from people.models import Community, ScopedQuerySet, User

MEETING_LASTS = dt.timedelta(minutes=120)  # when no room says how long


class CadenceRule(models.Model):
    """How often the community asks its branches for one kind of meeting, and on which day it is put."""

    community = models.ForeignKey(
        Community, on_delete=models.CASCADE, related_name="cadence_rules", verbose_name=_("社区")
    )
    kind = models.CharField(_("项目"), max_length=24, choices=MeetingKind)
    every = models.CharField(_("要求"), max_length=8, choices=Every)
    month = models.PositiveSmallIntegerField(
        _("放在第几个月"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text=_("每季度的填 1 到 3，每年的填 1 到 12"),
    )
    day = models.PositiveSmallIntegerField(
        _("放在几号"), default=10, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    at = models.TimeField(_("几点"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("组织生活要求")
        verbose_name_plural = _("组织生活要求")
        constraints = [
            models.UniqueConstraint(fields=["community", "kind"], name="cadence_one_rule_per_kind"),
            models.CheckConstraint(condition=Q(every__in=Every.values), name="cadence_every_known"),
            models.CheckConstraint(condition=Q(month__gte=1, month__lte=12), name="cadence_month_exists"),
            models.CheckConstraint(condition=Q(day__gte=1, day__lte=31), name="cadence_day_exists"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.get_every_display()}"


class VotingRules(models.Model):
    """How the community reads the voting rules where the texts leave it open (domain.md §1.3)."""

    community = models.OneToOneField(
        Community, on_delete=models.CASCADE, related_name="voting_rules", verbose_name=_("社区")
    )
    quorum_inclusive = models.BooleanField(
        _("到会“半数以上”包括正好一半"), default=True, help_text=_("取消勾选，就要超过一半才能表决")
    )
    election_base = models.CharField(
        _("选举时“超过半数”按谁算"),
        max_length=8,
        choices=Base,
        default=Base.PRESENT,
        help_text=_("两种算法结果不一样时，页面会提醒；以上级组织部门的答复为准"),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("表决规则")
        verbose_name_plural = _("表决规则")
        constraints = [
            models.CheckConstraint(condition=Q(election_base__in=Base.values), name="election_base_known"),
        ]

    def __str__(self):
        return f"{self.community}"


class MeetingStatus(models.TextChoices):
    PLANNED = "planned", _("已安排")
    ANNOUNCED = "announced", _("已通知")
    HELD = "held", _("开过了，等记录")
    MINUTED = "minuted", _("有记录，等签字")
    SIGNED = "signed", _("已签字")
    CANCELLED = "cancelled", _("没有开")


_S = MeetingStatus
# The only arrows there are. What was signed stays; what did not take place can still be made up for.
NEXT_MEETING_STATUSES = {
    _S.PLANNED: {_S.ANNOUNCED, _S.HELD, _S.CANCELLED},
    _S.ANNOUNCED: {_S.PLANNED, _S.HELD, _S.CANCELLED},
    _S.HELD: {_S.MINUTED, _S.PLANNED},
    _S.MINUTED: {_S.SIGNED},
    _S.SIGNED: set(),
    _S.CANCELLED: {_S.PLANNED},
}
AHEAD = (_S.PLANNED, _S.ANNOUNCED)
DONE = (_S.HELD, _S.MINUTED, _S.SIGNED)
OPEN_RECORD = (_S.HELD, _S.MINUTED)  # roll, votes and minutes can be written


class MeetingQuerySet(BranchScopedQuerySet):
    def ahead(self):
        """Planned or announced: not held and not given up."""
        return self.filter(status__in=AHEAD)

    def done(self):
        return self.filter(status__in=DONE)

    def of_year(self, year):
        """What belongs to a year: by its period, or by its day when the cadence did not ask for it."""
        return self.filter(Q(period__year=year) | Q(period=None, on__year=year))

    def with_related(self):
        elects = Meeting.objects.filter(pk=models.OuterRef("pk"), elections__isnull=False)
        return self.select_related(
            "branch__community__voting_rules",
            "group",
            "booking__venue",
            "signed_by__person",
            "copied_by__person",
        ).annotate(has_elections=models.Exists(elects))

    def with_signer(self, user):
        """Adds `user_signs`: whether `user` signs its record in person, as secretary or deputy of its branch today."""
        signers = Post.objects.current().filter(
            branch=models.OuterRef("branch"), kind__in=LEADERS, member__person=user.person_id
        )
        return self.annotate(user_signs=models.Exists(signers))

    def with_grid_number(self):
        """Adds `grid_number`: the first grid of its branch, None without one."""
        numbers = BranchGrid.objects.filter(branch=models.OuterRef("branch")).order_by("grid__number")
        return self.annotate(grid_number=models.Subquery(numbers.values("grid__number")[:1]))


class Meeting(models.Model):
    """One meeting of a branch or of a party group. `period` is set when the cadence asks for it.

    `on` is the day it is put on, and the day it was held once it was; `recorded_at` is when somebody wrote that down.
    """

    branch = models.ForeignKey(
        PartyBranch, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("支部")
    )
    group = models.ForeignKey(
        PartyGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=_("党小组"),
    )
    kind = models.CharField(_("项目"), max_length=24, choices=MeetingKind)
    title = models.CharField(_("主题"), max_length=60, blank=True)
    period = models.DateField(_("属于哪一期"), null=True, blank=True)
    due_by = models.DateField(_("最晚哪天"), null=True, blank=True)
    on = models.DateField(_("日期"))
    at = models.TimeField(_("时间"))
    place = models.CharField(_("地点"), max_length=60, blank=True)
    booking = models.OneToOneField(
        Booking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="branch_meeting",
        verbose_name=_("订的场地"),
    )
    day_chosen = models.BooleanField(_("日期是人定的"), default=False)
    status = models.CharField(_("状态"), max_length=10, choices=MeetingStatus, default=_S.PLANNED)
    cancel_reason = models.CharField(_("没有开的原因"), max_length=100, blank=True)
    recorded_at = models.DateTimeField(_("登记时间"), null=True, blank=True)
    signed_at = models.DateTimeField(_("签字时间"), null=True, blank=True)
    signed_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="signed_meetings",
        verbose_name=_("签字人"),
    )
    signed_on_paper = models.BooleanField(_("书记签在纸上"), default=False)
    copied_at = models.DateTimeField(_("抄到灯塔的时间"), null=True, blank=True)
    copied_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="copied_meetings",
        verbose_name=_("谁抄的"),
    )

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("组织生活")
        verbose_name_plural = _("组织生活")
        indexes = [models.Index(fields=["branch", "on"], name="meeting_by_branch_and_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "kind", "period"],
                condition=Q(group=None, period__isnull=False),
                name="meeting_one_of_a_branch_per_period",
            ),
            models.UniqueConstraint(
                fields=["group", "kind", "period"],
                condition=Q(group__isnull=False, period__isnull=False),
                name="meeting_one_of_a_group_per_period",
            ),
            models.CheckConstraint(condition=Q(kind__in=MeetingKind.values), name="meeting_kind_known"),
            models.CheckConstraint(condition=Q(status__in=_S.values), name="meeting_status_known"),
            models.CheckConstraint(
                condition=Q(period=None, due_by=None) | Q(period__isnull=False, due_by__isnull=False),
                name="meeting_period_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(cancel_reason=""), name="meeting_cancelled_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(status="signed", signed_at__isnull=False, signed_by__isnull=False)
                | (~Q(status="signed") & Q(signed_at=None)),
                name="meeting_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["held", "minuted", "signed"], recorded_at__isnull=False)
                | (~Q(status__in=["held", "minuted", "signed"]) & Q(recorded_at=None)),
                name="meeting_held_was_recorded",
            ),
        ]

    def __str__(self):
        return f"{self.branch} {self.name} {self.on}"

    @property
    def name(self):
        """What the meeting is called: 党小组会（第一小组）."""
        kind = self.get_kind_display()
        return f"{kind}（{self.group.name}）" if self.group_id else kind

    @property
    def is_ahead(self):
        return self.status in AHEAD

    @property
    def is_done(self):
        return self.status in DONE

    @property
    def is_open_record(self):
        return self.status in OPEN_RECORD

    @property
    def is_locked(self):
        return self.status == _S.SIGNED

    @property
    def starts_at(self):
        """The aware moment at which it begins."""
        return timezone.make_aware(dt.datetime.combine(self.on, self.at))

    @property
    def ends_at(self):
        """The end of its room's booking, else as long as meetings usually last."""
        return self.room.ends_at if self.room else self.starts_at + MEETING_LASTS

    @property
    def room(self):
        """The `Booking` of its room while that is held, else None."""
        return self.booking if self.booking_id and self.booking.is_holding else None

    @property
    def lost_its_room(self):
        """Whether somebody took the booking of its room back while the meeting is still ahead."""
        return self.is_ahead and self.booking_id is not None and not self.booking.is_holding

    @property
    def has_come(self):
        """Whether its day is today or past: only then can it be said that it took place."""
        return self.on <= timezone.localdate()

    @property
    def is_missed(self):
        """Asked for, not held, and its period is over."""
        return self.is_ahead and self.due_by is not None and self.due_by < timezone.localdate()

    @property
    def is_late(self):
        """Its day has passed and nobody has said that it took place."""
        return self.is_ahead and self.on < timezone.localdate()

    @property
    def days_until_recorded(self):
        """How many days after the meeting it was written down; shown, never hidden (features.md J7)."""
        if self.recorded_at is None:
            return 0
        return max(0, (timezone.localdate(self.recorded_at) - self.on).days)


class MeetingEventQuerySet(AppendOnlyQuerySet, ScopedQuerySet):
    community_lookup = "meeting__branch__community"


class MeetingEvent(AppendOnlyModel):
    """Who moved a meeting from which status to which, and when. Nobody changes it."""

    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="events", verbose_name=_("组织生活")
    )
    old_status = models.CharField(_("从"), max_length=10, choices=MeetingStatus)
    new_status = models.CharField(_("到"), max_length=10, choices=MeetingStatus)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="meeting_events", verbose_name=_("谁办的")
    )
    at = models.DateTimeField(_("时间"), default=timezone.now)

    objects = MeetingEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("组织生活经过")
        verbose_name_plural = _("组织生活经过")

    def __str__(self):
        return f"{self.get_old_status_display()} → {self.get_new_status_display()}"


class AttendanceQuerySet(BranchScopedQuerySet):
    branch_lookup = "meeting__branch"


class Attendance(models.Model):
    """Whether one member was at one meeting. `votes` is the right to vote as it was when the roll was made."""

    class State(models.TextChoices):
        EXPECTED = "expected", _("还没点到")
        PRESENT = "present", _("到会")
        LEAVE = "leave", _("请假")
        ABSENT = "absent", _("缺席")

    class Exclusion(models.TextChoices):
        """Who may be left out of those due, with approval and the meeting's consent (domain.md §1.3)."""

        UNFIT = "unfit", _("不能表达意志")
        BEDRIDDEN = "bedridden", _("长期卧床")
        ABROAD = "abroad", _("长期在国外")
        SENTENCE = "sentence", _("正在服刑")
        NOT_MOVED = "not_moved", _("组织关系该转没有转")

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, related_name="attendances", verbose_name=_("组织生活")
    )
    member = models.ForeignKey(
        PartyMember, on_delete=models.PROTECT, related_name="attendances", verbose_name=_("党员")
    )
    votes = models.BooleanField(_("有表决权"))
    state = models.CharField(_("到会情况"), max_length=10, choices=State, default=State.EXPECTED)
    reason = models.CharField(_("请假原因"), max_length=60, blank=True)
    exclusion = models.CharField(_("不计入应到会人数"), max_length=10, choices=Exclusion, blank=True)
    approved_by = models.CharField(_("哪个组织批准的"), max_length=60, blank=True)
    marked_at = models.DateTimeField(_("什么时候点的"), null=True, blank=True)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("到会名单")
        verbose_name_plural = _("到会名单")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "member"], name="attendance_once_per_member"),
            models.CheckConstraint(
                condition=Q(state__in=["expected", "present", "leave", "absent"]),
                name="attendance_state_known",
            ),
            models.CheckConstraint(
                condition=Q(exclusion__in=["", "unfit", "bedridden", "abroad", "sentence", "not_moved"]),
                name="attendance_exclusion_known",
            ),
            models.CheckConstraint(
                condition=Q(exclusion="") | ~Q(approved_by=""), name="attendance_exclusion_is_approved"
            ),
            models.CheckConstraint(
                condition=Q(exclusion="") | ~Q(state="present"), name="attendance_excluded_is_not_present"
            ),
            models.CheckConstraint(
                condition=~Q(state="leave") | ~Q(reason=""), name="attendance_leave_has_a_reason"
            ),
        ]

    def __str__(self):
        return f"{self.member.person} {self.get_state_display()}"
