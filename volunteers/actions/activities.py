"""Announcing, changing and calling off activities."""

import datetime as dt

from dateutil.rrule import MONTHLY, rrule, weekdays
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.actions.disclosure import turn_page
from volunteers.actions.activity_messages import tell_cancelled, tell_changed, tell_message
from volunteers.actions.rooms import free_room, keep_room
from volunteers.actions.waiting import move
from volunteers.errors import ActivityRefused
from volunteers.models import (
    ACTIVE,
    NEXT_ACTIVITY,
    Activity,
    ActivityMessage,
    ActivityStatus,
    Shift,
    Signup,
    SignupStatus,
)
from volunteers.models.activities import LONGEST

SAME_WORDS = dt.timedelta(minutes=10)  # said again so soon, they were sent twice and not meant twice
# what is taken over from one activity to another
COPIED = (
    "community_id", "grid_id", "kind", "for_whom", "title", "what", "notes", "organiser", "venue_id", "place_text",
)  # fmt: skip
ASKED_AGAIN = ("starts_at", "ends_at", "venue_id", "place_text")  # a change of these asks "still coming?"
ON_CALENDARS = (*ASKED_AGAIN, "title")


@transaction.atomic
def create_activity(community, *, shifts, by=None, publish=False, **columns):
    """A draft with its shifts, or announced at once. Returns the `Activity`.

    `shifts` are dicts with `capacity`, and if wanted `kind`, `name`, `skill`, `starts_at`, `ends_at`; without times a
    shift is as long as the activity. `columns` are columns of the activity. Raises `ActivityRefused`.
    """
    activity = Activity(community=community, created_by=by, **columns)
    check_times(activity)
    if not shifts:
        raise ActivityRefused(_("请写名额：来参加的、来帮忙的，至少一项"))
    activity.save()
    for values in shifts:
        add_shift(activity, **values)
    if publish:
        publish_activity(activity)
    return activity


def check_times(activity):
    """Raises `ActivityRefused` for an end before the start or more than a day after it."""
    if activity.ends_at <= activity.starts_at:
        raise ActivityRefused(_("结束的时间要晚于开始"))
    if activity.ends_at - activity.starts_at > LONGEST:
        raise ActivityRefused(_("一次活动最长一天，跨天的请分成几次"))


def add_shift(
    activity, *, capacity, kind=Shift.Kind.GUEST, name="", skill=None, starts_at=None, ends_at=None
):
    """A further shift of `activity`. Returns the `Shift`. Raises `ActivityRefused` when it lies outside."""
    starts_at, ends_at = starts_at or activity.starts_at, ends_at or activity.ends_at
    if not activity.starts_at <= starts_at < ends_at <= activity.ends_at:
        raise ActivityRefused(_("分组的时间要在活动的时间里面"))
    return Shift.objects.create(
        activity=activity,
        kind=kind,
        name=name,
        skill=skill,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=capacity,
    )


@transaction.atomic
def move_activity(activity, new, **values):
    """Change the status of `activity` along `NEXT_ACTIVITY`; a conditional UPDATE decides who was first.

    Raises `ActivityRefused`.
    """
    old, now = activity.status, timezone.now()
    values = {"status": new, "changed_at": now} | values
    rows = Activity.objects.real().filter(pk=activity.pk, status=old)
    if new not in NEXT_ACTIVITY[ActivityStatus(old)] or not rows.update(**values):
        activity.refresh_from_db(fields=["status"])
        raise ActivityRefused(_("这个活动现在是“%s”，请看看最新情况") % activity.get_status_display())
    for name, value in values.items():
        setattr(activity, name, value)
    turn_page(activity.community_id)  # the portal's first page lists what comes up


@transaction.atomic
def publish_activity(activity):
    """Let residents see it and sign up; a venue of the community is booked for it.

    Raises `ActivityRefused` for what has begun, `RoomTaken` when somebody has the venue at that time.
    """
    if activity.starts_at <= timezone.now():
        raise ActivityRefused(_("开始的时间已经过去了，请先改时间"))
    move_activity(activity, ActivityStatus.PUBLISHED, announced_at=timezone.now())
    keep_room(activity)


@transaction.atomic
def cancel_activity(activity, *, reason):
    """Call it off: everybody who signed up or waits is told (features.md E09). The row stays, also in calendars.

    Raises `ActivityRefused`, without a reason too.
    """
    if not (reason := reason.strip()):
        raise ActivityRefused(_("请写一句为什么取消，报名的人会看到"))
    move_activity(activity, ActivityStatus.CANCELLED, reason=reason[:100], sequence=activity.sequence + 1)
    free_room(activity, reason=_("活动取消了"))
    _hold_shifts(activity)
    tell_cancelled(activity, _signups(activity))


def _hold_shifts(activity):
    """Wait for sign-ups that are under way: they are among those who are told, or meet the new state."""
    return list(activity.shifts.select_for_update().order_by("pk"))


def _signups(activity, statuses=ACTIVE):
    """Those sign-ups, each with `activity` itself as its shift's activity."""
    shifts = {shift.pk: shift for shift in activity.shifts.all()}
    rows = list(
        Signup.objects.filter(shift__in=shifts, status__in=statuses).select_related("person").order_by("pk")
    )
    for shift in shifts.values():
        shift.activity = activity
    for row in rows:
        row.shift = shifts[row.shift_id]
    return rows


@transaction.atomic
def change_activity(activity, *, is_own=True, needs_room=True, **columns):
    """Change columns of `activity`. A new time or place moves shifts and room along and asks everybody "still coming?".

    `is_own` marks an occurrence of a series as changed by itself; without `needs_room` no venue is booked. Returns how many
    sign-ups were asked, None when nothing was there to ask about.
    Raises `ActivityRefused` for what is over, `RoomTaken` when somebody has the venue then.
    """
    row = Activity.objects.select_for_update().get(pk=activity.pk)
    if row.status not in (ActivityStatus.DRAFT, ActivityStatus.PUBLISHED):
        raise ActivityRefused(_("这个活动已经是“%s”，不能再改") % row.get_status_display())
    before = {name: getattr(row, name) for name in ON_CALENDARS}
    old_start = row.starts_at
    for name, value in columns.items():
        setattr(row, name, value)
    check_times(row)
    changed = {name for name, value in before.items() if getattr(row, name) != value}
    if row.is_published and row.starts_at <= timezone.now() and "starts_at" in changed:
        raise ActivityRefused(_("开始的时间已经过去了，请重新选"))
    row.sequence += bool(changed)
    row.changed_at = timezone.now()
    row.is_own = row.is_own or (is_own and row.series_id is not None)
    row.save(update_fields=[*columns, "sequence", "changed_at", "is_own"])
    if {"starts_at", "ends_at"} & changed:
        _move_shifts(row, row.starts_at - old_start)
    asks = row.is_published and bool(changed & set(ASKED_AGAIN))
    if needs_room and row.is_published and changed & {"starts_at", "ends_at", "venue_id"}:
        keep_room(row)
    asked = _ask_again(row) if asks else None
    if row.is_published and changed:
        turn_page(row.community_id)
    activity.refresh_from_db()
    return asked


def _move_shifts(activity, by):
    """Shifts go with the activity; what would stick out of it is cut."""
    for shift in _hold_shifts(activity):
        starts_at = min(max(shift.starts_at + by, activity.starts_at), activity.ends_at)
        ends_at = min(max(shift.ends_at + by, activity.starts_at), activity.ends_at)
        if shift.starts_at + by == activity.starts_at and shift.ends_at - shift.starts_at > (
            activity.ends_at - activity.starts_at
        ):
            ends_at = activity.ends_at
        if starts_at >= ends_at:
            starts_at, ends_at = activity.starts_at, activity.ends_at
        Shift.objects.filter(pk=shift.pk).update(starts_at=starts_at, ends_at=ends_at)


def _ask_again(activity):
    """Who had said "coming" has said so of another time or place: everybody is asked anew. Returns how many."""
    _hold_shifts(activity)
    activity = Activity.objects.with_related().get(pk=activity.pk)
    signups = _signups(activity)
    for signup in signups:
        if signup.status == SignupStatus.CONFIRMED:
            move(signup, SignupStatus.PLACE, answered_at=None)
    return tell_changed(activity, signups)


# to whom a message goes, by the state of their sign-up
_READERS = {
    ActivityMessage.To.ALL: ACTIVE,
    ActivityMessage.To.COMING: (SignupStatus.PLACE, SignupStatus.CONFIRMED),
    ActivityMessage.To.WAITING: (SignupStatus.WAITING, SignupStatus.OFFERED),
}


@transaction.atomic
def write_to(activity, *, text, by, submission_key, to=ActivityMessage.To.ALL, shift=None):
    """Write to all who signed up, to those with a place, to the line, or to one shift (features.md E09).

    Returns the `ActivityMessage`. The same `submission_key` writes once, and so do the same words within ten minutes,
    which reach who has signed up since: a page that the Back button fetched anew has another key. Raises
    `ActivityRefused` without words or when nobody would read them.
    """
    if not (text := text.strip()[:200]):
        raise ActivityRefused(_("请写一下要告诉大家什么"))
    readers = [row for row in _signups(activity, _READERS[to]) if shift is None or row.shift_id == shift.pk]
    if not readers:
        raise ActivityRefused(_("还没有这样的人报名，没有发出去"))
    Activity.objects.select_for_update().get(pk=activity.pk)  # two equal ones wait for each other here
    columns = {"to": to, "shift": shift, "text": text, "by": by}
    just_now = activity.messages.filter(sent_at__gt=timezone.now() - SAME_WORDS)
    if known := just_now.filter(**columns).first():
        tell_message(known, readers)  # planned once for each, so it reaches only who has signed up since
        known.count = max(known.count, len(readers))
        known.save(update_fields=["count"])
        return known
    message, is_new = ActivityMessage.objects.get_or_create(
        submission_key=submission_key, defaults=columns | {"activity": activity, "count": len(readers)}
    )
    if is_new:
        tell_message(message, readers)
    return message


def finish_over():
    """End what is over. Returns how many. Hours and no-shows follow from the check-in, not from here."""
    over = Activity.objects.filter(status=ActivityStatus.PUBLISHED, ends_at__lte=timezone.now())
    ended = 0
    for activity in over.order_by("ends_at")[:500]:
        try:
            move_activity(activity, ActivityStatus.FINISHED)
        except ActivityRefused:
            continue  # called off in this very moment
        ended += 1
    return ended


def copy_activity(activity, *, starts_at, by=None, **columns):
    """A draft like `activity` at another time, with the same shifts and nobody signed up. Returns it."""
    by_how_much = starts_at - activity.starts_at
    values = {name: getattr(activity, name) for name in COPIED} | columns
    with transaction.atomic():
        made = Activity.objects.create(
            starts_at=starts_at, ends_at=activity.ends_at + by_how_much, created_by=by, **values
        )
        Shift.objects.bulk_create(
            Shift(
                activity=made,
                kind=shift.kind,
                name=shift.name,
                skill_id=shift.skill_id,
                capacity=shift.capacity,
                starts_at=shift.starts_at + by_how_much,
                ends_at=shift.ends_at + by_how_much,
            )
            for shift in activity.shifts.all()
        )
    return made


def same_next_month(moment, today, *, from_today=False):
    """The same hour on the same weekday of a later month ("the second Wednesday"), the first after `today`.

    With `from_today` also before `moment`, which then is no date of its own: a template's. A fifth one that the month lacks is its last. `moment` is aware; so is the result.
    """
    local = timezone.localtime(moment)
    nth = (local.day - 1) // 7 + 1
    weekday = weekdays[local.weekday()](nth if nth < 5 else -1)
    since = today if from_today else max(today, local.date())
    begin = dt.datetime.combine(min(since, local.date()).replace(day=1), dt.time.min)
    day = rrule(MONTHLY, byweekday=weekday, dtstart=begin).after(dt.datetime.combine(since, dt.time.max))
    return timezone.make_aware(dt.datetime.combine(day.date(), local.time()))
