from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import GridScopedQuerySet
from people.models import Person, User
from services.models.orders import ServiceOrder


class OfferQuerySet(GridScopedQuerySet):
    grid_lookup = "order__grid"
    community_lookup = "order__community"

    def unanswered(self):
        return self.filter(answer=Offer.Answer.NONE)

    def late(self, now=None):
        """Unanswered past the four working hours (features.md V13)."""
        return self.unanswered().filter(answer_due_at__lte=now or timezone.now())


class Offer(models.Model):
    """A person is asked to take an order. Several may be asked; the first acceptance wins."""

    class Answer(models.TextChoices):
        NONE = "", _("等答复")
        ACCEPTED = "accepted", _("接了")
        DECLINED = "declined", _("不方便")
        TIMED_OUT = "timed_out", _("没有答复")
        WITHDRAWN = "withdrawn", _("收回了")
        TAKEN = "taken", _("别人先接了")
        CLOSED = "closed", _("接过，后来退回或重办")

    class Reason(models.TextChoices):
        """Three reasons, none of them asked for (features.md V13)."""

        NONE = "", _("没说")
        BUSY = "busy", _("这个时间没空")
        UNABLE = "unable", _("这件事做不了")
        FAR = "far", _("太远或要爬楼")

    order = models.ForeignKey(
        ServiceOrder, on_delete=models.CASCADE, related_name="offers", verbose_name=_("点单")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="offers", verbose_name=_("请谁接")
    )
    offered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="offers_made", verbose_name=_("谁派的")
    )
    note = models.CharField(_("交代一句"), max_length=100, blank=True)
    offered_at = models.DateTimeField(_("派单时间"), default=timezone.now)
    answer_due_at = models.DateTimeField(_("最晚答复"))
    answer = models.CharField(_("答复"), max_length=10, choices=Answer, blank=True, default=Answer.NONE)
    reason = models.CharField(_("原因"), max_length=10, choices=Reason, blank=True, default=Reason.NONE)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("派单")
        verbose_name_plural = _("派单")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "person"], condition=Q(answer=""), name="offer_one_unanswered_per_person"
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(answer="accepted"), name="offer_one_acceptance_per_order"
            ),
            models.CheckConstraint(
                condition=Q(
                    answer__in=["", "accepted", "declined", "timed_out", "withdrawn", "taken", "closed"]
                ),
                name="offer_answer_known",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="offer_answered_at_with_answer",
            ),
        ]
        indexes = [models.Index(fields=["answer_due_at"], condition=Q(answer=""), name="offer_unanswered")]

    def __str__(self):
        return f"{self.order} → {self.person}"
