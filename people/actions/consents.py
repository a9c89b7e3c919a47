from django.utils import timezone

from people.models import Consent


def give_consent(person, purpose, *, text_version, channel):
    """Record that `person` agreed to `purpose`; agreeing twice leaves the first row. One statement, no result."""
    consent = Consent(person=person, purpose=purpose, text_version=text_version, channel=channel)
    Consent.objects.bulk_create([consent], ignore_conflicts=True)


def withdraw_consent(person, purpose):
    """Withdraw what `person` agreed to (PIPL art. 15: as easy as giving it). Returns whether there was anything."""
    return (
        Consent.objects.current().filter(person=person, purpose=purpose).update(withdrawn_at=timezone.now())
        > 0
    )
