"""Pages that hold words only, and the switch for large type."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from haimengyuan.lib.display import LARGE, remember_type


# No token: the switch stands on every page, a token would put a cookie on every visitor, and somebody else's page
# that flips the type size gains nothing.
@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def display(request):
    """Switch large type on or off and go back to the page the visitor came from.

    A GET changes nothing and goes home: it is a reload, or an address out of somebody's history.
    """
    if request.method != "POST":
        return HttpResponseRedirect("/")
    target = _without_dazi(request.POST.get("next", ""))  # judged as it will be sent, not as it came
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    mode = LARGE if request.POST.get("mode") == LARGE else "standard"
    remember_type(response, mode, request)
    return response


def _without_dazi(target):
    """A printed code asks for large type in its address; somebody who then chooses standard type means it."""
    return target.replace("?dazi=1&", "?").replace("?dazi=1", "").replace("&dazi=1", "")


@login_not_required
@require_safe
def privacy(request):
    return render(request, "public/privacy.html")


@login_not_required
@require_safe
def accessibility(request):
    return render(request, "public/accessibility.html")
