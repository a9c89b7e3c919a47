from volunteers.actions.applications import accept_application, apply_to_help, decline_application
from volunteers.actions.certificates import (
    ask_for_certificate,
    decline_request,
    find_certificate,
    grant_request,
    issue_certificate,
    revoke_certificate,
)
from volunteers.actions.claims import accept_claim, claim_missing, claim_wrong, decline_claim
from volunteers.actions.helpers import (
    edit_own_profile,
    register_helper,
    set_free_half_days,
    set_skills,
    stop_helping,
)
from volunteers.actions.hours import (
    correct_hours,
    ensure_star_rules,
    net_minutes,
    record_hours,
    stars_of,
    withdraw_hours,
)
from volunteers.actions.time_bank import counter_transfer, open_account, spend_time

__all__ = [
    "accept_application",
    "accept_claim",
    "apply_to_help",
    "ask_for_certificate",
    "claim_missing",
    "claim_wrong",
    "correct_hours",
    "counter_transfer",
    "decline_application",
    "decline_claim",
    "decline_request",
    "edit_own_profile",
    "ensure_star_rules",
    "find_certificate",
    "grant_request",
    "issue_certificate",
    "net_minutes",
    "open_account",
    "record_hours",
    "register_helper",
    "revoke_certificate",
    "set_free_half_days",
    "set_skills",
    "spend_time",
    "stars_of",
    "stop_helping",
    "withdraw_hours",
]
