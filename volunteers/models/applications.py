from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Building
from people.models import Community, ConsentShown, Person, ScopedQuerySet, User


class ApplicationStatus(models.TextChoices):
    FILED = "filed", _("等社区联系")
    ACCEPTED = "accepted", _("已登记")
    DECLINED = "declined", _("没有登记")


# From the left to any of the right. What was answered stays answered; who changed their mind applies again.
APPLICATION_ARROWS = {
    ApplicationStatus.FILED: frozenset({ApplicationStatus.ACCEPTED, ApplicationStatus.DECLINED}),
    ApplicationStatus.ACCEPTED: frozenset(),
    ApplicationStatus.DECLINED: frozenset(),
}


class HelperApplicationQuerySet(ScopedQuerySet):
    def waiting(self):
        """Those that the desk has not answered, the oldest first."""
        return self.filter(status=ApplicationStatus.FILED).order_by("filed_at", "pk")


class HelperApplication(ConsentShown):
    """Somebody who wants to help, from the public page. Nobody is a helper before the desk has spoken with them."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="helper_applications", verbose_name=_("社区")
    )
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="helper_applications", verbose_name=_("人员")
    )
    building = models.ForeignKey(
        Building, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("楼栋")
    )
    is_minor = models.BooleanField(_("不满 18 岁"), default=False)
    guardian = models.ForeignKey(
        Person,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="ward_applications",
        verbose_name=_("监护人"),
    )
    wish = models.CharField(_("想帮什么"), max_length=100, blank=True)
    status = models.CharField(
        _("状态"), max_length=10, choices=ApplicationStatus, default=ApplicationStatus.FILED
    )
    submission_key = models.CharField(max_length=64, unique=True, editable=False)
    filed_at = models.DateTimeField(_("报名时间"), default=timezone.now, editable=False)
    settled_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("谁答复的")
    )
    reason = models.CharField(_("没有登记的原因"), max_length=100, blank=True)

    objects = HelperApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("志愿者报名")
        verbose_name_plural = _("志愿者报名")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="filed"), name="helper_application_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ApplicationStatus.values), name="helper_application_status_known"
            ),
            models.CheckConstraint(
                condition=Q(is_minor=False) | Q(guardian__isnull=False),
                name="helper_application_minor_has_guardian",
            ),
            models.CheckConstraint(
                condition=Q(status="filed", settled_at=None)
                | (~Q(status="filed") & Q(settled_at__isnull=False, settled_by__isnull=False)),
                name="helper_application_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(reason=""),
                name="helper_application_declined_for_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.get_status_display()}"
