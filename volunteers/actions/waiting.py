"""Places and the line for them. Whoever changes either holds the shift's row, and a conditional UPDATE decides.

The line moves by itself: whenever places become free, the first in line whose party fits is offered them, so nobody
who fits ever waits beside a free place.
"""

import datetime as dt

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from haimengyuan.lib.compiled import compiled_once
from reminders.actions.quiet import after_waking
from volunteers.actions.activity_messages import silence, tell_lapsed, tell_offered
from volunteers.errors import ActivityRefused, SignupRefused
from volunteers.models import NEXT_SIGNUP, Activity, Shift, Signup, SignupStatus

TIME_TO_ANSWER = dt.timedelta(hours=12)
LAST_OFFER = dt.timedelta(hours=1)  # before the start; what becomes free later is for who comes to the door


def hold(shift_pk):
    """The shift with its activity as they are now, its row locked until the transaction ends.

    The activity is read after the lock: a join would show it as it was before the wait.
    """
    if (shift := _held.row(pk=shift_pk)) is None:
        raise Shift.DoesNotExist
    shift.activity = _activity.row(pk=shift.activity_id)
    return shift


@compiled_once(pk=int)
def _held(pk):
    return Shift.objects.select_for_update().filter(pk=pk).order_by()


@compiled_once(pk=int)
def _activity(pk):
    return Activity.objects.with_related().filter(pk=pk)


def seat_at_once(shift_pk, seats):
    """Take that many places and the next number in line in one step, as long as there are so many.

    Returns the shift with its activity as they are now, its row locked by that step; None when there are not so many,
    and then nothing is locked or changed. Whoever finds that they must not sit there raises, and the places are free.
    """
    return _with_activity.row(pk=shift_pk) if _give_number(shift_pk, seats) else None


def _give_number(shift_pk, seats):
    """Give out the next number in line with so many places, if there are so many. Returns whether there were."""
    table = connection.ops.quote_name(Shift._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER.format(table=table), {"shift": shift_pk, "seats": seats})
        return cursor.rowcount == 1


# everybody who signs up for the same waits for this statement, so the ORM does not write it anew each time
_NUMBER = """
UPDATE {table} SET taken = taken + %(seats)s, tickets = tickets + 1
WHERE id = %(shift)s AND taken + %(seats)s <= capacity
"""


@compiled_once(pk=int)
def _with_activity(pk):
    """With what a sign-up needs of them; anything else is read when it is asked for."""
    own = ("activity", "starts_at", "ends_at", "capacity", "taken", "tickets")
    of_activity = ("title", "place_text", "starts_at", "ends_at", "status", "reason", "sequence", "venue")
    of_venue = ("name", "place")
    columns = [*own, *(f"activity__{name}" for name in of_activity)]
    columns += [f"activity__venue__{name}" for name in of_venue]
    return Shift.objects.select_related("activity__venue").filter(pk=pk).only(*columns).order_by()


def seat(shift, seats):
    """Give out the next number in line, with that many places if there are so many. Returns whether there were.

    The shift is held, so what was read of it is true, and numbers are in the order of commit.
    """
    found = seats if seats <= shift.free else 0
    _give_number(shift.pk, found)
    shift.taken += found
    shift.tickets += 1
    return found > 0


def take(shift, seats):
    """Take that many places. Returns whether there were so many."""
    free = Shift.objects.filter(pk=shift.pk, taken__lte=F("capacity") - seats)
    return free.update(taken=F("taken") + seats) == 1


def give_back(shift, seats):
    """Return places and let the line move up. Raises nothing: `taken` cannot fall below what is held."""
    Shift.objects.filter(pk=shift.pk).update(taken=F("taken") - seats)
    move_up(shift)


def move(signup, new, **values):
    """Change the status of `signup` along `NEXT_SIGNUP`, with other columns in the same conditional UPDATE.

    Raises `SignupRefused` when somebody else was first or the table has no such arrow.
    """
    old, now = signup.status, timezone.now()
    values = {"status": new, "moved_at": now} | values
    if new not in NEXT_SIGNUP[SignupStatus(old)] or not (
        Signup.objects.filter(pk=signup.pk, status=old).update(**values)
    ):
        signup.refresh_from_db(fields=["status"])
        raise SignupRefused(_("这个报名现在是“%s”，请看看最新情况") % signup.get_status_display())
    for name, value in values.items():
        setattr(signup, name, value)


def answer_until(now, starts_at):
    """Until when an offered place is kept: 12 waking hours, at most until an hour before the start; None is too late."""
    if starts_at - LAST_OFFER <= now:
        return None
    return min(after_waking(now, TIME_TO_ANSWER), starts_at - LAST_OFFER)


def move_up(shift):
    """Offer what is free to the first in line whose party fits. The shift is held. Returns how many were asked."""
    until = answer_until(timezone.now(), shift.starts_at)
    if until is None or not shift.activity.is_published:
        return 0
    asked = 0
    for signup in shift.signups.in_line().select_related("person"):
        signup.shift = shift
        if take(shift, signup.seats):
            move(signup, SignupStatus.OFFERED, offered_until=until, answered_at=None)
            tell_offered(signup)
            asked += 1
    return asked


def pass_on_lapsed():
    """End the offers that nobody answered in time and ask the next in line. Returns how many ended."""
    lapsed = Signup.objects.lapsed(timezone.now()).values_list("pk", "shift_id")
    return sum(_pass_on(pk, shift_pk) for pk, shift_pk in list(lapsed))


@transaction.atomic
def _pass_on(pk, shift_pk):
    shift = hold(shift_pk)
    signup = Signup.objects.lapsed(timezone.now()).select_related("person").filter(pk=pk).first()
    if signup is None:
        return False
    signup.shift = shift
    silence(signup)
    move(signup, SignupStatus.DECLINED, ended_by=Signup.EndedBy.TIMER)
    tell_lapsed(signup)
    give_back(shift, signup.seats)
    return True


@transaction.atomic
def set_capacity(shift, capacity):
    """Give the shift that many places; more of them let the line move up.

    Raises `ActivityRefused` for fewer than are taken: nobody who has a place loses it by a number.
    """
    held = hold(shift.pk)
    if not Shift.objects.filter(pk=held.pk, taken__lte=capacity).update(capacity=capacity):
        words = _("“%(shift)s”已经占了 %(taken)d 位，名额不能少于这个数")
        raise ActivityRefused(words % {"shift": held, "taken": held.taken})
    held.capacity = shift.capacity = capacity
    move_up(held)
