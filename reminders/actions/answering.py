"""What people do with their reminders: read them, make the calls, try again."""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from people.actions import reveal
from people.errors import RevealRefused
from reminders.actions.quiet import allowed_at
from reminders.errors import AlreadySettled, NotYours
from reminders.models import Reminder

TRY_AGAIN_FOR = dt.timedelta(days=1)
CALL_AGAIN_AFTER = dt.timedelta(hours=1)


@transaction.atomic
def mark_read(reminders):
    """Mark a queryset of inbox rows as read. Returns how many were not yet.

    Whoever has read a message on the web is not told once more by telephone: its pending outside row falls silent.
    """
    unread = list(reminders.inbox().unread().values_list("pk", "person_id", "dedupe_key"))
    persons, keys = {person for _pk, person, _key in unread}, {key for _pk, _person, key in unread}
    read = {(person, key) for _pk, person, key in unread}
    told = Reminder.objects.outside().pending().filter(person_id__in=persons, dedupe_key__in=keys)
    silenced = [pk for pk, *row in told.values_list("pk", "person_id", "dedupe_key") if tuple(row) in read]
    told.filter(pk__in=silenced).update(status=Reminder.Status.CANCELLED, failure=_("已在网页上看过"))
    return Reminder.objects.filter(pk__in=[pk for pk, *_row in unread]).update(read_at=timezone.now())


def settle_desk(community_id, prefix):
    """Mark as read what the desk was told of an occasion that somebody has dealt with. Returns how many.

    `prefix` begins the dedupe keys of the occasion and ends with a colon, as in `cancel`.
    """
    told = Reminder.objects.desk_inbox(community_id).recently_unread()
    return told.filter(dedupe_key__startswith=prefix).update(read_at=timezone.now())


def call_done(reminder, by):
    """`by` (a User) has told the person by telephone.

    Raises `NotYours` for a role that handles no orders, `AlreadySettled` when somebody else was first or the call
    fell silent.
    """
    _check(by)
    calls = Reminder.objects.outside().pending().filter(pk=reminder.pk, channel=Reminder.Channel.CALL)
    if not calls.update(status=Reminder.Status.SENT, sent_at=timezone.now(), attempts=F("attempts") + 1):
        raise AlreadySettled(_("这个电话已经有人打过，或者不用打了"))


def call_later(reminder, by):
    """Nobody answered: back on the list in an hour, or after the noon or the night's rest.

    Raises as `call_done` does.
    """
    _check(by)
    calls = Reminder.objects.outside().pending().filter(pk=reminder.pk, channel=Reminder.Channel.CALL)
    if not calls.update(
        due_at=allowed_at(reminder, timezone.now() + CALL_AGAIN_AFTER), attempts=F("attempts") + 1
    ):
        raise AlreadySettled(_("这个电话已经有人打过，或者不用打了"))


@transaction.atomic
def reveal_calls(reminders, *, viewer):
    """The phone numbers for a list of calls, keyed by person id; each person leaves one `PersonalDataView`.

    Raises `RevealRefused` when the viewer's role may not see them.
    """
    if not viewer.may("reveal_personal_data"):
        raise RevealRefused(_("这一项不能查看"))
    persons = {reminder.person_id: (reminder.person, reminder.pk) for reminder in reminders}
    reason = _("打提醒电话")
    return {
        person_id: reveal(person, "phone", viewer=viewer, reason=reason, about=f"reminder:{pk}")
        for person_id, (person, pk) in persons.items()
    }


def send_again(reminder, by):
    """Send a failed reminder once more, as if it were new, for at most another day.

    Raises `NotYours` for a role that handles no orders, `AlreadySettled` when somebody else was first.
    """
    _check(by)
    now = timezone.now()
    failed = Reminder.objects.outside().filter(pk=reminder.pk, status=Reminder.Status.FAILED)
    if not failed.update(
        status=Reminder.Status.PENDING, attempts=0, due_at=now, expires_at=now + TRY_AGAIN_FOR, failure=""
    ):
        raise AlreadySettled(_("这一条已经有人处理了"))


@transaction.atomic
def call_instead(reminder, by):
    """Put a failed message on the call list.

    Raises `NotYours` for a role that handles no orders, `AlreadySettled` when somebody else was first or the message
    was for a robot.
    """
    _check(by)
    failed = Reminder.objects.outside().filter(pk=reminder.pk, status=Reminder.Status.FAILED)
    if reminder.person_id is None or not failed.update(
        status=Reminder.Status.CANCELLED, failure=_("改为打电话")
    ):
        raise AlreadySettled(_("这一条已经有人处理了"))
    now = timezone.now()
    copied = ("kind", "subject", "text", "link", "rests_on")
    call = {name: getattr(reminder, name) for name in copied}
    Reminder.objects.get_or_create(
        address=f"{Reminder.Channel.CALL}:{reminder.person_id}",
        dedupe_key=reminder.dedupe_key,
        defaults=call
        | {
            "community_id": reminder.community_id,
            "person_id": reminder.person_id,
            "channel": Reminder.Channel.CALL,
            "urgent": True,
            "due_at": now,
            "expires_at": now + TRY_AGAIN_FOR,
        },
    )


def _check(by):
    if not by.may("handle_orders"):
        raise NotYours(_("您可以看名单，不能改名单"))
