"""The member's own meetings: what they are invited to, what they promised to do, what was decided without them."""

import datetime as dt

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from branches.actions import ask_leave, come_after_all
from branches.errors import MeetingRefused
from branches.models import ActionItem, Attendance, DuesMonth, MeetingStatus, PartyMember
from haimengyuan.lib.keys import row_key
from people.doors import door

SUMMARY_DAYS = 30


@door("enter_me_door")
@require_http_methods(["GET", "HEAD", "POST"])
def meetings(request):
    """One page; saying that one cannot come, and why, posts here."""
    member = member_of(request.user)
    refused = {}
    if request.method == "POST":
        row = invitation(member, request.POST.get("meeting", ""))
        try:
            _answer(row, request.POST)
        except MeetingRefused as error:
            refused = {"meeting": row.meeting_id, "sentence": str(error)}
        else:
            messages.success(request, _("记下了。"))
            return HttpResponseRedirect(reverse("me:meetings"))
    reports = None if member else reports_to(request.user)
    context = {"member": member, "reports": reports, "refused": refused, **_rows(member)}
    return render(request, "me/meetings.html", context, status=409 if refused else 200)


def member_of(user):
    """The current membership of the user's person, None for others."""
    if user.person_id is None:
        return None
    return PartyMember.objects.of_branch_life().filter(person=user.person_id).select_related("branch").first()


def reports_to(user):
    """Where the user's person has reported as a serving member, whose meetings are those of their own unit; else None."""
    if user.person_id is None:
        return None
    rows = PartyMember.objects.current().filter(person=user.person_id, kind=PartyMember.Kind.SERVING)
    return rows.select_related("branch").first()


def invitations(member):
    """The rows of announced meetings to come that this member is invited to."""
    rows = Attendance.objects.filter(
        member=member, meeting__status=MeetingStatus.ANNOUNCED, meeting__on__gte=timezone.localdate()
    )
    return rows.select_related("meeting__branch", "meeting__group", "member").order_by("meeting__on")


def invitation(member, key):
    """One of them; Http404 for a meeting that is not the member's."""
    found = invitations(member).filter(meeting=row_key(key)).first() if member else None
    if found is None:
        raise Http404(_("没有这次会，或者已经开过了"))
    return found


def _answer(row, data):
    if data.get("do") == "leave":
        ask_leave(row.meeting, row.member, reason=data.get("reason", ""))
    else:
        come_after_all(row.meeting, row.member)


def _rows(member):
    if member is None:
        return {"invited": [], "items": [], "summaries": [], "owed": 0}
    since = timezone.localdate() - dt.timedelta(days=SUMMARY_DAYS)
    away = Attendance.objects.filter(
        ~Q(state=Attendance.State.PRESENT),
        member=member,
        meeting__status=MeetingStatus.SIGNED,
        meeting__on__gte=since,
    )
    summaries = away.select_related("meeting__branch", "meeting__group").prefetch_related("meeting__minutes")
    return {
        "invited": list(invitations(member)),
        "items": list(ActionItem.objects.open().filter(owner=member).order_by("due_on")),
        "summaries": [
            {"meeting": row.meeting, "minutes": max(row.meeting.minutes.all(), key=lambda m: m.version)}
            for row in summaries.order_by("-meeting__on")
        ],
        "owed": DuesMonth.objects.overdue(timezone.localdate()).filter(member=member).count(),
    }
