from reminders.actions.answering import (
    call_done,
    call_instead,
    call_later,
    mark_read,
    reveal_calls,
    send_again,
    settle_desk,
)
from reminders.actions.digests import send_digests
from reminders.actions.heartbeat import beat
from reminders.actions.inbox import deliver_inbox
from reminders.actions.outside import deliver_outside, sweep
from reminders.actions.planning import cancel, pass_on, plan, to_call, to_desk, to_person, to_robot, way_to

__all__ = [
    "beat",
    "call_done",
    "call_instead",
    "call_later",
    "cancel",
    "deliver_inbox",
    "deliver_outside",
    "mark_read",
    "pass_on",
    "plan",
    "reveal_calls",
    "send_again",
    "send_digests",
    "settle_desk",
    "sweep",
    "to_call",
    "to_desk",
    "to_person",
    "to_robot",
    "way_to",
]
