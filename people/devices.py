"""What a device remembers of the account that was opened on it last: a signed cookie with the hash of a login name."""

import datetime as dt

from django.core import signing
from django.utils.crypto import constant_time_compare

from haimengyuan.lib.client import is_secure
from people.models import User

COOKIE = "device"
KNOWN_FOR = dt.timedelta(days=180)
_SALT = "accounts.device"


def remember_device(response, user, request):
    """Let `response` mark this device as one where `user` has just signed in."""
    response.set_cookie(
        COOKIE,
        signing.TimestampSigner(salt=_SALT).sign(user.login_hash),
        max_age=KNOWN_FOR,
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
    )


def is_known_device(request, login_hash):
    """Whether the account with this login hash was the last one opened here."""
    known = _last_login(request, KNOWN_FOR)
    return known is not None and constant_time_compare(known, login_hash)


def last_user_of(request, *, within):
    """The `User` who signed in here last, within that time (a timedelta) and signed out or not; None for nobody."""
    known = _last_login(request, within)
    return User.objects.filter(login_hash=known).first() if known else None


def _last_login(request, within):
    try:
        return signing.TimestampSigner(salt=_SALT).unsign(request.COOKIES.get(COOKIE, ""), max_age=within)
    except signing.BadSignature:
        return None
