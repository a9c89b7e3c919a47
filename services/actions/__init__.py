from services.actions.dispatch import (
    accept,
    agree_visit,
    decline,
    offer,
    refuse_visit,
    return_to_desk,
    set_visit,
    take,
    withdraw_offers,
)
from services.actions.endings import confirm, rate, reopen, reply, solve
from services.actions.handling import (
    add_information,
    add_note,
    answer_question,
    ask_resident,
    cancel_order,
    escalate,
    place_order_in,
    reject,
    remind_of_question,
)
from services.actions.moving import RESIDENT, can_undo, move, undo
from services.actions.ordering import admit_order, submit
from services.actions.ticks import close_unanswered, remind_deadlines, time_out_offers
from services.actions.tracking import find_order
from services.actions.unmet import flush_unmet_words, note_unmet_word

__all__ = [
    "RESIDENT",
    "accept",
    "add_information",
    "add_note",
    "admit_order",
    "agree_visit",
    "answer_question",
    "ask_resident",
    "can_undo",
    "cancel_order",
    "close_unanswered",
    "confirm",
    "decline",
    "escalate",
    "find_order",
    "flush_unmet_words",
    "move",
    "note_unmet_word",
    "offer",
    "place_order_in",
    "rate",
    "refuse_visit",
    "reject",
    "remind_deadlines",
    "remind_of_question",
    "reopen",
    "reply",
    "return_to_desk",
    "set_visit",
    "solve",
    "submit",
    "take",
    "time_out_offers",
    "undo",
    "withdraw_offers",
]
