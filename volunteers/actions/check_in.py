"""Who is there: three ways to one record (features.md E06), each harmless when it is done again, each undone by one step."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from haimengyuan.lib.moments import say_dated_moment
from people.actions import spend
from people.models import Person
from volunteers.actions.activity_messages import settle
from volunteers.actions.hours import correct_hours
from volunteers.actions.waiting import hold, move
from volunteers.errors import SignupRefused
from volunteers.models import COMING, ActivityStatus, HourEntry, Shift, Signup, SignupStatus, WalkIn
from volunteers.models.signups import MOST_OF_A_PARTY

OPENS_BEFORE = dt.timedelta(hours=1)
CODE_UNTIL = dt.timedelta(minutes=30)  # after the end of a shift; later only the organiser adds somebody
REMEMBERED = 30  # minutes for which an old code is called old and not wrong
# Two codes of 10,000 are right at any moment: six tries in ten minutes find one by luck once in 800 such spells.
TRIES, TRIES_PER_ADDRESS, SPELL = 6, 300, dt.timedelta(minutes=10)  # a whole hall may share one address
_S = SignupStatus


def code_of(shift, moment):
    """The four digits of `shift` for the minute of `moment`; nothing is stored."""
    text = f"{shift.pk}:{int(moment.timestamp()) // 60}"
    digest = salted_hmac("volunteers.check_in", text, algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 10_000:04d}"


def hours_key(signup):
    """The key of a sign-up's hours in the ledger."""
    return f"activity:{signup.pk}"


def may_arrive(shift, now):
    """Whether the code of `shift` opens the door now."""
    return _closed_to_code(shift, now) == ""


@transaction.atomic
def check_in(signup, *, how):
    """Note that somebody came; `how` is a `Signup.Arrival`. Doing it again changes nothing. Returns the sign-up.

    Raises `SignupRefused` with the reason: called off, too early, in line, withdrawn.
    """
    _read(signup, hold(signup.shift_id))
    if signup.status == _S.ATTENDED:
        return signup
    if reason := _closed(signup.shift, timezone.now()) or _not_on_the_list(signup):
        raise SignupRefused(reason)
    settle(signup)
    move(signup, _S.ATTENDED, arrived_at=timezone.now(), arrival=how)
    return signup


def check_in_by_code(signup, typed, *, address):
    """`check_in` by whoever holds the signed link and reads the code in the room. Raises as `check_in`, or `TooOften`.

    Outside of a transaction: a wrong guess has to stay counted.
    """
    if signup.status == _S.ATTENDED:
        return signup
    shift = signup.shift
    if reason := _closed_to_code(shift, timezone.now()) or _not_on_the_list(signup):
        raise SignupRefused(reason)
    _count_try("signup", signup.pk, address)
    shifts = list(shift.activity.shifts.all())
    if shift not in _shifts_of_code(shifts, typed):
        raise SignupRefused(_why_wrong(shifts, typed))
    return check_in(signup, how=Signup.Arrival.CODE)


def check_in_by_phone(activity, phone, typed, *, address):
    """`check_in` without the link, by code and the telephone of the sign-up. Raises as `check_in_by_code`.

    Whose number is on the list is told only to somebody who reads the code, that is, stands in the room.
    """
    now = timezone.now()
    shifts = list(activity.shifts.all())
    for shift in shifts:
        shift.activity = activity
    closed = [_closed_to_code(shift, now) for shift in shifts]
    if all(closed):
        raise SignupRefused(closed[0])
    _count_try("phone", phone, address)
    meant = _shifts_of_code(
        [shift for shift, reason in zip(shifts, closed, strict=True) if not reason], typed
    )
    if not meant:
        raise SignupRefused(_why_wrong(shifts, typed))
    rows = Signup.objects.with_related().filter(
        shift__activity=activity, person__in=Person.objects.with_phone(phone)
    )
    return check_in(_the_one(list(rows), meant), how=Signup.Arrival.CODE)


def _the_one(rows, meant):
    """The sign-up that is meant by a telephone; raises `SignupRefused` when that is none, or several."""
    here = [row for row in rows if row.shift in meant]
    if not here:
        raise SignupRefused(_other_shift() if rows else _("这个电话没有报名。请找现场的工作人员，直接来也行"))
    able = [row for row in here if row.status in (*COMING, _S.NO_SHOW)] or [
        row for row in here if row.status == _S.ATTENDED
    ]
    if len(able) > 1:
        raise SignupRefused(_("这个电话报了不止一位，请用报名时的链接，或者告诉现场的工作人员"))
    return able[0] if able else here[0]


def _other_shift():
    return _("这是另一组的签到码，请看您那一组的屏幕，或者问工作人员")


def _count_try(what, who, address):
    spend(f"check_in.{what}", who, limit=TRIES, window=SPELL)
    spend("check_in.address", address, limit=TRIES_PER_ADDRESS, window=SPELL)


def _shifts_of_code(shifts, typed, *, minutes_ago=(0, 1)):
    """The shifts whose code of this or the previous minute was typed: one may change while it is being typed."""
    now = timezone.now()
    return [
        shift
        for shift in shifts
        if any(
            constant_time_compare(code_of(shift, now - dt.timedelta(minutes=ago)), typed)
            for ago in minutes_ago
        )
    ]


def _why_wrong(shifts, typed):
    if _shifts_of_code(shifts, typed):
        return _other_shift()
    if _shifts_of_code(shifts, typed, minutes_ago=range(2, REMEMBERED)):
        return _("这个签到码过时了，请看屏幕上现在的四个数字")
    return _("签到码不对，请看屏幕上现在的四个数字")


def _closed(shift, now):
    """Why nobody can be noted as come, "" when they can."""
    if shift.activity.status == ActivityStatus.CANCELLED:
        return _("这个活动取消了，不用签到")
    if shift.activity.status == ActivityStatus.DRAFT:
        return _("这个活动还没有发布")
    if now < (opens := shift.starts_at - OPENS_BEFORE):
        return _("还太早，%s起可以签到") % say_dated_moment(opens)
    return ""


def _closed_to_code(shift, now):
    if not (reason := _closed(shift, now)) and now > shift.ends_at + CODE_UNTIL:
        return _("活动已经结束了，来过没签上的请告诉工作人员，可以补")
    return reason


def _not_on_the_list(signup):
    return {
        _S.WAITING: _("您还在排队，没有占上位。请找现场的工作人员，直接来也行"),
        _S.OFFERED: _("空位还没有答复要不要。请找现场的工作人员"),
        _S.WITHDRAWN: _("这个报名取消了。请找现场的工作人员，直接来也行"),
        _S.DECLINED: _("您说过来不了，位置让出去了。请找现场的工作人员，直接来也行"),
    }.get(signup.status, "")


def _read(signup, shift):
    """What the row says now that the shift is held."""
    signup.refresh_from_db(fields=["status", "seats", "ticket", "arrived_at", "arrival"])
    signup.shift = shift


@transaction.atomic
def undo_check_in(signup):
    """Take back that somebody came, or did not come. Hours that were recorded are corrected to nothing, never deleted.

    Doing it again changes nothing. Raises `SignupRefused` for somebody who is not on the list.
    """
    _read(signup, hold(signup.shift_id))
    if signup.status in COMING:
        return
    if signup.status == _S.ATTENDED and (
        entry := HourEntry.objects.filter(source_key=hours_key(signup)).first()
    ):
        correct_hours(entry, to=0, why=_("签到撤回了"))
    settle(signup)
    move(signup, _S.PLACE, arrived_at=None, arrival="", face=None)


@transaction.atomic
def add_walk_in(shift, *, seats, by, submission_key):
    """Note `seats` people who came without a sign-up. Returns the `WalkIn`; the same key notes them once.

    Raises `SignupRefused` when the activity is called off or far away, or for a number out of range.
    """
    shift = Shift.objects.select_related("activity").get(pk=shift.pk)
    if not 1 <= seats <= MOST_OF_A_PARTY:
        raise SignupRefused(_("一次记 1 到 %d 位") % MOST_OF_A_PARTY)
    if reason := _closed(shift, timezone.now()):
        raise SignupRefused(reason)
    values = {"shift": shift, "seats": seats, "entered_by": by}
    return WalkIn.objects.get_or_create(submission_key=submission_key, defaults=values)[0]


def undo_walk_in(walk_in):
    """Take back what was noted; the row stays. Doing it again changes nothing."""
    WalkIn.objects.filter(pk=walk_in.pk, undone_at=None).update(undone_at=timezone.now())
