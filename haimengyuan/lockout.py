"""How the lock-out of repeated logins knows a visitor."""

from people.models import User


def login_name(request, credentials=None):
    """The hash of the login name that was typed, as accounts keep it: a login name may be a phone number.

    The form comes first: after a login that succeeded the credentials hold the account's hash already, and hashing
    it again would find none of the failures that are to be cleared.
    """
    return User.hash_login(request.POST.get("username") or (credentials or {}).get("username") or "")
