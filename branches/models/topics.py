"""Negotiation topics (议事): six steps from a wish to its evaluation, one household one vote (features.md N01–N06)."""

import datetime as dt

from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models.territory import PartyBranch
from grids.models import Booking, Grid, Household
from people.models import Consent, ConsentShown, Person, ScopedQuerySet, User


class TopicStatus(models.TextChoices):
    RAISED = "raised", _("点事")
    ACCEPTED = "accepted", _("定事")
    DISCUSSING = "discussing", _("议事")
    DECIDING = "deciding", _("决事")
    DOING = "doing", _("办事")
    EVALUATING = "evaluating", _("评事")
    CLOSED = "closed", _("办完了")
    ANSWERED = "answered", _("已答复")


_S = TopicStatus
# The one table of arrows of a topic; `branches.actions.topics.move_topic` is the only function that walks it.
NEXT_TOPIC = {
    _S.RAISED: {_S.ACCEPTED, _S.ANSWERED},
    _S.ACCEPTED: {_S.DISCUSSING, _S.ANSWERED},
    _S.DISCUSSING: {_S.DECIDING, _S.ANSWERED},
    _S.DECIDING: {_S.DOING, _S.DISCUSSING, _S.ANSWERED},
    _S.DOING: {_S.EVALUATING},
    _S.EVALUATING: {_S.CLOSED, _S.DOING},
    _S.CLOSED: set(),
    _S.ANSWERED: set(),
}
SIX_STEPS = (_S.RAISED, _S.ACCEPTED, _S.DISCUSSING, _S.DECIDING, _S.DOING, _S.EVALUATING)
OPEN_TOPICS = SIX_STEPS


class TopicQuerySet(ScopedQuerySet):
    """Seen by the desk, and by those who hold a post in the topic's branch or head its grid."""

    community_lookup = "grid__community"
    topic_lookup = ""

    def for_place(self, user):
        branches = PartyBranch.objects.held_by(user.person_id)
        return self.filter(
            Q(**{f"{self.topic_lookup}branch__in": branches})
            | Q(**{f"{self.topic_lookup}grid__in": Grid.objects.held_by(user.person_id)})
        )

    def with_related(self):
        return self.select_related("grid__community", "branch", "proposer", "poll")

    def with_seconds(self):
        """Adds `second_count`: how many households second the topic."""
        return self.annotate(second_count=Count("seconds"))

    def public(self):
        """Those that residents see: what its proposer lets be shown, and everything the branch has taken up."""
        return self.filter(Q(may_publish=True) | ~Q(status__in=[_S.RAISED, _S.ANSWERED]))

    def open(self):
        return self.filter(status__in=OPEN_TOPICS)


class Topic(ConsentShown):
    """Something that concerns neighbours together. Its words are public only if whoever raised it agreed."""

    class Channel(models.TextChoices):
        WEB = "web", _("网页")
        PHONE = "phone", _("电话")
        PAPER = "paper", _("纸条")

    SECONDS_NEEDED = 5  # households; the grid head or secretary may take a topic up without them

    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="topics", verbose_name=_("网格"))
    branch = models.ForeignKey(
        PartyBranch, on_delete=models.PROTECT, null=True, related_name="topics", verbose_name=_("支部")
    )
    status = models.CharField(_("走到哪一步"), max_length=12, choices=TopicStatus, default=_S.RAISED)
    title = models.CharField(_("题目"), max_length=40)
    text = models.CharField(_("居民的话"), max_length=300)
    may_publish = models.BooleanField(_("居民同意公开内容"), default=False)
    proposer = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="topics",
        verbose_name=_("谁提的"),
    )
    channel = models.CharField(_("怎么提的"), max_length=10, choices=Channel, default=Channel.WEB)
    entered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="topics", verbose_name=_("登记人")
    )
    submission_key = models.CharField(max_length=80, unique=True, editable=False)
    raised_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    decide_due_at = models.DateTimeField(_("定不定，最晚"))
    reason = models.CharField(_("为什么议或不议（公开）"), max_length=200, blank=True)
    outcome = models.CharField(_("结果（公开）"), max_length=500, blank=True)
    dissent = models.CharField(_("不同意见（公开）"), max_length=500, blank=True)
    outcome_on = models.DateField(_("结果公示自"), null=True, blank=True)
    moved_at = models.DateTimeField(_("最近变化"), default=timezone.now)

    NOTICE_DAYS = 7

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("议题")
        verbose_name_plural = _("议题")
        ordering = ["-raised_at", "-pk"]
        indexes = [models.Index(fields=["grid", "status"], name="topic_by_grid")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TopicStatus.values), name="topic_status_known"),
            models.CheckConstraint(
                condition=Q(channel__in=["web", "phone", "paper"]), name="topic_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(status="raised") | ~Q(reason=""), name="topic_decided_with_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["doing", "evaluating", "closed"])
                | (~Q(outcome="") & Q(outcome_on__isnull=False)),
                name="topic_done_with_an_outcome",
            ),
        ]

    def __str__(self):
        return self.title

    def is_silent(self):
        """Whether whoever raised it has taken their consent back, so that the portal tells them nothing. One query."""
        withdrawn = Person.objects.having_withdrawn(Consent.Purpose.TOPIC)
        return self.proposer_id is not None and withdrawn.filter(pk=self.proposer_id).exists()

    @property
    def notice_until(self):
        """The last day on which comments on the outcome are taken; None before it is published."""
        return self.outcome_on + dt.timedelta(days=self.NOTICE_DAYS) if self.outcome_on else None

    @property
    def is_in_notice(self):
        return self.outcome_on is not None and timezone.localdate() <= self.notice_until


class TopicRowQuerySet(TopicQuerySet):
    community_lookup = "topic__grid__community"
    topic_lookup = "topic__"


class TopicSecond(models.Model):
    """A household that seconds a topic (附议)."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="seconds", verbose_name=_("议题"))
    household = models.ForeignKey(
        Household, on_delete=models.PROTECT, related_name="seconded_topics", verbose_name=_("户")
    )
    at = models.DateTimeField(_("时间"), default=timezone.now)

    objects = TopicRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("附议")
        verbose_name_plural = _("附议")
        constraints = [
            models.UniqueConstraint(fields=["topic", "household"], name="topic_second_once_per_household")
        ]

    def __str__(self):
        return f"{self.topic} #{self.pk}"


class TopicSession(models.Model):
    """A sitting at the 议事园: its booking holds the room, the agenda goes out, the minutes come back."""

    topic = models.ForeignKey(
        Topic, on_delete=models.CASCADE, related_name="sessions", verbose_name=_("议题")
    )
    booking = models.OneToOneField(
        Booking, on_delete=models.PROTECT, related_name="topic_session", verbose_name=_("场地")
    )
    agenda = models.CharField(_("议程"), max_length=300)
    invited = models.CharField(
        _("还请了谁"), max_length=200, blank=True, help_text=_("例如：物业、业委会、社区民警")
    )
    minutes = models.TextField(_("记录"), max_length=2000, blank=True)
    held_on = models.DateField(_("开了的日期"), null=True, blank=True)

    objects = TopicRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("议事会")
        verbose_name_plural = _("议事会")
        constraints = [
            models.CheckConstraint(
                condition=Q(held_on=None, minutes="") | (Q(held_on__isnull=False) & ~Q(minutes="")),
                name="topic_session_held_with_minutes",
            )
        ]

    def __str__(self):
        return f"{self.topic} {self.booking.when}"


class Poll(models.Model):
    """The household vote on a topic. Choices are counted, never kept: no row says what a household chose."""

    class Choice(models.TextChoices):
        YES = "yes", _("同意")
        NO = "no", _("不同意")
        ABSTAIN = "abstain", _("弃权")

    topic = models.OneToOneField(Topic, on_delete=models.CASCADE, related_name="poll", verbose_name=_("议题"))
    question = models.CharField(_("表决什么"), max_length=100)
    opens_at = models.DateTimeField(_("开始"), default=timezone.now)
    closes_at = models.DateTimeField(_("截止"))
    closed_at = models.DateTimeField(_("已截止"), null=True, blank=True)
    yes = models.PositiveIntegerField(_("同意"), default=0)
    no = models.PositiveIntegerField(_("不同意"), default=0)
    abstain = models.PositiveIntegerField(_("弃权"), default=0)
    paper_yes = models.PositiveIntegerField(_("纸票同意"), null=True, blank=True)
    paper_no = models.PositiveIntegerField(_("纸票不同意"), null=True, blank=True)
    paper_abstain = models.PositiveIntegerField(_("纸票弃权和废票"), null=True, blank=True)
    counted_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="counted_polls",
        verbose_name=_("计票人"),
    )
    checked_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="checked_polls",
        verbose_name=_("监票人"),
    )

    class Meta:
        verbose_name = _("户代表表决")
        verbose_name_plural = _("户代表表决")
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")), name="poll_closes_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(counted_by=None, checked_by=None)
                | Q(counted_by__isnull=False, closed_at__isnull=False, paper_yes__isnull=False),
                name="poll_counted_after_closing",
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None) | ~Q(checked_by=F("counted_by")), name="poll_signed_by_two"
            ),
        ]

    def __str__(self):
        return self.question

    @property
    def is_open(self):
        return self.closed_at is None and self.opens_at <= timezone.now() < self.closes_at

    @property
    def is_signed(self):
        return self.checked_by_id is not None

    @property
    def totals(self):
        """Votes by choice over all three channels, as a dict; the paper box counts once it was opened."""
        return {
            "yes": self.yes + (self.paper_yes or 0),
            "no": self.no + (self.paper_no or 0),
            "abstain": self.abstain + (self.paper_abstain or 0),
        }

    @property
    def has_passed(self):
        """More than half of the votes cast say yes."""
        return 2 * self.totals["yes"] > sum(self.totals.values())


class PollVoter(models.Model):
    """A household that has voted, and by which way. Of its choice nothing is kept here or elsewhere."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="voters", verbose_name=_("议题"))
    household = models.ForeignKey(
        Household, on_delete=models.PROTECT, related_name="poll_votes", verbose_name=_("户")
    )
    channel = models.CharField(_("方式"), max_length=10, choices=Topic.Channel)
    voted_on = models.DateField(_("日期"), default=timezone.localdate)
    entered_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entered_votes",
        verbose_name=_("登记人"),
    )

    objects = TopicRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("已表决的户")
        verbose_name_plural = _("已表决的户")
        constraints = [
            models.UniqueConstraint(fields=["topic", "household"], name="poll_one_vote_per_household"),
            models.CheckConstraint(
                condition=Q(channel__in=["web", "phone", "paper"]), name="poll_voter_channel_known"
            ),
        ]

    def __str__(self):
        return f"{self.topic} #{self.pk}"


class TopicComment(ConsentShown):
    """What somebody says to a published outcome within its seven days, and the answer to it."""

    topic = models.ForeignKey(
        Topic, on_delete=models.CASCADE, related_name="comments", verbose_name=_("议题")
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="topic_comments", verbose_name=_("谁说的")
    )
    text = models.CharField(_("意见"), max_length=200)
    submission_key = models.CharField(max_length=80, unique=True, editable=False)
    at = models.DateTimeField(_("时间"), default=timezone.now)
    answer = models.CharField(_("答复"), max_length=200, blank=True)

    objects = TopicRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("对结果的意见")
        verbose_name_plural = _("对结果的意见")

    def __str__(self):
        return f"{self.topic} #{self.pk}"


class TopicTask(models.Model):
    """One thing that the outcome asks for: who does it, by when, and how it ended."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="tasks", verbose_name=_("议题"))
    text = models.CharField(_("要办什么"), max_length=100)
    owner = models.CharField(_("谁来办"), max_length=40)
    due_on = models.DateField(_("哪天前办好"))
    done_on = models.DateField(_("办好的日期"), null=True, blank=True)
    result = models.CharField(_("办得怎么样"), max_length=100, blank=True)

    objects = TopicRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("要办的事")
        verbose_name_plural = _("要办的事")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on=None, result="") | (Q(done_on__isnull=False) & ~Q(result="")),
                name="topic_task_ends_with_a_result",
            )
        ]

    def __str__(self):
        return self.text


class TopicRating(models.Model):
    """How the proposer (household null) or a household that voted finds what became of the topic."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="ratings", verbose_name=_("议题"))
    household = models.ForeignKey(
        Household,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="topic_ratings",
        verbose_name=_("户"),
    )
    score = models.PositiveSmallIntegerField(_("评分"))
    at = models.DateTimeField(_("时间"), default=timezone.now)

    objects = TopicRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("议题的评价")
        verbose_name_plural = _("议题的评价")
        constraints = [
            models.UniqueConstraint(fields=["topic", "household"], name="topic_rating_once_per_household"),
            models.UniqueConstraint(
                fields=["topic"], condition=Q(household=None), name="topic_rating_once_by_proposer"
            ),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="topic_rating_one_to_five"),
        ]

    def __str__(self):
        return f"{self.topic} {self.score}"
