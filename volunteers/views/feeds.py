"""Calendar files and feeds. They are copied to other companies' servers, so they name nobody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from haimengyuan.lib.ics import calendar
from people.models import Person
from people.visits import visited_community_or_404
from volunteers.errors import LinkExpired
from volunteers.feeds import (
    entries_of_person,
    entry_of,
    entry_of_signup,
    public_entries,
    public_rows,
    public_state,
)
from volunteers.links import calendar_pk_of, signup_pk_of
from volunteers.models import Activity, Signup


@login_not_required
@require_safe
def public(request):
    """All public activities; a calendar that has the newest state is told so without the text."""
    community = visited_community_or_404(request)
    etag = quote_etag(f"{community.pk}-{public_state(community)}")
    response = get_conditional_response(request, etag=etag)
    if response is None:
        name = _("%s活动") % community.name
        entries = public_entries(public_rows(community))
        response = _file(calendar(entries, name=name, is_public=True), "activities")
        response["ETag"] = etag
    return response


@login_not_required
@require_safe
def activity(request, pk):
    """One activity for the calendar of a telephone."""
    community = visited_community_or_404(request)
    rows = Activity.objects.in_community(community.pk).public().with_related()
    found = get_object_or_404(rows, pk=pk)
    return _file(calendar([entry_of(found)]), f"activity-{found.pk}")


@login_not_required
@never_cache
@require_safe
def signup(request, token):
    """One sign-up by its signed link."""
    community = visited_community_or_404(request)
    try:
        pk = signup_pk_of(token)
    except LinkExpired as expired:
        return _gone(request, expired)
    found = get_object_or_404(Signup.objects.in_community(community.pk).with_related(), pk=pk)
    return _file(calendar([entry_of_signup(found)]), f"signup-{found.pk}")


@login_not_required
@never_cache
@require_safe
def person(request, token):
    """All that one person signed up for, by the signed address that the person finds behind the login."""
    community = visited_community_or_404(request)
    try:
        pk = calendar_pk_of(token)
    except LinkExpired as expired:
        return _gone(request, expired)
    found = get_object_or_404(Person.objects.in_community(community.pk).reachable(), pk=pk)
    return _file(calendar(entries_of_person(found), name=_("我的活动")), "mine")


def _file(content, name):
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{name}.ics"'
    return response


def _gone(request, expired):
    context = {"message": str(expired), "back": "activities", "back_words": _("看近期活动")}
    return render(request, "public/link_expired.html", context, status=410)
