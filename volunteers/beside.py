"""What else lies at the time of an activity: told to whoever plans it, who may move it or let it be (features.md E04)."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Meeting
from haimengyuan.lib.moments import say_hours
from volunteers.models import Activity, ActivityStatus

SHOWN = 3


def say_beside(activity):
    """One sentence on activities of the same organiser or grid and meetings of the grid's branch at that time, else "".

    Two queries. Rooms are not looked at: a room that is taken refuses the announcement.
    """
    found = [
        *(f"“{row.title}”{row.hours}" for row in _activities(activity)),
        *(
            f"{row.branch.name}{row.name}{say_hours(row.starts_at, row.ends_at)}"
            for row in _meetings(activity)
        ),
    ]
    if not found:
        return ""
    return _("同一个时间还有：%s。可以改时间，也可以照常办。") % "；".join(found[:SHOWN])


def _activities(activity):
    near = Q(grid=activity.grid_id) if activity.grid_id else Q()
    if activity.organiser:
        near |= Q(organiser=activity.organiser)
    if not near:
        return []
    rows = Activity.objects.in_community(activity.community_id).real().filter(near).exclude(pk=activity.pk)
    rows = rows.filter(starts_at__lt=activity.ends_at, ends_at__gt=activity.starts_at)
    return rows.exclude(status=ActivityStatus.CANCELLED).order_by("starts_at", "pk")[:SHOWN]


def _meetings(activity):
    if not activity.grid_id:
        return []
    rows = Meeting.objects.ahead().filter(branch__grids=activity.grid_id)
    rows = rows.filter(on=timezone.localdate(activity.starts_at)).select_related("branch", "group", "booking")
    return [
        row
        for row in rows.order_by("at", "pk")
        if row.starts_at < activity.ends_at and activity.starts_at < row.ends_at
    ]
