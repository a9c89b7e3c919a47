"""Checking in without the link of the sign-up: the code on the organiser's screen and one's telephone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from haimengyuan.lib.client import client_ip
from haimengyuan.lib.moments import say_moment
from people.errors import TooOften
from people.too_often import too_often
from people.visits import visited_community_or_404
from volunteers.actions import check_in_by_phone
from volunteers.errors import SignupRefused
from volunteers.forms.check_in import PhoneCodeForm
from volunteers.models import Activity


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request, pk):
    """The page that the organiser's screen leads to. What it says after a POST names nobody."""
    community = visited_community_or_404(request)
    found = get_object_or_404(Activity.objects.in_community(community.pk).public().with_related(), pk=pk)
    form = PhoneCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = check_in_by_phone(
                found, form.cleaned_data["phone"], form.cleaned_data["code"], address=client_ip(request)
            )
        except TooOften as refused:
            return too_often(request, refused)
        except SignupRefused as refused:
            form.add_error(None, str(refused))
        else:
            words = _("签到成功，%(clock)s，%(n)d 位。欢迎！")
            messages.success(request, words % {"clock": say_moment(made.arrived_at), "n": made.seats})
            return HttpResponseRedirect(request.path)
    return render(request, "public/check_in.html", {"activity": found, "form": form})
