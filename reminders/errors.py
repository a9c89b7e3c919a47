"""What can go wrong with reminders; a message is the sentence that staff reads in the list."""


class ReminderError(Exception):
    pass


class Unavailable(ReminderError):
    """The channel cannot be reached now; trying later may help."""


class Undeliverable(ReminderError):
    """This message can never be delivered by this channel (no number, no address)."""


class AlreadySettled(ReminderError):
    """Somebody else was first, or the matter is settled otherwise."""


class NotYours(ReminderError):
    """This user's role may read the list but change nothing on it."""
