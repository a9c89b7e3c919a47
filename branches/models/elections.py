"""Elections at a meeting: seats, candidates, ballots, and how they came out (domain.md §1.3)."""

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from branches.models.life import Meeting
from branches.models.members import PartyMember, Post
from branches.models.territory import BranchScopedQuerySet
from branches.rules.voting import Base

MOST_SEATS = 7


class ElectionStatus(models.TextChoices):
    OPEN = "open", _("还没投票")
    COUNTED = "counted", _("计票完了")
    SEATED = "seated", _("已经任职")


_S = ElectionStatus
# The one table of arrows; `branches.actions.elections.move_election` alone walks it. What was counted stays.
NEXT_ELECTION = {_S.OPEN: {_S.COUNTED}, _S.COUNTED: {_S.SEATED}, _S.SEATED: set()}

_COUNTS = ("due", "present", "issued", "returned", "void")
_NOT_COUNTED = Q(**{f"{name}__isnull": True for name in _COUNTS})
_ALL_COUNTED = Q(**{f"{name}__isnull": False for name in _COUNTS})


class ElectionQuerySet(BranchScopedQuerySet):
    branch_lookup = "meeting__branch"


class Election(models.Model):
    """One round of voting on the seats of a post. `due` and `present` are voting members as they were at the count.

    Ballots: `issued` to voters who are there, `returned`, and of these `void` (naming more people than seats).
    """

    class Seat(models.TextChoices):
        SECRETARY = Post.Kind.SECRETARY.value, Post.Kind.SECRETARY.label
        DEPUTY = Post.Kind.DEPUTY.value, Post.Kind.DEPUTY.label
        MEMBER = Post.Kind.MEMBER.value, _("支部委员会委员")

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, related_name="elections", verbose_name=_("组织生活")
    )
    post = models.CharField(_("选什么"), max_length=12, choices=Seat)
    round = models.PositiveSmallIntegerField(_("第几轮"), default=1)
    seats = models.PositiveSmallIntegerField(_("选几名"))
    base = models.CharField(_("过半数按谁算"), max_length=8, choices=Base, blank=True)
    due = models.PositiveSmallIntegerField(_("应到会有表决权"), null=True, blank=True)
    present = models.PositiveSmallIntegerField(_("实到会有表决权"), null=True, blank=True)
    issued = models.PositiveSmallIntegerField(_("发出选票"), null=True, blank=True)
    returned = models.PositiveSmallIntegerField(_("收回选票"), null=True, blank=True)
    void = models.PositiveSmallIntegerField(_("废票"), null=True, blank=True)
    disputed = models.BooleanField(_("两种算法结果不同"), default=False)
    status = models.CharField(_("状态"), max_length=8, choices=ElectionStatus, default=_S.OPEN)
    counted_at = models.DateTimeField(_("计票时间"), null=True, blank=True)
    approved_by = models.CharField(_("报哪个组织批准"), max_length=60, blank=True)
    seated_on = models.DateField(_("任职日期"), null=True, blank=True)

    objects = ElectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("选举")
        verbose_name_plural = _("选举")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "post", "round"], name="election_round_once"),
            models.CheckConstraint(
                condition=Q(post__in=["secretary", "deputy", "member"]), name="election_post_known"
            ),
            models.CheckConstraint(condition=Q(status__in=_S.values), name="election_status_known"),
            models.CheckConstraint(
                condition=Q(seats__gte=1, seats__lte=MOST_SEATS) & (~Q(post="secretary") | Q(seats=1)),
                name="election_seats_in_range",
            ),
            models.CheckConstraint(
                condition=(Q(status="open", base="", counted_at=None) & _NOT_COUNTED)
                | (
                    Q(status__in=["counted", "seated"], base__in=Base.values, counted_at__isnull=False)
                    & _ALL_COUNTED
                ),
                name="election_count_is_whole",
            ),
            models.CheckConstraint(
                condition=_NOT_COUNTED
                | Q(
                    void__lte=F("returned"),
                    returned__lte=F("issued"),
                    issued__lte=F("present"),
                    present__lte=F("due"),
                ),
                name="election_ballots_fit",
            ),
            models.CheckConstraint(
                condition=_NOT_COUNTED | GreaterThanOrEqual(F("present") * 5, F("due") * 4),
                name="election_four_fifths_were_there",
            ),
            models.CheckConstraint(
                condition=(Q(status="seated", seated_on__isnull=False) | ~Q(status="seated"))
                & (~Q(status="seated") | Q(post="member") | ~Q(approved_by="")),
                name="election_seated_with_a_day_and_approval",
            ),
        ]

    def __str__(self):
        return f"{self.meeting} {self.get_post_display()}"

    @property
    def valid(self):
        """Ballots that count; None before the count."""
        return None if self.returned is None else self.returned - self.void


class CandidateQuerySet(BranchScopedQuerySet):
    branch_lookup = "election__meeting__branch"


class Candidate(models.Model):
    """Somebody who can be voted for; `written_in` was named on ballots only. `ballots` are the valid ones of the count."""

    class Outcome(models.TextChoices):
        ELECTED = "elected", _("当选")
        TIED = "tied", _("票数相同，要再选")
        NOT = "not", _("没有当选")

    election = models.ForeignKey(
        Election, on_delete=models.CASCADE, related_name="candidates", verbose_name=_("选举")
    )
    member = models.ForeignKey(
        PartyMember, on_delete=models.PROTECT, related_name="candidacies", verbose_name=_("候选人")
    )
    written_in = models.BooleanField(_("另选他人"), default=False)
    votes = models.PositiveSmallIntegerField(_("得票"), null=True, blank=True)
    ballots = models.PositiveSmallIntegerField(_("有效票"), null=True, blank=True)
    outcome = models.CharField(_("结果"), max_length=8, choices=Outcome, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("候选人")
        verbose_name_plural = _("候选人")
        constraints = [
            models.UniqueConstraint(fields=["election", "member"], name="candidate_once_per_election"),
            models.CheckConstraint(
                condition=Q(votes=None, ballots=None, outcome="")
                | Q(
                    votes__isnull=False,
                    ballots__isnull=False,
                    votes__lte=F("ballots"),
                    outcome__in=["elected", "tied", "not"],
                ),
                name="candidate_votes_fit",
            ),
        ]

    def __str__(self):
        return f"{self.election} {self.member.person}"
