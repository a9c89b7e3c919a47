"""Which community a request belongs to."""

from django.http import Http404
from django.utils.translation import gettext as _

from people.models import community_of_host

_UNKNOWN = object()


def host_of(request):
    """The host that a visitor has asked for, without its port."""
    return request.get_host().partition(":")[0]


def visited_community(request, *related):
    """The community of the request's host, else the only one; None before any exists or when several could be meant.

    One query per request however often it is asked. `related` names rows that a page wants with it in that query.
    """
    found = getattr(request, "_visited_community", _UNKNOWN)
    if found is _UNKNOWN:
        found = community_of_host(host_of(request), *related)
        request._visited_community = found
    return found


def visited_community_or_404(request, *related):
    """The same, for pages that make no sense without one; raises Http404 with a sentence."""
    community = visited_community(request, *related)
    if community is None:
        raise Http404(_("这个网址还没有对应的社区，请管理员先导入基础资料"))
    return community


def remember_visited(request, community):
    """Tell that the request's community has been fetched already, together with other rows."""
    request._visited_community = community
