from services.actions.catalogue import bump_catalogue, count_unmet, fold_unmet_words, mark_word_handled
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
from services.actions.moving import RESIDENT, can_undo, check_seen, move, undo
from services.actions.ordering import admit_order, submit
from services.actions.ticks import close_unanswered, remind_deadlines, time_out_offers
from services.actions.tracking import find_order

__all__ = [
    "RESIDENT",
    "accept",
    "add_information",
    "add_note",
    "admit_order",
    "agree_visit",
    "answer_question",
    "ask_resident",
    "bump_catalogue",
    "can_undo",
    "cancel_order",
    "check_seen",
    "close_unanswered",
    "confirm",
    "count_unmet",
    "decline",
    "escalate",
    "find_order",
    "fold_unmet_words",
    "mark_word_handled",
    "move",
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
