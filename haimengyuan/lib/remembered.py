"""What a device remembers for its owner: the building of the last order. No name, no room, nothing personal."""

from haimengyuan.lib.client import is_secure
from haimengyuan.lib.keys import row_key

COOKIE = "building"
MAX_AGE = 365 * 24 * 3600


def remembered_building(request) -> int | None:
    """The primary key of the building chosen last on this device; it may be gone meanwhile."""
    return row_key(request.COOKIES.get(COOKIE, ""))


def remember_building(response, building_id, request) -> None:
    """Keep the building of this primary key on the visitor's device for a year."""
    response.set_cookie(
        COOKIE,
        str(building_id),
        max_age=MAX_AGE,
        samesite="Lax",
        httponly=True,
        secure=is_secure(request),
    )
