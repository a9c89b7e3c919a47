"""The public pages about helping: who helps, wanting to help, and whether a certificate is valid. No account."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from haimengyuan.lib.client import client_ip
from haimengyuan.lib.masking import mask_name
from haimengyuan.lib.remembered import remembered_building
from people.errors import TooOften
from people.too_often import too_often
from people.visits import visited_community_or_404
from volunteers.actions import apply_to_help, find_certificate
from volunteers.certificate_paper import say_hours, verify_path
from volunteers.errors import RegistrationRefused
from volunteers.forms.public import JoinForm, VerifyForm
from volunteers.models import Certificate, Team

TEAMS_SHOWN = 60


@login_not_required
@require_safe
def helping(request):
    """What volunteers do here, the teams in a line each, and the way to become one."""
    community = visited_community_or_404(request)
    teams = Team.objects.in_community(community.pk).public().select_related("grid").order_by("name", "pk")
    context = {"teams": teams[:TEAMS_SHOWN], "joined": request.GET.get("joined") == "1"}
    return render(request, "public/volunteers.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request):
    """Wanting to help. The desk calls before anybody is registered."""
    community = visited_community_or_404(request)
    initial = {"building": remembered_building(request)}
    form = JoinForm(request.POST or None, community=community, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            apply_to_help(community, address=client_ip(request), **form.as_application())
        except TooOften as refused:
            return too_often(request, refused)
        except RegistrationRefused as refused:
            form.add_error(None, str(refused))
        else:
            return HttpResponseRedirect(f"{reverse('volunteers')}?joined=1")
    return render(request, "public/volunteer_join.html", {"form": form})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    """Number and code of a certificate, as typed; tries are counted before anything is looked up."""
    community = visited_community_or_404(request)
    form = VerifyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = find_certificate(community, address=client_ip(request), **form.cleaned_data)
        except TooOften as refused:
            return too_often(request, refused)
        if found is not None:
            return HttpResponseRedirect(verify_path(found))
        form.add_error(None, _("编号和校验码对不上，请对着证明再看一遍。还是不对，请打电话问社区"))
    return render(request, "public/certificates.html", {"form": form})


@login_not_required
@never_cache
@require_safe
def certificate(request, token):
    """Whether the certificate with this code is valid: period, hours, the masked name, and nothing else of anybody."""
    community = visited_community_or_404(request)
    rows = Certificate.objects.in_community(community.pk).filter(token=token)
    found = rows.select_related("community", "person", "replaced_by__community").first()
    if found is None:
        return render(request, "public/certificate_unknown.html", status=404)
    replaced_by = getattr(found, "replaced_by", None)
    context = {
        "certificate": found,
        "name": mask_name(found.person.name),
        "hours": say_hours(found.minutes),
        "replaced_by": replaced_by.number if replaced_by else "",
    }
    return render(request, "public/certificate.html", context)
