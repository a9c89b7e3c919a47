from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.append_only import AppendOnlyModel, AppendOnlyQuerySet
from haimengyuan.lib.crypto import lookup_hash
from haimengyuan.lib.fields import EncryptedText
from haimengyuan.lib.masking import mask_email, mask_id_number, mask_name, mask_phone
from haimengyuan.lib.pinyin import name_initials, name_pinyin
from people.models.community import Community
from people.models.scope import ScopedQuerySet


class PersonQuerySet(ScopedQuerySet):
    def with_phone(self, phone):
        """Persons with this normalised phone number (families share one)."""
        return self.filter(phone_hash=Person.hash_phone(phone))

    def having_withdrawn(self, purpose):
        """Those who have taken back what they agreed to for `purpose` and not given it again."""
        return self.filter(Consent.objects.withdrawn(OuterRef("pk"), purpose))

    def reachable(self):
        """Alive and still living here: the only ones that reminders may go to."""
        return self.filter(state=Person.State.ALIVE)


class Person(models.Model):
    """Somebody the community knows. Names, phones and id numbers live here and nowhere else."""

    class Gender(models.IntegerChoices):
        """GB/T 2261.1 (domain.md §10)."""

        UNKNOWN = 0, _("未知")
        MALE = 1, _("男")
        FEMALE = 2, _("女")
        NOT_STATED = 9, _("未说明")

    class State(models.TextChoices):
        ALIVE = "alive", _("在住")
        MOVED = "moved", _("已迁出")
        DECEASED = "deceased", _("已去世")

    class ReachBy(models.TextChoices):
        NOTHING = "", _("只在网页上看")
        SMS = "sms", _("短信")
        EMAIL = "email", _("邮件")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="persons", verbose_name=_("社区")
    )
    name = models.CharField(_("姓名"), max_length=40)
    pinyin = models.CharField(_("拼音"), max_length=120, blank=True, editable=False)
    initials = models.CharField(_("首字母"), max_length=40, blank=True, editable=False)
    phone = EncryptedText(_("电话"), blank=True)
    phone_hash = models.CharField(max_length=64, blank=True, editable=False)
    id_number = EncryptedText(_("公民身份号码"), blank=True)
    id_number_hash = models.CharField(max_length=64, blank=True, editable=False)
    email = EncryptedText(_("邮箱"), blank=True)
    birth_date = models.DateField(_("出生日期"), null=True, blank=True)
    gender = models.PositiveSmallIntegerField(_("性别"), choices=Gender, default=Gender.UNKNOWN)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ALIVE)
    state_since = models.DateField(_("自何时起"), default=timezone.localdate)
    reach_by = models.CharField(
        _("用什么通知"), max_length=10, choices=ReachBy, blank=True, default=ReachBy.NOTHING
    )
    prefers_phone_call = models.BooleanField(_("请打电话通知"), default=False)
    is_demo = models.BooleanField(_("演示人员"), default=False, editable=False)

    is_newcomer = False  # of this very object: whether it was made by the transaction that holds it

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("人员")
        verbose_name_plural = _("人员")
        indexes = [
            models.Index(fields=["community", "pinyin"], name="person_by_pinyin"),
            models.Index(
                fields=["id_number_hash"], condition=~Q(id_number_hash=""), name="person_by_id_number"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "phone_hash", "name"],
                condition=~Q(phone_hash=""),
                name="person_unique_phone_and_name",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["alive", "moved", "deceased"]), name="person_state_known"
            ),
            models.CheckConstraint(
                condition=Q(reach_by__in=["", "sms", "email"]), name="person_reach_by_known"
            ),
        ]

    def __str__(self):
        return self.masked_name

    def save(self, *args, **kwargs):
        """Keep the look-up columns equal to what they are looked up by (a fact of the same row, no rule)."""
        self.set_lookups()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "pinyin", "initials", "phone_hash", "id_number_hash"}
        super().save(*args, **kwargs)

    def set_lookups(self):
        """Fill pinyin, initials and hashes from name, phone and id number; call it before `bulk_create`."""
        self.pinyin, self.initials = name_pinyin(self.name), name_initials(self.name)
        self.phone_hash = self.hash_phone(self.phone) if self.phone else ""
        self.id_number_hash = self.hash_id_number(self.id_number) if self.id_number else ""

    @staticmethod
    def hash_phone(phone):
        return lookup_hash(phone, purpose="person.phone")

    @staticmethod
    def hash_id_number(number):
        return lookup_hash(number.upper(), purpose="person.id_number")

    @property
    def masked_phone(self):
        return mask_phone(self.phone)

    @property
    def masked_id_number(self):
        return mask_id_number(self.id_number)

    @property
    def masked_email(self):
        return mask_email(self.email)

    def age_on(self, day):
        """Full years on `day`, None where the birth date is not known."""
        if self.birth_date is None:
            return None
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (not had_birthday)

    @property
    def masked_name(self):
        """How others read of somebody: 王*明."""
        return mask_name(self.name)


class ConsentQuerySet(ScopedQuerySet):
    community_lookup = "person__community"

    def current(self):
        return self.filter(withdrawn_at=None)

    def withdrawn(self, person, purpose):
        """A condition: `person` took back what they agreed to for `purpose` and has not agreed again.

        Both may be an `OuterRef`. Whoever never gave a consent has not withdrawn it.
        """
        given = self.filter(person=person, purpose=purpose)
        return Exists(given.exclude(withdrawn_at=None)) & ~Exists(given.current())


class Consent(models.Model):
    """What a person agreed to, in which words, and until when (PIPL arts. 13–16, domain.md §9.1)."""

    class Purpose(models.TextChoices):
        ORDER = "order", _("办理点单")
        HELP = "help", _("登记为志愿者")
        BOOKING = "booking", _("预订场地")
        TOPIC = "topic", _("提议题、表决")
        ACTIVITY = "activity", _("报名参加活动")
        PUBLISH_DUTY = "publish_duty", _("公开职务、姓名和工作电话")

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="consents", verbose_name=_("人员")
    )
    purpose = models.CharField(_("用途"), max_length=20, choices=Purpose)
    text_version = models.CharField(_("告知文本版本"), max_length=20)
    channel = models.CharField(_("方式"), max_length=20, help_text=_("网页、电话或书面"))
    given_at = models.DateTimeField(_("同意时间"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("同意记录")
        verbose_name_plural = _("同意记录")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"], condition=Q(withdrawn_at=None), name="consent_one_current"
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.get_purpose_display()}"


class ConsentShown(models.Model):
    """Something that somebody sent by a form, with the version of the words that stood beside it.

    It says what they read, not who they are: a name and a telephone prove nothing, so it renews no `Consent`. Empty where
    a colleague wrote it down.
    """

    consent_text = models.CharField(_("告知文本版本"), max_length=20, blank=True, default="", editable=False)

    class Meta:
        abstract = True


class PersonalDataViewQuerySet(AppendOnlyQuerySet, ScopedQuerySet):
    community_lookup = "person__community"


class PersonalDataView(AppendOnlyModel):
    """Who looked at which personal value of whom, when and why (PIPL, domain.md §9.1)."""

    viewer = models.ForeignKey(
        "people.User", on_delete=models.PROTECT, related_name="data_views", verbose_name=_("查看人")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="data_views", verbose_name=_("被查看人")
    )
    field = models.CharField(_("内容"), max_length=20)
    reason = models.CharField(_("原因"), max_length=100)
    about = models.CharField(_("因哪件事"), max_length=60, blank=True)
    at = models.DateTimeField(_("时间"), default=timezone.now)

    objects = PersonalDataViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("个人信息查看记录")
        verbose_name_plural = _("个人信息查看记录")
        indexes = [models.Index(fields=["person", "-at"], name="data_view_by_person")]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="data_view_has_reason")]

    def __str__(self):
        return f"{self.person} {self.at:%Y-%m-%d}"
