"""What is written at a meeting: motions and their votes, tasks, minutes, the signature, amendments, the copy-out."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.actions.meetings import move, why_not
from branches.actions.roll import lock, quorum_of, voting_rules
from branches.errors import MeetingRefused, VoteRefused
from branches.models import LEADERS, ActionItem, Attendance, Meeting, MeetingStatus, Minutes, Motion, Post
from branches.rules.voting import elects, passes
from reminders.actions import cancel, plan, to_person
from reminders.models import Reminder

_S = MeetingStatus
MINUTES_TEXTS = ("agenda", "points", "dissent", "conclusion")
REMIND_BEFORE = dt.timedelta(days=3)
NINE = dt.time(9)


def _unlocked(meeting):
    found = lock(meeting)
    if found.is_locked:
        raise MeetingRefused(_("记录已经签字锁定，只能写更正"))
    return found


# --- motions -----------------------------------------------------------------------------------------------


@transaction.atomic
def propose(meeting, *, text, kind=Motion.Kind.DECISION):
    """Put something to the vote; for an election one motion per candidate. Returns the `Motion`."""
    found = _unlocked(meeting)
    if found.status == _S.CANCELLED:
        raise MeetingRefused(why_not(found))
    if not (text := text.strip()):
        raise VoteRefused(_("请写表决什么"))
    number = (found.motions.aggregate(last=Max("number"))["last"] or 0) + 1
    return Motion.objects.create(meeting=found, number=number, kind=kind, text=text[:200])


@transaction.atomic
def decide(motion, *, votes_for, votes_against, abstained):
    """Count the votes; the result follows from the rule and stands. Returns the `Motion`.

    Raises `VoteRefused` when too few are there (saying how many are missing), when there are more votes than voting
    members present, or when it has been decided already.
    """
    meeting = lock(motion.meeting)
    if not meeting.is_open_record:
        raise VoteRefused(_("记录已经签字锁定") if meeting.is_locked else _("还没开会，开会那天再表决"))
    quorum = quorum_of(meeting, motion.kind)
    if not quorum.is_met:
        raise VoteRefused(quorum.why_not)
    if votes_for + votes_against + abstained > quorum.present:
        raise VoteRefused(_("赞成、反对、弃权加起来不能超过实到会有表决权的 %d 人") % quorum.present)
    passed, disputed = _outcome(motion, votes_for, quorum, meeting)
    values = {
        "votes_for": votes_for,
        "votes_against": votes_against,
        "abstained": abstained,
        "due": quorum.due,
        "present": quorum.present,
        "result": Motion.Result.PASSED if passed else Motion.Result.FAILED,
        "disputed": disputed,
        "decided_at": timezone.now(),
    }
    if not Motion.objects.filter(pk=motion.pk, result="").update(**values):
        raise VoteRefused(_("这一项已经有结果了，请看看最新情况"))
    motion.refresh_from_db()
    return motion


def _outcome(motion, votes_for, quorum, meeting):
    if motion.kind == Motion.Kind.DECISION:
        return passes(votes_for, quorum.due), False
    base = voting_rules(meeting.branch.community).election_base
    found = elects(votes_for, present=quorum.present, due=quorum.due, base=base)
    return found.elected, found.disputed


@transaction.atomic
def withdraw_motion(motion):
    """Take a motion off that has not been voted on."""
    _unlocked(motion.meeting)
    if not Motion.objects.filter(pk=motion.pk, result="").delete()[0]:
        raise VoteRefused(_("已经有结果的不能删"))


# --- tasks -------------------------------------------------------------------------------------------------


@transaction.atomic
def add_item(meeting, *, text, owner, due_on):
    """Give a member of the branch something to do until a day; they are reminded. Returns the `ActionItem`."""
    found = _unlocked(meeting)
    if not found.is_open_record:
        raise MeetingRefused(_("开会那天再写会上定的事"))
    if owner.branch_id != found.branch_id or owner.left_on:
        raise MeetingRefused(_("只能交给本支部的党员"))
    if not (text := text.strip()):
        raise MeetingRefused(_("请写要做什么"))
    item = ActionItem.objects.create(
        branch_id=found.branch_id, meeting=found, text=text[:120], owner=owner, due_on=due_on
    )
    plan(_item_reminders(item))
    return item


def _item_reminders(item):
    texts = (
        ("soon", item.due_on - REMIND_BEFORE, _("快到日子了")),
        ("late", item.due_on + dt.timedelta(days=1), _("过了日子，还没有结果")),
    )
    for stage, day, subject in texts:
        due_at = timezone.make_aware(dt.datetime.combine(day, NINE))
        if due_at > timezone.now():
            yield to_person(
                item.owner.person,
                kind=Reminder.Kind.ACTION_ITEM,
                dedupe_key=f"item:{item.pk}:{stage}",
                subject=_("会上定的事：%s") % subject,
                text=item.text,
                due_at=due_at,
                expires_at=due_at + dt.timedelta(days=7),
            )


@transaction.atomic
def close_item(item, *, result):
    """End a task with one line that says how. Raises `MeetingRefused` without it or when it has ended already."""
    if not (result := result.strip()):
        raise MeetingRefused(_("请用一句话写结果"))
    done = {"done_on": timezone.localdate(), "result": result[:120]}
    if not ActionItem.objects.filter(pk=item.pk, done_on=None).update(**done):
        raise MeetingRefused(_("这件事已经写过结果了"))
    item.refresh_from_db()
    cancel(f"item:{item.pk}:")


# --- minutes -----------------------------------------------------------------------------------------------


@transaction.atomic
def write_minutes(meeting, *, by, host=None, recorder=None, **texts):
    """Write or rewrite the draft. `texts` are agenda, points, dissent, conclusion. Returns the `Minutes`.

    Raises `MeetingRefused` before the meeting, without an agenda, and once it is signed.
    """
    found = _unlocked(meeting)
    if not found.is_open_record:
        raise MeetingRefused(_("开会以后才能写记录"))
    texts = _clean(texts)
    values = {**texts, "host": host, "recorder": recorder, "written_by": by, "written_at": timezone.now()}
    minutes, created = Minutes.objects.get_or_create(meeting=found, version=1, defaults=values)
    if not created:
        Minutes.objects.filter(pk=minutes.pk, locked_at=None).update(**values)
        minutes.refresh_from_db()
    if found.status == _S.HELD:
        move(found, _S.MINUTED, by=by)
    meeting.refresh_from_db()
    return minutes


def _clean(texts):
    cleaned = {name: texts.get(name, "").strip() for name in MINUTES_TEXTS}
    if not cleaned["agenda"]:
        raise MeetingRefused(_("请写议程"))
    return cleaned


def may_sign(user, branch_id):
    """Whether this user signs in person: the secretary or deputy secretary of that branch today."""
    signers = Post.objects.current().filter(branch=branch_id, kind__in=LEADERS)
    return bool(user.person_id) and signers.filter(member__person=user.person_id).exists()


@transaction.atomic
def sign(meeting, *, by, on_paper=False):
    """Lock the record. The secretary or deputy signs; the desk may enter that they signed on paper.

    Raises `MeetingRefused` for anybody else, while somebody on the roll has not been called, and when it was signed.
    """
    found = _unlocked(meeting)
    on_paper = on_paper and by.may("enter_branch_papers")
    if not (on_paper or may_sign(by, found.branch_id)):
        raise MeetingRefused(_("要书记或副书记签字；他们签在纸上的，请勾选“书记已在纸上签字”"))
    uncalled = found.attendances.filter(state=Attendance.State.EXPECTED).count()
    if uncalled:
        raise MeetingRefused(_("还有 %d 人没点到，请先点完名") % uncalled)
    now = timezone.now()
    move(found, _S.SIGNED, by=by, signed_at=now, signed_by=by, signed_on_paper=on_paper)
    found.minutes.filter(locked_at=None).update(locked_at=now)
    meeting.refresh_from_db()


@transaction.atomic
def amend(meeting, *, by, why, **texts):
    """Add a version to signed minutes; what was signed stays as it is. Returns the new `Minutes`.

    Raises `MeetingRefused` without a reason, without a right to sign, or when somebody else amended at the same moment.
    """
    found = lock(meeting)
    if not found.is_locked:
        raise MeetingRefused(_("还没签字，直接改记录就行"))
    if not (by.may("enter_branch_papers") or may_sign(by, found.branch_id)):
        raise MeetingRefused(_("更正要由书记、副书记或社区办理"))
    if not (why := why.strip()):
        raise MeetingRefused(_("请写为什么更正"))
    last = found.minutes.latest()
    try:
        with transaction.atomic():
            return Minutes.objects.create(
                meeting=found,
                version=last.version + 1,
                host=last.host,
                recorder=last.recorder,
                amends_why=why[:100],
                written_by=by,
                locked_at=timezone.now(),
                **_clean(texts),
            )
    except IntegrityError as error:
        raise MeetingRefused(_("刚刚有人更正过，请看看最新情况")) from error


@transaction.atomic
def mark_copied(meeting, *, by):
    """Note that the record was copied into the province's system. Raises `MeetingRefused` before it is signed."""
    if meeting.status != _S.SIGNED:
        raise MeetingRefused(_("签字以后再抄"))
    copied = {"copied_at": timezone.now(), "copied_by": by}
    if not Meeting.objects.filter(pk=meeting.pk, status=_S.SIGNED, copied_at=None).update(**copied):
        raise MeetingRefused(_("已经抄过了，请看看最新情况"))
    meeting.refresh_from_db()
