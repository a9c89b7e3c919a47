"""What can go wrong in the branches; each message is the sentence that the user reads."""


class BranchError(Exception):
    pass


class PostRefused(BranchError):
    """The post cannot be opened or ended as asked."""


class MeetingRefused(BranchError):
    """The meeting cannot be changed as asked, or somebody else was first."""


class VoteRefused(BranchError):
    """The vote cannot be counted: too few are there, or the numbers do not fit."""


class TopicRefused(BranchError):
    """The topic cannot be raised, moved, seconded, voted on or rated as asked."""


class TopicLinkExpired(BranchError):
    """The signed link was changed."""


class NoticeRefused(BranchError):
    """The notice cannot be published, objected to or answered as asked."""


class PartnerRefused(BranchError):
    """The offer of a partner unit cannot take this step."""


class RegisterRefused(BranchError):
    """A member's standing, transfer or check-in cannot be changed as asked."""


class DuesRefused(BranchError):
    """Dues cannot be assessed, waived or received as asked."""
