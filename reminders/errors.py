"""What can go wrong with reminders; a message is the sentence that staff reads in the list."""


class ReminderError(Exception):
    pass


class Unavailable(ReminderError):
    """The channel cannot be reached now; trying later may help."""


class Undeliverable(ReminderError):
    """This message can never be delivered by this channel (no number, no address)."""
