import contextlib
import datetime as dt

from django.db import models, transaction
from django.db.models import OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Community, Consent, Person, ScopedQuerySet, new_stamp


class ReminderQuerySet(ScopedQuerySet):
    def pending(self):
        return self.filter(status=Reminder.Status.PENDING)

    def due(self, now=None):
        """Pending and due: a range, never an equality, so that a late tick loses nothing."""
        return self.pending().filter(due_at__lte=now or timezone.now())

    def inbox(self):
        """Rows that somebody reads on the web: addressed to a person or a desk."""
        return self.filter(Reminder.IS_INBOX)

    def outside(self):
        """Rows that leave the portal: one way to one person (`sms:12`, `email:12`, `call:12`) or a group robot."""
        return self.exclude(Reminder.IS_INBOX)

    def deliverable(self):
        """Rows that may be said."""
        return self.exclude(Reminder.must_not_be_said())

    def undeliverable(self):
        """Rows that must not be said any more."""
        return self.filter(Reminder.must_not_be_said())

    def with_silence(self):
        """Adds `is_silenced`: whether the row is one of `undeliverable`, at the moment of the query."""
        return self.annotate(
            is_silenced=models.ExpressionWrapper(Reminder.must_not_be_said(), models.BooleanField())
        )

    def calls(self):
        """The call list: persons to be told by telephone now, the urgent first."""
        due = self.outside().due().filter(channel=Reminder.Channel.CALL, expires_at__gt=timezone.now())
        return due.deliverable().exclude(Reminder.WAITS_FOR_DIGEST).order_by("-urgent", "due_at", "pk")

    def failed(self):
        """What could not be delivered outside within the last week, newest first."""
        since = timezone.now() - dt.timedelta(days=7)
        return (
            self.outside().filter(status=Reminder.Status.FAILED, due_at__gte=since).order_by("-due_at", "-pk")
        )

    def inbox_of(self, person):
        """What `person` finds under their messages, newest first."""
        return self.filter(address=f"person:{person.pk}", status=Reminder.Status.SENT).order_by(
            "-due_at", "-pk"
        )

    def desk_inbox(self, community_id):
        """What the community's desk finds, newest first."""
        return self.filter(address=f"desk:{community_id}", status=Reminder.Status.SENT).order_by(
            "-due_at", "-pk"
        )

    def unread(self):
        return self.filter(read_at=None)

    def recently_unread(self, since=None):
        """What a badge counts: a message that nobody opened in a month is no news any more; `since` is that moment."""
        return self.unread().filter(due_at__gte=since or timezone.now() - Reminder.NEWS_FOR)

    def older_than(self, reminder, *, or_equal=False):
        """The rows of an inbox that come after this one, newest first; all of them after None."""
        if reminder is None:
            return self
        here = {"pk__lte" if or_equal else "pk__lt": reminder.pk}
        return self.filter(Q(due_at__lt=reminder.due_at) | Q(due_at=reminder.due_at, **here))


class Reminder(models.Model):
    """One message to one address. The row is the queue, the inbox entry and the proof that it was sent.

    `address` is `person:12`, `desk:1` or `robot:grid-6`; `dedupe_key` says "this occasion" and holds no personal data.
    When an inbox row comes due, what also leaves the portal gets a row of its own with the same key: `sms:12`,
    `email:12` or `call:12`.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("等着发")
        CLAIMED = "claimed", _("正在发")
        SENT = "sent", _("已送达")
        FAILED = "failed", _("没发成")
        EXPIRED = "expired", _("过时未发")
        CANCELLED = "cancelled", _("已取消")

    class Channel(models.TextChoices):
        INBOX = "", _("网页消息")
        SMS = "sms", _("短信")
        EMAIL = "email", _("邮件")
        ROBOT = "robot", _("群机器人")
        CALL = "call", _("打电话")

    class Kind(models.TextChoices):
        ORDER_NEW = "order_new", _("新点单")
        OFFER = "offer", _("请您接单")
        OFFER_RETURNED = "offer_returned", _("没人接，回到待派单")
        ACCEPTED = "accepted", _("有人接单了")
        VISIT = "visit", _("上门时间")
        QUESTION = "question", _("请您补充")
        ANSWERED = "answered", _("居民补充了")
        DUE_SOON = "due_soon", _("快到时限")
        OVERDUE = "overdue", _("已超时")
        WAS_IT_SOLVED = "was_it_solved", _("解决了吗")
        REOPENED = "reopened", _("居民说没办好")
        CHANGED = "changed", _("单子有变化")
        MEETING = "meeting", _("组织生活")
        INVITATION = "invitation", _("开会通知")
        ACTION_ITEM = "action_item", _("会上定的事")
        DUES = "dues", _("党费")
        TERM = "term", _("任期")
        BIRTHDAY = "birthday", _("政治生日")
        BOOKING = "booking", _("场地预订")
        TOPIC = "topic", _("议事")
        NOTICE = "notice", _("公示和公告")
        HELPING = "helping", _("志愿服务")
        ACTIVITY = "activity", _("活动")
        DIGEST = "digest", _("今日汇总")

    NEWS_FOR = dt.timedelta(days=30)
    IS_INBOX = Q(address__startswith="person:") | Q(address__startswith="desk:")
    # Kinds that can wait for the morning: on the web at once, outside in one message a day (features.md R03). They
    # tell grid heads of what the desk is busy with already; nothing that a resident or a helper waits for is here.
    DIGESTIBLE = (Kind.OFFER_RETURNED, Kind.OVERDUE)
    WAITS_FOR_DIGEST = Q(kind__in=DIGESTIBLE, urgent=False)

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="reminders", verbose_name=_("社区")
    )
    address = models.CharField(_("收件"), max_length=40)
    person = models.ForeignKey(
        Person,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reminders",
        verbose_name=_("收件人"),
    )
    kind = models.CharField(_("类别"), max_length=20, choices=Kind)
    dedupe_key = models.CharField(_("事由"), max_length=80)
    channel = models.CharField(
        _("另外用什么通知"), max_length=10, choices=Channel, blank=True, default=Channel.INBOX
    )
    urgent = models.BooleanField(_("急"), default=False)
    subject = models.CharField(_("标题"), max_length=80)
    text = models.CharField(_("内容"), max_length=300)
    link = models.CharField(_("链接"), max_length=200, blank=True)
    rests_on = models.CharField(
        _("依据哪项同意"),
        max_length=20,
        choices=Consent.Purpose,
        blank=True,
        default="",
        help_text=_("空着表示不依据同意：职务、组织生活、本人要的答复"),
    )
    due_at = models.DateTimeField(_("应发时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("过时不候"))
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(_("发过几次"), default=0)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("送达时间"), null=True, blank=True)
    read_at = models.DateTimeField(_("已读时间"), null=True, blank=True)
    failure = models.CharField(_("没发成的原因"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("提醒")
        verbose_name_plural = _("提醒")
        constraints = [
            models.UniqueConstraint(fields=["address", "dedupe_key"], name="reminder_once_per_occasion"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "claimed", "sent", "failed", "expired", "cancelled"]),
                name="reminder_status_known",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["", "sms", "email", "robot", "call"]), name="reminder_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(status="claimed", claim__isnull=False) | (~Q(status="claimed") & Q(claim=None)),
                name="reminder_claimed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status="pending"), name="reminder_pending"),
            models.Index(fields=["claimed_at"], condition=Q(status="claimed"), name="reminder_claimed"),
            models.Index(fields=["address", "-due_at"], name="reminder_inbox"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.address}"

    @staticmethod
    def must_not_be_said():
        """The condition for silence, as a `Q`, whenever the row was planned (domain.md §9.1).

        Its person has moved away or died, or it rests on a consent that they have withdrawn and not given again. Whoever
        never gave one has not withdrawn it: a person of the register who orders by telephone is answered.
        """
        gone = Q(person__state__in=[Person.State.MOVED, Person.State.DECEASED])
        withdrawn = Consent.objects.withdrawn(OuterRef("person"), OuterRef("rests_on"))
        return gone | (~Q(rests_on="") & withdrawn)


class HeartbeatQuerySet(models.QuerySet):
    def last_at(self):
        """When the last beat of any name was; None when there was none yet."""
        return self.order_by("-beat_at").values_list("beat_at", flat=True).first()


class Heartbeat(models.Model):
    """When the tick of that name last ran: `/healthz` and the staff banner report its age."""

    RED_AFTER = dt.timedelta(minutes=10)

    name = models.CharField(_("名称"), max_length=40, unique=True)
    beat_at = models.DateTimeField(_("最近一次"))

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("心跳")
        verbose_name_plural = _("心跳")

    def __str__(self):
        return self.name

    @classmethod
    def is_alive(cls, last_at):
        """Whether reminders run, by the last beat (None: never): not older than ten minutes (features.md R05)."""
        return last_at is not None and timezone.now() - last_at <= cls.RED_AFTER


@contextlib.contextmanager
def _another_calendar():
    """Whatever is changed within is seen together with a new stamp of every community's calendar, or not at all."""
    with transaction.atomic():
        yield
        Community.objects.update(calendar_stamp=new_stamp())


class CalendarOverrideQuerySet(models.QuerySet):
    def update(self, **values):
        with _another_calendar():
            return super().update(**values)

    def delete(self):
        with _another_calendar():
            return super().delete()

    def bulk_create(self, *args, **kwargs):
        with _another_calendar():
            return super().bulk_create(*args, **kwargs)


class CalendarOverride(models.Model):
    """A day whose working status the community sets itself; it wins over the package and over weekdays.

    National days off hold for every community, so the row belongs to the installation.
    """

    day = models.DateField(_("日期"), unique=True)
    is_workday = models.BooleanField(_("上班"))
    name = models.CharField(_("说明"), max_length=40, help_text=_("例如：春节放假、国庆节调休上班"))

    objects = CalendarOverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("调休日历")
        verbose_name_plural = _("调休日历")
        ordering = ["day"]

    def __str__(self):
        return f"{self.day} {self.name}"

    def save(self, *args, **kwargs):
        with _another_calendar():
            super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        with _another_calendar():
            return super().delete(*args, **kwargs)
