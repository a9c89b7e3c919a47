from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Grid, GridScopedQuerySet
from people.models import Community, ScopedQuerySet


class PartyBranchQuerySet(ScopedQuerySet):
    def served_by(self, person_id, today=None):
        """Branches where this person holds a post today."""
        today = today or timezone.localdate()
        open_ended = Q(posts__ended_on=None) | Q(posts__ended_on__gt=today)
        posts = PartyBranch.objects.filter(
            open_ended, posts__member__person=person_id, posts__since__lte=today
        )
        return self.filter(pk__in=posts.values("pk"))

    def held_by(self, person_id, today=None):
        """Those, and branches whose grid they head."""
        today = today or timezone.localdate()
        posts = PartyBranch.objects.served_by(person_id, today).values("pk")
        headed = BranchGrid.objects.filter(grid__in=Grid.objects.held_by(person_id, today))
        return self.filter(Q(pk__in=posts) | Q(pk__in=headed.values("branch")))

    def for_place(self, user):
        return self.held_by(user.person_id)


class PartyBranch(models.Model):
    """A party organisation: the committee, a general branch, a grid branch, a joint branch (domain.md §1.1)."""

    class Kind(models.TextChoices):
        STREET = "street", _("街道党工委")
        COMMITTEE = "committee", _("党委")
        GENERAL = "general", _("党总支")
        BRANCH = "branch", _("党支部")
        JOINT = "joint", _("联合党支部")
        TEMPORARY = "temporary", _("临时党支部")
        MOBILE = "mobile", _("流动党员党支部")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="branches", verbose_name=_("社区")
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级"),
    )
    kind = models.CharField(_("类别"), max_length=10, choices=Kind, default=Kind.BRANCH)
    name = models.CharField(_("名称"), max_length=60)
    founded_on = models.DateField(_("成立日期"), null=True, blank=True)
    theme_day = models.PositiveSmallIntegerField(
        _("主题党日是每月几号"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text=_("每个支部相对固定的一天，1 到 28；空着就按社区的安排"),
    )
    grids = models.ManyToManyField(
        Grid, through="BranchGrid", related_name="branches", verbose_name=_("网格")
    )

    objects = PartyBranchQuerySet.as_manager()

    class Meta:
        verbose_name = _("党支部")
        verbose_name_plural = _("党支部")
        constraints = [
            models.UniqueConstraint(fields=["community", "name"], name="branch_unique_name"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["street", "committee", "general", "branch", "joint", "temporary", "mobile"]
                ),
                name="branch_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="branch_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(theme_day=None) | Q(theme_day__gte=1, theme_day__lte=28),
                name="branch_theme_day_in_every_month",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def level(self):
        """How far down the tree its kind stands: 0 the street, then committee, general branch, branch."""
        return LEVELS.get(self.kind, len(LEVELS))

    def clean(self):
        """Refuse a superior that stands no higher: the tree has no rings, whoever edits it."""
        super().clean()
        if self.parent_id and self.parent.level >= self.level:
            raise ValidationError({"parent": _("上级要比它高一级：街道党工委、党委、党总支、党支部")})
        if self.pk and any(child.level <= self.level for child in self.children.all()):
            raise ValidationError({"kind": _("它下面还有同级或更高一级的组织，请先改那些组织的上级")})


LEVELS = {
    PartyBranch.Kind.STREET: 0,
    PartyBranch.Kind.COMMITTEE: 1,
    PartyBranch.Kind.GENERAL: 2,
}


class BranchGrid(models.Model):
    """Which branch a grid belongs to: one for every grid; a joint branch holds several."""

    branch = models.ForeignKey(
        PartyBranch, on_delete=models.CASCADE, related_name="branch_grids", verbose_name=_("支部")
    )
    grid = models.OneToOneField(
        Grid, on_delete=models.CASCADE, related_name="branch_grid", verbose_name=_("网格")
    )

    objects = GridScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("支部所在网格")
        verbose_name_plural = _("支部所在网格")

    def __str__(self):
        return f"{self.branch} {self.grid}"


class BranchScopedQuerySet(ScopedQuerySet):
    """Rows of a branch: seen by those who hold a post there or head its grid."""

    branch_lookup = "branch"

    @property
    def community_lookup(self):
        return f"{self.branch_lookup}__community"

    def for_place(self, user):
        return self.filter(**{f"{self.branch_lookup}__in": PartyBranch.objects.held_by(user.person_id)})


class PartyGroup(models.Model):
    branch = models.ForeignKey(
        PartyBranch, on_delete=models.CASCADE, related_name="groups", verbose_name=_("支部")
    )
    name = models.CharField(_("名称"), max_length=40)
    leader = models.ForeignKey(
        "branches.PartyMember",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="led_groups",
        verbose_name=_("组长"),
    )

    objects = BranchScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("党小组")
        verbose_name_plural = _("党小组")
        constraints = [models.UniqueConstraint(fields=["branch", "name"], name="party_group_unique_name")]

    def __str__(self):
        return f"{self.branch} {self.name}"

    def clean(self):
        """A leader is a full member of this branch who has not left (domain.md §1.1 no. 15)."""
        super().clean()
        leader = self.leader
        if leader is None:
            return
        if leader.branch_id != self.branch_id or leader.left_on:
            raise ValidationError({"leader": _("组长要是本支部的党员")})
        if leader.kind != leader.Kind.FULL:
            raise ValidationError({"leader": _("预备党员和报到的在职党员不能当组长")})
