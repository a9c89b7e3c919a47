from volunteers.actions.activities import (
    add_shift,
    cancel_activity,
    change_activity,
    copy_activity,
    create_activity,
    finish_over,
    publish_activity,
    write_to,
)
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
from volunteers.actions.series import change_from_here, end_series, extend_all, start_series
from volunteers.actions.signups import answer, change_party, clash_of, join, sign_up, withdraw
from volunteers.actions.time_bank import counter_transfer, open_account, spend_time
from volunteers.actions.waiting import pass_on_lapsed, set_capacity

__all__ = [
    "accept_application",
    "accept_claim",
    "add_shift",
    "answer",
    "apply_to_help",
    "ask_for_certificate",
    "cancel_activity",
    "change_activity",
    "change_from_here",
    "change_party",
    "claim_missing",
    "claim_wrong",
    "clash_of",
    "copy_activity",
    "correct_hours",
    "counter_transfer",
    "create_activity",
    "decline_application",
    "decline_claim",
    "decline_request",
    "edit_own_profile",
    "end_series",
    "ensure_star_rules",
    "extend_all",
    "find_certificate",
    "finish_over",
    "grant_request",
    "issue_certificate",
    "join",
    "net_minutes",
    "open_account",
    "pass_on_lapsed",
    "publish_activity",
    "record_hours",
    "register_helper",
    "revoke_certificate",
    "set_capacity",
    "set_free_half_days",
    "set_skills",
    "sign_up",
    "spend_time",
    "stars_of",
    "start_series",
    "stop_helping",
    "withdraw",
    "withdraw_hours",
    "write_to",
]
