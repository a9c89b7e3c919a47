"""Who is told what about an activity. One occasion is told once: sign-up, ticket and version are in the key."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from haimengyuan.lib.moments import say_dated_moment
from people.models import Consent
from reminders.actions import cancel, plan, to_call, to_desk, to_person, way_to
from reminders.models import Reminder
from volunteers.links import head_activity_path, signup_path, staff_activity_path
from volunteers.models import COMING, Activity, SignupStatus

ASK_BEFORE = dt.timedelta(hours=24)
TO_EXPLAIN = dt.timedelta(days=7)
_ASKED = ("taken", "waiting", "offered", "eve", "changed", "missed")
_ABOUT_A_SIGNUP = (*_ASKED, "message", "lift")


def tell_signed_up(signup):
    """The receipt: a place, with the question of the day before, or the place in line."""
    if signup.status == SignupStatus.WAITING:
        subject, text = _("排上队了：%s"), _("%(when)s。有人不来了就轮到您，轮到时会告诉您。")
        plan(_told(signup, "waiting", subject, text))
        return
    subject, text = _("报上名了：%s"), _("%(when)s，%(place)s。来不了请点开取消，让给别人。")
    facts = _facts(signup)
    plan(_told(signup, "taken", subject, text, facts) + ask_before(signup, facts))


def ask_before(signup, facts=None):
    """The question of 24 hours before (features.md R04): coming, not coming, need a lift. Unsaved rows.

    Nothing when that moment has passed: whoever signs up so late has just said that they come.
    """
    starts_at = signup.shift.starts_at
    if starts_at - ASK_BEFORE <= timezone.now():
        return []
    version = f":{signup.shift.activity.sequence}"
    subject, text = _("明天来吗？%s"), _("%(when)s，%(place)s。请点开说一声：来、来不了，还是要接送。")
    when = {"due_at": starts_at - ASK_BEFORE, "expires_at": starts_at}
    return _told(signup, "eve", subject, text, facts, version=version, calls=True, **when)


def tell_offered(signup):
    """A place has become free and is kept for the first in line until `offered_until`."""
    subject = _("轮到您了：%s")
    text = _("%(when)s有空位了。请在%(until)s前点开说要不要，过后让给下一位。")
    plan(_told(signup, "offered", subject, text, calls=True, expires_at=signup.offered_until))


def tell_accepted(signup):
    """The place is taken; what is left to say is said the day before."""
    plan(ask_before(signup))


def tell_lapsed(signup):
    """Nobody answered in time and the place went on."""
    subject, text = _("空位让给下一位了：%s"), _("过了约好的时间没收到答复。还想来可以再报一次。")
    plan(_told(signup, "lapsed", subject, text))


def tell_taken_out(signup):
    """The desk took somebody off the list."""
    subject, text = _("社区帮您取消了报名：%s"), _("%(when)s的这次不用来了。弄错了请打值班电话。")
    plan(_told(signup, "out", subject, text, calls=True))


def tell_missed(signup):
    """Nobody saw them that day: to themselves alone, with room to say why. Not a word of blame, and no call.

    Somebody may be noted, found to have been there, and noted again by a better list: each time is an occasion.
    """
    expires_at = timezone.now() + TO_EXPLAIN
    subject, text = (
        _("没见到您：%s"),
        _("%(when)s的活动我们没见到您。您要是来了，或者愿意说说为什么，请点开写一句。"),
    )
    version = f":{signup.moved_at:%Y%m%d%H%M%S%f}"
    plan(_told(signup, "missed", subject, text, version=version, expires_at=expires_at))


def tell_lift(signup):
    """Somebody needs a lift: the desk arranges it. Who takes that back and asks again is told of again."""
    activity = signup.shift.activity
    told = to_desk(
        activity.community,
        kind=Reminder.Kind.ACTIVITY,
        dedupe_key=_key(signup, "lift", f":{timezone.now():%Y%m%d%H%M%S%f}"),
        subject=_("要接送：%s") % activity.title,
        text=_("%(when)s，有人说来，但要接送。名单上看是谁。") % {"when": activity.when},
        link=staff_activity_path(activity),
        expires_at=activity.ends_at,
    )
    plan([told])


def tell_without_room(activity, *, why, occasion="", by=None):
    """It has no room: the desk finds another place or another time, and so does the grid head who planned and keeps it.

    `why` is what the booking said, `occasion` tells one loss of the same time from another, `by` is who took the room.
    """
    words = {
        "kind": Reminder.Kind.ACTIVITY,
        "dedupe_key": f"activity:{activity.pk}:room:{activity.starts_at:%Y%m%d%H%M}:{occasion}".rstrip(":"),
        "subject": (_("没有订到场地：%s") % activity.title)[:80],
        "text": (_("%s。请改个地方或者时间。") % why.rstrip("。"))[:300],
        "expires_at": activity.ends_at,
    }
    told = [to_desk(activity.community, link=staff_activity_path(activity), **words)]
    planner = activity.created_by
    if planner and planner != by and _keeps(planner, activity):
        told.append(to_person(planner.person, link=head_activity_path(activity), **words))
    plan(told)


def _keeps(head, activity):
    """Whether this user is a grid head now who still looks after the grid of the activity; the desk has its own inbox."""
    own = Activity.objects.for_user(head).filter(pk=activity.pk)
    return head.person is not None and not head.may("enter_staff_door") and own.exists()


def tell_changed(activity, signups):
    """Time or place changed: everybody who is coming is asked again, who waits is told. Returns how many are asked."""
    cancel(*(f"activity:{activity.pk}:{what}:" for what in ("eve", "taken", "waiting", "changed")))
    version, told, asked = f":{activity.sequence}", [], 0
    for signup in signups:
        coming = signup.status in COMING
        text = _("现在是%(when)s，%(place)s。") + (_("还来吗？请点开说一声。") if coming else "")
        told += _told(
            signup,
            "changed",
            _("改了时间或地点：%s"),
            text,
            version=version,
            calls=True,
            urgent=_is_near(activity),
        )
        if coming:
            told += ask_before(signup)
            asked += 1
    plan(told)
    return asked


def tell_cancelled(activity, signups):
    """It is called off: everybody hears it, also who only waited; what was still to be said falls silent."""
    cancel(f"activity:{activity.pk}:")
    text = _("%(when)s的活动取消了：%(reason)s。请不要去了。")
    plan(
        row
        for signup in signups
        for row in _told(
            signup, "cancelled", _("活动取消了：%s"), text, calls=True, urgent=_is_near(activity)
        )
    )


def tell_message(message, signups):
    """What staff wrote, word for word."""
    plan(
        row
        for signup in signups
        for row in _told(
            signup,
            "message",
            _("活动通知：%s"),
            message.text.replace("%", "%%"),
            version=f":{message.pk}",
            calls=True,
            urgent=_is_near(message.activity),
        )
    )


def settle(signup):
    """What was still to be asked has its answer; what staff wrote is said all the same."""
    _cancel(signup, _ASKED)


def need_no_lift(signup):
    """The lift is not wanted any more."""
    _cancel(signup, ("lift",))


def silence(signup):
    """Whatever was still to be said to this sign-up, or about it, is not said any more."""
    _cancel(signup, _ABOUT_A_SIGNUP)


def _cancel(signup, occasions):
    cancel(*(f"activity:{signup.shift.activity_id}:{what}:{signup.pk}:" for what in occasions))


def _facts(signup):
    """What the texts of a sign-up name, and its link."""
    activity, shift = signup.shift.activity, signup.shift
    return {
        "when": shift.when,
        "place": activity.place,
        "reason": activity.reason,
        "until": say_dated_moment(signup.offered_until) if signup.offered_until else "",
        "link": signup_path(signup),
    }


def _told(signup, what, subject, text, facts=None, *, version="", calls=False, **options):
    """The unsaved rows of one occasion: the inbox, and with `calls` the call list for who has no other way.

    Whoever tells of several occasions at once brings the `_facts`.
    """
    activity, facts = signup.shift.activity, facts or _facts(signup)
    options = {"expires_at": activity.ends_at} | options
    words = {
        "kind": Reminder.Kind.ACTIVITY,
        "rests_on": Consent.Purpose.ACTIVITY,
        "dedupe_key": _key(signup, what, version),
        "subject": (subject % activity.title)[:80],
        "text": (text % facts)[:300],
    }
    rows = [to_person(signup.person, link=facts["link"], **words, **options)]
    if calls and not way_to(signup.person):
        options.pop("urgent", None)
        rows.append(to_call(signup.person, **words, **options))
    return rows


def _key(signup, what, version=""):
    return f"activity:{signup.shift.activity_id}:{what}:{signup.pk}:{signup.ticket}{version}"


def _is_near(activity):
    """Whether somebody may set out before the morning's messages: then quiet hours do not hold it up."""
    return activity.starts_at - timezone.now() <= ASK_BEFORE
