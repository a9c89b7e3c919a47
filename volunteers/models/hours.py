from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Grid, GridScopedQuerySet
from people.models import Person


class HourEntryQuerySet(GridScopedQuerySet):
    @property
    def community_lookup(self):
        return "person__community"

    def for_place(self, user):
        """A grid head sees the hours of the helpers of the own grid."""
        return self.filter(person__helper__grid__in=Grid.objects.held_by(user.person_id))

    def total_minutes(self):
        return self.aggregate(total=Sum("minutes"))["total"] or 0


class HourEntry(models.Model):
    """Minutes that somebody served; `source_key` ("order:27064251:1") keeps one service from being counted twice."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="hour_entries", verbose_name=_("人员")
    )
    minutes = models.PositiveIntegerField(_("分钟"))
    what = models.CharField(_("做了什么"), max_length=80)
    served_on = models.DateField(_("日期"), default=timezone.localdate)
    source_key = models.CharField(_("来源"), max_length=60, unique=True)
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = HourEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("服务时长")
        verbose_name_plural = _("服务时长")
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=1440), name="hours_within_a_day")
        ]

    def __str__(self):
        return f"{self.person} {self.served_on} {self.minutes}"
