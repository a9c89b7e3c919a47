"""The one door through which a meeting changes its status, and what people do with meetings before they are held."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches import links
from branches.actions.roll import lock, make_roll
from branches.actions.rooms import free_room, keep_room, place_of
from branches.errors import MeetingRefused
from branches.models import (
    NEXT_MEETING_STATUSES,
    Attendance,
    CadenceRule,
    Meeting,
    MeetingEvent,
    MeetingStatus,
    PartyGroup,
    Standing,
)
from branches.rules.cadence import Every, MeetingKind, period_of
from haimengyuan.lib.moments import say_full_day, say_moment
from reminders.actions import cancel, plan, to_person
from reminders.models import Reminder

_S = MeetingStatus


@transaction.atomic
def move(meeting, new, *, by, note="", **changes):
    """Move `meeting` to status `new`, leave a `MeetingEvent`, silence what was planned for it. Returns the event.

    A conditional UPDATE decides who wins. Raises `MeetingRefused` when the table has no such arrow or somebody else
    was first, saying who and when.
    """
    old = _S(meeting.status)
    if new not in NEXT_MEETING_STATUSES[old]:
        raise MeetingRefused(why_not(meeting))
    if not Meeting.objects.filter(pk=meeting.pk, status=old).update(status=new, **changes):
        raise MeetingRefused(why_not(meeting))
    meeting.refresh_from_db(fields=["status", *changes])
    event = MeetingEvent.objects.create(
        meeting=meeting, old_status=old, new_status=new, note=note[:200], by=by
    )
    cancel(f"meeting:{meeting.pk}:")
    return event


@transaction.atomic
def schedule(meeting, *, on, at, place="", title="", by, venue=None, minutes=None):
    """Fix day, time and place of a meeting that is ahead. Those already invited are told of the change.

    With `venue` it is booked for so many `minutes` in the same step and gives the place its name (features.md N03, P04);
    the room of before is given back. Raises `MeetingRefused` for a day outside the period that the meeting belongs to:
    the wrong month is impossible, only what is already missed may be made up for later. Also when the room is taken.
    """
    found = lock(meeting)
    if not found.is_ahead:
        raise MeetingRefused(why_not(found))
    check_period(found, on)
    place = place_of(venue) if venue else place.strip()
    values = {"on": on, "at": at, "place": place, "title": title.strip(), "day_chosen": True}
    changed = (found.on, found.at, found.place) != (on, at, place)
    Meeting.objects.filter(pk=meeting.pk).update(**values)
    meeting.refresh_from_db()
    keep_room(meeting, venue, minutes, by=by)
    if changed:
        cancel(f"meeting:{meeting.pk}:")
        if meeting.status == _S.ANNOUNCED:
            _invite(meeting, _("改了：%s"))


def check_period(meeting, on):
    """Raise `MeetingRefused` when a meeting of a period is put on a day that does not count for it."""
    if meeting.period is None:
        return
    if on < meeting.period or (on > meeting.due_by and not meeting.is_missed):
        raise MeetingRefused(
            _("这次是 %(first)s 到 %(last)s 的，日期要在这段时间里")
            % {"first": say_full_day(meeting.period), "last": say_full_day(meeting.due_by)}
        )


@transaction.atomic
def register(branch, kind, *, on, at, place="", group=None, title="", by, venue=None, minutes=None):
    """Enter a meeting. If the cadence asks for this kind in that period and it is still open, that one is taken.
    `venue` and `minutes` book its room as in `schedule`.

    Returns the `Meeting`. Raises `MeetingRefused` for a party-group meeting without a group of this branch.
    """
    if (kind == MeetingKind.GROUP) != (group is not None):
        raise MeetingRefused(_("党小组会要选是哪个小组，别的会不用选"))
    if group is not None and group.branch_id != branch.pk:
        raise MeetingRefused(_("这个小组不在这个支部"))
    meeting = _open_slot(branch, kind, group, on)
    if meeting is not None:
        schedule(meeting, on=on, at=at, place=place, title=title, by=by, venue=venue, minutes=minutes)
        return meeting
    meeting = Meeting.objects.create(
        branch=branch,
        group=group,
        kind=kind,
        on=on,
        at=at,
        place=place_of(venue) if venue else place.strip(),
        title=title.strip(),
        day_chosen=True,
    )
    keep_room(meeting, venue, minutes, by=by)
    return meeting


def _open_slot(branch, kind, group, on):
    rule = CadenceRule.objects.filter(community=branch.community_id, kind=kind).first()
    if rule is None or rule.every == Every.NEVER:
        return None
    first, _last = period_of(on, rule.every)
    return Meeting.objects.ahead().filter(branch=branch, kind=kind, group=group, period=first).first()


@transaction.atomic
def announce(meeting, *, by):
    """Tell everybody on the roll day, time and place. Raises `MeetingRefused` without a place or for a past day."""
    if not meeting.place:
        raise MeetingRefused(_("还没写地点，请先定日期和地点"))
    if meeting.on < timezone.localdate():
        raise MeetingRefused(_("定的日子已经过了，请先改日期"))
    make_roll(meeting)
    move(meeting, _S.ANNOUNCED, by=by)
    _invite(meeting, "%s")


def _invite(meeting, subject):
    when = f"{say_full_day(meeting.on)} {meeting.at:%H:%M}"
    rows = meeting.attendances.filter(exclusion="", member__standing=Standing.NORMAL)
    plan(
        to_person(
            row.member.person,
            kind=Reminder.Kind.INVITATION,
            dedupe_key=f"meeting:{meeting.pk}:invite:{meeting.on:%Y%m%d}{meeting.at:%H%M}:{_place_key(meeting)}",
            subject=subject % meeting.name,
            text=_("%(when)s，%(place)s。%(title)s来不了请告诉书记一声。")
            % {
                "when": when,
                "place": meeting.place,
                "title": _("主题：%s。") % meeting.title if meeting.title else "",
            },
            link=links.member_path(),
            expires_at=timezone.make_aware(dt.datetime.combine(meeting.on, meeting.at)),
        )
        for row in rows.select_related("member__person")
    )


def _place_key(meeting):
    """A new place is a new occasion; the count of what happened before tells the occasions apart."""
    return meeting.events.count()


@transaction.atomic
def hold(meeting, *, by):
    """The meeting takes place (or took place, when its day has passed): the roll is open from now on.

    Raises `MeetingRefused` before its day.
    """
    today = timezone.localdate()
    if meeting.on > today:
        raise MeetingRefused(_("还没到定的日子。今天就开的话，请先把日期改成今天"))
    move(meeting, _S.HELD, by=by, recorded_at=timezone.now())
    make_roll(meeting)


@transaction.atomic
def not_held_after_all(meeting, *, by):
    """Take back a "held" that was pressed by mistake. Raises `MeetingRefused` once votes have been counted."""
    found = lock(meeting)
    if found.motions.exclude(result="").exists():
        raise MeetingRefused(_("已经有表决结果了，不能撤回"))
    if found.elections.exclude(status="open").exists():
        raise MeetingRefused(_("已经有选举结果了，不能撤回"))
    move(meeting, _S.PLANNED, by=by, note=_("撤回“开会了”"), recorded_at=None)
    meeting.attendances.exclude(state=Attendance.State.LEAVE).update(
        state=Attendance.State.EXPECTED, marked_at=None
    )


@transaction.atomic
def give_up(meeting, *, reason, by):
    """It does not take place; the reason is kept and stands in the plan. Those invited are told, its room is free again.

    Raises `MeetingRefused` without a reason.
    """
    if not (reason := reason.strip()):
        raise MeetingRefused(_("请写一下为什么没有开"))
    invited = meeting.status == _S.ANNOUNCED
    event = move(meeting, _S.CANCELLED, by=by, note=reason, cancel_reason=reason[:100])
    free_room(meeting, reason=reason, by=by)
    if invited:
        plan(
            to_person(
                row.member.person,
                kind=Reminder.Kind.INVITATION,
                dedupe_key=f"meeting-off:{meeting.pk}:{event.pk}",
                subject=_("不开了：%s") % meeting.name,
                text=_("原定 %s 的会不开了，另行通知。") % say_full_day(meeting.on),
            )
            for row in meeting.attendances.filter(exclusion="").select_related("member__person")
        )


@transaction.atomic
def take_up_again(meeting, *, by):
    """Put a meeting that was given up back into the plan."""
    move(meeting, _S.PLANNED, by=by, cancel_reason="")


def why_not(meeting):
    """Who was first and when, for the one who comes second."""
    last = (
        MeetingEvent.objects.filter(meeting=meeting.pk).select_related("by__person").order_by("-pk").first()
    )
    if last is None:
        return _("这次会现在不能这样办，请看看最新情况")
    return _("%(who)s已在 %(when)s 把这次会变成“%(status)s”，请看看最新情况再办") % {
        "who": last.by.display_name,
        "when": say_moment(last.at),
        "status": last.get_new_status_display(),
    }


def group_of(branch, key):
    """The party group with this key in this branch, None for an empty key; raises `MeetingRefused` for another's."""
    if not key:
        return None
    try:
        return PartyGroup.objects.get(branch=branch, pk=key)
    except (PartyGroup.DoesNotExist, ValueError):
        raise MeetingRefused(_("这个小组不在这个支部")) from None
