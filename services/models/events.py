from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import GridScopedQuerySet
from haimengyuan.lib.append_only import AppendOnlyModel, AppendOnlyQuerySet
from haimengyuan.lib.compiled import compiled_once
from people.models import Person, User
from services.models.orders import ServiceOrder
from services.models.states import OrderStatus


class OrderEventQuerySet(AppendOnlyQuerySet, GridScopedQuerySet):
    grid_lookup = "order__grid"
    community_lookup = "order__community"

    def in_order(self):
        return self.order_by("pk")

    def for_resident(self):
        """What the resident's timeline shows: no internal notes."""
        return self.filter(is_internal=False)


class OrderEvent(AppendOnlyModel):
    """One thing that happened to an order: the audit trail, the timeline and the source of statistics."""

    class Kind(models.TextChoices):
        MOVE = "move", _("状态变化")
        NOTE = "note", _("备注")
        PLACE = "place", _("核实地点")
        VISIT = "visit", _("约时间")
        UNDO = "undo", _("撤回上一步")

    order = models.ForeignKey(
        ServiceOrder, on_delete=models.CASCADE, related_name="events", verbose_name=_("点单")
    )
    kind = models.CharField(_("类别"), max_length=10, choices=Kind, default=Kind.MOVE)
    old_status = models.CharField(_("原状态"), max_length=12, choices=OrderStatus, blank=True)
    new_status = models.CharField(_("新状态"), max_length=12, choices=OrderStatus)
    actor_user = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="order_events",
        verbose_name=_("账号"),
    )
    actor_person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="order_events",
        verbose_name=_("人员"),
    )
    actor_timer = models.CharField(_("定时任务"), max_length=30, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    is_internal = models.BooleanField(_("居民看不到"), default=False)
    before = models.JSONField(_("变化前"), default=dict, editable=False)
    undoes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
        verbose_name=_("撤回了哪一步"),
    )
    at = models.DateTimeField(_("时间"), default=timezone.now)

    objects = OrderEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("办理经过")
        verbose_name_plural = _("办理经过")
        indexes = [models.Index(fields=["order", "id"], name="order_event_timeline")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["move", "note", "place", "visit", "undo"]),
                name="order_event_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(new_status__in=OrderStatus.values), name="order_event_status_known"
            ),
            models.CheckConstraint(
                condition=Q(actor_user__isnull=False, actor_person=None, actor_timer="")
                | Q(actor_user=None, actor_person__isnull=False, actor_timer="")
                | (Q(actor_user=None, actor_person=None) & ~Q(actor_timer="")),
                name="order_event_one_actor",
            ),
        ]

    def __str__(self):
        return f"{self.order} {self.get_kind_display()}"


@compiled_once(order=int)
def _for_resident(order):
    return OrderEvent.objects.filter(order=order).for_resident().in_order()


def events_for_resident(order):
    """The steps of an order that its resident's timeline shows, in order, as a list."""
    return _for_resident.rows(order=order.pk)
