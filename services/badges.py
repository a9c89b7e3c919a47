"""What the menu of the staff door counts: the orders that wait for the desk, and the messages nobody there has read."""

import datetime as dt
import functools

from django.utils import timezone

from haimengyuan.lib.compiled import CompiledQuery
from people.models import Community
from reminders.models import Reminder
from services.board import default_orders
from services.counting import counting, say_count


def scopes(user, community, since=None):
    """name → queryset, for a page that counts them together with other things; `since` is `news_since`."""
    return {
        "waiting": default_orders(user, community).waiting_for_desk(),
        "unread": Reminder.objects.for_user(user).desk_inbox(community.pk).recently_unread(since),
    }


def say(counts):
    """name → text of the badge, "" for none; `counts` in the order of `scopes`."""
    names = ("waiting", "unread")
    return {name: say_count(count) if count else "" for name, count in zip(names, counts, strict=True)}


def news_since():
    """Messages from before this moment are no news any more."""
    return timezone.now() - Reminder.NEWS_FOR


def badges(user, community):
    """name → text of the badge. One query."""
    since = news_since()
    if user.sight is None:
        return say(counting(scopes(user, community, since).values())[0])
    return say(_counts(user.sight, community.pk).row(since=since))


@functools.lru_cache(maxsize=64)
def _counts(sight, community):
    user, community = sight.somebody(), Community(pk=community)
    return CompiledQuery(
        lambda since: counting(scopes(user, community, since).values()), {"since": dt.datetime}
    )
