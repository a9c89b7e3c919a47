import datetime as dt
import functools
from uuid import uuid4

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.compiled import CompiledQuery
from people.models.scope import ScopedQuerySet


class CommunityQuerySet(ScopedQuerySet):
    community_lookup = "pk"

    def meant_by(self, host):
        """The community that a visitor of `host` means: the one of that host, else the only one without a host.

        At most one row. Rows of it are asked for together with it: `community__in=Community.objects.meant_by(host)`.
        """
        others = Community.objects.filter(host__in=[host, ""]).exclude(pk=OuterRef("pk"))
        return self.filter(Q(host=host) | Q(Q(host=""), ~Exists(others)))


@functools.cache
def _meant_by(*related):
    communities = Community.objects.select_related(*related) if related else Community.objects
    return CompiledQuery(communities.meant_by, {"host": str})


def community_of_host(host, *related):
    """The community that a visitor of `host` means, or None; `related` names rows that come with it."""
    return _meant_by(*related).row(host=host)


def new_stamp():
    """A text that no row has had before."""
    return uuid4().hex


class Community(models.Model):
    """A residents' community with its 12-digit statistical code (domain.md §10)."""

    code = models.CharField(
        _("区划代码"),
        max_length=12,
        unique=True,
        validators=[RegexValidator(r"^\d{12}$", _("区划代码是 12 位数字"))],
    )
    name = models.CharField(_("名称"), max_length=40)
    street = models.CharField(_("街道"), max_length=40, blank=True)
    district = models.CharField(_("区县"), max_length=40, blank=True)
    address = models.CharField(_("办公地址"), max_length=100, blank=True)
    host = models.CharField(
        _("网站域名"),
        max_length=100,
        blank=True,
        help_text=_("只有一个社区时不用填；多个社区共用一套系统时，各填各的域名"),
    )
    desk_phone = models.CharField(_("值班电话"), max_length=20)
    desk_opens = models.TimeField(_("上班"), default=dt.time(8, 30))
    desk_closes = models.TimeField(_("下班"), default=dt.time(17, 30))
    # another one with every change of the working calendar, so that a process may remember it (`reminders.workdays`)
    calendar_stamp = models.CharField(max_length=32, default=new_stamp, editable=False)

    objects = CommunityQuerySet.as_manager()

    class Meta:
        verbose_name = _("社区")
        verbose_name_plural = _("社区")
        constraints = [
            models.CheckConstraint(
                condition=Q(desk_opens__lt=F("desk_closes")), name="community_desk_opens_first"
            ),
            models.UniqueConstraint(fields=["host"], condition=~Q(host=""), name="community_host_unique"),
        ]

    def __str__(self):
        return self.name
