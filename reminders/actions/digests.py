"""One message in the morning instead of several during the day (features.md R03)."""

from itertools import groupby

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reminders.actions.quiet import morning_of, wake_time
from reminders.models import Reminder

NAMED = 5  # so many messages are named in a digest that is too long, the others are counted
MOST_CHARACTERS = Reminder._meta.get_field("text").max_length


@transaction.atomic
def send_digests():
    """Put together what waited for the morning of today: one message for each person and way, at most one a day.

    What rests on a consent is put together by itself, so that a withdrawal silences it and nothing else. Besides the kinds that wait by themselves it takes up what was put off to this morning, if there are several.
    Run before the night ends, it leaves the sending to the next tick; run later or again, it makes up for what was
    missed and nothing else. What has been read on the web meanwhile is not repeated. Returns how many were written.
    """
    now = timezone.now()
    today = timezone.localtime(now).date()
    waiting = (
        Reminder.objects.outside()
        .due(morning_of(today))
        .filter(urgent=False, expires_at__gt=now, person__isnull=False)
        .deliverable()
        .select_related("person__user")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("address", "rests_on", "due_at", "pk")
    )
    key = f"digest:{today:%Y-%m-%d}"
    digests = Reminder.objects.filter(kind=Reminder.Kind.DIGEST, dedupe_key__startswith=key)
    had = set(digests.values_list("address", "rests_on"))
    written = 0
    for (address, purpose), rows in groupby(waiting, key=lambda row: (row.address, row.rests_on)):
        rows = list(rows)
        if (address, purpose) not in had and _is_worth_a_digest(rows):
            own_key = ":".join(filter(None, [key, purpose]))
            _digest(address, rows, own_key, now).save(force_insert=True)
            merged = Reminder.objects.filter(pk__in=[row.pk for row in rows])
            merged.update(status=Reminder.Status.CANCELLED, failure=_("并入今日汇总"))
            written += 1
    return written


def _is_worth_a_digest(rows):
    """Several rows, or one of a kind that would not be sent by itself."""
    return len(rows) > 1 or rows[0].kind in Reminder.DIGESTIBLE


def _digest(address, rows, key, now):
    first = rows[0]
    return Reminder(
        address=address,
        community_id=first.community_id,
        person=first.person,
        kind=Reminder.Kind.DIGEST,
        dedupe_key=key,
        channel=first.channel,
        subject=first.subject if len(rows) == 1 else _("您有 %d 条消息") % len(rows),
        text=first.text if len(rows) == 1 else _words_of(rows),
        link=_link_of(rows),
        rests_on=first.rests_on,
        due_at=wake_time(now),
        expires_at=max(row.expires_at for row in rows),
    )


def _link_of(rows):
    """Where all of them lead, else the person's messages; who has no account finds their orders by number."""
    links = {row.link for row in rows}
    if len(links) == 1:
        return links.pop()
    return "/me/messages/" if hasattr(rows[0].person, "user") else "/track/"


def _words_of(rows):
    """All messages in full if they fit, else the subjects of the first few (a subject has at most 80 characters)."""
    full = " ".join(f"{row.subject}：{row.text}" for row in rows)
    if len(full) <= MOST_CHARACTERS:
        return full
    named = "；".join(row.subject[:50] for row in rows[:NAMED])
    more = len(rows) - NAMED
    return _("%(named)s；还有 %(more)d 条。") % {"named": named, "more": more} if more > 0 else f"{named}。"
