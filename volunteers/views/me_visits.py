"""The visitor's own page: whom they look in on, and a visit in three inputs. Nobody else sees a door here."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from grids.errors import VisitRefused
from grids.models import CarePlan, Visit, home_of
from haimengyuan.lib.keys import row_key
from haimengyuan.lib.moments import say_day
from people.doors import door
from volunteers.actions import record_visit, take_back_visit
from volunteers.errors import HoursRefused
from volunteers.forms.visits import OwnVisitForm

SHOWN = 50
LAST_SHOWN = 5
REFUSALS = (VisitRefused, HoursRefused)


@dataclass(frozen=True)
class Row:
    """Somebody to look in on, for the eyes of their visitor."""

    pk: int
    name: str
    home: str
    phone: str
    how_often: str
    seen: str
    due: str
    is_due: bool


@door("enter_me_door")
@require_http_methods(["GET", "HEAD", "POST"])
def visits(request):
    """Their people with doors and telephones, the form below; a POST writes a visit down or takes it back."""
    person = request.user.person
    if person is None:
        return render(request, "me/visits.html", {"rows": [], "last": []})
    plans = list(CarePlan.objects.of_visitor(person).with_related()[:SHOWN])
    rows = [_row(plan) for plan in plans]
    form = OwnVisitForm(
        request.POST or None,
        people=[(row.pk, f"{row.name} {row.home}".strip()) for row in rows],
        initial={"plan": row_key(request.GET.get("plan", ""))},
        label_suffix="",
    )
    if request.method == "POST":
        if request.POST.get("action") == "undo":
            return _undo(request)
        if form.is_valid() and _record(request, form, plans):
            return HttpResponseRedirect(reverse("me:visits"))
    made = Visit.objects.filter(visitor=person).with_related().order_by("-entered_at", "-pk")
    last = [(visit, visit.can_undo(request.user)) for visit in made.counted()[:LAST_SHOWN]]
    context = {"rows": rows, "form": form, "last": last}
    return render(request, "me/visits.html", context, status=422 if form.errors else 200)


def _row(plan):
    home = home_of(plan.person)
    return Row(
        pk=plan.pk,
        name=plan.person.name,
        home=str(home) if home else "",
        phone=plan.person.phone,
        how_often=str(plan.category),
        seen=say_day(plan.seen_on) if plan.seen_on else "",
        due=say_day(plan.due_on),
        is_due=plan.due_on <= timezone.localdate(),
    )


def _record(request, form, plans):
    """Whether it was written down; otherwise the form says why not."""
    chosen = next(plan for plan in plans if plan.pk == form.cleaned_data["plan"])
    try:
        record_visit(chosen.person, visitor=request.user.person, by=request.user, **form.words())
    except REFUSALS as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("记好了，谢谢您惦记%s。") % chosen.person.name)
    return True


def _undo(request):
    own = Visit.objects.filter(visitor=request.user.person_id)
    try:
        take_back_visit(get_object_or_404(own, pk=row_key(request.POST.get("visit", ""))), by=request.user)
        messages.success(request, _("撤回了，就当没记过。"))
    except REFUSALS as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("me:visits"))
