"""Which community a request belongs to."""

from people.models import Community

_UNKNOWN = object()


def visited_community(request):
    """The community of the request's host, else the only one; None before any exists or when several could be meant.

    One query per request however often it is asked.
    """
    found = getattr(request, "_visited_community", _UNKNOWN)
    if found is _UNKNOWN:
        found = Community.objects.for_host(request.get_host().partition(":")[0])
        request._visited_community = found
    return found
