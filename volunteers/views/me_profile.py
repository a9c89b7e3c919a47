"""The helper's page about themselves: skills, half-days, limits, and the way out."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from people.doors import door
from volunteers.actions import edit_own_profile, stop_helping
from volunteers.errors import RegistrationRefused
from volunteers.forms.hours import ProfileForm
from volunteers.models import HelperProfile


@door("enter_me_door")
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    """One page for all of it (features.md M03); whoever is no helper reads how to become one."""
    rows = HelperProfile.objects.select_related("person__community", "team", "grid", "guardian")
    helper = rows.filter(person=request.user.person_id or 0).first()
    if helper is None:
        return render(request, "me/profile.html", {"helper": None})
    if request.method == "POST" and request.POST.get("action") == "stop":
        stop_helping(helper.person)
        messages.success(request, _("记下了，不再派活给您。以前的时长都还在。谢谢您帮过大家。"))
        return HttpResponseRedirect(reverse("me:profile"))
    community = helper.person.community_id
    form = ProfileForm(request.POST or None, community=community, initial=_as_form(helper))
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            edit_own_profile(helper, free_half_days=data.pop("free"), **data)
        except RegistrationRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("改好了。"))
            return HttpResponseRedirect(reverse("me:profile"))
    return render(request, "me/profile.html", {"helper": helper, "form": form})


def _as_form(helper):
    free = helper.free_half_days.values_list("weekday", "half")
    return {
        "skills": list(helper.skills.values_list("pk", flat=True)),
        "free": [f"{weekday}-{half}" for weekday, half in free],
        "no_stairs": helper.no_stairs,
        "limits": helper.limits,
        "max_open_tasks": helper.max_open_tasks,
        "is_active": helper.is_active,
    }
