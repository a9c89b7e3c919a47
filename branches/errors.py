"""What can go wrong in the branches; each message is the sentence that the user reads."""


class BranchError(Exception):
    pass


class PostRefused(BranchError):
    """The post cannot be opened or ended as asked."""
