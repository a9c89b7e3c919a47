"""Signing up, changing one's mind, and answering the question of the day before."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from haimengyuan.lib.compiled import compiled_once
from haimengyuan.lib.inserting import insert, insert_each
from haimengyuan.lib.phones import is_mobile
from people.actions import (
    Limit,
    follows_withdrawal,
    give_back_each,
    give_consent,
    spend_each,
    stranger,
    take_in_stranger,
    text_shown,
)
from people.errors import TooOften
from people.models import Consent, Person
from volunteers.actions.activity_messages import (
    ASK_BEFORE,
    need_no_lift,
    settle,
    silence,
    tell_accepted,
    tell_lift,
    tell_signed_up,
    tell_taken_out,
)
from volunteers.actions.waiting import give_back, hold, move, move_up, seat, seat_at_once, take
from volunteers.errors import AlreadySignedUp, SignupClash, SignupRefused
from volunteers.models import COMING, HOLDING, ActivityStatus, Companion, Signup, SignupStatus
from volunteers.models.signups import MOST_OF_A_PARTY

SIGNUPS_PER_ADDRESS = 30  # an hour, as for orders: a stairwell or an office may share one address
SIGNUPS_PER_PHONE = 6  # an hour


def sign_up(shift, *, name, phone, party, submission_key, entered_by=None, override=False, address=""):
    """Sign somebody up for `shift` with their `party` (a list of `Companion.Relation`). Returns the `Signup`.

    There is a place for the whole party, or it joins the line. The same `submission_key` gives the same sign-up. `phone`
    is normalised. `override` lets staff ignore a clash of times. With a network `address` it counts towards the
    limits of an address and a phone, also when it is refused: whoever asks about others cannot ask without end. What
    was sent before counts once and is answered always.
    Raises `AlreadySignedUp`, `SignupClash`, `SignupRefused`, or `people.errors.TooOften`. Without `entered_by` the first
    two say the same, and the same as to a consent withdrawn.
    """
    if not (name and phone):
        raise SignupRefused(_("请写一下怎么称呼您，和一个能打通的电话"))
    _check_party(party)
    new = {"reach_by": Person.ReachBy.SMS} if is_mobile(phone) else {"prefers_phone_call": True}
    made = stranger(community=shift.activity.community, name=name, phone=phone, **new)
    limits = _limits(address, phone)
    try:
        return _spend_and_sign_up(limits, shift, made, party, submission_key, entered_by, override)
    except TooOften:
        if known := _sent_before(shift, name, phone, submission_key):
            return known
        raise
    except SignupRefused:
        spend_each(*limits)  # no refusal is said that was not paid for, and this one has undone what was
        raise


def _limits(address, phone):
    hour = dt.timedelta(hours=1)
    of_address = Limit("signup.address", address, SIGNUPS_PER_ADDRESS, hour)
    return [of_address, Limit("signup.phone", phone, SIGNUPS_PER_PHONE, hour)] if address else []


@transaction.atomic
def _spend_and_sign_up(limits, *who):
    spend_each(*limits, ends_all=True)
    signup = _sign_up_by_name(*who)
    if signup.was_sent_before:
        give_back_each(*limits)
    return signup


def _sent_before(shift, name, phone, submission_key):
    """The sign-up that these words from this page have made already, else None."""
    return _same.row(
        shift=shift.pk, submission_key=submission_key, name=name, phone_hash=Person.hash_phone(phone)
    )


@compiled_once(shift=int, submission_key=str, name=str, phone_hash=str)
def _same(shift, submission_key, name, phone_hash):
    same = Signup.objects.active().filter(shift=shift, submission_key=submission_key)
    return same.filter(person__name=name, person__phone_hash=phone_hash).order_by("pk")


def _sign_up_by_name(shift, made, party, submission_key, entered_by, override):
    values = {
        "submission_key": submission_key,
        "channel": Signup.Channel.DESK if entered_by else Signup.Channel.WEB,
        "entered_by": entered_by,
        "consent_text": text_shown(entered_by),
    }
    person = take_in_stranger(
        made, purpose=Consent.Purpose.ACTIVITY, channel=values["channel"], by=entered_by
    )
    return _sign_up(shift, person, party, values, override=override, is_stranger=entered_by is None)


@transaction.atomic
def join(shift, person):
    """Sign up `person`, who has logged in, for themselves alone; a second time finds the first. Returns the `Signup`.

    Raises `SignupClash` or `SignupRefused`.
    """
    values = {
        "submission_key": f"me:{person.pk}:{shift.pk}",
        "channel": Signup.Channel.WEB,
        "entered_by": None,
        "consent_text": text_shown(None),
    }
    give_consent(person, Consent.Purpose.ACTIVITY, channel=values["channel"])
    return _sign_up(shift, person, [Companion.Relation.SELF], values)


def _sign_up(shift, person, party, values, *, override=False, is_stranger=False):
    """`is_stranger`: only a name and a number say who this is, and neighbours know both."""
    if person.is_newcomer:
        return _sign_up_newcomer(shift, person, party, values)
    # two sign-ups of one person for the same hour wait for each other here
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    shift = hold(shift.pk)
    known = Signup.objects.filter(shift=shift, person=person).first()
    if known and known.is_active:
        return _the_same(known, values["submission_key"], is_stranger)
    _check_open(shift)
    _check_person(shift, person, party, may_clash=override, is_stranger=is_stranger)
    return _enter(shift, person, known, party, values, has_places=seat(shift, len(party)))


def _sign_up_newcomer(shift, person, party, values):
    """Somebody made in this transaction: nobody else has seen them and they have nothing yet that could forbid it."""
    if seated := seat_at_once(shift.pk, len(party)):
        _check_open(seated)
        return _enter(seated, person, None, party, values, has_places=True)
    shift = hold(shift.pk)
    _check_open(shift)
    return _enter(shift, person, None, party, values, has_places=seat(shift, len(party)))


def _check_party(party):
    if not 1 <= len(party) <= MOST_OF_A_PARTY or party.count(Companion.Relation.SELF) > 1:
        raise SignupRefused(_("一次最多报 %d 位，人多请打值班电话") % MOST_OF_A_PARTY)


def _the_same(known, submission_key, is_stranger):
    if known.submission_key == submission_key:
        known.was_sent_before = True
        return known
    if is_stranger:
        raise AlreadySignedUp(_no_reason())
    raise AlreadySignedUp(_("已经报过这一场了，要改或取消，请用报名时的链接"))


def _no_reason():
    """One sentence for every refusal that lies in the person, so that it tells a stranger nothing of them."""
    return _("这次没有报成。报过名的，请点开报名时的链接来改；没报过的，请打值班电话，我们帮您报")


def _check_open(shift):
    if not shift.activity.is_published:
        raise SignupRefused(_("这个活动现在不接受报名"))
    if shift.starts_at <= timezone.now():
        raise SignupRefused(_("已经开始了，不能再网上报名，请直接到现场问"))


def _check_person(shift, person, party, *, may_clash, is_stranger):
    if (
        is_stranger
        and Person.objects.having_withdrawn(Consent.Purpose.ACTIVITY).filter(pk=person.pk).exists()
    ):
        raise SignupRefused(_no_reason())
    if not may_clash and Companion.Relation.SELF in party and (other := clash_of(person, shift)):
        if is_stranger:
            raise SignupClash(_no_reason())
        words = _("这个时间您已经报了“%(title)s”（%(when)s），请先取消那一场，或者换一场")
        raise SignupClash(words % {"title": other.shift.activity.title, "when": other.shift.when})


def clash_of(person, shift):
    """The first place that `person` has somewhere else at the time of `shift`, else None."""
    return (
        Signup.objects.between(shift.starts_at, shift.ends_at)
        .filter(person=person, party__relation=Companion.Relation.SELF)
        .exclude(shift=shift.pk)
        .select_related("shift__activity")
        .order_by("shift__starts_at", "pk")
        .first()
    )


def _enter(shift, person, known, party, values, *, has_places):
    """A new row, or the one of whoever left and comes back, with the number in line that the shift has just given."""
    status = SignupStatus.PLACE if has_places else SignupStatus.WAITING
    values |= {"seats": len(party), "ticket": shift.tickets}
    if known:
        fresh = {"needs_lift": False, "offered_until": None, "answered_at": None, "ended_by": ""}
        fresh |= {"created_at": timezone.now()}  # what has changed before now they have just read
        move(known, status, **values, **fresh)
        signup = known
    else:
        signup = Signup(shift=shift, person=person, status=status, **values)
        insert(signup)
    signup.shift, signup.person = shift, person
    if known:
        signup.party.all().delete()
    _bring(signup, party)
    tell_signed_up(signup)
    return signup


def _bring(signup, party):
    insert_each(Companion(signup=signup, relation=relation) for relation in party)


@transaction.atomic
def withdraw(signup, *, by=None):
    """Give the places back; the first in line is offered them. `by` is the `User` who does it for the community.

    Raises `SignupRefused` when it is over already or has begun.
    """
    _leave(signup, SignupStatus.WITHDRAWN, by)
    if by is not None:
        tell_taken_out(signup)


@follows_withdrawal(Consent.Purpose.ACTIVITY)
def _give_all_back(person, purpose):
    """Who no longer agrees to what signing up needs gives back the places to come; the line moves up."""
    # a sign-up of this very moment is either seen below, or sees the withdrawal when it gets this lock
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    rows = Signup.objects.active().filter(person=person, shift__starts_at__gt=timezone.now())
    published = rows.filter(shift__activity__status=ActivityStatus.PUBLISHED)
    for row in published.with_related().order_by("shift"):
        withdraw(row)


@transaction.atomic
def answer(signup, *, coming, needs_lift=False):
    """The answer to an offered place, or to the question of the day before (features.md E02, R04).

    "Not coming" frees the places for the next in line. Saying the same twice is harmless.
    Raises `SignupRefused` when there is nothing to answer any more.
    """
    _read_again(signup, hold(signup.shift_id))
    if not coming:
        if signup.status not in {SignupStatus.DECLINED, SignupStatus.WITHDRAWN}:
            _leave(signup, SignupStatus.DECLINED, None)
        return
    if signup.status not in {*COMING, SignupStatus.OFFERED} or not signup.shift.activity.is_published:
        raise SignupRefused(_("现在是“%s”，要来请重新报名，或打值班电话") % signup.get_status_display())
    near = signup.shift.starts_at - timezone.now() <= ASK_BEFORE
    accepts = signup.status == SignupStatus.OFFERED
    had_lift = signup.needs_lift and signup.answered_at is not None  # for the present time and place
    said = {"answered_at": timezone.now(), "needs_lift": needs_lift}
    if accepts:
        settle(signup)
        # who accepts days before is asked once more on the day before, like everybody
        move(signup, SignupStatus.CONFIRMED if near else SignupStatus.PLACE, **said)
        tell_accepted(signup)
    elif signup.status == SignupStatus.PLACE:
        settle(signup)
        move(signup, SignupStatus.CONFIRMED, **said)
    else:
        Signup.objects.filter(pk=signup.pk).update(**said)
        signup.needs_lift = needs_lift
    if needs_lift != had_lift:
        (tell_lift if needs_lift else need_no_lift)(signup)


@transaction.atomic
def change_party(signup, party):
    """Come with others than before: more need free places, fewer give them to the line.

    Raises `SignupRefused` when there are not so many places, or it is over.
    """
    _check_party(party)
    shift = hold(signup.shift_id)
    _read_again(signup, shift)
    _check_not_over(signup)
    more = len(party) - signup.seats
    holding = signup.status in HOLDING
    if holding and more > 0 and not take(shift, more):
        raise SignupRefused(_("只剩 %d 位了，不够再加这么多人") % shift.free)
    Signup.objects.filter(pk=signup.pk).update(seats=len(party), moved_at=timezone.now())
    signup.seats = len(party)
    signup.party.all().delete()
    _bring(signup, party)
    if holding and more < 0:
        give_back(shift, -more)
    elif not holding:
        move_up(shift)  # a smaller party may fit now
        signup.refresh_from_db(fields=["status", "offered_until"])


def _leave(signup, new, by):
    shift = hold(signup.shift_id)
    _read_again(signup, shift)
    _check_not_over(signup)
    if signup.status == SignupStatus.WAITING:
        new = SignupStatus.WITHDRAWN
    held = signup.status in HOLDING
    silence(signup)
    move(
        signup,
        new,
        ended_by=Signup.EndedBy.DESK if by else Signup.EndedBy.SELF,
        answered_at=timezone.now(),
        needs_lift=False,
    )
    if held:
        give_back(shift, signup.seats)


def _read_again(signup, shift):
    """What the row says now that the shift is held; whoever changes a sign-up holds it."""
    signup.refresh_from_db(fields=["status", "seats", "ticket", "needs_lift", "offered_until", "answered_at"])
    signup.shift = shift


def _check_not_over(signup):
    if not signup.is_active or not signup.shift.activity.is_published:
        raise SignupRefused(_("这个报名已经是“%s”，不用再改了") % signup.get_status_display())
    if signup.shift.starts_at <= timezone.now():
        raise SignupRefused(_("已经开始了，有事请打值班电话"))
