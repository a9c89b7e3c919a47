"""Large type: one cookie, or ?dazi=1 on a printed code."""

COOKIE = "mode"
LARGE = "elder"
COOKIE_AGE = 365 * 24 * 3600


def wants_large_type(request) -> bool:
    """Whether this visitor reads in large type."""
    return request.GET.get("dazi") == "1" or request.COOKIES.get(COOKIE) == LARGE
