from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Grid, GridScopedQuerySet
from people.models import Community, Consent, Person, ScopedQuerySet


class PartyBranchQuerySet(ScopedQuerySet):
    def held_by(self, person_id, today=None):
        """Branches where this person holds a post today, or whose grid they head."""
        posts = Post.objects.current(today).filter(member__person=person_id)
        headed = BranchGrid.objects.filter(grid__in=Grid.objects.held_by(person_id, today))
        return self.filter(Q(pk__in=posts.values("branch")) | Q(pk__in=headed.values("branch")))

    def for_place(self, user):
        return self.held_by(user.person_id)


class PartyBranch(models.Model):
    """A party organisation: the committee, a general branch, a grid branch, a joint branch (domain.md §1.1)."""

    class Kind(models.TextChoices):
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
                condition=Q(kind__in=["committee", "general", "branch", "joint", "temporary", "mobile"]),
                name="branch_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="branch_not_its_own_parent"
            ),
        ]

    def __str__(self):
        return self.name


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

    objects = BranchScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("党小组")
        verbose_name_plural = _("党小组")
        constraints = [models.UniqueConstraint(fields=["branch", "name"], name="party_group_unique_name")]

    def __str__(self):
        return f"{self.branch} {self.name}"


class PartyMemberQuerySet(BranchScopedQuerySet):
    def current(self):
        return self.filter(left_on=None)


class PartyMember(models.Model):
    """Membership of a person in one branch. Official files stay in the province's own system (domain.md §1.2)."""

    class Kind(models.TextChoices):
        FULL = "full", _("正式党员")
        PROBATIONARY = "probationary", _("预备党员")
        SERVING = "serving", _("在职党员（双报到）")

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("人员")
    )
    branch = models.ForeignKey(
        PartyBranch, on_delete=models.PROTECT, related_name="members", verbose_name=_("支部")
    )
    group = models.ForeignKey(
        PartyGroup,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("党小组"),
    )
    kind = models.CharField(_("类别"), max_length=12, choices=Kind, default=Kind.FULL)
    is_mobile = models.BooleanField(_("流动党员"), default=False)
    joined_on = models.DateField(_("入党日期"), null=True, blank=True)
    converted_on = models.DateField(_("转正日期"), null=True, blank=True)
    entered_on = models.DateField(_("转入本支部"), default=timezone.localdate)
    left_on = models.DateField(_("转出本支部"), null=True, blank=True)

    objects = PartyMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("党员")
        verbose_name_plural = _("党员")
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(left_on=None), name="party_member_one_branch"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["full", "probationary", "serving"]), name="party_member_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("entered_on")),
                name="party_member_leaves_after_entering",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.branch}"


class PostQuerySet(BranchScopedQuerySet):
    def current(self, today=None):
        today = today or timezone.localdate()
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=today), since__lte=today)

    def with_consent_to_publish(self):
        """Adds `may_be_named`: whether the holder agreed to have name and post shown."""
        agreed = Consent.objects.current().filter(
            person=models.OuterRef("member__person"), purpose=Consent.Purpose.PUBLISH_DUTY
        )
        return self.select_related("member__person").annotate(may_be_named=models.Exists(agreed))


class Post(models.Model):
    """A post in a branch and its term (community branches: five years, domain.md §1.1)."""

    class Kind(models.TextChoices):
        SECRETARY = "secretary", _("支部书记")
        DEPUTY = "deputy", _("副书记")
        ORGANISATION = "organisation", _("组织委员")
        PUBLICITY = "publicity", _("宣传委员")
        DISCIPLINE = "discipline", _("纪检委员")

    branch = models.ForeignKey(
        PartyBranch, on_delete=models.PROTECT, related_name="posts", verbose_name=_("支部")
    )
    member = models.ForeignKey(
        PartyMember, on_delete=models.PROTECT, related_name="posts", verbose_name=_("党员")
    )
    kind = models.CharField(_("职务"), max_length=12, choices=Kind)
    since = models.DateField(_("自"), default=timezone.localdate)
    ends_on = models.DateField(_("任期到"), null=True, blank=True)
    ended_on = models.DateField(_("实际到"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("支部职务")
        verbose_name_plural = _("支部职务")
        constraints = [
            models.UniqueConstraint(
                fields=["branch"],
                condition=Q(kind="secretary", ended_on=None),
                name="post_one_current_secretary",
            ),
            models.UniqueConstraint(
                fields=["branch", "member", "kind"], condition=Q(ended_on=None), name="post_once_per_member"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["secretary", "deputy", "organisation", "publicity", "discipline"]),
                name="post_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("since")), name="post_ends_after_start"
            ),
        ]

    def __str__(self):
        return f"{self.branch} {self.get_kind_display()} {self.member.person}"
