"""Large type: one cookie, or ?dazi=1 on a printed code."""

from haimengyuan.lib.client import is_secure

COOKIE = "mode"
LARGE = "elder"
COOKIE_AGE = 365 * 24 * 3600


def wants_large_type(request) -> bool:
    """Whether this visitor reads in large type."""
    return request.GET.get("dazi") == "1" or request.COOKIES.get(COOKIE) == LARGE


def remember_type(response, mode, request) -> None:
    """Keep the chosen type size ("elder" or "standard") on this device for a year."""
    response.set_cookie(COOKIE, mode, max_age=COOKIE_AGE, samesite="Lax", secure=is_secure(request))
