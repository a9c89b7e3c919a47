"""Who is at the other end of a request."""

import ipaddress

from django.conf import settings

IPV6_NETWORK = (
    64  # bits: a household or a phone gets that many addresses at once, and may use a new one each second
)


def is_secure(request):
    """Whether a cookie of this answer may go over TLS alone: the request came so, or the portal is served so."""
    return settings.SESSION_COOKIE_SECURE or request.is_secure()


def client_ip(request):
    """The visitor's address as a str, "" when the server does not tell; of an IPv6 address its network's first one.

    X-Forwarded-For grows to the right and its left part is whatever the visitor sent, so with n proxies of ours the
    n-th entry from the right is the first that one of them wrote. A shorter header did not come through all of them.
    """
    direct = _one_visitor(request.META.get("REMOTE_ADDR") or "")
    if not settings.TRUSTED_PROXY_COUNT:
        return direct
    forwarded = [
        part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
    ]
    if len(forwarded) < settings.TRUSTED_PROXY_COUNT:
        return direct
    return _one_visitor(forwarded[-settings.TRUSTED_PROXY_COUNT]) or direct


def _one_visitor(address):
    """The address under which limits count a visitor; "" for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), IPV6_NETWORK), strict=False).network_address)
