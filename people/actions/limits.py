"""Limits that are exact under any number of parallel requests: a row moved by a conditional UPDATE."""

import datetime as dt

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from haimengyuan.lib.crypto import lookup_hash
from people.errors import TooOften
from people.models import RateWindow


def spend(what, who, *, limit, window):
    """Use one of the `limit` times that `who` may do `what` within `window` (a timedelta, windows are aligned).

    Only a hash of `who` is kept. Raises `TooOften` with `retry_after` in seconds when nothing is left.
    """
    now = timezone.now()
    key, starts_at = _window_of(what, who, window, now)
    row = RateWindow.objects.filter(key=key, starts_at=starts_at, used__lt=limit)
    if row.update(used=F("used") + 1):  # one statement in the usual case
        return
    RateWindow.objects.bulk_create([RateWindow(key=key, starts_at=starts_at)], ignore_conflicts=True)
    if not row.update(used=F("used") + 1):
        retry_after = max(1, int((starts_at + window - now).total_seconds()))
        raise TooOften(_("试的次数太多了，请过一会儿再来，或者直接打电话问"), retry_after=retry_after)


def give_back(what, who, *, window):
    """Return one use of the present window, where only failures are to count."""
    key, starts_at = _window_of(what, who, window, timezone.now())
    RateWindow.objects.filter(key=key, starts_at=starts_at, used__gt=0).update(used=F("used") - 1)


def _window_of(what, who, window, now):
    seconds = int(window.total_seconds())
    starts_at = dt.datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=dt.UTC)
    return lookup_hash(str(who), purpose=f"limit.{what}"), starts_at


def forget_old_windows(*, older_than=dt.timedelta(days=2)):
    """Remove windows that no limit looks at any more. Returns how many."""
    return RateWindow.objects.filter(starts_at__lt=timezone.now() - older_than).delete()[0]
