"""What came of an activity, as the draft of a notice: filled with numbers, published by whoever has read it (features.md E10)."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.actions.disclosure import publish
from branches.models import Notice
from volunteers.actions.check_in import hours_key
from volunteers.errors import ActivityRefused
from volunteers.models import Activity, ActivityStatus, HourEntry, Shift, Signup, SignupStatus, WalkIn

SHOWN_FOR = dt.timedelta(days=14)
FACES_FROM = 3  # answers


@dataclass(frozen=True)
class Numbers:
    """How many came (with and without a sign-up), how many helped, and for how many minutes; never who."""

    guests: int
    helpers: int
    minutes: int


def numbers_of(activity):
    """The `Numbers` of an activity as its lists stand now. Four queries."""
    here = Signup.objects.filter(shift__activity=activity, status=SignupStatus.ATTENDED)
    rows = list(here.values_list("pk", "shift__kind", "seats"))
    walk_ins = WalkIn.objects.standing().filter(shift__activity=activity)
    came = walk_ins.filter(shift__kind=Shift.Kind.GUEST).aggregate(n=Sum("seats"))["n"] or 0
    helped = walk_ins.filter(shift__kind=Shift.Kind.HELPER).aggregate(n=Sum("seats"))["n"] or 0
    keys = [hours_key(Signup(pk=pk)) for pk, kind, _seats in rows if kind == Shift.Kind.HELPER]
    served = HourEntry.objects.services().filter(source_key__in=keys).with_net()
    return Numbers(
        guests=came + sum(seats for _pk, kind, seats in rows if kind == Shift.Kind.GUEST),
        helpers=helped + sum(seats for _pk, kind, seats in rows if kind == Shift.Kind.HELPER),
        minutes=sum(served.values_list("net", flat=True)),
    )


def faces_of(activity):
    """[(`Signup.Face`, how many chose it)], the gladdest first; [] until so many have that nobody is told by it."""
    rows = Signup.objects.filter(shift__activity=activity, face__isnull=False).values_list("face", flat=True)
    chosen = Counter(rows)
    if chosen.total() < FACES_FROM:
        return []
    return [(face, chosen[face]) for face in Signup.Face]


@transaction.atomic
def draft_recap(activity, *, by):
    """The draft of a notice on what came of `activity`; a second time gives the first one. Returns the `Notice`.

    Nobody is named, and nobody sees it before it is published. Raises `ActivityRefused` before the end, for what was
    called off, and while nobody was ticked off.
    """
    row = Activity.objects.select_for_update().get(pk=activity.pk)
    if row.recap_id:
        activity.recap = row.recap
        return row.recap
    if row.status not in (ActivityStatus.PUBLISHED, ActivityStatus.FINISHED) or row.ends_at > timezone.now():
        raise ActivityRefused(_("活动办完了才能写小结"))
    numbers = numbers_of(row)
    if not numbers.guests + numbers.helpers:
        raise ActivityRefused(_("还没有记过谁到了，请先点名，再写小结"))
    today = timezone.localdate()
    notice = Notice(
        community=row.community,
        title=_("活动小结：%s") % row.title,
        meaning=say_recap(row, numbers)[:200],
        is_draft=True,
        shows_on=today,
        expires_on=today + SHOWN_FOR,
    )
    row.recap = publish(notice, by=by, grids=[row.grid] if row.grid else [])
    row.save(update_fields=["recap"])
    activity.recap = row.recap
    return row.recap


def say_recap(activity, numbers):
    """12月2日 周三 9:00–11:00，在听涛苑物业门口，来了 22 位，3 位来帮忙，一共服务 6 小时。谢谢大家。"""
    parts = [activity.when, _("在%s") % activity.place]
    if numbers.guests:
        parts.append(_("来了 %d 位") % numbers.guests)
    if numbers.helpers:
        parts.append(_("%d 位来帮忙") % numbers.helpers)
    if numbers.minutes >= 30:
        parts.append(_("一共服务 %s 小时") % f"{numbers.minutes // 30 / 2:g}")
    return "，".join(parts) + _("。谢谢大家。")
