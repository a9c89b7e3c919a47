"""Signed addresses of bookings: whoever booked without an account comes back by them."""

from django.core import signing
from django.utils.translation import gettext as _

from grids.errors import LinkExpired

_SALT = "grids.booking"


def booking_token(booking):
    """The token of `/venues/bookings/<token>/`; it never expires, since the page may be printed."""
    return signing.Signer(salt=_SALT, sep=".").sign(str(booking.pk))


def booking_pk_of(token):
    """The booking's primary key; raises `LinkExpired` for a changed token."""
    try:
        return int(signing.Signer(salt=_SALT, sep=".").unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise LinkExpired(_("这个链接不对。要查预订，请打社区值班电话")) from error


def booking_path(booking):
    return f"/venues/bookings/{booking_token(booking)}/"


def staff_venue_path(booking):
    return f"/staff/venues/?venue={booking.venue_id}"
