"""What can go wrong with people and accounts; each message is the sentence that the user reads."""


class PeopleError(Exception):
    pass


class RevealRefused(PeopleError):
    """The value may not be shown to this viewer."""


class TooOften(PeopleError):
    """The limit of a window is used up."""

    def __init__(self, message, *, retry_after):
        super().__init__(message)
        self.retry_after = retry_after  # seconds until the next window
