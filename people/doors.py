"""Which role may pass which door. Somebody unknown is led to the login, a wrong role gets the 403 page."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.views.decorators.cache import never_cache


def door(verb, *, to_write=None):
    """Decorate a view so that only users who may `verb` pass, and with POST only those who may `to_write` too.

    Verbs are those of `people.models.MAY`. Pages behind a door are never stored by a browser or a proxy.
    `LoginRequiredMiddleware` has sent anonymous visitors to the login before this asks.
    """

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.may(verb):
                raise PermissionDenied
            if to_write and request.method == "POST" and not request.user.may(to_write):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return never_cache(guarded)

    return decorate
