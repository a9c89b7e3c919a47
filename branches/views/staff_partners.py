"""The staff page of partner units: three lists, and the next step of each line."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from branches.actions.partners import add_line, step
from branches.errors import PartnerRefused
from branches.forms.partners import LineForm, StepForm
from branches.models import NEXT_PARTNER, PartnerLine, PartnerStatus
from haimengyuan.lib.keys import row_key
from people.doors import door
from people.visits import visited_community_or_404

SHOWN = 200
ORDER = list(PartnerStatus)


@door("enter_staff_door", to_write="manage_topics")
@require_http_methods(["GET", "HEAD", "POST"])
def partners(request):
    """Resources, demands and projects; a POST enters a line or moves one a step on."""
    community = visited_community_or_404(request)
    rows = PartnerLine.objects.for_user(request.user).in_community(community.pk).with_related()
    form = LineForm(community=community)
    if request.method == "POST":
        if request.POST.get("line"):
            _step(request, community, rows)
            return HttpResponseRedirect(reverse("staff:partners"))
        form = LineForm(request.POST, community=community)
        if form.is_valid():
            try:
                add_line(community, **form.cleaned_data)
            except PartnerRefused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, _("登记好了"))
                return HttpResponseRedirect(reverse("staff:partners"))
    found = list(rows.order_by("-moved_at", "-pk")[:SHOWN])
    for line in found:
        line.next = [each for each in ORDER if each in NEXT_PARTNER[PartnerStatus(line.status)]]
        line.lacks = "" if line.unit_id and line.branch_id else "branch" if line.unit_id else "unit"
    context = {
        "lists": [(kind.label, [line for line in found if line.kind == kind]) for kind in PartnerLine.Kind],
        "form": form,
        "units": form.fields["unit"].queryset,
        "branches": form.fields["branch"].queryset,
        "may_write": request.user.may("manage_topics"),
    }
    return render(request, "staff/partners.html", context)


def _step(request, community, rows):
    line = get_object_or_404(rows, pk=row_key(request.POST.get("line", "")))
    form = StepForm(request.POST, community=community)
    if not form.is_valid():
        messages.error(request, _("没看懂您选的，请再试一次"))
        return
    data = form.cleaned_data
    try:
        step(line, data["status"], note=data["note"], unit=data["unit"], branch=data["branch"])
    except PartnerRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("记下了：%s") % line.get_status_display())
