from people.actions.consents import give_consent, withdraw_consent
from people.actions.limits import forget_old_windows, give_back, spend
from people.actions.persons import recognise, reveal
from people.actions.sessions import forget_old_sessions

__all__ = [
    "forget_old_sessions",
    "forget_old_windows",
    "give_back",
    "give_consent",
    "recognise",
    "reveal",
    "spend",
    "withdraw_consent",
]
