from branches.models.life import (
    AHEAD,
    DONE,
    NEXT_MEETING_STATUSES,
    OPEN_RECORD,
    Attendance,
    CadenceRule,
    Meeting,
    MeetingEvent,
    MeetingStatus,
    VotingRules,
)
from branches.models.members import PartyMember, Post
from branches.models.record import ActionItem, Minutes, Motion
from branches.models.territory import BranchGrid, BranchScopedQuerySet, PartyBranch, PartyGroup

__all__ = [
    "AHEAD",
    "DONE",
    "NEXT_MEETING_STATUSES",
    "OPEN_RECORD",
    "ActionItem",
    "Attendance",
    "BranchGrid",
    "BranchScopedQuerySet",
    "CadenceRule",
    "Meeting",
    "MeetingEvent",
    "MeetingStatus",
    "Minutes",
    "Motion",
    "PartyBranch",
    "PartyGroup",
    "PartyMember",
    "Post",
    "VotingRules",
]
