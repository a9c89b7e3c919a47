"""What the menu of the staff door counts: the orders that wait for the desk, and the messages nobody there has read."""

from reminders.models import Reminder
from services.board import default_orders
from services.counting import capped_counts, say_count


def scopes(user, community):
    """name → queryset, for a page that counts them together with other things."""
    return {
        "waiting": default_orders(user, community).waiting_for_desk(),
        "unread": Reminder.objects.for_user(user).desk_inbox(community.pk).recently_unread(),
    }


def say(counts):
    """name → text of the badge, "" for none; `counts` in the order of `scopes`."""
    names = ("waiting", "unread")
    return {name: say_count(count) if count else "" for name, count in zip(names, counts, strict=True)}


def badges(user, community):
    """name → text of the badge. One query."""
    return say(capped_counts(*scopes(user, community).values()))
