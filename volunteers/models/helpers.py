from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Grid, GridScopedQuerySet
from people.models import Community, Person, ScopedQuerySet

ADULT = 18  # Civil Code art. 17


class Skill(models.Model):
    """Something a helper can do and a service asks for."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="skills", verbose_name=_("社区")
    )
    code = models.CharField(_("代码"), max_length=20)
    name_zh = models.CharField(_("名称"), max_length=20)
    name_en = models.CharField(_("英文名称"), max_length=40)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("技能")
        verbose_name_plural = _("技能")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["community", "code"], name="skill_unique_code")]

    def __str__(self):
        return self.name_zh


class TeamQuerySet(ScopedQuerySet):
    def for_place(self, user):
        """A grid head sees the teams of the own grid; those of the whole community are the desk's."""
        return self.filter(grid__in=Grid.objects.held_by(user.person_id))

    def public(self):
        """Teams that residents are told of."""
        return self.filter(is_active=True, is_public=True)


class Team(models.Model):
    """Helpers who do one kind of work together, in one grid or (without one) in the whole community."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="teams", verbose_name=_("社区")
    )
    grid = models.ForeignKey(
        Grid,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="teams",
        verbose_name=_("网格"),
        help_text=_("空着表示全社区的队伍"),
    )
    name = models.CharField(_("队名"), max_length=30)
    what = models.CharField(_("做什么"), max_length=100, help_text=_("一句话，居民看得到"))
    leader = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="led_teams",
        verbose_name=_("队长"),
    )
    is_public = models.BooleanField(_("写在居民页面上"), default=True)
    is_active = models.BooleanField(_("还在活动"), default=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("志愿者队伍")
        verbose_name_plural = _("志愿者队伍")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["community", "name"], name="team_unique_name"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(what=""), name="team_says_what_it_does"),
        ]

    def __str__(self):
        return self.name


class HelperProfileQuerySet(GridScopedQuerySet):
    @property
    def community_lookup(self):
        return "person__community"

    def for_place(self, user):
        """A grid head sees the helpers of the own grid."""
        return self.filter(grid__in=Grid.objects.held_by(user.person_id))

    def active(self):
        """Those who help now and still live here."""
        return self.filter(is_active=True, person__state=Person.State.ALIVE)


class HelperProfile(models.Model):
    """A party member or volunteer who takes orders; nobody is registered against their will (domain.md §6)."""

    person = models.OneToOneField(
        Person, on_delete=models.PROTECT, related_name="helper", verbose_name=_("人员")
    )
    grid = models.ForeignKey(
        Grid,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="helpers",
        verbose_name=_("在哪个网格服务"),
    )
    team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="helpers",
        verbose_name=_("在哪支队伍"),
    )
    skills = models.ManyToManyField(Skill, blank=True, related_name="helpers", verbose_name=_("会做什么"))
    no_stairs = models.BooleanField(_("不方便爬楼"), default=False)
    limits = models.CharField(_("其他不方便"), max_length=100, blank=True)
    max_open_tasks = models.PositiveSmallIntegerField(
        _("手上最多几单"), default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    is_active = models.BooleanField(_("现在可以接单"), default=True)
    guardian = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="wards",
        verbose_name=_("监护人"),
        help_text=_("不满 18 岁的要有监护人同意"),
    )
    guardian_channel = models.CharField(_("监护人怎么同意的"), max_length=20, blank=True)
    external_no = models.CharField(
        _("全国志愿服务信息系统编号"), max_length=30, blank=True, help_text=_("没有就空着")
    )
    registered_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = HelperProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("志愿者档案")
        verbose_name_plural = _("志愿者档案")
        constraints = [
            models.CheckConstraint(condition=Q(max_open_tasks__gte=1), name="helper_takes_at_least_one_task"),
            models.CheckConstraint(
                condition=Q(guardian=None, guardian_channel="")
                | (Q(guardian__isnull=False) & ~Q(guardian_channel="")),
                name="helper_guardian_agreed_somehow",
            ),
            models.CheckConstraint(
                condition=Q(guardian=None) | ~Q(guardian=F("person")), name="helper_is_not_their_own_guardian"
            ),
        ]

    def __str__(self):
        return str(self.person)

    @property
    def comes_with_guardian(self):
        """Whether this is a minor, who helps with a guardian alone (Shandong volunteer regulations art. 10)."""
        if self.guardian_id is None:
            return False
        age = self.person.age_on(timezone.localdate())
        return age is None or age < ADULT


class FreeHalfDay(models.Model):
    """A half-day of the week on which a helper is usually free."""

    class Half(models.TextChoices):
        MORNING = "am", _("上午")
        AFTERNOON = "pm", _("下午")

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("周一")
        TUESDAY = 1, _("周二")
        WEDNESDAY = 2, _("周三")
        THURSDAY = 3, _("周四")
        FRIDAY = 4, _("周五")
        SATURDAY = 5, _("周六")
        SUNDAY = 6, _("周日")

    helper = models.ForeignKey(
        HelperProfile, on_delete=models.CASCADE, related_name="free_half_days", verbose_name=_("志愿者")
    )
    weekday = models.PositiveSmallIntegerField(_("星期"), choices=Weekday)
    half = models.CharField(_("半天"), max_length=2, choices=Half)

    class Meta:
        verbose_name = _("有空的半天")
        verbose_name_plural = _("有空的半天")
        constraints = [
            models.UniqueConstraint(fields=["helper", "weekday", "half"], name="free_half_day_unique"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="free_half_day_weekday_known"),
            models.CheckConstraint(condition=Q(half__in=["am", "pm"]), name="free_half_day_half_known"),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()}{self.get_half_display()}"
