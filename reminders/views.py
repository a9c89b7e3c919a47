"""The staff page of reminders: whom to telephone, what did not arrive, and whether the engine runs."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from haimengyuan.lib.keys import row_keys
from people.doors import door
from people.errors import RevealRefused
from reminders import actions
from reminders.errors import ReminderError
from reminders.models import Heartbeat, Reminder
from reminders.workdays import provisional_years

CALLS_SHOWN = 50
FAILED_SHOWN = 30


@door("enter_staff_door", to_write="handle_orders")
@require_http_methods(["GET", "HEAD", "POST"])
def reminders(request):
    """The page; a POST ticks off, puts off, tries again, or shows the telephone numbers of the list."""
    verbs = {"done": _done, "later": _later, "again": _again, "call": _call, "reveal": _reveal}
    if request.method == "POST" and (act := verbs.get(request.POST.get("action"))):
        return act(request)
    return _page(request)


def _page(request, phones=None):
    calls = list(_calls(request.user)[: CALLS_SHOWN + 1])
    for call in calls:
        call.shown_phone = (phones or {}).get(call.person_id, "")
    failed = Reminder.objects.for_user(request.user).failed().select_related("person")
    last_beat = Heartbeat.objects.last_at()
    context = {
        "calls": calls[:CALLS_SHOWN],
        "more_calls": len(calls) > CALLS_SHOWN,
        "revealed": phones is not None,
        "failed": failed[:FAILED_SHOWN],
        "last_beat": last_beat,
        "alive": Heartbeat.is_alive(last_beat),
        "provisional_years": provisional_years(timezone.localdate()),
        "may_write": request.user.may("handle_orders"),
        "may_edit_calendar": request.user.may("edit_calendar"),
    }
    return render(request, "staff/reminders/index.html", context)


def _calls(user):
    return Reminder.objects.for_user(user).calls().select_related("person")


def _ticked(request):
    """The rows that were ticked or whose button was pressed, in the user's scope."""
    keys = row_keys(request.POST.getlist("row"))
    return Reminder.objects.for_user(request.user).filter(pk__in=keys[:CALLS_SHOWN]).select_related("person")


def _each(request, verb):
    """Do `verb` to every ticked row; what somebody else was faster at is said once. Returns how many it was done to."""
    done = 0
    for row in _ticked(request):
        try:
            verb(row, by=request.user)
            done += 1
        except ReminderError as refused:
            messages.warning(request, str(refused))
    return done


def _done(request):
    count = _each(request, actions.call_done)
    if count:
        words = ngettext("记下了：打过 %d 个电话", "记下了：打过 %d 个电话", count)
        messages.success(request, words % count)
    return _back(request)


def _later(request):
    if _each(request, actions.call_later):
        messages.success(request, _("先放一放，过一小时再排到名单里"))
    return _back(request)


def _again(request):
    if _each(request, actions.send_again):
        messages.success(request, _("一分钟内再发一次"))
    return _back(request)


def _call(request):
    if _each(request, actions.call_instead):
        messages.success(request, _("放进电话名单了"))
    return _back(request)


def _reveal(request):
    """The same page with the numbers, as the answer to the POST: reloading or leaving it hides them again."""
    try:
        phones = actions.reveal_calls(_calls(request.user)[:CALLS_SHOWN], viewer=request.user)
    except RevealRefused as refused:
        messages.error(request, str(refused))
        return _back(request)
    return _page(request, phones)


def _back(request):
    if not messages.get_messages(request):
        messages.info(request, _("没有勾选要办的，请先勾选"))
    return redirect("staff:reminders")
