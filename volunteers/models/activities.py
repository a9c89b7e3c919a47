import datetime as dt

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Notice
from grids.models import Booking, Grid, GridScopedQuerySet, Venue
from haimengyuan.lib.moments import say_hours, say_span
from people.models import Community
from volunteers.models.helpers import Skill

MOST_PLACES = 2000
LONGEST = dt.timedelta(hours=24)  # from start to end; `volunteers.actions.activities.check_times` keeps to it


class ActivityStatus(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("报名中")
    CANCELLED = "cancelled", _("取消了")
    FINISHED = "finished", _("已结束")


# The one table of arrows of an activity; `volunteers.actions.activities.move_activity` alone walks it.
NEXT_ACTIVITY = {
    ActivityStatus.DRAFT: {ActivityStatus.PUBLISHED, ActivityStatus.CANCELLED},
    ActivityStatus.PUBLISHED: {ActivityStatus.CANCELLED, ActivityStatus.FINISHED},
    ActivityStatus.CANCELLED: set(),
    ActivityStatus.FINISHED: set(),
}


class SeriesQuerySet(GridScopedQuerySet):
    grid_lookup = "pattern__grid"
    community_lookup = "pattern__community"

    def running(self, now):
        """Those that may still have dates to come."""
        return self.filter(Q(until=None) | Q(until__gte=now))


class ActivitySeries(models.Model):
    """What comes back by a rule of RFC 5545. Its dates are rows of `Activity`, made some weeks ahead."""

    class DayOff(models.TextChoices):
        KEEP = "keep", _("照常办")
        NEXT = "next", _("顺延到下一个工作日")
        SKIP = "skip", _("这一次不办")

    pattern = models.OneToOneField(
        "Activity", on_delete=models.PROTECT, related_name="pattern_of", verbose_name=_("样板")
    )
    rule = models.CharField(_("规则"), max_length=100)
    first_start = models.DateTimeField(_("第一次"))
    until = models.DateTimeField(_("办到"), null=True, blank=True)
    on_day_off = models.CharField(_("遇到休息日"), max_length=4, choices=DayOff, default=DayOff.NEXT)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # how often and when it was cut short, for calendars (RFC 5545, 3.8.7.4)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("系列活动")
        verbose_name_plural = _("系列活动")
        constraints = [
            models.CheckConstraint(
                condition=Q(on_day_off__in=["keep", "next", "skip"]), name="series_day_off_known"
            ),
            models.CheckConstraint(condition=~Q(rule=""), name="series_has_rule"),
        ]

    def __str__(self):
        return self.rule


def say_place(venue, where):
    """A venue with where it is: 议事园（听涛苑 3 号楼东侧）; "" for none."""
    return f"{venue}（{where}）" if venue else ""


class ActivityQuerySet(GridScopedQuerySet):
    community_lookup = "community"

    def real(self):
        """Those that take place somewhere, as against templates."""
        return self.filter(is_template=False)

    def templates(self):
        """What new activities are copied from by hand; the patterns of series are not among them."""
        return self.filter(is_template=True, pattern_of=None).order_by("title", "pk")

    def public(self):
        """What residents may see: whatever was announced once, cancelled ones too."""
        return self.real().exclude(status=ActivityStatus.DRAFT).exclude(announced_at=None)

    def upcoming(self, now, since=None):
        """What has not ended yet, the soonest first.

        Nothing that began before `since`, which is `LONGEST` ago, can still be going on: so the index of starts gives
        the first few of thousands without sorting them.
        """
        since = since or now - LONGEST
        return self.filter(ends_at__gt=now, starts_at__gte=since).order_by("starts_at", "pk")

    def next_of_each_series(self, now):
        """Single ones, and of every series the next date that takes place; the others are on its page."""
        earlier = Activity.objects.filter(
            series=OuterRef("series"),
            status=ActivityStatus.PUBLISHED,
            ends_at__gt=now,
            starts_at__lt=OuterRef("starts_at"),
        )
        return self.exclude(Exists(earlier))

    def with_counts(self):
        """Adds `places` and `taken`, summed over the shifts."""
        return self.annotate(
            places=Coalesce(Sum("shifts__capacity"), 0), taken=Coalesce(Sum("shifts__taken"), 0)
        )

    def with_related(self):
        return self.select_related("community", "grid", "venue", "booking", "series")

    def with_shifts(self):
        """Each activity once for each `shift` with its skill, in their order, and at least once."""
        shifts = self.annotate(shift=FilteredRelation("shifts")).select_related("shift__skill")
        return shifts.order_by("shift__starts_at", "shift__pk")


class Activity(models.Model):
    """Something that people come to or help with, at one place, from one moment to another (features.md A8)."""

    class Kind(models.TextChoices):
        SERVICE = "service", _("便民服务")
        VOLUNTEER = "volunteer", _("志愿服务")
        CULTURE = "culture", _("文体邻里")
        LEARNING = "learning", _("讲座学习")

    class ForWhom(models.TextChoices):
        EVERYBODY = "all", _("大家都能来")
        ELDERLY = "elderly", _("适合老人")
        FAMILY = "family", _("亲子")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="activities", verbose_name=_("社区")
    )
    grid = models.ForeignKey(
        Grid,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("哪个网格办"),
        help_text=_("空着表示全社区"),
    )
    kind = models.CharField(_("哪一类"), max_length=10, choices=Kind, default=Kind.SERVICE)
    for_whom = models.CharField(_("给谁办"), max_length=10, choices=ForWhom, default=ForWhom.EVERYBODY)
    title = models.CharField(_("活动名称"), max_length=40)
    what = models.TextField(_("做什么"), max_length=600, blank=True)
    notes = models.TextField(_("请大家注意"), max_length=300, blank=True)
    organiser = models.CharField(_("谁组织"), max_length=40, blank=True)
    venue = models.ForeignKey(
        Venue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("社区的场地"),
    )
    place_text = models.CharField(_("别的地点"), max_length=60, blank=True)
    booking = models.OneToOneField(
        Booking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="activity",
        verbose_name=_("订的场地"),
    )
    recap = models.OneToOneField(
        Notice,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="recap_of",
        verbose_name=_("小结"),
    )
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    status = models.CharField(_("状态"), max_length=10, choices=ActivityStatus, default=ActivityStatus.DRAFT)
    reason = models.CharField(_("取消的原因"), max_length=100, blank=True)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    series = models.ForeignKey(
        ActivitySeries,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("系列"),
    )
    original_start = models.DateTimeField(_("按规则的时间"), null=True, blank=True, editable=False)
    is_own = models.BooleanField(_("单独改过"), default=False, editable=False)
    is_template = models.BooleanField(_("模板"), default=False, editable=False)
    created_by = models.ForeignKey(
        "people.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("登记人"),
    )
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)
    announced_at = models.DateTimeField(_("发布时间"), null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(_("最近变化"), default=timezone.now, editable=False)

    shift = None  # of a row of `with_shifts`: the shift, if there is one

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("活动")
        verbose_name_plural = _("活动")
        indexes = [
            models.Index(fields=["community", "ends_at"], name="activity_by_end"),
            models.Index(fields=["community", "starts_at"], name="activity_by_start"),
            models.Index(
                fields=["ends_at"], condition=Q(status="published"), name="activity_published_by_end"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["series", "original_start"], name="activity_once_per_date"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "published", "cancelled", "finished"]),
                name="activity_status_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["service", "volunteer", "culture", "learning"]),
                name="activity_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(for_whom__in=["all", "elderly", "family"]), name="activity_for_whom_known"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="activity_ends_after_start"),
            models.CheckConstraint(
                condition=Q(venue__isnull=False) | ~Q(place_text=""), name="activity_has_place"
            ),
            models.CheckConstraint(
                condition=Q(series=None, original_start=None)
                | Q(series__isnull=False, original_start__isnull=False),
                name="activity_of_series_has_date",
            ),
            models.CheckConstraint(
                condition=Q(is_template=False) | Q(status="draft", series=None),
                name="activity_template_is_draft",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(reason=""), name="activity_cancelled_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | Q(announced_at__isnull=False),
                name="activity_published_was_announced",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def place(self):
        """The place in words: the venue with where it is, or what was written."""
        return say_place(self.venue.name, self.venue.place) if self.venue else self.place_text

    @property
    def room(self):
        """The `Booking` of its venue while that is held, else None."""
        return self.booking if self.booking_id and self.booking.is_holding else None

    @property
    def lacks_its_room(self):
        """Whether it is announced for a venue that is not held: somebody took the booking back, or nobody made one."""
        return self.is_published and self.venue_id is not None and self.room is None

    @property
    def when(self):
        """11月28日 周六 8:30–10:30."""
        return say_span(self.starts_at, self.ends_at)

    @property
    def hours(self):
        """The clock times alone: 8:30–10:30."""
        return say_hours(self.starts_at, self.ends_at)

    @property
    def is_published(self):
        return self.status == ActivityStatus.PUBLISHED


class ShiftQuerySet(GridScopedQuerySet):
    grid_lookup = "activity__grid"
    community_lookup = "activity__community"

    def open(self, now):
        """Those that somebody can still sign up for: published and not begun."""
        return self.filter(
            activity__status=ActivityStatus.PUBLISHED, activity__is_template=False, starts_at__gt=now
        )


class Shift(models.Model):
    """A role or a time slot inside an activity with its places. `taken` never passes `capacity`."""

    class Kind(models.TextChoices):
        GUEST = "guest", _("来参加")
        HELPER = "helper", _("来帮忙")

    activity = models.ForeignKey(
        Activity, on_delete=models.CASCADE, related_name="shifts", verbose_name=_("活动")
    )
    kind = models.CharField(_("来做什么"), max_length=10, choices=Kind, default=Kind.GUEST)
    name = models.CharField(_("哪一组"), max_length=30, blank=True)
    skill = models.ForeignKey(
        Skill,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="shifts",
        verbose_name=_("要会什么"),
    )
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    capacity = models.PositiveSmallIntegerField(
        _("名额"), validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
    )
    taken = models.PositiveSmallIntegerField(_("已占"), default=0, editable=False)
    tickets = models.PositiveIntegerField(default=0, editable=False)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("分组")
        verbose_name_plural = _("分组")
        ordering = ["activity", "starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken__gte=0, taken__lte=F("capacity")), name="shift_taken_up_to_capacity"
            ),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="shift_has_places"),
            models.CheckConstraint(condition=Q(kind__in=["guest", "helper"]), name="shift_kind_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start"),
        ]

    def __str__(self):
        return self.name or self.get_kind_display()

    @property
    def free(self):
        return self.capacity - self.taken

    @property
    def is_full(self):
        return self.taken >= self.capacity

    @property
    def when(self):
        return say_span(self.starts_at, self.ends_at)

    @property
    def hours(self):
        """The clock times alone: 8:30–10:30."""
        return say_hours(self.starts_at, self.ends_at)
