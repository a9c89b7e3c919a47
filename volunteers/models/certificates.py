from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.append_only import AppendOnlyError, AppendOnlyModel, AppendOnlyQuerySet
from people.models import Community, Person, ScopedQuerySet, User

CODE_LENGTH = 10  # of 32 signs each: what a third party may type, with a limit on tries
TOKEN_LENGTH = 24  # what the QR code holds: 32^24 = 2^120, so nobody finds one by trying


class CertificateSeries(models.Model):
    """The last number of a community in a year; the row is the lock that keeps numbers without gaps."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="certificate_series", verbose_name=_("社区")
    )
    year = models.PositiveSmallIntegerField(_("年份"))
    last = models.PositiveIntegerField(_("最后一号"), default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("证明编号")
        verbose_name_plural = _("证明编号")
        constraints = [
            models.UniqueConstraint(fields=["community", "year"], name="certificate_series_one_per_year"),
        ]

    def __str__(self):
        return f"{self.year}-{self.last}"


class CertificateQuerySet(AppendOnlyQuerySet, ScopedQuerySet):
    REVOCATION = frozenset({"revoked_at", "revoked_by", "revoked_why"})

    def standing(self):
        return self.filter(revoked_at=None)

    def update(self, **kwargs):
        """Only a revocation may be written, and only once."""
        if set(kwargs) != self.REVOCATION:
            raise AppendOnlyError("a certificate is corrected by revoking it and issuing another one")
        return models.QuerySet.update(self.standing(), **kwargs)


class Certificate(AppendOnlyModel):
    """A volunteer service record certificate (order No. 67 of the Ministry of Civil Affairs, domain.md §6).

    It is what was known on the day of issue: `months` and `contents` are a copy of the ledger, so later corrections
    change nothing of it. Name and identity number stay in `people` and are read for the paper alone.
    """

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("社区")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("人员")
    )
    year = models.PositiveSmallIntegerField(_("年份"))
    serial = models.PositiveIntegerField(_("序号"))
    token = models.CharField(max_length=TOKEN_LENGTH, unique=True, editable=False)
    since = models.DateField(_("从哪天"))
    until = models.DateField(_("到哪天"))
    minutes = models.PositiveIntegerField(_("分钟"))
    months = models.JSONField(_("每月"))  # [["2026-01", minutes, services], …], oldest first
    contents = models.JSONField(_("服务内容"))  # what was done, the most time first, a few lines
    remarks = models.CharField(_("备注"), max_length=100, blank=True)
    issued_at = models.DateTimeField(_("出具时间"), default=timezone.now, editable=False)
    issued_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="issued_certificates", verbose_name=_("经办人")
    )
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("代替哪一份"),
    )
    revoked_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("谁作废的")
    )
    revoked_why = models.CharField(_("为什么作废"), max_length=100, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("志愿服务记录证明")
        verbose_name_plural = _("志愿服务记录证明")
        constraints = [
            models.UniqueConstraint(fields=["community", "year", "serial"], name="certificate_number_once"),
            models.CheckConstraint(
                condition=Q(since__lte=F("until"), minutes__gte=1, serial__gte=1),
                name="certificate_says_something",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revoked_why="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_why="")),
                name="certificate_revoked_for_a_reason",
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def number(self):
        """370614001014-2026-00012: community, year, serial."""
        return f"{self.community.code}-{self.year}-{self.serial:05d}"

    @property
    def code(self):
        """What is typed beside the number where nobody can scan."""
        return self.token[:CODE_LENGTH]

    @property
    def is_valid(self):
        return self.revoked_at is None


class RequestStatus(models.TextChoices):
    ASKED = "asked", _("社区在办")
    ISSUED = "issued", _("已开好")
    DECLINED = "declined", _("没有开")


REQUEST_ARROWS = {
    RequestStatus.ASKED: frozenset({RequestStatus.ISSUED, RequestStatus.DECLINED}),
    RequestStatus.ISSUED: frozenset(),
    RequestStatus.DECLINED: frozenset(),
}


class CertificateRequestQuerySet(ScopedQuerySet):
    community_lookup = "person__community"

    def waiting(self):
        return self.filter(status=RequestStatus.ASKED).order_by("asked_at", "pk")


class CertificateRequest(models.Model):
    """A helper asks for a certificate of a period."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="certificate_requests", verbose_name=_("人员")
    )
    since = models.DateField(_("从哪天"))
    until = models.DateField(_("到哪天"))
    status = models.CharField(_("状态"), max_length=10, choices=RequestStatus, default=RequestStatus.ASKED)
    certificate = models.OneToOneField(
        Certificate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="request",
        verbose_name=_("证明"),
    )
    asked_at = models.DateTimeField(_("申请时间"), default=timezone.now, editable=False)
    settled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("谁答复的")
    )
    answer = models.CharField(_("答复"), max_length=100, blank=True)

    objects = CertificateRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("开证明的申请")
        verbose_name_plural = _("开证明的申请")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="asked"), name="certificate_request_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(status="asked", certificate=None, settled_by=None)
                | Q(status="issued", certificate__isnull=False, settled_by__isnull=False)
                | (Q(status="declined", certificate=None, settled_by__isnull=False) & ~Q(answer="")),
                name="certificate_request_settled_somehow",
            ),
            models.CheckConstraint(
                condition=Q(since__lte=F("until")), name="certificate_request_ends_after_start"
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.get_status_display()}"
