"""The staff page of reminders: whom to telephone, what the desk was told, what did not arrive, does the engine run."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from haimengyuan.lib.keys import row_key, row_keys
from people.doors import door
from people.errors import RevealRefused
from people.visits import visited_community_or_404
from reminders import actions
from reminders.errors import ReminderError
from reminders.models import Heartbeat, Reminder
from reminders.workdays import provisional_years

CALLS_SHOWN = 50
INBOX_SHOWN = 30
FAILED_SHOWN = 30


@door("enter_staff_door", to_write="handle_orders")
@require_http_methods(["GET", "HEAD", "POST"])
def reminders(request):
    """The page; a POST ticks off, puts off, tries again, marks as read, or shows the numbers of the call list."""
    verbs = {
        "done": _done,
        "later": _later,
        "again": _again,
        "call": _call,
        "reveal": _reveal,
        "read": _read,
        "read_all": _read_all,
    }
    if request.method == "POST" and (act := verbs.get(request.POST.get("action"))):
        return act(request)
    return _page(request)


def _page(request, phones=None):
    calls = list(_calls(request.user)[: CALLS_SHOWN + 1])
    for call in calls:
        call.shown_phone = (phones or {}).get(call.person_id, "")
    failed = Reminder.objects.for_user(request.user).failed().select_related("person")
    inbox = _inbox(request)
    before = inbox.filter(pk=row_key(request.GET.get("before", ""))).first()
    told = list(inbox.older_than(before)[: INBOX_SHOWN + 1])
    last_beat = Heartbeat.objects.last_at()
    context = {
        "calls": calls[:CALLS_SHOWN],
        "more_calls": len(calls) > CALLS_SHOWN,
        "revealed": phones is not None,
        "failed": failed[:FAILED_SHOWN],
        "told": told[:INBOX_SHOWN],
        "older": told[INBOX_SHOWN - 1].pk if len(told) > INBOX_SHOWN else None,
        "is_newest": before is None,
        "last_beat": last_beat,
        "alive": Heartbeat.is_alive(last_beat),
        "provisional_years": provisional_years(timezone.localdate()),
        "may_write": request.user.may("handle_orders"),
        "may_edit_calendar": request.user.may("edit_calendar"),
    }
    return render(request, "staff/reminders/index.html", context)


def _calls(user):
    return Reminder.objects.for_user(user).calls().select_related("person")


def _inbox(request):
    """What the desk was told, newest first. It is one inbox: what one of them has read is read."""
    community = visited_community_or_404(request)
    return Reminder.objects.for_user(request.user).desk_inbox(community.pk)


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


def _read(request):
    if actions.mark_read(_inbox(request).filter(pk__in=row_keys(request.POST.getlist("row")))):
        messages.success(request, _("记下了，这条看过了"))
    else:
        messages.info(request, _("这条已经有人看过了"))
    return _back(request, "#inbox")


def _read_all(request):
    """The newest row that was on the page and all before it: what has come since, nobody has seen yet."""
    newest = _inbox(request).filter(pk=row_key(request.POST.get("row", ""))).first()
    if newest and (count := actions.mark_read(_inbox(request).older_than(newest, or_equal=True))):
        words = ngettext("记下了：%d 条都看过了", "记下了：%d 条都看过了", count)
        messages.success(request, words % count)
    else:
        messages.info(request, _("没有没看过的消息"))
    return _back(request, "#inbox")


def _back(request, anchor=""):
    if not messages.get_messages(request):
        messages.info(request, _("没有勾选要办的，请先勾选"))
    return redirect(reverse("staff:reminders") + anchor)
