"""The branches at the staff door: all of them, one of them, and its quarterly ledger."""

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from branches import actions, ledger, overview, tree, year
from branches.errors import MeetingRefused
from branches.forms.meetings import RegisterForm
from branches.models import PartyBranch
from haimengyuan.lib.sheets import xlsx_bytes
from people.doors import door
from people.visits import visited_community_or_404

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@door("enter_staff_door")
@require_safe
def branches(request):
    """All branches in the order of their grids, with what each needs next; no totals to compare them by."""
    community = visited_community_or_404(request)
    rows = overview.branch_rows(request.user, community, timezone.localdate())
    return render(request, "staff/branches/list.html", {"rows": rows})


@door("enter_staff_door")
@require_safe
def structure(request):
    """Street, committee, branches and groups under each other, with who leads them and computed counts."""
    community = visited_community_or_404(request)
    nodes = tree.tree_of(request.user, community, timezone.localdate())
    return render(request, "staff/branches/tree.html", {"nodes": nodes})


def find_branch(request, number):
    """The branch of a grid of the visited community, in the user's scope; Http404 when there is none."""
    community = visited_community_or_404(request)
    found = (
        PartyBranch.objects.for_user(request.user)
        .filter(community=community, branch_grids__grid__number=number)
        .select_related("community")
        .first()
    )
    if found is None:
        raise Http404(_("这个网格还没有党支部"))
    return found


@door("enter_staff_door")
@require_safe
def branch(request, number):
    """One branch: the month, the year, what comes next and what is missing."""
    today = timezone.localdate()
    month = parse_month(request.GET.get("month", ""), today)
    context = year.branch_context(find_branch(request, number), month=month, today=today)
    context |= {"number": number, "today": today, "may_shift": request.user.may("edit_reference_data")}
    return render(request, "staff/branches/branch.html", context)


def parse_month(text, today):
    """The first day of the month "2026-11"; of this month for anything else."""
    try:
        return dt.date.fromisoformat(f"{text}-01") if len(text) == 7 else today.replace(day=1)
    except ValueError:
        return today.replace(day=1)


@door("enter_staff_door", to_write="keep_branch_records")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request, number):
    """Enter a meeting: what the plan asks for in that period is taken, else it is an extra one."""
    found = find_branch(request, number)
    form = RegisterForm(request.POST or None, branch=found, initial={"on": timezone.localdate()})
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            data["group"] = actions.group_of(found, data["group"])
            meeting = actions.register(found, data.pop("kind"), by=request.user, **data)
        except MeetingRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("登记好了。"))
            return HttpResponseRedirect(reverse("staff:meeting", args=[meeting.pk]))
    context = {"branch": found, "number": number, "form": form}
    return render(request, "staff/branches/register.html", context, status=422 if form.errors else 200)


@door("enter_staff_door")
@require_safe
def quarter(request, number):
    """The ledger of a quarter, to be printed."""
    found = find_branch(request, number)
    first, last = ledger.quarter_of(request.GET.get("quarter", ""), timezone.localdate())
    context = {
        "branch": found,
        "number": number,
        "first": first,
        "last": last,
        "name": ledger.quarter_name(first),
        "before": ledger.quarter_name(first - dt.timedelta(days=1)),
        "after": ledger.quarter_name(last + dt.timedelta(days=1)),
        "heads": ledger.HEADS,
        "rows": ledger.ledger_rows(found, first, last),
    }
    return render(request, "staff/branches/ledger.html", context)


@door("enter_staff_door")
@require_safe
def quarter_xlsx(request, number):
    """The same ledger as an Excel file; no cell of it can act as a formula."""
    found = find_branch(request, number)
    first, last = ledger.quarter_of(request.GET.get("quarter", ""), timezone.localdate())
    name = ledger.quarter_name(first)
    rows = [[f"{found.name} {name}"], ledger.HEADS, *ledger.ledger_rows(found, first, last)]
    response = HttpResponse(xlsx_bytes(rows, title=name), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="branch-{number}-{name}.xlsx"'
    return response
