from volunteers.models.activities import NEXT_ACTIVITY, Activity, ActivitySeries, ActivityStatus, Shift
from volunteers.models.applications import APPLICATION_ARROWS, ApplicationStatus, HelperApplication
from volunteers.models.certificates import (
    REQUEST_ARROWS,
    Certificate,
    CertificateRequest,
    CertificateSeries,
    RequestStatus,
)
from volunteers.models.helpers import ADULT, FreeHalfDay, HelperProfile, Skill, Team
from volunteers.models.hours import CLAIM_ARROWS, DEFAULT_STARS, ClaimStatus, HourClaim, HourEntry, StarRule
from volunteers.models.signups import (
    ACTIVE,
    COMING,
    HOLDING,
    NEXT_SIGNUP,
    ActivityMessage,
    Companion,
    Signup,
    SignupStatus,
    WalkIn,
)
from volunteers.models.time_bank import TimeAccount, TimeBank, TimeTransfer

__all__ = [
    "ACTIVE",
    "ADULT",
    "APPLICATION_ARROWS",
    "CLAIM_ARROWS",
    "COMING",
    "DEFAULT_STARS",
    "HOLDING",
    "NEXT_ACTIVITY",
    "NEXT_SIGNUP",
    "REQUEST_ARROWS",
    "Activity",
    "ActivityMessage",
    "ActivitySeries",
    "ActivityStatus",
    "ApplicationStatus",
    "Certificate",
    "CertificateRequest",
    "CertificateSeries",
    "ClaimStatus",
    "Companion",
    "FreeHalfDay",
    "HelperApplication",
    "HelperProfile",
    "HourClaim",
    "HourEntry",
    "RequestStatus",
    "Shift",
    "Signup",
    "SignupStatus",
    "Skill",
    "StarRule",
    "Team",
    "TimeAccount",
    "TimeBank",
    "TimeTransfer",
    "WalkIn",
]
