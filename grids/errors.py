"""What can go wrong with the territory; each message is the sentence that the user reads."""


class GridError(Exception):
    pass


class AppointmentRefused(GridError):
    """The appointment cannot be opened or ended as asked."""
