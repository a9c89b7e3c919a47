"""Out of the portal: claim some rows, send them outside any transaction, settle each with one's own claim.

A worker that dies between sending and settling leaves a claim behind. The sweeper frees it, and the message is sent
again with the same key: at least once, and once where the gateway heeds keys.
"""

import datetime as dt
import logging
import random
import time
import traceback
import uuid
from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import Person
from reminders import channels
from reminders.actions.planning import way_to
from reminders.actions.quiet import allowed_at, next_morning
from reminders.errors import Unavailable, Undeliverable
from reminders.models import Reminder

log = logging.getLogger(__name__)

OUTSIDE_BATCH = 50
LEASE = dt.timedelta(minutes=5)
TICK_SECONDS = 50  # one round of sending ends before the next tick, and long before the lease
MAX_ATTEMPTS = 8  # with the waits below: about two hours
FIRST_WAIT = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(hours=1)
TEXTS_A_DAY = 2  # domain.md §8

_SENT_BY_MACHINE = (Reminder.Channel.SMS, Reminder.Channel.EMAIL, Reminder.Channel.ROBOT)
Status = Reminder.Status


def deliver_outside(*, seconds=TICK_SECONDS, send=channels.send):
    """Send what is due outside, for at most `seconds` plus one message. Returns how many were sent.

    Any number of these may run at once; each row belongs to one of them.
    """
    stop_at = time.monotonic() + seconds
    sent, may_be_more = 0, True
    while may_be_more and time.monotonic() < stop_at:
        claim = claim_outside()
        sent += _send_claimed(claim, stop_at, send)
        may_be_more = claim.may_be_more
    return sent


@dataclass(frozen=True)
class Claim:
    """The rows that are one worker's to send, under a token that nobody else has."""

    token: uuid.UUID
    rows: list[Reminder]
    may_be_more: bool

    def still_mine(self, rows):
        """A queryset of those `rows` that this claim still holds."""
        pks = [row.pk for row in rows]
        return Reminder.objects.filter(pk__in=pks, status=Status.CLAIMED, claim=self.token)


@transaction.atomic(durable=True)
def claim_outside(*, limit=OUTSIDE_BATCH):
    """Claim up to `limit` due rows; those that must not go now are settled or put off instead. Returns the `Claim`."""
    now = timezone.now()
    rows = list(
        sendable(now)
        .order_by("-urgent", "due_at", "pk")
        .with_silence()
        .select_related("community")
        .select_for_update(skip_locked=True, of=("self",))[:limit]
    )
    _load_persons(rows)
    texts_today = _count_texts(rows, now)
    mine = [row for row in rows if _may_go(row, now, texts_today)]
    token = uuid.uuid4()
    Reminder.objects.pending().filter(pk__in=[row.pk for row in mine]).update(
        status=Status.CLAIMED, claim=token, claimed_at=now, attempts=F("attempts") + 1
    )
    return Claim(token, mine, may_be_more=len(rows) == limit)


def sendable(now):
    """Due rows that a machine sends now; the call list and what waits for the morning's digest are not among them."""
    due = Reminder.objects.outside().due(now).filter(channel__in=_SENT_BY_MACHINE)
    return due.exclude(Reminder.WAITS_FOR_DIGEST)


def _load_persons(rows):
    """Read the rows' persons afresh and hold them: two claims for one person count that person's texts in turn."""
    wanted = sorted({row.person_id for row in rows if row.person_id})
    held = Person.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    persons = {person.pk: person for person in held}
    for row in rows:
        row.person = persons.get(row.person_id)


def _count_texts(rows, now):
    """How many texts each address among `rows` has had today, those on their way included."""
    addresses = {row.address for row in rows if row.channel == Reminder.Channel.SMS}
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    known = Reminder.objects.filter(address__in=addresses)
    sent = known.filter(status=Status.SENT, sent_at__gte=today).values_list("address", flat=True)
    claimed = known.filter(status=Status.CLAIMED).values_list("address", flat=True)
    return Counter(sent) + Counter(claimed)


def _may_go(row, now, texts_today):
    """Whether `row` goes now; otherwise it is expired, cancelled or put off. Counts the text when it goes."""
    if row.expires_at <= now:
        return _settle_pending(row, status=Status.EXPIRED)
    if row.is_silenced or (row.person and row.channel != way_to(row.person)):
        return _settle_pending(row, status=Status.CANCELLED)
    if (awake := allowed_at(row, now)) > now:
        return _settle_pending(row, due_at=awake)
    if row.channel == Reminder.Channel.SMS:
        if not row.urgent and texts_today[row.address] >= TEXTS_A_DAY:
            return _settle_pending(row, due_at=next_morning(now))
        texts_today[row.address] += 1
    return True


def _settle_pending(row, **values):
    Reminder.objects.pending().filter(pk=row.pk).update(**values)
    return False


def _send_claimed(claim, stop_at, send):
    """Send the claimed rows one by one; what time does not allow for is given back untried. Returns how many went."""
    sent = 0
    for position, row in enumerate(claim.rows):
        if time.monotonic() >= stop_at:
            untried = claim.still_mine(claim.rows[position:])
            untried.update(status=Status.PENDING, claim=None, claimed_at=None, attempts=F("attempts") - 1)
            break
        sent += _send_one(row, claim.still_mine([row]), send)
    return sent


def _send_one(row, mine, send):
    """Send one row and settle it; `mine` is that row if nobody has taken it away meanwhile."""
    try:
        send(row)
    except Undeliverable as reason:
        mine.update(status=Status.FAILED, claim=None, failure=str(reason)[:200])
    except Unavailable as reason:
        _put_off(row, mine, str(reason))
    except Exception as error:  # noqa: BLE001 (a library may raise anything; one message must not stop the others)
        # the words of a stranger's exception may hold an address, so only its kind and place are logged
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("Reminder %s was not sent: %s\n%s", row.pk, type(error).__name__, where)
        _put_off(row, mine, _("发送时出错"))
    else:
        return mine.update(status=Status.SENT, claim=None, sent_at=timezone.now(), failure="")
    return 0


def _put_off(row, mine, reason):
    """Try again later, or give up after the last attempt."""
    attempts = row.attempts + 1  # the claim has counted this one in the database
    if attempts >= MAX_ATTEMPTS:
        values = {"status": Status.FAILED}
    else:
        values = {"status": Status.PENDING, "due_at": timezone.now() + wait_after(attempts)}
    mine.update(claim=None, claimed_at=None, failure=reason[:200], **values)


def wait_after(attempts):
    """The wait before the next try: a minute, doubled each time up to an hour, and up to a fifth more by chance."""
    wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    return wait * random.uniform(1, 1.2)


@transaction.atomic
def sweep():
    """Put right what nobody else will: free claims older than the lease, end what came too late. Returns how many."""
    now = timezone.now()
    stuck = Reminder.objects.filter(status=Status.CLAIMED, claimed_at__lt=now - LEASE)
    given_up = stuck.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=Status.FAILED, claim=None, failure=_("发送时一再中断")
    )
    freed = stuck.update(status=Status.PENDING, claim=None, claimed_at=None)
    expired = Reminder.objects.pending().filter(expires_at__lte=now).update(status=Status.EXPIRED)
    return given_up + freed + expired
