from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.crypto import lookup_hash
from people.models.community import Community
from people.models.persons import Person
from people.models.scope import ScopedQuerySet


class Role(models.TextChoices):
    MANAGER = "manager", _("社区负责人")
    STAFF = "staff", _("社区工作者")
    AUDITOR = "auditor", _("审计")
    GRID = "grid", _("网格长、支部书记")
    HELPER = "helper", _("党员、志愿者")
    NONE = "none", _("无")


# The community's own staff: given by hand, never by a duty or a post, and free to live elsewhere.
DESK_ROLES = frozenset({Role.MANAGER, Role.STAFF, Role.AUDITOR})

# Who may do what: the only place that says so. A role gives the verb, a current appointment or post the place.
MAY = {
    "see_all_grids": {Role.MANAGER, Role.STAFF, Role.AUDITOR},
    "see_own_grid": {Role.GRID},
    "enter_staff_door": {Role.MANAGER, Role.STAFF, Role.AUDITOR},
    "enter_admin": {Role.MANAGER, Role.STAFF, Role.AUDITOR, Role.GRID},
    "enter_me_door": {Role.MANAGER, Role.STAFF, Role.GRID, Role.HELPER},
    "handle_orders": {Role.MANAGER, Role.STAFF, Role.GRID},
    "order_on_behalf": {Role.MANAGER, Role.STAFF, Role.GRID},
    "keep_branch_records": {Role.MANAGER, Role.STAFF, Role.GRID},
    "handle_dues": {Role.MANAGER, Role.STAFF},
    "enter_branch_papers": {Role.MANAGER, Role.STAFF},
    "log_visits": {Role.MANAGER, Role.STAFF, Role.GRID},
    "manage_venues": {Role.MANAGER, Role.STAFF, Role.GRID},
    "manage_activities": {Role.MANAGER, Role.STAFF},
    "keep_grid_activities": {
        Role.MANAGER,
        Role.STAFF,
        Role.GRID,
    },  # in the admin; the own grid's for its head
    "manage_topics": {Role.MANAGER, Role.STAFF, Role.GRID},
    "publish_notices": {Role.MANAGER, Role.STAFF, Role.GRID},
    "reveal_personal_data": {Role.MANAGER, Role.STAFF, Role.GRID},
    "edit_reference_data": {Role.MANAGER, Role.STAFF},
    "edit_register": {Role.MANAGER, Role.STAFF},
    "edit_calendar": {Role.MANAGER, Role.STAFF},
    "manage_users": {Role.MANAGER},
    "see_data_views": {Role.MANAGER, Role.AUDITOR},
}


class UserManager(BaseUserManager.from_queryset(ScopedQuerySet)):
    def get_by_natural_key(self, login):
        """The user who logs in with `login`, as typed."""
        return self.get(login_hash=User.hash_login(login))

    def create_user(self, login, password=None, **fields):
        """Create a user; `login` is what they type, only its hash is kept. Returns the `User`."""
        user = self.model(login_hash=User.hash_login(login), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, login_hash, password=None, **fields):
        """For `manage.py createsuperuser`, which hands over the typed login under the name of USERNAME_FIELD."""
        fields.setdefault("role", Role.MANAGER)
        return self.create_user(login_hash, password, is_superuser=True, **fields)


class Sight(NamedTuple):
    """What `for_user` looks at in a user who sees whole communities: all with the same see the same rows."""

    role: str
    community_id: int | None
    is_superuser: bool

    def somebody(self):
        """A user with this sight who is nobody, for queries that are written once for all of them."""
        return User(**self._asdict())


class User(AbstractBaseUser, PermissionsMixin):
    """An account. Families share phones, so the login is a column of its own and is kept as a hash."""

    login_hash = models.CharField(_("登录名"), max_length=64, unique=True)
    person = models.OneToOneField(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="user", verbose_name=_("人员")
    )
    community = models.ForeignKey(
        Community,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("社区"),
        help_text=_("空着表示管整套系统"),
    )
    role = models.CharField(_("角色"), max_length=10, choices=Role, default=Role.NONE)
    is_active = models.BooleanField(_("可以登录"), default=True)
    joined_at = models.DateTimeField(_("开通时间"), default=timezone.now, editable=False)

    USERNAME_FIELD = "login_hash"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta:
        verbose_name = _("账号")
        verbose_name_plural = _("账号")
        constraints = [models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known")]

    def __str__(self):
        return f"{self.person or self.get_role_display()}"

    @staticmethod
    def hash_login(login):
        return lookup_hash(login.strip().casefold(), purpose="user.login")

    def may(self, verb):
        """Whether this user's role allows `verb`; a misspelt verb raises `KeyError`, it does not say no."""
        roles = MAY[verb]
        return self.is_active and (self.is_superuser or self.role in roles)

    @property
    def sight(self):
        """`Sight` of somebody whose role alone decides what they see, None where a person's own place decides."""
        return Sight(self.role, self.community_id, self.is_superuser) if self.may("see_all_grids") else None

    @property
    def is_staff(self):
        """Django's admin asks this; it is derived, never ticked."""
        return self.may("enter_admin")

    def has_module_perms(self, app_label):
        return self.is_staff

    def get_short_name(self):
        return str(self)

    @property
    def display_name(self):
        """The full name, for the user's own eyes and for colleagues on the desk."""
        return self.person.name if self.person else self.get_role_display()
