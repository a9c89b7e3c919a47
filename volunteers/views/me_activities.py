"""The helper's activities: what they signed up for, and what still needs somebody and fits them."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from haimengyuan.lib.keys import row_key
from people.doors import door
from volunteers.actions import join
from volunteers.errands import warning_for
from volunteers.errors import SignupRefused
from volunteers.fitting import fitting_shifts
from volunteers.links import calendar_path, signup_path
from volunteers.models import Shift, Signup

SHOWN = 30


@door("enter_me_door")
@require_http_methods(["GET", "HEAD", "POST"])
def activities(request):
    """Own sign-ups to come, then the shifts that fit, the soonest first; a POST takes one of them."""
    person = request.user.person
    if request.method == "POST" and person:
        _join(request, person)
        return HttpResponseRedirect(request.path)
    context = {"person": person, "mine": [], "fits": [], "calendar": ""}
    if person:
        context |= {
            "mine": _mine(person),
            "fits": fitting_shifts(person, limit=SHOWN),
            "calendar": settings.PUBLIC_BASE_URL + calendar_path(person),
        }
    return render(request, "me/activities.html", context)


def _join(request, person):
    key = row_key(request.POST.get("shift", "")) or 0
    rows = Shift.objects.in_community(person.community_id).filter(activity__is_template=False)
    shift = get_object_or_404(rows.exclude(activity__announced_at=None).select_related("activity"), pk=key)
    try:
        made = join(shift, person)
    except SignupRefused as refused:
        messages.error(request, str(refused))
    else:
        words = _("%(status)s：%(title)s，%(when)s")
        facts = {"status": made.get_status_display(), "title": shift.activity.title, "when": shift.when}
        messages.success(request, words % facts)
        if beside := warning_for(person, shift):
            messages.warning(request, beside)


def _mine(person):
    rows = (
        Signup.objects.active()
        .filter(person=person, shift__ends_at__gt=timezone.now())
        .with_related()
        .order_by("shift__starts_at", "pk")[:SHOWN]
    )
    return [
        {
            "href": signup_path(row),
            "title": row.shift.activity.title,
            "when": row.shift.when,
            "place": row.shift.activity.place,
            "role": str(row.shift),
            "status": row.get_status_display(),
            "is_holding": row.is_holding,
            "is_cancelled": row.shift.activity.status == "cancelled",
            "day": timezone.localtime(row.shift.starts_at).day,
            "month": timezone.localtime(row.shift.starts_at).month,
        }
        for row in rows
    ]
