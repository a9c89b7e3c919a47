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
from volunteers.models.time_bank import TimeAccount, TimeBank, TimeTransfer

__all__ = [
    "ADULT",
    "APPLICATION_ARROWS",
    "CLAIM_ARROWS",
    "DEFAULT_STARS",
    "REQUEST_ARROWS",
    "ApplicationStatus",
    "Certificate",
    "CertificateRequest",
    "CertificateSeries",
    "ClaimStatus",
    "FreeHalfDay",
    "HelperApplication",
    "HelperProfile",
    "HourClaim",
    "HourEntry",
    "RequestStatus",
    "Skill",
    "StarRule",
    "Team",
    "TimeAccount",
    "TimeBank",
    "TimeTransfer",
]
