from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Grid, GridScopedQuerySet
from people.models import Community, Person, ScopedQuerySet


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
    skills = models.ManyToManyField(Skill, blank=True, related_name="helpers", verbose_name=_("会做什么"))
    no_stairs = models.BooleanField(_("不方便爬楼"), default=False)
    limits = models.CharField(_("其他不方便"), max_length=100, blank=True)
    max_open_tasks = models.PositiveSmallIntegerField(
        _("手上最多几单"), default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    is_active = models.BooleanField(_("现在可以接单"), default=True)
    registered_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = HelperProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("志愿者档案")
        verbose_name_plural = _("志愿者档案")
        constraints = [
            models.CheckConstraint(condition=Q(max_open_tasks__gte=1), name="helper_takes_at_least_one_task")
        ]

    def __str__(self):
        return str(self.person)


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
