import datetime as dt

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grids.models import Building, Dwelling, Grid, GridScopedQuerySet
from haimengyuan.lib.compiled import compiled_once
from people.models import Community, Consent, ConsentShown, Person, User
from services.models.catalogue import Service
from services.models.states import (
    CLOSED_STATUSES,
    ENDED_STATUSES,
    NEXT_STATUSES,
    OPEN_STATUSES,
    OrderStatus,
)


class ServiceOrderQuerySet(GridScopedQuerySet):
    community_lookup = "community"

    def open(self):
        """Somebody still has to do something."""
        return self.filter(status__in=OPEN_STATUSES)

    def waiting_for_desk(self):
        return self.filter(status=OrderStatus.SUBMITTED)

    def overdue(self, now=None):
        """Open, the clock running, and past the due time."""
        return self.open().filter(paused_at=None, due_at__lt=now or timezone.now())

    def due_within(self, start, end):
        return self.open().filter(paused_at=None, due_at__gte=start, due_at__lt=end)

    def ended(self):
        """Handed back to the resident and not answered yet."""
        return self.filter(status__in=ENDED_STATUSES)

    def carried_by(self, person):
        """What this helper has accepted and not finished."""
        return self.filter(assigned_to=person, status__in=[OrderStatus.ACCEPTED, OrderStatus.WAITING])

    def most_ordered(self, community, *, days, top):
        """Codes of the services that were ordered most within the last `days`, the most first."""
        recent = self.filter(community=community, submitted_at__gte=timezone.now() - dt.timedelta(days=days))
        counted = (
            recent.values("service__code").annotate(times=Count("pk")).order_by("-times", "service__code")
        )
        return [row["service__code"] for row in counted[:top]]

    def with_related(self):
        """What every list and page of orders prints, in one query."""
        return self.select_related(
            "service", "grid", "building", "dwelling", "contact", "for_person", "assigned_to", "community"
        )


class ServiceOrder(ConsentShown):
    """An order of a service. `status` is moved by `services.actions.move` and by nothing else."""

    REOPEN_WITHIN = dt.timedelta(days=15)
    RATE_WITHIN = dt.timedelta(days=7)  # a rating may be changed this long
    UNDO_WITHIN = dt.timedelta(minutes=10)

    class EndedAs(models.TextChoices):
        """ "Replied" and "solved" are different ends and stay so after the resident has answered (features.md V15)."""

        NOT_YET = "", _("还没办完")
        REPLIED = "replied", _("已答复")
        SOLVED = "solved", _("已办结")

    class Channel(models.TextChoices):
        WEB = "web", _("网页")
        PHONE = "phone", _("电话")
        WALK_IN = "walk_in", _("窗口")
        ON_BEHALF = "on_behalf", _("上门或路上碰到")
        API = "api", _("其他系统")

    class Wish(models.TextChoices):
        SOON = "soon", _("越快越好")
        HALF_DAY = "half_day", _("约个半天")
        CALL = "call", _("电话里再说")

    class Half(models.TextChoices):
        NONE = "", "—"
        MORNING = "am", _("上午")
        AFTERNOON = "pm", _("下午")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="orders", verbose_name=_("社区")
    )
    number = models.CharField(_("单号"), max_length=8)
    submission_key = models.CharField(max_length=64, unique=True, editable=False)
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="orders", verbose_name=_("服务")
    )
    status = models.CharField(_("状态"), max_length=12, choices=OrderStatus, default=OrderStatus.SUBMITTED)
    ended_as = models.CharField(
        _("怎么办完的"), max_length=8, choices=EndedAs, blank=True, default=EndedAs.NOT_YET
    )
    channel = models.CharField(_("怎么点的"), max_length=10, choices=Channel, default=Channel.WEB)

    contact = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("联系人"),
    )
    for_person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders_for",
        verbose_name=_("替谁点的"),
    )
    entered_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entered_orders",
        verbose_name=_("谁录入的"),
    )
    grid = models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("网格")
    )
    building = models.ForeignKey(
        Building,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("楼栋"),
    )
    dwelling = models.ForeignKey(
        Dwelling,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("房屋"),
    )
    place_text = models.CharField(_("地点"), max_length=100, blank=True)
    need = models.CharField(_("什么事"), max_length=200)
    wish = models.CharField(_("希望什么时候"), max_length=10, choices=Wish, default=Wish.SOON)
    wish_on = models.DateField(_("希望哪天"), null=True, blank=True)
    wish_half = models.CharField(
        _("希望上午还是下午"), max_length=2, choices=Half, blank=True, default=Half.NONE
    )

    assigned_to = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned_orders",
        verbose_name=_("谁在办"),
    )
    visit_on = models.DateField(_("约好哪天"), null=True, blank=True)
    visit_half = models.CharField(
        _("约好上午还是下午"), max_length=2, choices=Half, blank=True, default=Half.NONE
    )
    visit_agreed = models.BooleanField(_("居民同意这个时间"), default=True)
    result = models.CharField(_("结果"), max_length=200, blank=True)
    outside_body = models.CharField(_("转给了哪里"), max_length=60, blank=True)
    outside_number = models.CharField(_("对方的单号"), max_length=40, blank=True)

    submitted_at = models.DateTimeField(_("点单时间"), default=timezone.now)
    dispatch_due_at = models.DateTimeField(_("最晚派单"))
    due_at = models.DateTimeField(_("最晚办完"))
    paused_at = models.DateTimeField(_("停表时间"), null=True, blank=True)
    moved_at = models.DateTimeField(_("最近一次变化"), default=timezone.now)
    ended_at = models.DateTimeField(_("办完时间"), null=True, blank=True)
    questions_asked = models.PositiveSmallIntegerField(_("请居民补充过几次"), default=0)
    reopened_times = models.PositiveSmallIntegerField(_("重办过几次"), default=0)
    is_demo = models.BooleanField(_("演示资料"), default=False, editable=False)

    objects = ServiceOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("点单")
        verbose_name_plural = _("点单")
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["community", "number"], name="order_unique_number"),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(
                condition=Q(ended_as__in=["", "replied", "solved"]), name="order_ended_as_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["web", "phone", "walk_in", "on_behalf", "api"]),
                name="order_channel_known",
            ),
            models.CheckConstraint(
                condition=Q(wish__in=["soon", "half_day", "call"]), name="order_wish_known"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", paused_at__isnull=False)
                | (~Q(status="waiting") & Q(paused_at=None)),
                name="order_clock_pauses_while_waiting",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[*CLOSED_STATUSES], ended_at__isnull=False)
                | (~Q(status__in=[*CLOSED_STATUSES]) & Q(ended_at=None)),
                name="order_ended_at_with_its_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["community", "due_at", "id"],
                condition=Q(status__in=[*OPEN_STATUSES]),
                name="order_open",
            ),
            models.Index(fields=["community", "status", "due_at", "id"], name="order_by_status"),
            models.Index(
                fields=["grid", "due_at", "id"],
                condition=Q(status__in=[*OPEN_STATUSES]),
                name="order_open_in_grid",
            ),
            models.Index(fields=["community", "-submitted_at", "-id"], name="order_newest"),
            models.Index(
                fields=["ended_at"], condition=Q(status__in=[*ENDED_STATUSES]), name="order_unanswered"
            ),
        ]

    def __str__(self):
        return self.spoken_number

    @property
    def spoken_number(self):
        """2706 4251: grouped as it is printed and read out."""
        return f"{self.number[:4]} {self.number[4:]}"

    def get_status_display(self):
        """The words of the status; Django's own method reads all of them first."""
        return str(OrderStatus(self.status).label)

    @property
    def next_statuses(self):
        return NEXT_STATUSES[OrderStatus(self.status)]

    @property
    def is_open(self):
        return self.status in OPEN_STATUSES

    @property
    def is_overdue(self):
        return self.is_open and self.paused_at is None and self.due_at < timezone.now()

    @property
    def beneficiary(self):
        """Whom the service is for: another person when somebody ordered for them."""
        return self.for_person or self.contact

    @property
    def place(self):
        """The full place, for those who go there."""
        if self.dwelling:
            return f"{self.building} {self.dwelling.door}"
        return " ".join(
            part for part in (str(self.building) if self.building else "", self.place_text) if part
        )

    @property
    def place_to_building(self):
        """The place without unit and room, for everybody before acceptance and for the public timeline."""
        return str(self.building) if self.building else gettext("楼号待核实")

    def is_silent(self):
        """Whether whoever ordered has taken their consent back, so that the portal tells them nothing. One query."""
        withdrawn = Person.objects.having_withdrawn(Consent.Purpose.ORDER)
        return self.contact_id is not None and withdrawn.filter(pk=self.contact_id).exists()

    @property
    def can_be_reopened(self):
        """Within 15 days of its end (features.md V19)."""
        return (
            self.status in CLOSED_STATUSES
            and self.ended_at is not None
            and timezone.now() <= self.ended_at + self.REOPEN_WITHIN
        )


@compiled_once(community=int, pk=int)
def _for_its_resident(community, pk):
    orders = ServiceOrder.objects.select_related(
        "service", "grid", "building", "contact", "assigned_to"
    ).only(
        *(field.name for field in ServiceOrder._meta.concrete_fields),
        *("service__code", "service__name_zh", "service__time_limit_workdays"),
        *("grid__number", "grid__name", "building__estate", "building__name"),
        *("contact__name", "contact__phone", "assigned_to__name"),
    )
    return orders.filter(community=community, pk=pk)


def order_for_its_resident(community, pk):
    """What the public page of one order prints, or None. One query; columns that it does not print come when asked for."""
    return _for_its_resident.row(community=community.pk, pk=pk)
