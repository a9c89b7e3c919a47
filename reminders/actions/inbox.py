"""From due to the inbox: by the thousand, each batch in one transaction, so each row appears exactly once."""

from django.db import transaction
from django.utils import timezone

from reminders.actions.planning import way_to
from reminders.actions.quiet import allowed_at
from reminders.models import Reminder

INBOX_BATCH = 1000


def deliver_inbox(*, batch=INBOX_BATCH):
    """Put every due reminder into its inbox and write the rows that leave the portal beside it.

    Rows that came too late are expired; what must not be said any more is cancelled. Any number of these may run at
    once. Returns how many rows were delivered.
    """
    now = timezone.now()
    due = Reminder.objects.inbox().due(now)
    due.filter(expires_at__lte=now).update(status=Reminder.Status.EXPIRED)
    due.undeliverable().update(status=Reminder.Status.CANCELLED)
    delivered = 0
    while taken := _deliver_batch(due, now, batch):
        delivered += taken
    return delivered


@transaction.atomic(durable=True)
def _deliver_batch(due, now, batch):
    """One transaction: rows that another worker holds are passed over (SQLite lets one writer in at a time)."""
    takeable = due.deliverable().filter(expires_at__gt=now).order_by("due_at", "pk")
    locked = takeable.select_for_update(skip_locked=True, of=("self",))
    rows = list(locked.values_list("pk", "channel")[:batch])
    mine = Reminder.objects.filter(pk__in=[pk for pk, _channel in rows])
    delivered = mine.pending().update(status=Reminder.Status.SENT, sent_at=now)
    if any(channel for _pk, channel in rows):
        leaving = mine.exclude(channel=Reminder.Channel.INBOX).filter(person__isnull=False)
        _write_outside_rows(leaving.select_related("person"), now)
    return delivered


def _write_outside_rows(reminders, now):
    """A row `sms:12` beside `person:12`, by the way that the person wants today; its time respects quiet hours."""
    Reminder.objects.bulk_create(
        [_outside_row(reminder, way, now) for reminder in reminders if (way := way_to(reminder.person))],
        ignore_conflicts=True,
    )


def _outside_row(reminder, way, now):
    return Reminder(
        community_id=reminder.community_id,
        address=f"{way}:{reminder.person_id}",
        person=reminder.person,
        kind=reminder.kind,
        dedupe_key=reminder.dedupe_key,
        channel=way,
        urgent=reminder.urgent,
        subject=reminder.subject,
        text=reminder.text,
        link=reminder.link,
        rests_on=reminder.rests_on,
        due_at=allowed_at(reminder, now),
        expires_at=reminder.expires_at,
    )
