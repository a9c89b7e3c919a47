"""Who is at the other end of a request."""

from django.conf import settings


def client_ip(request):
    """The visitor's address as a str, "" when the server does not tell.

    X-Forwarded-For grows to the right and its left part is whatever the visitor sent, so with n proxies of ours the
    n-th entry from the right is the first that one of them wrote. A shorter header did not come through all of them.
    """
    direct = request.META.get("REMOTE_ADDR") or ""
    if not settings.TRUSTED_PROXY_COUNT:
        return direct
    forwarded = [
        part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
    ]
    if len(forwarded) < settings.TRUSTED_PROXY_COUNT:
        return direct
    return forwarded[-settings.TRUSTED_PROXY_COUNT]
