"""What a device remembers for its owner: the building of the last order. No name, no room, nothing personal."""

COOKIE = "building"
MAX_AGE = 365 * 24 * 3600


def remembered_building(request) -> int | None:
    """The primary key of the building chosen last on this device; it may be gone meanwhile."""
    value = request.COOKIES.get(COOKIE, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None


def remember_building(response, building_id) -> None:
    response.set_cookie(COOKIE, str(building_id), max_age=MAX_AGE, samesite="Lax", httponly=True)
