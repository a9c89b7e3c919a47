from people.actions.consents import give_consent, withdraw_consent
from people.actions.limits import Limit, forget_old_windows, give_back, spend, spend_each
from people.actions.persons import recognise, reveal
from people.actions.roles import gives, update_role
from people.actions.sessions import forget_old_sessions

__all__ = [
    "Limit",
    "forget_old_sessions",
    "forget_old_windows",
    "give_back",
    "give_consent",
    "gives",
    "recognise",
    "reveal",
    "spend",
    "spend_each",
    "update_role",
    "withdraw_consent",
]
