"""What comes back: its dates are made some weeks ahead, moved off days off, changed and called off from one on."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from reminders.workdays import Workdays
from volunteers.actions.activities import (
    cancel_activity,
    change_activity,
    copy_activity,
    create_activity,
    publish_activity,
)
from volunteers.actions.activity_messages import tell_without_room
from volunteers.actions.rooms import free_room
from volunteers.actions.waiting import set_capacity
from volunteers.errors import ActivityRefused, RoomTaken
from volunteers.models import Activity, ActivitySeries, ActivityStatus
from volunteers.recurrence import dates, fits, repeat_of, rule_for

AHEAD = dt.timedelta(weeks=8)
_MOVED_AT_MOST = dt.timedelta(days=14)  # longer than any row of days off
_OPEN = (ActivityStatus.DRAFT, ActivityStatus.PUBLISHED)


@transaction.atomic
def start_series(community, *, shifts, rule, on_day_off=ActivitySeries.DayOff.NEXT, by=None, **columns):
    """A series by a rule of RFC 5545 whose first date is that of `columns`; its next dates are announced at once.

    Takes what `create_activity` takes. Returns the `ActivitySeries`. Raises `ActivityRefused` when the first date is none
    of the rule, is over, or is a day off that the series is to keep off, and `RoomTaken` when its venue is taken then; a
    later date whose venue is taken waits as a draft, and the desk is told.
    """
    first = timezone.localtime(columns["starts_at"]).date()
    if columns["starts_at"] <= timezone.now():
        raise ActivityRefused(_("开始的时间已经过去了，请先改时间"))
    if not fits(rule, first):
        raise ActivityRefused(_("选的日子和“多久办一次”对不上，请改一个"))
    if on_day_off != ActivitySeries.DayOff.KEEP and not Workdays(first, first).has(first):
        raise ActivityRefused(_("选的这一天本来就是休息日。休息日也办的，“遇到休息日”请选“照常办”"))
    pattern = create_activity(community, shifts=shifts, by=by, is_template=True, **columns)
    series = ActivitySeries.objects.create(
        pattern=pattern, rule=rule, first_start=pattern.starts_at, on_day_off=on_day_off
    )
    extend(series, first_needs_room=True)
    return series


def extend_all():
    """Make the dates of every series up to eight weeks ahead; those that are there already stay. Returns how many."""
    running = ActivitySeries.objects.running(timezone.now()).order_by("pk")
    return sum(extend(series) for series in running.select_related("pattern__community"))


def extend(series, *, first_needs_room=False):
    """The same for one series. The unique key (series, original start) makes repeating it harmless.

    A date that has become a day off since it was made, by a calendar that was published late, leaves that day.
    Raises `RoomTaken` for the first date made with `first_needs_room`; else a date without its room is the desk's.
    """
    now, made = timezone.now(), 0
    last = min(filter(None, (now + AHEAD, series.until)))
    rows = series.activities.filter(original_start__gte=now - _MOVED_AT_MOST).order_by("original_start")
    rows = rows.select_related("venue", "booking")
    known = {row.original_start: row for row in rows}
    place = Placing(series, now - _MOVED_AT_MOST, last, [row.starts_at for row in known.values()])
    for original in place.originals:
        if (row := known.get(original)) is not None:
            if row.status in _OPEN and not row.is_own and row.starts_at > now and place.is_off(row.starts_at):
                _leave(row, place(original))
            continue
        starts_at = place(original)
        if starts_at is not None and starts_at > now:
            made += _make(series, original, starts_at, needs_room=first_needs_room and not made)
    return made


def _make(series, original, starts_at, *, needs_room):
    try:
        with transaction.atomic():
            activity = copy_activity(
                series.pattern,
                starts_at=starts_at,
                by=series.pattern.created_by,
                series=series,
                original_start=original,
            )
            _publish(activity, needs_room=needs_room)
    except IntegrityError:  # another tick made it in this very moment
        return 0
    return 1


def _publish(activity, *, needs_room):
    """Announce a date; without its room it stays the draft that it is, for somebody to find another place."""
    try:
        publish_activity(activity)
    except RoomTaken as taken:
        if needs_room:
            raise
        activity.refresh_from_db()
        tell_without_room(activity, why=str(taken))


def _leave(row, starts_at):
    """A date leaves a day off; it does so without its room when that is taken on the new day, and the desk is told."""
    length = row.ends_at - row.starts_at
    try:
        _change_to(row, starts_at, length, {})
    except RoomTaken as taken:
        free_room(row, reason=_("这一天改成休息日了"))
        change_activity(row, is_own=False, needs_room=False, starts_at=starts_at, ends_at=starts_at + length)
        tell_without_room(row, why=str(taken))


class Placing:
    """Where the dates of a series between two moments fall: on themselves, on a later working day, or nowhere.

    No day has two of them: what would be moved onto a day that the series has anyway is left out.
    """

    def __init__(self, series, after, until, taken=()):
        self.series = series
        self.originals = dates(series.rule, series.first_start, after, until) if after <= until else []
        reach = dates(series.rule, series.first_start, after, until + _MOVED_AT_MOST)
        self._own_days = {_day(moment) for moment in reach} | {_day(moment) for moment in taken}
        self._calendar = Workdays(_day(after), None)

    def __call__(self, original):
        """The start of the date that the rule gives as `original`; None when it is left out."""
        if not self.is_off(original):
            return original
        day = _day(original)
        moved = self._calendar.after(day)
        if self.series.on_day_off == ActivitySeries.DayOff.SKIP or moved in self._own_days:
            return None
        self._own_days.add(moved)
        return original + (moved - day)

    def is_off(self, moment):
        """Whether the series keeps off the day of `moment`."""
        keeps = self.series.on_day_off == ActivitySeries.DayOff.KEEP
        return not keeps and not self._calendar.has(_day(moment))


def _day(moment):
    return timezone.localtime(moment).date()


@transaction.atomic
def change_from_here(activity, **columns):
    """Change this date of a series and all later ones (features.md E05): the old series ends, a new one goes on.

    What was signed up for stays signed up; another time or place asks everybody again. Dates that were changed by
    themselves keep what they are, cancelled ones stay cancelled. Returns the new `ActivitySeries` and how many sign-ups
    were asked, None when no time or place is another.
    Raises `ActivityRefused` for what is no date of a series.
    """
    old = _held_series(activity)
    moved_by = columns.get("starts_at", activity.starts_at) - activity.starts_at
    first_start = activity.original_start + moved_by
    content = {name: value for name, value in columns.items() if name not in ("starts_at", "ends_at")}
    length = columns.get("ends_at", activity.ends_at) - columns.get("starts_at", activity.starts_at)
    pattern = copy_activity(old.pattern, starts_at=first_start, by=old.pattern.created_by, is_template=True)
    change_activity(pattern, is_own=False, ends_at=first_start + length, **content)
    same_day = _day(first_start) == _day(activity.original_start)
    rule = old.rule if same_day else rule_for(repeat_of(old.rule), _day(first_start))
    new = ActivitySeries.objects.create(
        pattern=pattern, rule=rule, first_start=first_start, until=old.until and old.until + moved_by,
        on_day_off=old.on_day_off,
    )  # fmt: skip
    asked = _go_over(old, new, activity, length, content)
    _cut_short(old, activity)
    activity.refresh_from_db()
    return new, asked


def _cut_short(series, activity):
    """The series ends before the date of `activity`; calendars learn of it as of a revision."""
    until = activity.original_start - dt.timedelta(seconds=1)
    rows = ActivitySeries.objects.filter(pk=series.pk)
    rows.update(until=until, sequence=F("sequence") + 1, changed_at=timezone.now())


def _held_series(activity):
    if activity.series_id is None:
        raise ActivityRefused(_("这个活动不是系列活动"))
    return ActivitySeries.objects.select_for_update().select_related("pattern").get(pk=activity.series_id)


def _go_over(old, new, activity, length, content):
    """The later dates become those of the new series, the k-th of the old rule the k-th of the new one.

    Returns how many sign-ups were asked, None when no time or place is another.
    """
    later = list(
        old.activities.filter(original_start__gte=activity.original_start)
        .select_related("venue", "booking")
        .order_by("original_start")
    )
    end = later[-1].original_start + _MOVED_AT_MOST
    before = dates(old.rule, old.first_start, activity.original_start, end)
    after = dates(new.rule, new.first_start, new.first_start, end + dt.timedelta(days=62))
    goes_to = dict(zip(before, after, strict=False))
    place = Placing(new, new.first_start, after[-1])
    moved = []
    for row in later:
        original = goes_to[row.original_start]
        Activity.objects.filter(pk=row.pk).update(series=new, original_start=original)
        row.series, row.original_start = new, original
        if row.status in _OPEN and (row.pk == activity.pk or not row.is_own):
            moved.append((row, place(original)))
    venue = content.get("venue", activity.venue)
    for row, starts_at in moved:  # each may need the room that the next one still holds
        if starts_at is None or (row.starts_at, row.ends_at, row.venue) != (
            starts_at,
            starts_at + length,
            venue,
        ):
            free_room(row, reason=_("活动改了时间或地点"))
    asked = [_change_to(row, starts_at, length, content) for row, starts_at in moved]
    known = [count for count in asked if count is not None]
    return sum(known) if known else None


def _change_to(row, starts_at, length, content):
    """How many sign-ups were asked, as `change_activity` returns it; who had a place on a day off is told."""
    if starts_at is None:
        cancel_activity(row, reason=_("这一天是休息日，这一次不办"))
        return None
    return change_activity(row, is_own=False, starts_at=starts_at, ends_at=starts_at + length, **content)


@transaction.atomic
def set_capacity_from_here(shift, capacity):
    """Give this shift that many places, and the same one of all later dates, made or to be made. Returns how many dates.

    The same one has its kind, name and place in the day; a date whose shifts were changed by themselves may have none.
    Raises `ActivityRefused` naming the date on which more are taken: then none is changed.
    """
    activity = shift.activity
    series = _held_series(activity)
    later = series.activities.filter(original_start__gte=activity.original_start, status__in=_OPEN)
    changed = 0
    for row in [*later.order_by("original_start"), series.pattern]:
        same = [
            each for each in row.shifts.all() if _place_in_day(each, row) == _place_in_day(shift, activity)
        ]
        for each in same[:1]:
            try:
                set_capacity(each, capacity)
            except ActivityRefused as refused:
                raise ActivityRefused(f"{row.when}：{refused}") from refused
            changed += row.pk != series.pattern_id
    shift.refresh_from_db(fields=["capacity"])
    return changed


def _place_in_day(shift, activity):
    return shift.kind, shift.name, shift.starts_at - activity.starts_at, shift.ends_at - activity.starts_at


@transaction.atomic
def end_series(activity, *, reason):
    """Call off this date of a series and all later ones; nothing more is made. Returns how many were called off.

    Raises `ActivityRefused`, without a reason too.
    """
    series = _held_series(activity)
    later = series.activities.filter(original_start__gte=activity.original_start, status__in=_OPEN)
    rows = list(later.with_related().order_by("original_start"))
    _cut_short(series, activity)
    for row in rows:
        cancel_activity(row, reason=reason)
    return len(rows)
