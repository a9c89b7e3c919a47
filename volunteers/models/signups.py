from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import GridScopedQuerySet
from people.models import ConsentShown, Person
from volunteers.models.activities import Activity, ActivityStatus, Shift

MOST_OF_A_PARTY = 6


class SignupStatus(models.TextChoices):
    PLACE = "place", _("报上了")
    WAITING = "waiting", _("排队等候")
    OFFERED = "offered", _("有空位，等答复")
    CONFIRMED = "confirmed", _("说了一定来")
    WITHDRAWN = "withdrawn", _("取消了报名")
    DECLINED = "declined", _("说了来不了")
    ATTENDED = "attended", _("到了")
    NO_SHOW = "no_show", _("没来")


_S = SignupStatus
# The one table of arrows of a sign-up; `volunteers.actions.signups.move` alone walks it. Checking in goes on from here:
# it leads from PLACE or CONFIRMED to ATTENDED, ends at NO_SHOW, and an undo leads back.
NEXT_SIGNUP = {
    _S.PLACE: {_S.CONFIRMED, _S.WITHDRAWN, _S.DECLINED, _S.ATTENDED, _S.NO_SHOW},
    _S.WAITING: {_S.OFFERED, _S.WITHDRAWN},
    _S.OFFERED: {_S.PLACE, _S.CONFIRMED, _S.WITHDRAWN, _S.DECLINED},
    _S.CONFIRMED: {_S.PLACE, _S.WITHDRAWN, _S.DECLINED, _S.ATTENDED, _S.NO_SHOW},
    _S.WITHDRAWN: {_S.PLACE, _S.WAITING},
    _S.DECLINED: {_S.PLACE, _S.WAITING},
    _S.ATTENDED: {_S.PLACE, _S.NO_SHOW},
    _S.NO_SHOW: {_S.PLACE, _S.ATTENDED},
}
HOLDING = (_S.PLACE, _S.OFFERED, _S.CONFIRMED, _S.ATTENDED, _S.NO_SHOW)  # these count in `Shift.taken`
COMING = (_S.PLACE, _S.CONFIRMED)
ACTIVE = (_S.PLACE, _S.WAITING, _S.OFFERED, _S.CONFIRMED)  # these are told what changes


class SignupQuerySet(GridScopedQuerySet):
    grid_lookup = "shift__activity__grid"
    community_lookup = "shift__activity__community"

    def with_related(self):
        return self.select_related(
            "person", "shift__activity__community", "shift__activity__venue", "shift__activity__grid"
        )

    def active(self):
        return self.filter(status__in=ACTIVE)

    def coming(self):
        return self.filter(status__in=COMING)

    def holding(self):
        """Those that hold their places."""
        return self.filter(status__in=HOLDING)

    def in_line(self):
        """The waiting list, the first in line first."""
        return self.filter(status=SignupStatus.WAITING).order_by("ticket")

    def between(self, starts_at, ends_at):
        """Places of activities that have not been called off and overlap that time."""
        return self.holding().filter(
            shift__activity__status__in=[ActivityStatus.PUBLISHED, ActivityStatus.FINISHED],
            shift__starts_at__lt=ends_at,
            shift__ends_at__gt=starts_at,
        )

    def lapsed(self, now):
        """Offers that nobody answered in time."""
        return self.filter(
            status=SignupStatus.OFFERED,
            offered_until__lte=now,
            shift__activity__status=ActivityStatus.PUBLISHED,
        )


class Signup(ConsentShown):
    """One person for one shift, with whom they bring; each of the party takes a place (features.md E03).

    `ticket` is the place in line: given out by the shift in the order of commit, anew for who comes back after leaving.
    """

    class Channel(models.TextChoices):
        WEB = "web", _("网上")
        DESK = "desk", _("社区代报")

    class EndedBy(models.TextChoices):
        NOBODY = "", _("没有结束")
        SELF = "self", _("自己")
        DESK = "desk", _("社区")
        TIMER = "timer", _("到时没答复")

    class Arrival(models.TextChoices):
        NONE = "", _("没有签到")
        CODE = "code", _("自己输的签到码")
        TICK = "tick", _("现场点的名")
        PAPER = "paper", _("照纸面名单补的")

    class Face(models.IntegerChoices):
        """How it was, in one tap (features.md J6); the numbers are those of the drawn faces."""

        GLAD = 5, _("挺好")
        SO_SO = 3, _("一般")
        SORRY = 2, _("不太好")

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="signups", verbose_name=_("分组"))
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="signups", verbose_name=_("报名人")
    )
    entered_by = models.ForeignKey(
        "people.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="signups_entered",
        verbose_name=_("代报人"),
    )
    channel = models.CharField(_("怎么报的"), max_length=10, choices=Channel, default=Channel.WEB)
    status = models.CharField(_("状态"), max_length=10, choices=SignupStatus)
    seats = models.PositiveSmallIntegerField(
        _("几位"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_OF_A_PARTY)]
    )
    ticket = models.PositiveIntegerField(_("第几个报的"), editable=False)
    needs_lift = models.BooleanField(_("要接送"), default=False)
    offered_until = models.DateTimeField(_("答复到"), null=True, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    ended_by = models.CharField(_("谁取消的"), max_length=10, choices=EndedBy, blank=True, default="")
    arrived_at = models.DateTimeField(_("签到时间"), null=True, blank=True, editable=False)
    arrival = models.CharField(
        _("怎么签到的"), max_length=5, choices=Arrival, blank=True, default="", editable=False
    )
    face = models.PositiveSmallIntegerField(
        _("觉得怎么样"), choices=Face, null=True, blank=True, editable=False
    )
    absence_words = models.CharField(_("没来的原因"), max_length=200, blank=True)
    submission_key = models.CharField(max_length=80, editable=False)
    created_at = models.DateTimeField(_("报名时间"), default=timezone.now, editable=False)
    moved_at = models.DateTimeField(_("最近变化"), default=timezone.now, editable=False)

    was_sent_before = False  # of this very object: whether the same page has made it already

    objects = SignupQuerySet.as_manager()

    class Meta:
        verbose_name = _("报名")
        verbose_name_plural = _("报名")
        indexes = [
            models.Index(
                fields=["offered_until"], condition=Q(status="offered"), name="signup_offered_until"
            ),
            models.Index(fields=["shift", "status", "ticket"], name="signup_in_line"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["shift", "person"], name="signup_once_per_person"),
            models.UniqueConstraint(fields=["shift", "ticket"], name="signup_once_per_ticket"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "place",
                        "waiting",
                        "offered",
                        "confirmed",
                        "withdrawn",
                        "declined",
                        "attended",
                        "no_show",
                    ]
                ),
                name="signup_status_known",
            ),
            models.CheckConstraint(
                condition=Q(seats__gte=1, seats__lte=MOST_OF_A_PARTY), name="signup_party_size"
            ),
            models.CheckConstraint(
                condition=Q(status="offered", offered_until__isnull=False) | ~Q(status="offered"),
                name="signup_offer_has_end",
            ),
            models.CheckConstraint(condition=Q(channel__in=["web", "desk"]), name="signup_channel_known"),
            models.CheckConstraint(
                condition=Q(ended_by__in=["", "self", "desk", "timer"]), name="signup_ended_by_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    status="attended", arrived_at__isnull=False, arrival__in=["code", "tick", "paper"]
                )
                | (~Q(status="attended") & Q(arrived_at=None, arrival="")),
                name="signup_attended_has_arrival",
            ),
            models.CheckConstraint(
                condition=Q(face=None) | Q(face__in=[2, 3, 5], status="attended"),
                name="signup_face_of_who_came",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.shift}"

    def get_status_display(self):
        """The words of the status; who left an offer unanswered has not said that they do not come."""
        if self.status == SignupStatus.DECLINED and self.ended_by == self.EndedBy.TIMER:
            return str(self.EndedBy.TIMER.label)
        return str(SignupStatus(self.status).label)

    @property
    def is_active(self):
        return self.status in ACTIVE

    @property
    def is_coming(self):
        return self.status in COMING

    @property
    def is_holding(self):
        return self.status in HOLDING


class Companion(models.Model):
    """One of those who come by a sign-up, whoever wrote it included. No name is asked for (R-b, features.md E03)."""

    class Relation(models.TextChoices):
        SELF = "self", _("我自己")
        SPOUSE = "spouse", _("爱人")
        PARENT = "parent", _("父母")
        CHILD = "child", _("孩子")
        OTHER = "other", _("别的家人邻居")

    signup = models.ForeignKey(Signup, on_delete=models.CASCADE, related_name="party", verbose_name=_("报名"))
    relation = models.CharField(_("是谁"), max_length=10, choices=Relation)

    class Meta:
        verbose_name = _("一起来的人")
        verbose_name_plural = _("一起来的人")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(relation__in=["self", "spouse", "parent", "child", "other"]),
                name="companion_relation_known",
            ),
            models.UniqueConstraint(
                fields=["signup"],
                condition=Q(relation="self"),
                name="companion_one_self",
            ),
        ]

    def __str__(self):
        return self.get_relation_display()


class WalkInQuerySet(GridScopedQuerySet):
    grid_lookup = "shift__activity__grid"
    community_lookup = "shift__activity__community"

    def standing(self):
        """Those that were not taken back."""
        return self.filter(undone_at=None)


class WalkIn(models.Model):
    """People who came without a sign-up, as a number: no name is needed to let somebody in (R-b, features.md E06).

    They stand beside the places, not in them: whoever is in the room is in the room.
    """

    shift = models.ForeignKey(
        Shift, on_delete=models.PROTECT, related_name="walk_ins", verbose_name=_("分组")
    )
    seats = models.PositiveSmallIntegerField(_("几位"), default=1)
    entered_by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="walk_ins_entered", verbose_name=_("谁记的")
    )
    submission_key = models.CharField(max_length=80, unique=True, editable=False)
    created_at = models.DateTimeField(_("时间"), default=timezone.now, editable=False)
    undone_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    objects = WalkInQuerySet.as_manager()

    class Meta:
        verbose_name = _("直接来的人")
        verbose_name_plural = _("直接来的人")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(seats__gte=1, seats__lte=MOST_OF_A_PARTY), name="walk_in_party_size"
            ),
        ]

    def __str__(self):
        return f"{self.shift} {self.seats}"


class ActivityMessage(models.Model):
    """What staff wrote to those who signed up; the key keeps a form sent twice from telling people twice."""

    class To(models.TextChoices):
        ALL = "all", _("所有报名的人")
        COMING = "coming", _("报上名的")
        WAITING = "waiting", _("排队等候的")

    activity = models.ForeignKey(
        Activity, on_delete=models.CASCADE, related_name="messages", verbose_name=_("活动")
    )
    shift = models.ForeignKey(
        Shift,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("哪一组"),
    )
    to = models.CharField(_("发给谁"), max_length=10, choices=To, default=To.ALL)
    text = models.CharField(_("内容"), max_length=200)
    count = models.PositiveSmallIntegerField(_("发给几人"), default=0)
    by = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="activity_messages", verbose_name=_("谁发的")
    )
    submission_key = models.CharField(max_length=80, unique=True, editable=False)
    sent_at = models.DateTimeField(_("时间"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("活动消息")
        verbose_name_plural = _("活动消息")
        ordering = ["-sent_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to__in=["all", "coming", "waiting"]), name="activity_message_to_known"
            ),
        ]

    def __str__(self):
        return self.text
