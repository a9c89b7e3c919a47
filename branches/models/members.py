from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models.territory import BranchScopedQuerySet, PartyBranch, PartyGroup
from haimengyuan.lib.append_only import AppendOnlyModel, AppendOnlyQuerySet
from people.models import Consent, Person, User


class Standing(models.TextChoices):
    NORMAL = "normal", _("正常")
    LOST = "lost", _("失去联系")
    SUSPENDED = "suspended", _("停止党籍")
    REMOVED = "removed", _("除名")


# The only arrows there are (domain.md §1.4); `branches.actions.membership.set_standing` alone walks them.
NEXT_STANDING = {
    Standing.NORMAL: {Standing.LOST},
    Standing.LOST: {Standing.NORMAL, Standing.SUSPENDED},
    Standing.SUSPENDED: {Standing.NORMAL, Standing.REMOVED},
    Standing.REMOVED: set(),
}


class PartyMemberQuerySet(BranchScopedQuerySet):
    def current(self):
        return self.filter(left_on=None)

    def of_branch_life(self):
        """Full and probationary members who live and are registered here: those whom meetings and dues concern.

        Who cannot be found is still due to attend, until the superior approves otherwise; who is suspended is not.
        """
        return self.current().filter(
            kind__in=[PartyMember.Kind.FULL, PartyMember.Kind.PROBATIONARY],
            standing__in=[Standing.NORMAL, Standing.LOST],
            person__state=Person.State.ALIVE,
        )

    def reachable(self):
        """Those of them whom a message reaches: nobody writes to members who cannot be found."""
        return self.of_branch_life().filter(standing=Standing.NORMAL)

    def voting(self):
        """Those of them with the right to vote (domain.md §1.3)."""
        return self.of_branch_life().filter(kind=PartyMember.Kind.FULL, may_vote=True)


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
    standing = models.CharField(
        _("党籍状态"), max_length=10, choices=Standing, default=Standing.NORMAL, editable=False
    )
    standing_since = models.DateField(_("哪天起是这个状态"), null=True, blank=True, editable=False)
    may_vote = models.BooleanField(
        _("有表决权"),
        default=True,
        help_text=_("预备党员不用管这一项；留党察看、权利暂停的，请取消勾选"),
    )
    wants_birthday_card = models.BooleanField(_("入党纪念日收祝福"), default=True)
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
                condition=Q(standing__in=Standing.values), name="party_member_standing_known"
            ),
            models.CheckConstraint(
                condition=Q(standing="normal") | Q(standing_since__isnull=False),
                name="party_member_standing_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(standing="removed") | Q(left_on__isnull=False),
                name="party_member_removed_has_left",
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("entered_on")),
                name="party_member_leaves_after_entering",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.branch}"

    @property
    def has_vote(self):
        """Whether this member votes: full members whose rights are not suspended."""
        return self.kind == self.Kind.FULL and self.may_vote and self.standing != Standing.SUSPENDED


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
        MEMBER = "member", _("委员")

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
                condition=Q(
                    kind__in=["secretary", "deputy", "organisation", "publicity", "discipline", "member"]
                ),
                name="post_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("since")), name="post_ends_after_start"
            ),
        ]

    def __str__(self):
        return f"{self.branch} {self.get_kind_display()} {self.member.person}"


class TermShiftQuerySet(AppendOnlyQuerySet, BranchScopedQuerySet):
    pass


class TermShift(AppendOnlyModel):
    """An early or late re-election: to which day the term of a branch was moved, why, and who above approved it.

    Only the organisation above may (domain.md §1.1 no. 12); the portal keeps what it decided.
    """

    USUAL_DAYS = 366  # by how much a term is usually shifted at most

    branch = models.ForeignKey(
        PartyBranch, on_delete=models.PROTECT, related_name="term_shifts", verbose_name=_("支部")
    )
    was_until = models.DateField(_("原来任期到"), editable=False)
    until = models.DateField(_("改到"))
    reason = models.CharField(_("为什么"), max_length=100)
    approved_by = models.CharField(_("哪个组织批准的"), max_length=60)
    approved_on = models.DateField(_("批准日期"), default=timezone.localdate)
    by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="term_shifts",
        editable=False,
        verbose_name=_("登记人"),
    )
    at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = TermShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("提前或延期换届")
        verbose_name_plural = _("提前或延期换届")
        constraints = [
            models.CheckConstraint(condition=~Q(until=F("was_until")), name="term_shift_moves_the_end"),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(approved_by=""), name="term_shift_with_reason_and_approval"
            ),
        ]

    def __str__(self):
        return f"{self.branch} {self.was_until} → {self.until}"

    @property
    def is_unusual(self):
        """Whether it is shifted by more than the year that is usual; said, never refused."""
        return abs((self.until - self.was_until).days) > self.USUAL_DAYS


LEADERS = (Post.Kind.SECRETARY, Post.Kind.DEPUTY)
# What only a branch with a committee has; secretary and deputy sit on the committee too.
COMMITTEE_SEATS = (Post.Kind.ORGANISATION, Post.Kind.PUBLICITY, Post.Kind.DISCIPLINE, Post.Kind.MEMBER)
COMMITTEE_POSTS = (*LEADERS, *COMMITTEE_SEATS)
