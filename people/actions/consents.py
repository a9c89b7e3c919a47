"""Consents: given once for each purpose, withdrawn as easily (PIPL arts. 13–16, domain.md §9.1)."""

from django.db import transaction
from django.utils import timezone

from haimengyuan.lib.inserting import insert_unless_known
from people.models import Consent

CONSENT_TEXT = "2026-11"  # the version of the words of /privacy/ that people agree to now
_FOLLOWERS = {}


def give_consent(person, purpose, *, channel, text_version=CONSENT_TEXT):
    """Record that `person` agreed to `purpose`; agreeing twice leaves the first row. One statement, no result."""
    insert_unless_known(Consent(person=person, purpose=purpose, text_version=text_version, channel=channel))


def text_shown(by):
    """The version of the words that stood beside a form, for `ConsentShown`; none where a user (`by`) wrote it down."""
    return "" if by else CONSENT_TEXT


def follows_withdrawal(*purposes):
    """Decorate a function of (person, purpose) that undoes, in the same transaction, what rested on the consent."""

    def register(follow):
        for purpose in purposes:
            _FOLLOWERS.setdefault(purpose, []).append(follow)
        return follow

    return register


@transaction.atomic
def withdraw_consent(person, purpose):
    """Withdraw what `person` agreed to (PIPL art. 15: as easy as giving it). Returns whether there was anything."""
    withdrawn = Consent.objects.current().filter(person=person, purpose=purpose)
    if not withdrawn.update(withdrawn_at=timezone.now()):
        return False
    for follow in _FOLLOWERS.get(purpose, ()):
        follow(person, purpose)
    return True
