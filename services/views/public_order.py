"""Residents order a service: write, check, done. No account, no session, nothing personal in an address.

Between writing and checking the draft travels in hidden fields of the page itself and is judged again at the end, so
nothing of it is stored before the resident sends it.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from haimengyuan.lib.back import kept_for_back
from haimengyuan.lib.client import client_ip
from haimengyuan.lib.phones import group_phone
from haimengyuan.lib.remembered import remember_building, remembered_building
from people.errors import TooOften
from people.too_often import too_often
from people.visits import visited_community_or_404
from services import links
from services.actions import submit
from services.catalogue import limit_words
from services.errors import LinkExpired, OrderRefused, ServiceClosed
from services.forms.public import ComplaintForm, OrderForm
from services.forms.widgets import say_wish
from services.models import Service, order_for_its_resident
from services.views.public_catalogue import find_service


@login_not_required
@kept_for_back
@require_http_methods(["GET", "HEAD", "POST"])
def order(request, code):
    """The whole way of an order under one address; `receipt` shows its end, `safe` passes the danger notice."""
    if code == Service.COMPLAINT:
        return HttpResponseRedirect(reverse("services:feedback"))
    if receipt := request.GET.get("receipt"):
        return _receipt(request, receipt)
    service = find_service(request, code, even_closed=True)
    if not service.can_be_ordered:
        return _closed(request, service)
    if request.method == "POST":
        return _posted(request, service)
    if service.stopper_zh and "safe" not in request.GET:
        return render(request, "public/order_stopper.html", {"service": service})
    form = OrderForm(service=service, initial={"building": remembered_building(request)})
    return _write(request, service, form)


def _posted(request, service):
    step = request.POST.get("step")
    if step == "edit":
        return _write(request, service, _as_typed(request.POST, service))
    form = OrderForm(request.POST, service=service)
    if not form.is_valid():
        return _write(request, service, form)
    if step != "submit":
        return _check(request, service, form)
    return _send(request, service, form)


def _as_typed(data, service):
    """The form with what was typed, not judged yet. Its widgets read it: a hidden "False" is a box without a tick."""
    form = OrderForm(service=service)
    form.initial = {
        name: field.widget.value_from_datadict(data, {}, name) for name, field in form.fields.items()
    }
    return form


def _closed(request, service):
    """What was already written is not lost: one button carries it over to the free-text order."""
    kept = {name: request.POST[name] for name in OrderForm.base_fields if request.POST.get(name)}
    return render(request, "public/order_closed.html", {"service": service, "kept": kept}, status=409)


def _write(request, service, form):
    return render(request, "public/order.html", {"service": service, "form": form, "step": 1})


def _check(request, service, form):
    data = form.cleaned_data
    building = form.chosen_building()
    place = (
        f"{building} {data['door']}".strip() if building else f"{data['place_text']} {data['door']}".strip()
    )
    answers = [
        ("need", _("什么事"), data["need"]),
        ("wish", _("什么时候"), say_wish(**data["wish"])),
        ("name", _("称呼"), data["name"]),
        ("phone", _("电话"), group_phone(data["phone"])),
        ("building", _("住址"), place),
    ]
    if data["behalf"]:
        answers.append(("for_name", _("替谁点"), data["for_name"]))
    context = {"service": service, "form": form, "answers": answers, "step": 2}
    context["grid"] = form.fields["building"].grid_of_chosen
    return render(request, "public/order_check.html", context)


def _send(request, service, form):
    building = form.chosen_building()
    try:
        made = submit(service, address=client_ip(request), **form.as_order(building))
    except TooOften as refused:
        return too_often(request, refused)
    except (OrderRefused, ServiceClosed) as refused:
        form.add_error(None, str(refused))
        return _write(request, service, form)
    receipt = reverse("services:order", args=[service.code]) + f"?receipt={links.order_token(made)}"
    response = HttpResponseRedirect(receipt)
    if building:
        remember_building(response, building.pk, request)
    return response


@never_cache
def _receipt(request, token):
    """The page to keep: number, code, what comes next. Whoever has the token may see the order itself anyway."""
    community = visited_community_or_404(request)
    try:
        pk = links.order_pk_of(token)
    except LinkExpired as expired:
        return render(request, "public/link_expired.html", {"message": str(expired)}, status=410)
    made = order_for_its_resident(community, pk)
    if made is None:
        return render(
            request, "public/link_expired.html", {"message": _("没有这张单子了，请打电话问")}, status=410
        )
    context = {
        "order": made,
        "track_path": links.resident_path(made),
        "track_link": settings.PUBLIC_BASE_URL + links.resident_path(made),
        "limit": limit_words(made.service.time_limit_workdays),
        "is_complaint": made.service.code == Service.COMPLAINT,
    }
    return render(request, "public/order_done.html", context)


@login_not_required
@kept_for_back
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request):
    """A complaint about this system: one step, and no name is needed."""
    if receipt := request.GET.get("receipt"):
        return _receipt(request, receipt)
    service = find_service(request, Service.COMPLAINT)
    form = ComplaintForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = submit(service, address=client_ip(request), **form.as_order())
        except TooOften as refused:
            return too_often(request, refused)
        except (OrderRefused, ServiceClosed) as refused:
            form.add_error(None, str(refused))
        else:
            return HttpResponseRedirect(f"{reverse('services:feedback')}?receipt={links.order_token(made)}")
    return render(request, "public/feedback.html", {"form": form, "service": service})
