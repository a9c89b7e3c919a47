"""Registering and silencing reminders, inside the caller's transaction."""

import datetime as dt
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils import timezone

from haimengyuan.lib.inserting import insert_unknown
from people.actions import follows_withdrawal
from people.models import Consent
from reminders.actions.quiet import allowed_at
from reminders.models import Reminder

EXPIRES_AFTER = dt.timedelta(days=2)


def plan(reminders):
    """Register reminders. The same occasion for the same address is kept once, so planning twice is harmless."""
    insert_unknown(reminders)


def cancel(*prefixes):
    """Silence every pending reminder whose dedupe key begins with one of `prefixes`. Returns how many.

    End a prefix with a colon: "order:1" would silence "order:11" too.
    """
    begins = reduce(or_, (Q(dedupe_key__startswith=prefix) for prefix in prefixes))
    return Reminder.objects.pending().filter(begins).update(status=Reminder.Status.CANCELLED)


def pass_on(old, new, prefixes, *, keeps=False):
    """What waits for `old` about these occasions waits for `new` instead. Returns how many rows went over.

    `prefixes` are beginnings of dedupe keys that end with a colon. With `keeps` the old person is told as well. An offer
    stays: its link belongs to whom it was made.
    """
    begins = tuple(prefixes)
    rows = Reminder.objects.pending().filter(address=f"person:{old.pk}").exclude(kind=Reminder.Kind.OFFER)
    waiting = [row for row in rows if row.dedupe_key.startswith(begins)]
    plan(
        to_person(
            new,
            kind=row.kind,
            dedupe_key=row.dedupe_key,
            subject=row.subject,
            text=row.text,
            link=row.link,
            due_at=row.due_at,
            expires_at=row.expires_at,
            urgent=row.urgent,
            rests_on=row.rests_on,
        )
        for row in waiting
    )
    if not keeps:
        rows = Reminder.objects.pending().filter(pk__in=[row.pk for row in waiting])
        rows.update(status=Reminder.Status.CANCELLED)
    return len(waiting)


@follows_withdrawal(*Consent.Purpose)
def _say_no_more(person, purpose):
    """Silence what is still to be said to `person` for a purpose that they no longer agree to.

    What is planned after this, or fails and waits again, is found by `Reminder.must_not_be_said` when its turn comes.
    """
    waiting = Reminder.objects.pending().filter(person=person, rests_on=purpose)
    waiting.update(status=Reminder.Status.CANCELLED)


def way_to(person):
    """How `person` wants to be told outside the web: `Reminder.Channel.CALL`, `SMS`, `EMAIL`, or empty."""
    return Reminder.Channel.CALL if person.prefers_phone_call else person.reach_by


def to_person(
    person,
    *,
    kind,
    dedupe_key,
    subject,
    text,
    link="",
    due_at=None,
    expires_at=None,
    urgent=False,
    rests_on="",
):
    """An unsaved reminder for `person`, outside channel by their preference (`call` for those who want a call).

    `rests_on` is the `Consent.Purpose` without which it must not be said; empty for what a duty or a membership brings
    along, and for the answer to what they asked themselves.
    """
    return _reminder(
        f"person:{person.pk}",
        person=person,
        community_id=person.community_id,
        channel=way_to(person),
        kind=kind,
        dedupe_key=dedupe_key,
        subject=subject,
        text=text,
        link=link,
        due_at=due_at,
        expires_at=expires_at,
        urgent=urgent,
        rests_on=rests_on,
    )


def to_call(person, *, kind, dedupe_key, subject, text, due_at=None, expires_at=None, rests_on=""):
    """An unsaved row of the desk's call list, for somebody who is told outside the web in no other way.

    It comes due outside the person's quiet hours. `rests_on` as in `to_person`.
    """
    made = _reminder(
        f"{Reminder.Channel.CALL}:{person.pk}",
        person=person,
        community_id=person.community_id,
        channel=Reminder.Channel.CALL,
        kind=kind,
        dedupe_key=dedupe_key,
        subject=subject,
        text=text,
        due_at=due_at,
        expires_at=expires_at,
        rests_on=rests_on,
    )
    made.due_at = allowed_at(made, made.due_at)
    return made


def to_desk(
    community, *, kind, dedupe_key, subject, text, link="", due_at=None, expires_at=None, urgent=False
):
    """An unsaved reminder for the community's desk: every staff member finds it at the staff door."""
    return _reminder(
        f"desk:{community.pk}",
        community_id=community.pk,
        kind=kind,
        dedupe_key=dedupe_key,
        subject=subject,
        text=text,
        link=link,
        due_at=due_at,
        expires_at=expires_at,
        urgent=urgent,
    )


def to_robot(
    community, name, *, kind, dedupe_key, subject, text, link="", due_at=None, expires_at=None, urgent=False
):
    """An unsaved reminder for the group robot `name` of settings.APPRISE_URLS; its text names no resident.

    A group chat belongs to another company: what a robot says is read outside the portal.
    """
    return _reminder(
        f"robot:{name}",
        community_id=community.pk,
        channel=Reminder.Channel.ROBOT,
        kind=kind,
        dedupe_key=dedupe_key,
        subject=subject,
        text=text,
        link=link,
        due_at=due_at,
        expires_at=expires_at,
        urgent=urgent,
    )


def _reminder(address, *, due_at, expires_at, **fields):
    due_at = due_at or timezone.now()
    return Reminder(address=address, due_at=due_at, expires_at=expires_at or due_at + EXPIRES_AFTER, **fields)
