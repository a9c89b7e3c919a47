"""The ways out of the portal. Each sends one message and raises `Unavailable` or `Undeliverable` when it cannot.

A message carries a key. It is the same at each try, so that a gateway can drop what it has already sent.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from reminders.channels import mail, robot, sms
from reminders.errors import Undeliverable
from reminders.models import Reminder


@dataclass(frozen=True)
class Message:
    """What leaves: `to` is a phone, a mail address or the name of a robot; `sender` is the community's name."""

    key: str
    to: str
    subject: str
    text: str
    sender: str


def send(reminder):
    """Send a claimed reminder by its channel, outside any transaction; its person and community are loaded.

    Raises `Unavailable` when a later try may help, `Undeliverable` when none will.
    """
    way = _WAYS.get(reminder.channel)
    if way is None:
        raise Undeliverable(_("没有这种发送方式"))
    deliver, address_of = way
    deliver(message_of(reminder, address_of(reminder)))


def message_of(reminder, to):
    """The `Message` of a reminder; its key names the occasion and the way, and no person but by number."""
    link = f"{settings.PUBLIC_BASE_URL}{reminder.link}" if reminder.link else ""
    return Message(
        key=f"{reminder.address}/{reminder.dedupe_key}",
        to=to,
        subject=reminder.subject,
        text=" ".join(filter(None, [reminder.text, link])),
        sender=reminder.community.name,
    )


_WAYS = {
    Reminder.Channel.SMS: (sms.send, lambda reminder: reminder.person.phone),
    Reminder.Channel.EMAIL: (mail.send, lambda reminder: reminder.person.email),
    Reminder.Channel.ROBOT: (robot.send, lambda reminder: reminder.address.partition(":")[2]),
}
