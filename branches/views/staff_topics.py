"""The staff pages of topics: what waits, entering what came by telephone or paper, and one topic with its verbs."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from branches import topic_desk
from branches.actions import topics
from branches.actions.topic_messages import households_of
from branches.errors import TopicRefused
from branches.forms.topics import StaffRaiseForm
from branches.homes import paper_code
from branches.models import Topic
from people.doors import door
from people.errors import RevealRefused
from people.visits import visited_community_or_404

SHOWN = 100


@door("enter_staff_door", to_write="manage_topics")
@require_http_methods(["GET", "HEAD", "POST"])
def topic_list(request):
    """Open topics, those to be decided first; a POST enters one from a call or a slip of paper."""
    community = visited_community_or_404(request)
    form = StaffRaiseForm(request.POST or None, community=community)
    if request.method == "POST" and form.is_valid():
        try:
            channel = form.cleaned_data["channel"]
            made = topics.raise_topic(
                form.grid(), channel=channel, entered_by=request.user, **form.as_topic()
            )
        except TopicRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("记下了"))
            return HttpResponseRedirect(reverse("staff:topic", args=[made.pk]))
    rows = Topic.objects.for_user(request.user).in_community(community.pk).open().with_seconds()
    rows = rows.select_related("grid", "branch", "poll").order_by("decide_due_at", "pk")
    context = {
        "topics": rows[:SHOWN],
        "form": form,
        "now": timezone.now(),
        "may_write": request.user.may("manage_topics"),
        "needed": Topic.SECONDS_NEEDED,
    }
    return render(request, "staff/topics.html", context)


def _find(request, pk):
    community = visited_community_or_404(request)
    rows = Topic.objects.for_user(request.user).in_community(community.pk)
    rows = (
        rows.with_related()
        .with_seconds()
        .prefetch_related("sessions__booking__venue", "tasks", "comments__person")
    )
    return get_object_or_404(rows, pk=pk)


@door("enter_staff_door", to_write="manage_topics")
@require_http_methods(["GET", "HEAD", "POST"])
def topic(request, pk):
    """One topic and what can be done with it now; a value that is revealed stands on this one answer alone."""
    found, verbs, revealed = _find(request, pk), None, None
    if request.method == "POST" and request.POST.get("action") == "reveal":
        try:
            revealed = topic_desk.reveal_one(found, request.POST, request.user)
        except RevealRefused as refused:
            messages.error(request, str(refused))
    elif request.method == "POST":
        try:
            thanks, verbs = topic_desk.do(found, request.POST, request.user)
        except TopicRefused as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(reverse("staff:topic", args=[found.pk]))
        if thanks:
            messages.success(request, thanks)
            return HttpResponseRedirect(reverse("staff:topic", args=[found.pk]))
    may_write = request.user.may("manage_topics")
    verbs = (verbs or topic_desk.verbs_of(found)) if may_write else []
    context = {
        "verbs": verbs,
        "may_write": may_write,
        "may_reveal": request.user.may("reveal_personal_data"),
        "revealed": revealed,
        **topic_desk.facts(found),
    }
    return render(request, "staff/topic.html", context)


@door("enter_staff_door")
@require_safe
def topic_paper(request, pk):
    """To be printed: the slips of a vote with the code of each household, else the sheet of the next sitting."""
    found = _find(request, pk)
    context = topic_desk.facts(found)
    if context["poll"]:
        homes = households_of(found).select_related("dwelling__building")
        order = ("dwelling__building__number", "dwelling__unit", "dwelling__room", "pk")
        context["slips"] = [(home.dwelling, paper_code(found, home)) for home in homes.order_by(*order)]
    return render(request, "staff/topic_paper.html", context)
