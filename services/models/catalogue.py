from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Duty
from haimengyuan.lib.compiled import compiled_once
from haimengyuan.lib.icons import is_drawn
from people.models import Community, ScopedQuerySet
from volunteers.models import Skill


class CatalogueVersion(models.Model):
    """A number that grows with every change of a community's catalogue; cached pages carry it in their key."""

    community = models.OneToOneField(Community, on_delete=models.CASCADE, related_name="catalogue_version")
    number = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("服务清单版本")
        verbose_name_plural = _("服务清单版本")

    def __str__(self):
        return str(self.number)


class Category(models.Model):
    """One of the sixteen categories, shown to residents in at most eight groups."""

    class Group(models.TextChoices):
        PAPERS = "papers", _("代办跑腿")
        ELDERLY = "elderly", _("助老助残")
        CHILDREN = "children", _("孩子和文化")
        HEALTH = "health", _("看病健康")
        REPAIRS = "repairs", _("家里修修补补")
        LAW = "law", _("法律和调解")
        SAFETY = "safety", _("环境安全")
        NEIGHBOURS = "neighbours", _("邻里和党群")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="categories", verbose_name=_("社区")
    )
    code = models.CharField(_("代码"), max_length=4)
    name_zh = models.CharField(_("名称"), max_length=20)
    name_en = models.CharField(_("英文名称"), max_length=60)
    group = models.CharField(_("大类"), max_length=12, choices=Group)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("服务类别")
        verbose_name_plural = _("服务类别")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="category_unique_code"),
            models.CheckConstraint(
                condition=Q(
                    group__in=[
                        "papers",
                        "elderly",
                        "children",
                        "health",
                        "repairs",
                        "law",
                        "safety",
                        "neighbours",
                    ]
                ),
                name="category_group_known",
            ),
        ]

    def __str__(self):
        return self.name_zh


class ServiceQuerySet(ScopedQuerySet):
    def open(self):
        return self.filter(is_open=True)

    def listed(self):
        """What the public catalogue shows: open and not one of the two reserved services."""
        return self.open().exclude(code__in=Service.RESERVED)


def drawn_icon(name):
    """`name` if there is such an icon, else the one for any service: a slip in one row must not end every list."""
    return name if is_drawn(name) else "apps"


class Service(models.Model):
    """A convenience service of the catalogue."""

    FREE_TEXT = "Z01"  # 说说您的事
    COMPLAINT = "Z02"  # a complaint about this system
    RESERVED = (FREE_TEXT, COMPLAINT)

    class Delivery(models.TextChoices):
        DIRECT = "direct", _("社区直接办")
        PROXY = "proxy", _("社区代办")
        REFERRAL = "referral", _("告诉您去哪儿办")

    class PersonalInfo(models.TextChoices):
        NONE = "none", _("不涉及")
        PERSONAL = "pi", _("个人信息")
        SENSITIVE = "sensitive", _("敏感个人信息")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="services", verbose_name=_("社区")
    )
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="services", verbose_name=_("类别")
    )
    code = models.CharField(_("代码"), max_length=8)
    name_zh = models.CharField(_("名称"), max_length=40)
    name_en = models.CharField(_("英文名称"), max_length=120)
    description_zh = models.CharField(_("说明"), max_length=300, blank=True)
    description_en = models.CharField(_("英文说明"), max_length=600, blank=True)
    eligible_zh = models.CharField(_("谁可以办"), max_length=120, blank=True)
    eligible_en = models.CharField(_("英文谁可以办"), max_length=240, blank=True)
    materials_zh = models.CharField(_("要准备什么"), max_length=200, blank=True)
    materials_en = models.CharField(_("英文要准备什么"), max_length=400, blank=True)
    time_limit_workdays = models.PositiveSmallIntegerField(
        _("办理时限（工作日）"), default=1, help_text=_("0 表示当个工作日办完")
    )
    time_limit_note_zh = models.CharField(_("时限说明"), max_length=100, blank=True)
    time_limit_note_en = models.CharField(_("英文时限说明"), max_length=200, blank=True)
    channels = models.JSONField(
        _("办理方式"), default=list, blank=True, help_text="window, phone, online, home"
    )
    fee_zh = models.CharField(_("收费"), max_length=60, blank=True)
    fee_en = models.CharField(_("英文收费"), max_length=120, blank=True)
    lead_duty = models.ForeignKey(
        Duty,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        verbose_name=_("牵头职务"),
    )
    lead_name_zh = models.CharField(_("牵头人"), max_length=30, blank=True)
    lead_name_en = models.CharField(_("英文牵头人"), max_length=60, blank=True)
    delivery = models.CharField(_("办理性质"), max_length=10, choices=Delivery, default=Delivery.DIRECT)
    responsible_body_zh = models.CharField(_("主管部门"), max_length=60, blank=True)
    personal_info = models.CharField(
        _("个人信息"), max_length=10, choices=PersonalInfo, default=PersonalInfo.PERSONAL
    )
    evidence = models.CharField(_("依据"), max_length=120, blank=True)
    aliases_zh = models.CharField(_("别的叫法"), max_length=300, blank=True, help_text=_("用 | 隔开"))
    aliases_en = models.CharField(_("英文别的叫法"), max_length=400, blank=True)
    situations = models.JSONField(_("什么情况下用"), default=list, blank=True)
    icon = models.CharField(_("图标"), max_length=20, blank=True)
    skills = models.ManyToManyField(Skill, blank=True, related_name="services", verbose_name=_("需要会什么"))
    stopper_zh = models.CharField(_("先拦一下的提醒"), max_length=300, blank=True)
    stopper_en = models.CharField(_("英文提醒"), max_length=500, blank=True)
    bookable = models.BooleanField(_("可以网上点单"), default=True)
    home_visit = models.BooleanField(_("上门"), default=False)
    is_open = models.BooleanField(_("开放"), default=True)
    pinyin = models.CharField(max_length=200, blank=True, editable=False)
    initials = models.CharField(max_length=60, blank=True, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("便民服务")
        verbose_name_plural = _("便民服务")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="service_unique_code"),
            models.CheckConstraint(
                condition=Q(delivery__in=["direct", "proxy", "referral"]), name="service_delivery_known"
            ),
            models.CheckConstraint(
                condition=Q(personal_info__in=["none", "pi", "sensitive"]), name="service_personal_info_known"
            ),
        ]

    def __str__(self):
        return self.name_zh

    @property
    def aliases(self):
        """Other words for it, in Chinese, as a list."""
        return [word for word in self.aliases_zh.split("|") if word]

    @property
    def drawn_icon(self):
        """The icon of its pages: the one that is named if somebody drew it."""
        return drawn_icon(self.icon)

    @property
    def can_be_ordered(self):
        """Open, bookable, and not a mere referral (architecture.md §3)."""
        return self.is_open and self.bookable and self.delivery != self.Delivery.REFERRAL


@compiled_once(host=str, code=str)
def _service(host, code):
    services = Service.objects.select_related("community", "category", "lead_duty")
    return services.filter(community__in=Community.objects.meant_by(host), code=code)


def service_of_host(host, code):
    """The service with this code of the community that `host` means, or None.

    One query, and its community, category and leading duty come with it.
    """
    return _service.row(host=host, code=code)


class UnmetHit(models.Model):
    """One search without a hit, as typed but for its digits; a tick folds hits into `UnmetWord`."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("没搜到的一次搜索")
        verbose_name_plural = _("没搜到的搜索")

    def __str__(self):
        return self.word


class UnmetWordQuerySet(ScopedQuerySet):
    def open(self):
        """Words that nobody has dealt with."""
        return self.filter(handled_at=None)

    def asked_most(self):
        return self.open().order_by("-times", "-last_at")


class UnmetWord(models.Model):
    """What residents looked for and did not find: the list of unmet demand (features.md V02)."""

    community = models.ForeignKey(
        Community, on_delete=models.CASCADE, related_name="unmet_words", verbose_name=_("社区")
    )
    word = models.CharField(_("词"), max_length=20)
    times = models.PositiveIntegerField(_("次数"), default=0)
    first_at = models.DateTimeField(_("第一次"))
    last_at = models.DateTimeField(_("最近一次"))
    handled_at = models.DateTimeField(_("已处理"), null=True, blank=True)

    objects = UnmetWordQuerySet.as_manager()

    class Meta:
        verbose_name = _("没搜到的词")
        verbose_name_plural = _("没搜到的词")
        constraints = [
            models.UniqueConstraint(fields=["community", "word"], name="unmet_word_unique"),
            models.CheckConstraint(
                condition=Q(first_at__lte=F("last_at")), name="unmet_word_first_before_last"
            ),
        ]

    def __str__(self):
        return self.word
