from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RateWindow(models.Model):
    """How often something was done within one window of time. `key` is a hash: an address is personal data."""

    key = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("次数限制")
        verbose_name_plural = _("次数限制")
        constraints = [
            models.UniqueConstraint(fields=["key", "starts_at"], name="rate_window_unique"),
            models.CheckConstraint(condition=~Q(key=""), name="rate_window_has_key"),
        ]

    def __str__(self):
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.used}"
