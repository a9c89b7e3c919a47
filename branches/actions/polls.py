"""One household one vote, by web, telephone and paper in one count (features.md N04).

Who has voted is a row, what was chosen is a number: the constraint on (topic, household) refuses the second vote, and
nothing in the database leads from a household to its choice.
"""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.actions import topic_messages as tell
from branches.actions.topics import move_topic
from branches.errors import TopicRefused
from branches.models.topics import Poll, PollVoter, Topic, TopicStatus
from reminders.actions import cancel as silence

LEAST_DAYS, MOST_DAYS = 1, 60


@transaction.atomic
def open_poll(topic, *, question, days=7):
    """决事: every household of the grid may vote for `days`. Returns the `Poll`.

    Raises `TopicRefused` before a sitting has minutes.
    """
    question = question.strip()
    if not question:
        raise TopicRefused(_("请写表决什么，一句话能答同意不同意"))
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise TopicRefused(_("表决 1 到 60 天"))
    if not topic.sessions.exclude(held_on=None).exists():
        raise TopicRefused(_("开过议事会、写了记录，才能表决"))
    move_topic(topic, TopicStatus.DECIDING)
    now = timezone.now()
    closes_at = now + dt.timedelta(days=days)
    poll = Poll.objects.create(topic=topic, question=question[:100], opens_at=now, closes_at=closes_at)
    homes = tell.households_of(topic)
    tell.tell_poll(poll, homes, occasion="open")
    tell.plan_last_call(poll, homes)
    return poll


@transaction.atomic
def vote(poll, household, *, channel, choice="", by=None):
    """Count the vote of `household`. Paper is only checked in: its choice stays in the box until the count.

    `by` is the `User` who enters a vote by telephone or paper. Raises `TopicRefused` for a household of another grid, a
    closed poll, or one that has voted, saying by which way.
    """
    if choice not in (Poll.Choice.values if channel != Topic.Channel.PAPER else [""]):
        raise TopicRefused(_("请选同意、不同意或弃权"))
    if not tell.households_of(poll.topic).filter(pk=household.pk).exists():
        raise TopicRefused(_("这一户不在这次表决的网格里"))
    counted = {choice: F(choice) + 1} if choice else {"yes": F("yes")}
    # the counter first: its row is the lock that closing takes too, so no vote slips in behind the end
    running = Poll.objects.filter(pk=poll.pk, closed_at=None, closes_at__gt=timezone.now())
    if not running.update(**counted):
        raise TopicRefused(_("表决已经截止了"))
    try:
        with transaction.atomic():
            PollVoter.objects.create(
                topic_id=poll.topic_id, household=household, channel=channel, entered_by=by
            )
    except IntegrityError as error:
        first = PollVoter.objects.get(topic=poll.topic_id, household=household)
        words = _("您家已经投过票了（%s），一户一票，不能再投") % first.get_channel_display()
        raise TopicRefused(words) from error
    silence(f"topic:{poll.topic_id}:home:{household.pk}:")


@transaction.atomic
def extend_poll(poll, *, days):
    """Give more time; every household hears of it, those that have voted too."""
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise TopicRefused(_("延期 1 到 60 天"))
    closes_at = poll.closes_at + dt.timedelta(days=days)
    if not Poll.objects.filter(pk=poll.pk, closed_at=None).update(closes_at=closes_at):
        raise TopicRefused(_("表决已经截止了，不能再延期"))
    poll.closes_at = closes_at
    homes = tell.households_of(poll.topic)
    silence(f"topic:{poll.topic_id}:home:")
    tell.tell_poll(poll, homes, occasion=f"extended:{closes_at:%Y%m%d%H%M}")
    tell.plan_last_call(poll, homes.exclude(pk__in=poll.topic.voters.values("household")))


def close_polls():
    """Close every poll whose time is over: a range, so a late tick loses nothing. Returns how many."""
    now, closed = timezone.now(), 0
    for poll in Poll.objects.filter(closed_at=None, closes_at__lte=now).select_related(
        "topic__grid__community"
    ):
        with transaction.atomic():
            if Poll.objects.filter(pk=poll.pk, closed_at=None, closes_at__lte=now).update(closed_at=now):
                tell.tell_poll_closed(poll)
                closed += 1
    return closed


@transaction.atomic
def count_poll(poll, *, yes, no, abstain, by):
    """Open the paper box: its numbers must be as many as the papers that were checked in. `by` signs first."""
    papers = poll.topic.voters.filter(channel=Topic.Channel.PAPER).count()
    if yes + no + abstain != papers:
        words = _("纸票收了 %(papers)d 张，您写的一共 %(sum)d 张，请再数一遍")
        raise TopicRefused(words % {"papers": papers, "sum": yes + no + abstain})
    values = {"paper_yes": yes, "paper_no": no, "paper_abstain": abstain, "counted_by": by}
    if not Poll.objects.filter(pk=poll.pk, closed_at__isnull=False, checked_by=None).update(**values):
        raise TopicRefused(_("还没截止，或者已经签过了"))
    poll.refresh_from_db()


@transaction.atomic
def check_poll(poll, *, by):
    """The second person signs the same count. Raises `TopicRefused` for whoever counted."""
    if poll.counted_by_id == by.pk:
        raise TopicRefused(_("计票和监票要两个人，请换一位来签"))
    waiting = Poll.objects.filter(pk=poll.pk, counted_by__isnull=False, checked_by=None)
    if not waiting.exclude(counted_by=by).update(checked_by=by):
        raise TopicRefused(_("还没有人计票，或者已经签过了"))
    poll.refresh_from_db()
