"""Notices and public disclosure (features.md I01, I02). Reading is free: nobody counts who has read what."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models.territory import PartyBranch
from grids.models import Building, Grid
from people.models import Community, ConsentShown, Person, ScopedQuerySet, User


def grids_told_by(user):
    """The grids whose notices `user` keeps: all for the desk, else those headed and those of the branches served."""
    if user.may("see_all_grids"):
        return Grid.objects.for_user(user)
    branches = PartyBranch.objects.held_by(user.person_id)
    headed = Grid.objects.held_by(user.person_id)
    return Grid.objects.filter(
        Q(pk__in=headed.values("pk")) | Q(branch_grid__branch__in=branches.values("pk"))
    )


class NoticeQuerySet(ScopedQuerySet):
    def for_place(self, user):
        """Notices for one's own grids alone; what goes to others too is kept by the desk."""
        return self._of_grids(grids_told_by(user), "")

    def _of_grids(self, held, path):
        grids, buildings = f"{path}grids__in", f"{path}buildings__grid__in"
        others = Grid.objects.exclude(pk__in=held.values("pk"))
        own = self.filter(Q(**{grids: held}) | Q(**{buildings: held}))
        return own.exclude(**{grids: others}).exclude(**{buildings: others}).distinct()

    def current(self, today=None):
        """Shown on the list today: begun, not expired and no draft."""
        today = today or timezone.localdate()
        return self.shown(today).filter(expires_on__gte=today)

    def shown(self, today=None):
        """Everything that was ever shown: an address never goes away. Drafts were not."""
        return self.filter(is_draft=False, shows_on__lte=today or timezone.localdate())

    def past(self, today=None):
        return self.filter(expires_on__lt=today or timezone.localdate())

    def concerning(self, building):
        """Those for everybody, for the grid of `building`, or for `building` itself."""
        everybody = Q(grids=None, buildings=None)
        return self.filter(everybody | Q(grids=building.grid_id) | Q(buildings=building)).distinct()

    def in_order(self):
        return self.order_by("-pinned", "-shows_on", "-pk")


class Notice(models.Model):
    """Something that residents should know, until when, and what it means for them."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("通知")
        PARTY = "party", _("党务公开")
        COMMUNITY = "community", _("居务公开")
        FINANCE = "finance", _("财务公开")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="notices", verbose_name=_("社区")
    )
    kind = models.CharField(_("类别"), max_length=10, choices=Kind, default=Kind.NOTICE)
    title = models.CharField(_("标题"), max_length=60)
    meaning = models.CharField(
        _("跟您有什么关系"), max_length=200, help_text=_("一段话：要做什么、到什么时候、找谁")
    )
    text = models.TextField(_("正文"), max_length=5000, blank=True)
    grids = models.ManyToManyField(
        Grid, blank=True, related_name="notices", verbose_name=_("哪些网格"), help_text=_("都不选就是全社区")
    )
    buildings = models.ManyToManyField(
        Building,
        blank=True,
        related_name="notices",
        verbose_name=_("哪些楼"),
        help_text=_("只关几栋楼的才选"),
    )
    is_draft = models.BooleanField(
        _("还是草稿"), default=False, help_text=_("勾着的时候居民看不到；取消勾选再保存，就发出去了")
    )
    pinned = models.BooleanField(_("置顶"), default=False)
    shows_on = models.DateField(_("哪天起"), default=timezone.localdate)
    expires_on = models.DateField(_("到哪天"), help_text=_("过了这天就不在列表里，网址一直能打开"))
    published_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="notices",
        verbose_name=_("发布人"),
    )
    changed_at = models.DateTimeField(_("最近修改"), default=timezone.now, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("公告公示")
        verbose_name_plural = _("公告公示")
        indexes = [models.Index(fields=["community", "-shows_on"], name="notice_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["notice", "party", "community", "finance"]), name="notice_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_on__gte=F("shows_on")), name="notice_expires_after_start"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_disclosure(self):
        return self.kind != self.Kind.NOTICE

    @property
    def is_current(self):
        return not self.is_draft and self.shows_on <= timezone.localdate() <= self.expires_on


class NoticeBoard(models.Model):
    """The version of what a community announces, activities as well: it grows with every change; cached pages carry it."""

    community = models.OneToOneField(Community, on_delete=models.CASCADE, related_name="notice_board")
    number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("公告版本")
        verbose_name_plural = _("公告版本")

    def __str__(self):
        return str(self.number)


class NoticeObjectionQuerySet(NoticeQuerySet):
    community_lookup = "notice__community"

    def for_place(self, user):
        return self._of_grids(grids_told_by(user), "notice__")


class NoticeObjection(ConsentShown):
    """What somebody says to a disclosure within its period, and the answer."""

    notice = models.ForeignKey(
        Notice, on_delete=models.CASCADE, related_name="objections", verbose_name=_("公示")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="notice_objections", verbose_name=_("谁提的")
    )
    text = models.CharField(_("意见"), max_length=200)
    submission_key = models.CharField(max_length=80, unique=True, editable=False)
    at = models.DateTimeField(_("时间"), default=timezone.now)
    answer = models.CharField(_("答复"), max_length=200, blank=True)

    objects = NoticeObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("对公示的意见")
        verbose_name_plural = _("对公示的意见")

    def __str__(self):
        return f"#{self.pk}"
