"""The desk orders for somebody on the phone, at the counter or met outside (features.md V06)."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from haimengyuan.lib.phones import PhoneProblem, normalise_phone
from people.doors import door
from people.visits import visited_community_or_404
from services.actions import submit
from services.catalogue import entries, find
from services.errors import OrderRefused, ServiceClosed
from services.forms.staff import StaffOrderForm, home_of, known_persons
from services.models import Service

SHOWN = 24


@door("order_on_behalf", to_write="order_on_behalf")
@door("enter_staff_door")
@require_http_methods(["GET", "HEAD", "POST"])
def order_new(request):
    """First the service, then the form; both under one address, the service by its code."""
    community = visited_community_or_404(request, "catalogue_version")
    code = request.GET.get("service", "")
    if not code:
        return _choose(request, community)
    service = _service(community, code)
    if not service.can_be_ordered:
        messages.error(request, _("“%s”现在不能点单，请选别的服务") % service.name_zh)
        return HttpResponseRedirect(reverse("staff:order_new"))
    if request.method != "POST":
        return _write(request, service, StaffOrderForm(service=service))
    if request.POST.get("step") == "lookup":
        return _look_up(request, service)
    return _send(request, service)


def _service(community, code):
    service = (
        Service.objects.in_community(community.pk)
        .select_related("category", "community", "lead_duty")
        .filter(code=code)
        .first()
    )
    if service is None:
        raise Http404(_("没有这项服务，请重新选"))
    return service


def _choose(request, community):
    words = request.GET.get("q", "").strip()[:20]
    hits = find(community, words) if words else list(entries(community))
    context = {"words": words, "rows": hits[:SHOWN], "left": max(0, len(hits) - SHOWN)}
    return render(request, "staff/order_new_service.html", context)


def _write(request, service, form, *, found=None, status=200):
    context = {"service": service, "form": form, "found": found, "chosen": form["known"].value()}
    return render(request, "staff/order_new.html", context, status=status)


def _look_up(request, service):
    """Who is known under the typed number, masked; nothing is judged yet and everything typed stays."""
    form = StaffOrderForm(service=service, initial={**request.POST.dict(), "known": ""})
    phone = _normalised(request.POST.get("phone", ""))
    return _write(request, service, form, found=_found(service.community, phone))


def _normalised(typed):
    try:
        return normalise_phone(typed)
    except PhoneProblem:
        return ""


def _found(community, phone):
    """[{pk, name (masked), home}] of the persons with this phone."""
    rows = []
    for person in known_persons(community, phone):
        home = home_of(person)
        rows.append({"pk": str(person.pk), "name": str(person), "home": str(home.building) if home else ""})
    return rows


def _send(request, service):
    form = StaffOrderForm(request.POST, service=service)
    phone = _normalised(request.POST.get("phone", ""))
    found = _found(service.community, phone) if request.POST.get("known") else None
    if not form.is_valid():
        return _write(request, service, form, found=found, status=422)
    try:
        made = submit(service, **form.for_desk(request.user))
    except (OrderRefused, ServiceClosed) as refused:
        form.add_error(None, str(refused))
        return _write(request, service, form, found=found, status=409)
    messages.success(
        request, _("点好了，单号 %s，请读给居民听。可以打印回执，也可以现在就派。") % made.spoken_number
    )
    return HttpResponseRedirect(reverse("staff:order", args=[made.number]))
