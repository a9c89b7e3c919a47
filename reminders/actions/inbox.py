"""From due to the inbox: by the thousand, each batch in one transaction, so each row appears exactly once."""

from django.db import connection, transaction
from django.db.models import Case, CharField, DateTimeField, F, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from reminders.actions.quiet import wake_time, youngest_with_naps
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
        _write_outside_rows(mine.exclude(channel=Reminder.Channel.INBOX).filter(person__isnull=False), now)
    return delivered


_SAME = (
    "community",
    "person",
    "kind",
    "dedupe_key",
    "urgent",
    "subject",
    "text",
    "link",
    "rests_on",
    "expires_at",
)


def _write_outside_rows(reminders, now):
    """A row `sms:12` beside `person:12`, by the way that the person wants today; its time respects quiet hours.

    In one statement of the database, as `way_to` and `allowed_at` say for a single row: thousands come due at once.
    """
    way = Case(
        When(person__prefers_phone_call=True, then=Value(Reminder.Channel.CALL)),
        default=F("person__reach_by"),
    )
    due_at = Case(
        When(urgent=True, then=_moment(now)),
        When(person__birth_date__lte=youngest_with_naps(now), then=_moment(wake_time(now, naps=True))),
        default=_moment(wake_time(now)),
    )
    columns = {name: F(name) for name in _SAME} | {
        "channel": F("way"),
        "address": Concat(F("way"), Value(":"), Cast("person_id", CharField())),
        "due_at": due_at,
        "status": Value(Reminder.Status.PENDING),
        "attempts": Value(0),
        "failure": Value(""),
        "created_at": _moment(now),
    }
    written = reminders.annotate(way=way).exclude(way="").order_by().values_list(*columns.values())
    sql, parameters = written.query.sql_with_params()
    quote, fields = connection.ops.quote_name, Reminder._meta
    names = ", ".join(quote(fields.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(fields.db_table)} ({names}) {sql} ON CONFLICT DO NOTHING", parameters
        )


def _moment(value):
    return Value(value, output_field=DateTimeField())
