from django.db import models
from django.db.models import Avg, Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import GridScopedQuerySet
from services.models.orders import ServiceOrder


class RatingQuerySet(GridScopedQuerySet):
    grid_lookup = "order__grid"
    community_lookup = "order__community"

    def summary_of(self, service, *, at_least):
        """Count, average (one decimal) and share of 4 and 5 in percent; None below `at_least` ratings."""
        found = self.filter(order__service=service).aggregate(
            count=Count("pk"), average=Avg("score"), good=Count("pk", filter=Q(score__gte=4))
        )
        if found["count"] < at_least:
            return None
        return {
            "count": found["count"],
            "average": f"{found['average']:.1f}",
            "satisfied": round(100 * found["good"] / found["count"]),
        }


class Rating(models.Model):
    """What the resident thinks of a finished order: the five national levels (domain.md §4.1)."""

    class Score(models.IntegerChoices):
        VERY_SATISFIED = 5, _("非常满意")
        SATISFIED = 4, _("满意")
        BASICALLY = 3, _("基本满意")
        DISSATISFIED = 2, _("不满意")
        VERY_DISSATISFIED = 1, _("非常不满意")

    order = models.OneToOneField(
        ServiceOrder, on_delete=models.CASCADE, related_name="rating", verbose_name=_("点单")
    )
    score = models.PositiveSmallIntegerField(_("评价"), choices=Score)
    words = models.CharField(_("说了什么"), max_length=200, blank=True)
    rated_at = models.DateTimeField(_("评价时间"), default=timezone.now)
    changed_at = models.DateTimeField(_("修改时间"), null=True, blank=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("评价")
        verbose_name_plural = _("评价")
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_one_to_five"),
        ]

    def __str__(self):
        return self.get_score_display()
