from django.utils import timezone

from people.models import Consent


def give_consent(person, purpose, *, text_version, channel):
    """Record that `person` agreed to `purpose`; agreeing twice leaves one current row. Returns the `Consent`."""
    consent, _created = Consent.objects.get_or_create(
        person=person,
        purpose=purpose,
        withdrawn_at=None,
        defaults={"text_version": text_version, "channel": channel},
    )
    return consent


def withdraw_consent(person, purpose):
    """Withdraw what `person` agreed to (PIPL art. 15: as easy as giving it). Returns whether there was anything."""
    return (
        Consent.objects.current().filter(person=person, purpose=purpose).update(withdrawn_at=timezone.now())
        > 0
    )
