"""One meeting at the staff door: everything that is done to it is a form of this page."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from branches import meeting_page, meeting_verbs
from branches.models import Meeting
from people.doors import door
from people.visits import visited_community_or_404


def find_meeting(request, pk):
    """A meeting of the visited community in the user's scope, with its branch; Http404 otherwise."""
    community = visited_community_or_404(request)
    found = Meeting.objects.for_user(request.user).filter(branch__community=community, pk=pk)
    meeting = found.with_related().with_signer(request.user).with_grid_number().first()
    if meeting is None:
        raise Http404(_("没有这次组织生活"))
    return meeting


@door("enter_staff_door", to_write="keep_branch_records")
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request, pk):
    """The page of one meeting; each form posts here with the name of what to do."""
    found = find_meeting(request, pk)
    outcome = meeting_verbs.do(found, request.user, request.POST) if request.method == "POST" else None
    if outcome is not None and not outcome.refused:
        if outcome.done:
            messages.success(request, outcome.done)
        anchor = f"#{outcome.part}" if outcome.part else ""
        return HttpResponseRedirect(reverse("staff:meeting", args=[found.pk]) + anchor)
    found = find_meeting(request, pk) if outcome else found
    context = meeting_page.context_of(found, request.user, outcome)
    context["number"] = found.grid_number
    return render(request, "staff/branches/meeting.html", context, status=409 if outcome else 200)


@door("enter_staff_door")
@require_safe
def paper(request, pk):
    """The attendance list on paper: names to sign beside, typed in afterwards with a few taps."""
    found = find_meeting(request, pk)
    full = request.user.may("keep_branch_records")
    context = {"meeting": found, "roll": meeting_page.expected_names(found, full_names=full)}
    return render(request, "staff/branches/paper.html", context)
