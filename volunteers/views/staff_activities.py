"""The desk's pages of activities: what is planned, announcing, the list of who comes, changing and calling off."""

from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from haimengyuan.lib.keys import row_key
from people.doors import door
from people.visits import visited_community_or_404
from volunteers import activity_desk
from volunteers.activity_desk import ActivityDesk, groups_of
from volunteers.errors import ActivityRefused
from volunteers.forms.activities import ActivityForm, NewActivityForm, initial_of
from volunteers.links import staff_activity_path
from volunteers.models import Activity

SHOWN = 50
READ, WRITE = "enter_staff_door", "manage_activities"


@door(READ)
@require_safe
def activity_list(request):
    """What is planned, the soonest first, with drafts; `past=1` shows what was, the newest first."""
    community = visited_community_or_404(request)
    rows = Activity.objects.for_user(request.user).in_community(community.pk)
    planned = rows.real().with_counts().select_related("grid", "venue")
    is_past, now = request.GET.get("past") == "1", timezone.now()
    if is_past:
        planned = planned.filter(ends_at__lte=now).order_by("-starts_at", "-pk")
    else:
        planned = planned.upcoming(now)
    if (last := row_key(request.GET.get("after", ""))) and (row := planned.filter(pk=last).first()):
        beyond, same = ("starts_at__lt", "pk__lt") if is_past else ("starts_at__gt", "pk__gt")
        planned = planned.filter(
            Q(**{beyond: row.starts_at}) | Q(**{"starts_at": row.starts_at, same: row.pk})
        )
    found = list(planned[: SHOWN + 1])
    context = {
        "activities": found[:SHOWN],
        "more": found[SHOWN - 1].pk if len(found) > SHOWN else None,
        "templates": [] if is_past else list(rows.templates()[:SHOWN]),
        "is_past": is_past,
        "may_write": request.user.may(WRITE),
    }
    return render(request, "staff/activities.html", context)


@door(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """A new one. `like` takes everything from another one or a template, on the same weekday of the next month."""
    community = visited_community_or_404(request)
    rows = Activity.objects.for_user(request.user).in_community(community.pk)
    initial = activity_desk.proposed(rows, request.GET)
    form = NewActivityForm(request.POST or None, community=community, initial=initial)
    if request.method == "POST" and form.is_valid():
        how = request.POST.get("how", "")
        try:
            made = activity_desk.create(community, form, how, by=request.user)
        except ActivityRefused as refused:
            form.add_error(None, str(refused))
        else:
            activity_desk.say(request, made, activity_desk.say_saved(how))
            return HttpResponseRedirect(
                reverse("staff:activities") if made.is_template else staff_activity_path(made)
            )
    return render(request, "staff/activity_form.html", {"form": form, "activity": None})


def _found(request, pk):
    community = visited_community_or_404(request)
    rows = Activity.objects.for_user(request.user).in_community(community.pk).real().with_related()
    return get_object_or_404(rows, pk=pk)


@door(READ, to_write=WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def activity(request, pk):
    """One activity: its shifts, who comes and who waits, and what can be done with it."""
    found = _found(request, pk)
    page = ActivityDesk(request, found, may_write=request.user.may(WRITE))
    if request.method == "POST" and page.do(request.POST.get("action", "")):
        return HttpResponseRedirect(request.path)
    return render(request, "staff/activity.html", page.context())


@door(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    """Change what, when or where; whoever signed up is asked again when time or place are others."""
    found = _found(request, pk)
    form = ActivityForm(request.POST or None, community=found.community, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            said = activity_desk.change(found, form, later=request.POST.get("which") == "later")
        except ActivityRefused as refused:
            form.add_error(None, str(refused))
        else:
            activity_desk.say(request, found, said)
            return HttpResponseRedirect(staff_activity_path(found))
    return render(request, "staff/activity_form.html", {"form": form, "activity": found})


@door(READ)
@require_safe
def paper(request, pk):
    """The list on paper: names as they are called out, room for ticks and for who comes without a sign-up."""
    found = _found(request, pk)
    groups = groups_of(list(found.shifts.all()), full_names=request.user.may(WRITE))
    return render(request, "staff/activity_paper.html", {"activity": found, "groups": groups})
