from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Community, Person, ScopedQuerySet, User
from volunteers.models.hours import HourEntry


class TimeBank(models.Model):
    """Whether a community runs a time bank (Shandong volunteer regulations art. 35). Without a row it does not."""

    community = models.OneToOneField(
        Community, on_delete=models.PROTECT, related_name="time_bank", verbose_name=_("社区")
    )
    is_open = models.BooleanField(
        _("开办时间银行"), default=False, help_text=_("一小时换一小时，不折成钱，不排名次；本人愿意才开户")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("时间银行")
        verbose_name_plural = _("时间银行")

    def __str__(self):
        return f"{self.community}"


class TimeAccountQuerySet(ScopedQuerySet):
    def balance_of(self, account):
        """Minutes that `account` holds: what came in less what went out. Computed, stored nowhere."""
        moved = TimeTransfer.objects.filter(Q(giver=account) | Q(taker=account))
        sums = moved.aggregate(
            into=Sum("minutes", filter=Q(taker=account), default=0),
            out=Sum("minutes", filter=Q(giver=account), default=0),
        )
        return sums["into"] - sums["out"]


class TimeAccount(models.Model):
    """The account of a helper who wants one, or (without a person) the community's own, from which hours come."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="time_accounts", verbose_name=_("社区")
    )
    person = models.OneToOneField(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="time_account",
        verbose_name=_("人员"),
    )
    opened_at = models.DateTimeField(_("开户时间"), default=timezone.now, editable=False)

    objects = TimeAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("时间账户")
        verbose_name_plural = _("时间账户")
        constraints = [
            models.UniqueConstraint(
                fields=["community"], condition=Q(person=None), name="time_account_one_of_the_community"
            ),
        ]

    def __str__(self):
        return f"{self.person or self.community}"


class TimeTransferQuerySet(ScopedQuerySet):
    community_lookup = "giver__community"

    def of(self, account):
        """The passbook of an account, newest first."""
        return self.filter(Q(giver=account) | Q(taker=account)).order_by("-at", "-pk")


class TimeTransfer(models.Model):
    """Minutes from one account to another: both entries are this one row, so no transfer can fail to sum to zero.

    `turn` numbers what leaves a person's account. Two spendings of the same hours would be the same turn, which the
    unique key refuses; the community's account has no turns, because nothing limits what it gives.
    """

    class Kind(models.TextChoices):
        EARN = "earn", _("服务存入")
        SPEND = "spend", _("享受服务")
        COUNTER = "counter", _("更正")

    giver = models.ForeignKey(
        TimeAccount, on_delete=models.PROTECT, related_name="given", verbose_name=_("从哪个账户")
    )
    taker = models.ForeignKey(
        TimeAccount, on_delete=models.PROTECT, related_name="taken", verbose_name=_("到哪个账户")
    )
    minutes = models.PositiveIntegerField(_("分钟"))
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    what = models.CharField(_("为什么"), max_length=80)
    turn = models.PositiveIntegerField(null=True, blank=True, editable=False)
    entry = models.OneToOneField(
        HourEntry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="time_transfer",
        verbose_name=_("哪一条时长"),
    )
    source_key = models.CharField(_("来源"), max_length=60, null=True, blank=True, unique=True)
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("更正哪一笔"),
    )
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("经办人")
    )
    at = models.DateTimeField(_("时间"), default=timezone.now, editable=False)

    objects = TimeTransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("时间进出")
        verbose_name_plural = _("时间进出")
        constraints = [
            models.UniqueConstraint(fields=["giver", "turn"], name="time_transfer_one_per_turn"),
            models.CheckConstraint(
                condition=Q(minutes__gte=1) & ~Q(giver=F("taker")), name="time_transfer_moves_time"
            ),
            models.CheckConstraint(
                condition=Q(kind="earn", entry__isnull=False, reverses=None)
                | Q(kind="spend", entry=None, reverses=None, turn__isnull=False)
                | Q(kind="counter"),
                name="time_transfer_kind_fits",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.minutes}"
