import datetime as dt

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models.territory import Grid, GridScopedQuerySet
from haimengyuan.lib.moments import WEEKDAYS, say_day
from people.models import Consent, ConsentShown, Person

HALF_HOUR = dt.timedelta(minutes=30)


def on_the_half_hour(value):
    """Refuse a time between the half-hours that bookings are made of."""
    if value.minute not in (0, 30) or value.second or value.microsecond:
        raise ValidationError(_("时间要落在整点或半点，例如 8:30"))


class VenueQuerySet(GridScopedQuerySet):
    def open(self):
        """Those that residents see."""
        return self.filter(is_open=True).select_related("grid").order_by("kind", "grid__number", "name")


class Venue(models.Model):
    """A position (阵地): where people meet, and what is there (features.md P01)."""

    class Kind(models.TextChoices):
        GARDEN = "garden", _("议事园")
        MUTUAL_HELP = "help", _("互助中心")
        SERVICE = "service", _("服务站")
        OTHER = "other", _("其他")

    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="venues", verbose_name=_("网格"))
    kind = models.CharField(_("类别"), max_length=10, choices=Kind, default=Kind.OTHER)
    name = models.CharField(_("名称"), max_length=40)
    place = models.CharField(_("在哪儿"), max_length=100, help_text=_("例如：听涛苑 3 号楼东侧一楼"))
    seats = models.PositiveSmallIntegerField(_("能坐几人"), null=True, blank=True)
    step_free = models.BooleanField(_("没有台阶，轮椅能进"), default=False)
    access_note = models.CharField(_("怎么进去"), max_length=100, blank=True)
    equipment = models.CharField(_("有什么设备"), max_length=200, blank=True)
    offers = models.CharField(_("现在有什么"), max_length=200, blank=True, help_text=_("例如：每周三量血压"))
    bookable = models.BooleanField(_("可以预订"), default=True)
    min_minutes = models.PositiveSmallIntegerField(
        _("一次至少几分钟"), default=30, validators=[MinValueValidator(30)]
    )
    max_minutes = models.PositiveSmallIntegerField(
        _("一次至多几分钟"), default=240, validators=[MaxValueValidator(720)]
    )
    advance_days = models.PositiveSmallIntegerField(
        _("可以提前几天订"), default=30, validators=[MinValueValidator(1), MaxValueValidator(180)]
    )
    is_open = models.BooleanField(_("对居民开放"), default=True)

    objects = VenueQuerySet.as_manager()

    class Meta:
        verbose_name = _("场地")
        verbose_name_plural = _("场地")
        ordering = ["grid", "name"]
        constraints = [
            models.UniqueConstraint(fields=["grid", "name"], name="venue_unique_name"),
            models.CheckConstraint(
                condition=Q(kind__in=["garden", "help", "service", "other"]), name="venue_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(min_minutes__gte=30, min_minutes__lte=F("max_minutes")),
                name="venue_min_up_to_max",
            ),
        ]

    def __str__(self):
        return self.name


class OpeningHoursQuerySet(GridScopedQuerySet):
    grid_lookup = "venue__grid"


class OpeningHours(models.Model):
    """When a venue is open: on a weekday, or on one exception day, which replaces the weekday's rows."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="hours", verbose_name=_("场地"))
    weekday = models.PositiveSmallIntegerField(
        _("星期"), choices=list(enumerate(WEEKDAYS)), null=True, blank=True
    )
    day = models.DateField(
        _("例外的日子"), null=True, blank=True, help_text=_("填了日期，这一天就按这一行，不按星期")
    )
    opens = models.TimeField(
        _("开门"), null=True, blank=True, validators=[on_the_half_hour], help_text=_("例外的日子空着表示不开")
    )
    closes = models.TimeField(_("关门"), null=True, blank=True, validators=[on_the_half_hour])

    objects = OpeningHoursQuerySet.as_manager()

    class Meta:
        verbose_name = _("开放时间")
        verbose_name_plural = _("开放时间")
        ordering = ["day", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__isnull=False, day=None) | Q(weekday=None, day__isnull=False),
                name="opening_hours_weekday_or_day",
            ),
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")) | Q(day__isnull=False, opens=None, closes=None),
                name="opening_hours_open_before_close",
            ),
            models.CheckConstraint(
                condition=Q(weekday=None) | Q(weekday__lte=6), name="opening_hours_weekday_known"
            ),
        ]

    def __str__(self):
        return f"{self.venue}"

    def clean(self):
        """The constraints above, in the words of whoever fills in the row."""
        if (self.weekday is None) == (self.day is None):
            raise ValidationError(_("星期和例外的日子，填一个就行"))
        if (self.opens is None) != (self.closes is None) or (self.day is None and self.opens is None):
            raise ValidationError(_("请把开门和关门的时间都填上"))
        if self.opens and self.opens >= self.closes:
            raise ValidationError(_("关门要晚于开门"))


class BookingStatus(models.TextChoices):
    REQUESTED = "requested", _("等社区答复")
    CONFIRMED = "confirmed", _("订好了")
    DECLINED = "declined", _("没有订成")
    CANCELLED = "cancelled", _("已取消")
    EXPIRED = "expired", _("没来得及答复，时间放开了")


# The one table of arrows of a booking; `grids.actions.bookings.move` is the only function that walks it.
NEXT_BOOKING = {
    BookingStatus.REQUESTED: {
        BookingStatus.CONFIRMED,
        BookingStatus.DECLINED,
        BookingStatus.CANCELLED,
        BookingStatus.EXPIRED,
    },
    BookingStatus.CONFIRMED: {BookingStatus.CANCELLED},
    BookingStatus.DECLINED: set(),
    BookingStatus.CANCELLED: set(),
    BookingStatus.EXPIRED: set(),
}
HOLDING = (BookingStatus.REQUESTED, BookingStatus.CONFIRMED)


class BookingQuerySet(GridScopedQuerySet):
    grid_lookup = "venue__grid"

    def with_related(self):
        return self.select_related("venue__grid__community", "contact", "entered_by__person")

    def silent(self):
        """Those of residents who have taken their consent back: the portal tells them nothing, so somebody calls."""
        withdrawn = Consent.objects.withdrawn(OuterRef("contact"), Consent.Purpose.BOOKING)
        return self.filter(withdrawn, kind=Booking.Kind.RESIDENT)

    def holding(self):
        """Those that hold their time: confirmed, or waiting for the community's answer."""
        return self.filter(status__in=HOLDING)

    def waiting(self):
        """What waits for one click, the soonest first."""
        return self.filter(status=BookingStatus.REQUESTED).order_by("starts_at", "pk")

    def unanswered(self, now=None):
        """Requests whose answer is overdue: their time is to be given back."""
        return self.filter(status=BookingStatus.REQUESTED, answer_due_at__lte=now or timezone.now())

    def between(self, first, last):
        """Bookings that begin on a day from `first` to `last`, both included, in the portal's time zone."""
        return self.filter(starts_at__date__gte=first, starts_at__date__lte=last).order_by("starts_at")

    def group_of(self, booking):
        """The bookings of the same series, in order; the booking alone when it stands for itself."""
        same = Q(series=booking.series) if booking.series else Q(pk=booking.pk)
        return self.filter(same).order_by("starts_at")


class Booking(ConsentShown):
    """A venue for somebody from one half-hour to another. Its slots are rows, so two can never overlap."""

    class Kind(models.TextChoices):
        BRANCH = "branch", _("支部和社区用")
        RESIDENT = "resident", _("居民用")
        BLOCK = "block", _("停用")

    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("场地")
    )
    kind = models.CharField(_("谁用"), max_length=10, choices=Kind, default=Kind.RESIDENT)
    status = models.CharField(
        _("状态"), max_length=10, choices=BookingStatus, default=BookingStatus.REQUESTED
    )
    title = models.CharField(_("做什么用"), max_length=60)
    starts_at = models.DateTimeField(_("从"))
    ends_at = models.DateTimeField(_("到"))
    series = models.UUIDField(_("同一组"), null=True, blank=True, editable=False)
    contact = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name=_("联系人"),
    )
    entered_by = models.ForeignKey(
        "people.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name=_("登记人"),
    )
    submission_key = models.CharField(max_length=80, unique=True, editable=False)
    reason = models.CharField(_("原因"), max_length=100, blank=True)
    answer_due_at = models.DateTimeField(_("最晚答复"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)
    moved_at = models.DateTimeField(_("最近变化"), default=timezone.now, editable=False)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("场地预订")
        verbose_name_plural = _("场地预订")
        indexes = [
            models.Index(fields=["venue", "starts_at"], name="booking_by_venue"),
            models.Index(fields=["starts_at"], condition=Q(status="requested"), name="booking_waiting"),
            models.Index(fields=["series"], condition=Q(series__isnull=False), name="booking_by_series"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["branch", "resident", "block"]), name="booking_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "confirmed", "declined", "cancelled", "expired"]),
                name="booking_status_known",
            ),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="booking_ends_after_start"),
            models.CheckConstraint(
                condition=~Q(status__in=["declined", "cancelled", "expired"]) | ~Q(reason=""),
                name="booking_end_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["requested", "expired"]) | Q(answer_due_at__isnull=False),
                name="booking_request_has_a_limit",
            ),
        ]

    def __str__(self):
        return f"{self.venue} {self.when}"

    @property
    def when(self):
        """11月27日 周五 9:00–10:30."""
        starts, ends = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        return f"{say_day(starts.date())} {starts.hour}:{starts:%M}–{ends.hour}:{ends:%M}"

    @property
    def is_holding(self):
        return self.status in HOLDING


class BookingSlot(models.Model):
    """One half-hour of a venue that a booking holds; it goes when the booking is declined or cancelled."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="slots", verbose_name=_("场地"))
    starts_at = models.DateTimeField(_("从"))
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, related_name="slots", verbose_name=_("预订")
    )

    class Meta:
        verbose_name = _("半小时")
        verbose_name_plural = _("半小时")
        constraints = [
            models.UniqueConstraint(fields=["venue", "starts_at"], name="booking_slot_never_twice")
        ]

    def __str__(self):
        return f"{self.venue} {timezone.localtime(self.starts_at):%m-%d %H:%M}"
