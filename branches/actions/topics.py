"""The six steps of a topic. One function moves it; each step asks for what the next reader needs."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.actions import topic_messages as tell
from branches.actions.rooms import book_anew
from branches.errors import TopicRefused
from branches.models.topics import (
    NEXT_TOPIC,
    Topic,
    TopicComment,
    TopicRating,
    TopicSecond,
    TopicSession,
    TopicStatus,
    TopicTask,
)
from grids.actions import book, cancel_booking
from grids.errors import BookingRefused
from grids.models import HOLDING, Booking
from people.actions import Limit, spend, spend_each, take_in, text_shown
from people.models import Consent
from reminders.actions import cancel as silence
from reminders.workdays import after_workdays

DECIDE_WITHIN = 5  # working days (features.md J10)
TOPICS_PER_ADDRESS = 20  # an hour
TOPICS_PER_PHONE = 4  # an hour
TITLE_LENGTH = 40
_S = TopicStatus


def raise_topic(
    grid,
    *,
    text,
    submission_key,
    title="",
    name="",
    phone="",
    may_publish=False,
    channel=Topic.Channel.WEB,
    entered_by=None,
    address="",
):
    """Take what a resident of `grid` wants talked about. Returns the `Topic`; the same key gives the same one.

    The branch of the grid has five working days to say whether it takes it up. Raises `TopicRefused` without words
    or without somebody to answer, or `people.errors.TooOften`.
    """
    if known := Topic.objects.filter(submission_key=submission_key).first():
        return known
    if not text:
        raise TopicRefused(_("请写一下是什么事"))
    if not (name and phone):
        raise TopicRefused(_("请写一下怎么称呼您，和一个能打通的电话，好告诉您结果"))
    try:
        return _create(grid, text, title, (name, phone), address, {
            "submission_key": submission_key,
            "may_publish": may_publish,
            "channel": channel,
            "entered_by": entered_by,
        })  # fmt: skip
    except IntegrityError:
        return Topic.objects.get(submission_key=submission_key)


@transaction.atomic
def _create(grid, text, title, who, address, columns):
    name, phone = who
    proposer = take_in(
        community=grid.community,
        name=name,
        phone=phone,
        purpose=Consent.Purpose.TOPIC,
        channel=columns["channel"],
        by=columns["entered_by"],
    )
    link = getattr(grid, "branch_grid", None)
    now = timezone.now()
    topic = Topic.objects.create(
        **columns,
        consent_text=text_shown(columns["entered_by"]),
        grid=grid,
        branch=link.branch if link else None,
        title=title[:TITLE_LENGTH] or _shortened(text),
        text=text,
        proposer=proposer,
        raised_at=now,
        moved_at=now,
        decide_due_at=after_workdays(now, DECIDE_WITHIN, grid.community),
    )
    if address:
        hour = dt.timedelta(hours=1)
        spend_each(
            Limit("topic.raise.address", address, TOPICS_PER_ADDRESS, hour),
            Limit("topic.raise.phone", phone, TOPICS_PER_PHONE, hour),
        )
    tell.tell_raised(topic)
    return topic


def _shortened(text):
    """One line of what may have been several."""
    text = " ".join(text.split())
    return text if len(text) <= TITLE_LENGTH else f"{text[: TITLE_LENGTH - 1]}…"


@transaction.atomic
def second(topic, household):
    """`household` seconds `topic`. Raises `TopicRefused` when it has done so, or when it is decided already."""
    if topic.status != _S.RAISED:
        raise TopicRefused(_("这件事已经定下来了，不用再附议"))
    try:
        with transaction.atomic():
            TopicSecond.objects.create(topic=topic, household=household)
    except IntegrityError as error:
        raise TopicRefused(_("您家已经附议过了，一户一次")) from error
    if topic.seconds.count() == topic.SECONDS_NEEDED:
        tell.tell_enough_seconds(topic)


@transaction.atomic
def move_topic(topic, new, **changes):
    """Move `topic` to status `new` along `NEXT_TOPIC`; the proposer hears of it.

    A conditional UPDATE decides who was first. Raises `TopicRefused`.
    """
    old = topic.status
    values = {"status": new, "moved_at": timezone.now()} | changes
    if new not in NEXT_TOPIC[TopicStatus(old)] or not (
        Topic.objects.filter(pk=topic.pk, status=old).update(**values)
    ):
        topic.refresh_from_db(fields=["status"])
        words = _("这件事现在是“%s”，请看看最新情况再办") % topic.get_status_display()
        raise TopicRefused(words)
    for name, value in values.items():
        setattr(topic, name, value)
    if old == _S.RAISED:
        silence(f"topic:{topic.pk}:decide:")
    tell.tell_moved(topic)


def take_up(topic, *, reason, title=""):
    """定事: the branch takes it up, saying why; the desk may put the title into words that all may read."""
    title = title.strip()[:TITLE_LENGTH] or topic.title
    move_topic(topic, _S.ACCEPTED, reason=_needed(reason, _("请写一句为什么议，居民会看到")), title=title)


@transaction.atomic
def answer_topic(topic, *, reason, by=None):
    """The topic ends with an answer instead of a discussion or a task; the reason is public.

    Sittings that were still to come are called off with it: their rooms are free again.
    """
    if topic.status == _S.DECIDING and not topic.outcome:
        raise TopicRefused(_("请先写结果和不同意见，再结束"))
    _free_rooms(topic, reason=_("这件事不议了"), by=by)
    move_topic(topic, _S.ANSWERED, reason=_needed(reason, _("请写一句为什么，居民会看到")))


def _free_rooms(topic, *, reason, by):
    coming = topic.sessions.filter(held_on=None, booking__ends_at__gt=timezone.now())
    for session in coming.select_related("booking__venue__grid__community", "booking__contact"):
        if session.booking.is_holding:
            call_off_session(session, reason=reason, by=by)


@transaction.atomic
def call_session(topic, *, venue, starts_at, minutes, agenda, invited="", by):
    """议事: book the room, invite proposer and seconding households. Returns the `TopicSession`.

    Raises `TopicRefused` with the sentence of the booking when the room is taken.
    """
    agenda = _needed(agenda, _("请写一下议程"))
    called_off = topic.sessions.filter(held_on=None).exclude(booking__status__in=HOLDING).count()
    if topic.status not in {_S.ACCEPTED, _S.DISCUSSING}:
        raise TopicRefused(_("定下来要议的事，才开议事会"))
    try:
        with transaction.atomic():
            booking = book(
                venue,
                kind=Booking.Kind.BRANCH,
                title=_("议事会：%s") % topic.title,
                starts_at=starts_at,
                minutes=minutes,
                entered_by=by,
                submission_key=f"topic:{topic.pk}:{starts_at.isoformat()}:{venue.pk}:{called_off}",
            )
            session = TopicSession.objects.create(
                topic=topic, booking=booking, agenda=agenda[:300], invited=invited[:200]
            )
    except IntegrityError as error:
        raise TopicRefused(_("这个时间的议事会已经登记过了")) from error
    except BookingRefused as refused:
        raise TopicRefused(str(refused)) from refused
    if topic.status == _S.ACCEPTED:
        move_topic(topic, _S.DISCUSSING)
    tell.tell_session(session)
    return session


@transaction.atomic
def move_session(session, *, venue, starts_at, minutes, by):
    """Another day, time or place for a sitting, in one step: its room moves along, whoever was invited is told.

    Raises `TopicRefused` when nothing changes or the new time is taken; the old time is then still held.
    """
    # the row alone is locked: joined to its booking it would be lost where somebody has just moved it
    session = TopicSession.objects.select_for_update().get(pk=session.pk)
    old = Booking.objects.with_related().get(pk=session.booking_id)
    ends_at = starts_at + dt.timedelta(minutes=minutes)
    if session.held_on or not old.is_holding:
        raise TopicRefused(_("这次议事会已经开过了，或者已经取消，请看看最新情况"))
    if (old.venue_id, old.starts_at, old.ends_at) == (venue.pk, starts_at, ends_at):
        raise TopicRefused(_("时间和场地没有变"))
    mine = f"topic:{session.topic_id}:session:{session.pk}:"
    try:
        if old.ends_at > timezone.now():
            cancel_booking(old, reason=_("议事会改了时间或地点"), by=by)
        session.booking = book_anew(venue, mine, title=old.title, starts_at=starts_at, minutes=minutes, by=by)
    except BookingRefused as refused:
        raise TopicRefused(str(refused)) from refused
    session.save(update_fields=["booking"])
    silence(mine)
    tell.tell_session_moved(session, was_at=old.starts_at)


@transaction.atomic
def call_off_session(session, *, reason, by):
    """The sitting does not take place: the room is free again and whoever was invited reads why."""
    if session.held_on:
        raise TopicRefused(_("这次议事会已经开过了"))
    try:
        cancel_booking(session.booking, reason=reason, by=by)
    except BookingRefused as refused:
        raise TopicRefused(str(refused)) from refused
    silence(f"topic:{session.topic_id}:session:{session.pk}:")
    tell.tell_session_off(session, reason)


def keep_minutes(session, *, minutes, on=None):
    """Write down what a sitting said; it took place on `on` (default the day of its booking)."""
    minutes = _needed(minutes, _("请写一下议了什么"))
    day = on or timezone.localdate(session.booking.starts_at)
    if day > timezone.localdate():
        raise TopicRefused(_("议事会还没开，开完再写记录"))
    TopicSession.objects.filter(pk=session.pk).update(minutes=minutes[:2000], held_on=day)


@transaction.atomic
def publish_outcome(topic, *, outcome, dissent):
    """Publish the outcome with the minority's reasons for seven days (features.md N05).

    `dissent` may say that nobody disagreed, but not be empty. Raises `TopicRefused` before two have signed the count.
    """
    poll = getattr(topic, "poll", None)
    if topic.status != _S.DECIDING or poll is None or not poll.is_signed:
        raise TopicRefused(_("两个人签了计票结果，才能写结果"))
    outcome = _needed(outcome, _("请写结果"))
    dissent = _needed(dissent, _("请写不同意见；没有的话写“没有不同意见”"))
    values = {"outcome": outcome[:500], "dissent": dissent[:500], "outcome_on": timezone.localdate()}
    if not Topic.objects.filter(pk=topic.pk, status=_S.DECIDING, outcome="").update(**values):
        raise TopicRefused(_("结果已经公示了"))
    for name, value in values.items():
        setattr(topic, name, value)
    tell.tell_moved(topic)


@transaction.atomic
def comment(topic, *, text, name, phone, submission_key, address):
    """Say something to a published outcome. Returns the `TopicComment`; the same key gives the same one."""
    if known := TopicComment.objects.filter(submission_key=submission_key).first():
        return known
    if topic.status != _S.DECIDING or not topic.is_in_notice:
        raise TopicRefused(_("公示期已经过了。有意见请打社区值班电话"))
    spend("topic.comment", address, limit=TOPICS_PER_ADDRESS, window=dt.timedelta(hours=1))
    who = {"community": topic.grid.community, "name": name, "phone": phone}
    person = take_in(**who, purpose=Consent.Purpose.TOPIC, channel="web")
    said = {"text": text, "consent_text": text_shown(None), "submission_key": submission_key}
    made = TopicComment.objects.create(topic=topic, person=person, **said)
    tell.tell_comment(made)
    return made


@transaction.atomic
def answer_comment(made, *, answer):
    """Answer a comment; whoever wrote it reads it."""
    made.answer = _needed(answer, _("请写答复"))[:200]
    made.save(update_fields=["answer"])
    tell.tell_comment_answered(made)


@transaction.atomic
def begin_doing(topic, *, tasks):
    """办事: after seven days with every comment answered; `tasks` are (text, owner, due date) triples, at least one."""
    if not topic.outcome:
        raise TopicRefused(_("请先写结果"))
    if topic.is_in_notice:
        raise TopicRefused(_("公示 7 天，到 %s 才能开始办") % topic.notice_until)
    if topic.comments.filter(answer="").exists():
        raise TopicRefused(_("还有意见没有答复"))
    if not topic.poll.has_passed:
        raise TopicRefused(_("表决没有通过，请写明原因后答复"))
    if not tasks:
        raise TopicRefused(_("请写至少一件要办的事：办什么、谁来办、哪天前"))
    move_topic(topic, _S.DOING)
    for text, owner, due_on in tasks:
        add_task(topic, text=text, owner=owner, due_on=due_on)


def add_task(topic, *, text, owner, due_on):
    """One more thing to do. Returns the `TopicTask`."""
    if topic.status != _S.DOING:
        raise TopicRefused(_("结果公示完、开始办了，才能加要办的事"))
    text, owner = _needed(text, _("请写要办什么")), _needed(owner, _("请写谁来办"))
    return TopicTask.objects.create(topic=topic, text=text[:100], owner=owner[:40], due_on=due_on)


def finish_task(task, *, result):
    """How a task ended, in one public line."""
    result = _needed(result, _("请写一句办得怎么样，居民会看到"))[:100]
    if not TopicTask.objects.filter(pk=task.pk, done_on=None).update(
        result=result, done_on=timezone.localdate()
    ):
        raise TopicRefused(_("这件事已经记过办好了"))


def ask_for_rating(topic):
    """评事: everything is done; proposer and voters say what they think."""
    if topic.tasks.filter(done_on=None).exists():
        raise TopicRefused(_("还有事没有办完"))
    move_topic(topic, _S.EVALUATING)


@transaction.atomic
def rate_topic(topic, *, score, household=None):
    """The proposer (without a household) or a household that voted gives 1 to 5; a later answer replaces it."""
    if topic.status != _S.EVALUATING:
        raise TopicRefused(_("现在不在评事这一步"))
    if score not in range(1, 6):
        raise TopicRefused(_("请点一个脸"))
    if household and not topic.voters.filter(household=household).exists():
        raise TopicRefused(_("参加过表决的户才评"))
    try:
        with transaction.atomic():
            TopicRating.objects.create(topic=topic, household=household, score=score)
    except IntegrityError:
        TopicRating.objects.filter(topic=topic, household=household).update(score=score, at=timezone.now())


def close_topic(topic):
    """The topic is over."""
    move_topic(topic, _S.CLOSED)


def do_again(topic, *, text, owner, due_on):
    """The evaluation says that something is missing: back to 办事 with one more task."""
    with transaction.atomic():
        move_topic(topic, _S.DOING)
        add_task(topic, text=text, owner=owner, due_on=due_on)


def _needed(words, sentence):
    words = (words or "").strip()
    if not words:
        raise TopicRefused(sentence)
    return words
