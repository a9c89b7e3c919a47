from grids.actions.bookings import (
    book,
    cancel_booking,
    confirm_booking,
    decline_booking,
    expire_bookings,
    follows_cancelling,
    release,
)
from grids.actions.care_plans import begin_plan, change_plan, give_back_plans, pass_plans_on
from grids.actions.duties import appoint, cover, end_appointment, hand_over, remove_cover
from grids.actions.visits import forget_notes, log_visit, strike_visit, undo_visit

__all__ = [
    "appoint",
    "begin_plan",
    "book",
    "cancel_booking",
    "change_plan",
    "confirm_booking",
    "cover",
    "decline_booking",
    "end_appointment",
    "expire_bookings",
    "follows_cancelling",
    "forget_notes",
    "give_back_plans",
    "hand_over",
    "log_visit",
    "pass_plans_on",
    "release",
    "remove_cover",
    "strike_visit",
    "undo_visit",
]
