"""Who is there on the day, ticked one by one or from paper, and the hours afterwards. The same at both doors."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from haimengyuan.lib.keys import row_key, row_keys
from volunteers.actions import (
    add_walk_in,
    check_in,
    check_out,
    mark_missed,
    undo_check_in,
    undo_walk_in,
)
from volunteers.actions.check_in import code_of, hours_key, may_arrive
from volunteers.actions.check_out import planned_minutes
from volunteers.errors import HoursRefused, SignupRefused
from volunteers.forms.signups import say_party
from volunteers.models import Companion, HourEntry, Shift, Signup, SignupStatus, WalkIn

WALK_INS_SHOWN = 10


def shifts_of(activity):
    """Its shifts, each with `activity` itself."""
    shifts = list(activity.shifts.all())
    for shift in shifts:
        shift.activity = activity
    return shifts


def codes_of(activity, now):
    """[{"shift", "digits"}] of the shifts whose code opens the door now."""
    return [
        {"shift": shift, "digits": code_of(shift, now)}
        for shift in shifts_of(activity)
        if may_arrive(shift, now)
    ]


def seats_here(activity):
    """How many have come to `activity` with a sign-up."""
    here = Signup.objects.filter(shift__activity=activity, status=SignupStatus.ATTENDED)
    return sum(here.values_list("seats", flat=True))


def do(request, activity):
    """The deed that a form of the roll asks for; what was done, or why not, is said in a message.

    Raises Http404 for rows that `request.user` does not see.
    """
    deed = _DEEDS.get(request.POST.get("action", ""), _not_understood)
    try:
        messages.success(request, deed(request, activity))
    except (SignupRefused, HoursRefused) as refused:
        messages.error(request, str(refused))


def _signup(request, activity, key):
    rows = Signup.objects.for_user(request.user).with_related()
    return get_object_or_404(rows, pk=row_key(key) or 0, shift__activity=activity)


def _shift(request, activity):
    rows = Shift.objects.for_user(request.user)
    return get_object_or_404(rows, pk=row_key(request.POST.get("shift", "")) or 0, activity=activity)


def _tick(request, activity):
    signup = check_in(_signup(request, activity, request.POST.get("signup", "")), how=Signup.Arrival.TICK)
    return _("%s 到了。") % signup.person.name


def _paper(request, activity):
    """All boxes of one shift at once: what was ticked is added, what was not stays as it is."""
    shift = _shift(request, activity)
    keys = row_keys(request.POST.getlist("signup"))
    rows = Signup.objects.for_user(request.user).with_related().filter(shift=shift, pk__in=keys)
    refused, done = [], 0
    for signup in rows.order_by("ticket"):
        try:
            check_in(signup, how=Signup.Arrival.PAPER)
            done += 1
        except SignupRefused as reason:
            refused.append(f"{signup.person.name}：{reason}")
    if refused:
        raise SignupRefused("；".join(refused[:3]))
    if not done:
        raise SignupRefused(_("还没有打勾，请先勾上到了的人"))
    return ngettext("记下了，%d 个报名的到了。", "记下了，%d 个报名的到了。", done) % done


def _undo(request, activity):
    signup = _signup(request, activity, request.POST.get("signup", ""))
    undo_check_in(signup)
    return _("撤回了：%s") % signup.person.name


def _walk_in(request, activity):
    shift = _shift(request, activity)
    seats = row_key(request.POST.get("seats", "")) or 0
    # the page's key keeps a double tap from counting twice; the number belongs to it, for two buttons share the page
    key = f"{shift.pk}:{seats}:{request.POST.get('key', '')[:40]}"
    made = add_walk_in(shift, seats=seats, by=request.user, submission_key=key)
    return ngettext("记下了，直接来的 %d 位。", "记下了，直接来的 %d 位。", made.seats) % made.seats


def _undo_walk_in(request, activity):
    rows = WalkIn.objects.for_user(request.user)
    key = row_key(request.POST.get("walk_in", "")) or 0
    undo_walk_in(get_object_or_404(rows, pk=key, shift__activity=activity))
    return _("撤回了。")


def _hours(request, activity):
    """The minutes of all who helped in one shift; an empty field leaves what stands, or takes the plan."""
    shift = _shift(request, activity)
    rows = Signup.objects.with_related().filter(shift=shift, status=SignupStatus.ATTENDED)
    refused, done = [], 0
    for signup in rows.order_by("ticket"):
        typed = request.POST.get(f"minutes-{signup.pk}")
        if typed is None:  # came after the page was made, or has no hours to record
            continue
        try:
            minutes = row_key(typed.strip()) if typed.strip() else None
            if typed.strip() and minutes is None:
                raise SignupRefused(_("分钟请写数字"))
            check_out(signup, by=request.user, minutes=minutes)
            done += 1
        except (SignupRefused, HoursRefused) as reason:
            refused.append(f"{signup.person.name}：{reason}")
    if refused:
        raise SignupRefused("；".join(refused[:3]))
    return ngettext("记下了 %d 个人的时长。", "记下了 %d 个人的时长。", done) % done


def _missed(request, activity):
    count = mark_missed(_shift(request, activity))
    words = ngettext("%d 个没见到，已私下问一声。", "%d 个没见到，已私下问一声。", count) % count
    return words if count else _("都记过了，没有漏的。")


def _not_understood(request, activity):
    raise SignupRefused(_("没看懂您要做什么，请再点一次按钮"))


_DEEDS = {
    "tick": _tick,
    "paper": _paper,
    "undo": _undo,
    "walk_in": _walk_in,
    "undo_walk_in": _undo_walk_in,
    "hours": _hours,
    "missed": _missed,
}


def roll_of(activity, *, full_names, now):
    """Each shift with who is expected, who is there and who was missed. Five queries however many there are."""
    shifts = shifts_of(activity)
    statuses = [SignupStatus.PLACE, SignupStatus.CONFIRMED, SignupStatus.ATTENDED, SignupStatus.NO_SHOW]
    rows = Signup.objects.filter(shift__in=shifts, status__in=statuses).select_related("person")
    rows = list(rows.prefetch_related("party").order_by("ticket"))
    counted = dict(
        HourEntry.objects.services()
        .filter(source_key__in=[hours_key(row) for row in rows])
        .with_net()
        .values_list("source_key", "net")
    )
    walk_ins = list(WalkIn.objects.standing().filter(shift__in=shifts))
    return [
        _group(
            shift,
            [_shown(row, full_names, counted) for row in rows if row.shift_id == shift.pk],
            [walk_in for walk_in in walk_ins if walk_in.shift_id == shift.pk],
            now,
        )
        for shift in shifts
    ]


def _shown(row, full_names, counted):
    party = [companion.relation for companion in row.party.all()]
    row.name = row.person.name if full_names else str(row.person)
    row.who = say_party(row, of_another=True)
    row.is_here = row.status == SignupStatus.ATTENDED
    row.is_missed = row.status == SignupStatus.NO_SHOW
    row.serves = Companion.Relation.SELF in party
    row.recorded = counted.get(hours_key(row)) or None
    return row


def _group(shift, rows, walk_ins, now):
    here = [row for row in rows if row.is_here]
    is_over = shift.ends_at <= now
    return {
        "shift": shift,
        "rows": rows,
        "expected": [row for row in rows if row.is_coming],
        "arrived": sum(row.seats for row in here),
        "due": sum(row.seats for row in rows),
        "walk_ins": walk_ins[-WALK_INS_SHOWN:],
        "walked_in": sum(walk_in.seats for walk_in in walk_ins),
        "serving": [row for row in here if row.serves]
        if shift.kind == Shift.Kind.HELPER and shift.starts_at <= now
        else [],
        "planned": planned_minutes(shift),
        "is_over": is_over,
    }
