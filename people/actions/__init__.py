from people.actions.consents import (
    CONSENT_TEXT,
    follows_withdrawal,
    give_consent,
    text_shown,
    withdraw_consent,
)
from people.actions.limits import Limit, forget_old_windows, give_back, give_back_each, spend, spend_each
from people.actions.persons import recognise, reveal, stranger, take_in, take_in_stranger
from people.actions.roles import gives, update_role
from people.actions.sessions import forget_old_sessions

__all__ = [
    "CONSENT_TEXT",
    "Limit",
    "follows_withdrawal",
    "forget_old_sessions",
    "forget_old_windows",
    "give_back",
    "give_back_each",
    "give_consent",
    "gives",
    "recognise",
    "reveal",
    "spend",
    "spend_each",
    "stranger",
    "take_in",
    "take_in_stranger",
    "text_shown",
    "update_role",
    "withdraw_consent",
]
