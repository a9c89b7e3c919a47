"""Activities as calendar entries (features.md E10): one activity, one sign-up, one person, or all that is public."""

import datetime as dt

from django.conf import settings
from django.db.models import Count, Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from haimengyuan.lib.ics import Entry
from volunteers.links import activity_path, signup_path
from volunteers.models import Activity, ActivityStatus, Signup, SignupStatus
from volunteers.recurrence import dates

KEPT_FOR = dt.timedelta(days=30)  # what is over stays on calendars for a month
MOST_ENTRIES = 1000
_GONE = (SignupStatus.WITHDRAWN, SignupStatus.DECLINED)
# what makes an occurrence another one than its series says
_OF_THE_PATTERN = ("title", "what", "venue_id", "place_text")


def entry_of(activity):
    """The `Entry` of one activity; one date of a series names the series and the start that its rule gave."""
    return Entry(
        uid=_uid(activity),
        starts=activity.starts_at,
        ends=activity.ends_at,
        changed=activity.changed_at,
        title=activity.title,
        place=activity.place,
        note=activity.reason if activity.status == ActivityStatus.CANCELLED else activity.what,
        url=settings.PUBLIC_BASE_URL + activity_path(activity),
        sequence=activity.sequence,
        is_cancelled=activity.status == ActivityStatus.CANCELLED,
        instance=activity.original_start,
    )


def entry_of_signup(signup):
    """The `Entry` for whoever signed up: the hours of the shift; who left sees it crossed out, not vanish."""
    activity, shift = signup.shift.activity, signup.shift
    waits = signup.status in (SignupStatus.WAITING, SignupStatus.OFFERED)
    return Entry(
        uid=f"signup-{signup.pk}@haimengyuan-portal",
        starts=shift.starts_at,
        ends=shift.ends_at,
        changed=max(activity.changed_at, signup.moved_at),
        title=_("（排队中）%s") % activity.title if waits else activity.title,
        place=activity.place,
        note=activity.reason or activity.notes,
        url=settings.PUBLIC_BASE_URL + signup_path(signup),
        sequence=activity.sequence + (signup.status in _GONE),
        is_cancelled=activity.status == ActivityStatus.CANCELLED or signup.status in _GONE,
    )


def entries_of_person(person):
    """What `person` signed up for, from a month ago on."""
    since = timezone.now() - KEPT_FOR
    rows = Signup.objects.filter(person=person, shift__ends_at__gte=since).with_related()
    return [entry_of_signup(row) for row in rows.order_by("shift__starts_at", "pk")[:MOST_ENTRIES]]


def _on_the_feed(community):
    return Activity.objects.in_community(community.pk).public().filter(ends_at__gte=timezone.now() - KEPT_FOR)


def public_state(community):
    """A text that changes with every change of the public feed, in one query and without its rows."""
    found = _on_the_feed(community).aggregate(
        rows=Count("pk"), first=Min("starts_at"), newest=Max("changed_at")
    )
    return "-".join(map(str, found.values()))


def public_rows(community):
    """The activities of the public feed, from a month ago on; columns that it does not print come when asked for."""
    rows = _on_the_feed(community).select_related("venue", "series__pattern__venue")
    own = ("changed_at", "announced_at", "original_start", "sequence", "status", "reason")
    shown = ("title", "what", "place_text", "starts_at", "ends_at")
    place = ("venue__name", "venue__place")
    return rows.only(
        *own,
        *shown,
        *place,
        *(f"series__pattern__{name}" for name in (*shown, *place)),
        *(f"series__{name}" for name in ("rule", "first_start", "sequence", "changed_at")),
    ).order_by("starts_at", "pk")[:MOST_ENTRIES]


def public_entries(rows):
    """Entries of the public feed: each series once with its rule, then the dates that differ from what it says."""
    series, entries = {}, []
    for row in rows:
        if row.series_id:
            series.setdefault(row.series, []).append(row)
        else:
            entries.append(entry_of(row))
    for each, dated in series.items():
        entries += _entries_of_series(each, dated)
    return entries


def _entries_of_series(series, rows):
    rows = sorted(rows, key=lambda row: row.original_start)
    pattern, first, last = series.pattern, rows[0].original_start, rows[-1].original_start
    length = pattern.ends_at - pattern.starts_at
    there = {row.original_start for row in rows}
    given = dates(series.rule, series.first_start, first, last)
    whole = Entry(
        uid=_uid(rows[0]),
        starts=first,
        ends=first + length,
        changed=max(series.changed_at, *(row.announced_at for row in rows)),
        sequence=series.sequence,
        title=pattern.title,
        place=pattern.place,
        note=pattern.what,
        rule=series.rule,
        until=last,
        left_out=tuple(moment for moment in given if moment not in there),
    )
    return [whole, *(entry_of(row) for row in rows if _differs(row, pattern, length))]


def _differs(row, pattern, length):
    return (
        row.starts_at != row.original_start
        or row.ends_at - row.starts_at != length
        or row.status == ActivityStatus.CANCELLED
        or any(getattr(row, name) != getattr(pattern, name) for name in _OF_THE_PATTERN)
    )


def _uid(activity):
    key = f"series-{activity.series_id}" if activity.series_id else f"activity-{activity.pk}"
    return f"{key}@haimengyuan-portal"
