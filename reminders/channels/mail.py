"""E-mail through the mail server of the settings."""

import hashlib
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from reminders.errors import Unavailable, Undeliverable


def send(message):
    """Send a `channels.Message`. Mail servers have no keys; equal Message-IDs let mailboxes fold a repetition."""
    if not message.to:
        raise Undeliverable(_("没有邮箱地址"))
    # a subject may quote a resident; a line break in it would be a header of theirs, so the library refuses the mail
    subject = " ".join(f"【{message.sender}】{message.subject}".split())
    mail = EmailMessage(
        subject, message.text, to=[message.to], headers={"Message-ID": _message_id(message.key)}
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise Undeliverable(_("邮箱地址被退回")) from error
    except OSError as error:  # smtplib's own errors are among them
        raise Unavailable(_("邮件服务器没接通")) from error


def _message_id(key):
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"
