"""Limits that are exact under any number of parallel requests: one statement counts and judges."""

import contextlib
import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from haimengyuan.lib.crypto import lookup_hash
from people.errors import TooOften
from people.models import RateWindow


@dataclass(frozen=True)
class Limit:
    """What `who` may do `limit` times within `window` (a timedelta, windows are aligned). Only a hash is kept of `who`."""

    what: str
    who: object
    limit: int
    window: dt.timedelta

    def key(self):
        return lookup_hash(str(self.who), purpose=f"limit.{self.what}")

    def starts_at(self, now):
        """When the window that `now` lies in has begun."""
        seconds = int(self.window.total_seconds())
        return dt.datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=dt.UTC)


def spend(what, who, *, limit, window):
    """Use one of the `limit` times that `who` may do `what` within `window`.

    Raises `TooOften` with `retry_after` in seconds when nothing is left.
    """
    spend_each(Limit(what, who, limit, window))


def spend_each(*limits, ends_all=False):
    """Use one of each of these limits, or none where one of them has nothing left: then `TooOften` is raised.

    With `ends_all` the caller's transaction ends with `TooOften` and undoes the others, without a savepoint for it.
    """
    if not limits:
        return
    now = timezone.now()
    with transaction.atomic() if len(limits) > 1 and not ends_all else contextlib.nullcontext():
        if _count(limits, now) < len(limits):
            ends = max(limit.starts_at(now) + limit.window for limit in limits)
            retry_after = max(1, int((ends - now).total_seconds()))
            raise TooOften(_("试的次数太多了，请过一会儿再来，或者直接打电话问"), retry_after=retry_after)


# The condition is judged on the row as it is when its lock is held, so no parallel request can slip through.
_COUNT = """
INSERT INTO {table} AS present (key, starts_at, used) VALUES {rows}
ON CONFLICT (key, starts_at) DO UPDATE SET used = present.used + 1
WHERE present.used < CASE present.key {limits} END
"""


def _count(limits, now):
    """Add one to the window of each limit that has something left; returns how many had. One statement."""
    rows, cases = [], []
    for limit in limits:
        key, starts_at = limit.key(), connection.ops.adapt_datetimefield_value(limit.starts_at(now))
        rows += [key, starts_at]
        cases += [key, limit.limit]
    sql = _COUNT.format(
        table=connection.ops.quote_name(RateWindow._meta.db_table),
        rows=", ".join(["(%s, %s, 1)"] * len(limits)),
        limits=" ".join(["WHEN %s THEN %s"] * len(limits)),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, rows + cases)
        return cursor.rowcount


def give_back(what, who, *, window):
    """Return one use of the present window, where only failures are to count."""
    give_back_each(Limit(what, who, 0, window))


def give_back_each(*limits):
    """Return one use of the present window of each of these limits, where what was spent turned out to be nothing new."""
    for limit in limits:
        row = RateWindow.objects.filter(
            key=limit.key(), starts_at=limit.starts_at(timezone.now()), used__gt=0
        )
        row.update(used=F("used") - 1)


def forget_old_windows(*, older_than=dt.timedelta(days=2)):
    """Remove windows that no limit looks at any more. Returns how many."""
    return RateWindow.objects.filter(starts_at__lt=timezone.now() - older_than).delete()[0]
