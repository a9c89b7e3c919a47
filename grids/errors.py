"""What can go wrong with the territory; each message is the sentence that the user reads."""


class GridError(Exception):
    pass


class AppointmentRefused(GridError):
    """The appointment cannot be opened or ended as asked."""


class BookingRefused(GridError):
    """The venue cannot be booked, or the booking not be changed, as asked."""


class SlotTaken(BookingRefused):
    """Somebody holds a part of that time already; the sentence names the next free time."""


class CarePlanRefused(GridError):
    """The plan cannot be begun or changed as asked."""


class VisitRefused(GridError):
    """The visit cannot be written down, taken back or struck out as asked."""


class LinkExpired(GridError):
    """The signed link was changed or its booking is gone."""
