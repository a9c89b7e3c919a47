from grids.actions.bookings import (
    book,
    cancel_booking,
    confirm_booking,
    decline_booking,
    expire_bookings,
    follows_cancelling,
    release,
)
from grids.actions.duties import appoint, cover, end_appointment, hand_over, remove_cover

__all__ = [
    "appoint",
    "book",
    "cancel_booking",
    "confirm_booking",
    "cover",
    "decline_booking",
    "end_appointment",
    "expire_bookings",
    "follows_cancelling",
    "hand_over",
    "release",
    "remove_cover",
]
