"""One order on its way through the table of arrows, in the past: the same consequences as a real move has."""

import datetime as dt

from django.utils import timezone

from services import clock
from services.actions.moving import actor_fields, consequences
from services.models import NEXT_STATUSES, Offer, OrderEvent, OrderStatus, Rating
from services.models.states import CLOSED_STATUSES

MORNING, EVENING = dt.time(7, 30), dt.time(21, 0)


class NotYet(Exception):
    """The next step of a story lies in the future: the story ends here, in the state it has."""


class Walk:
    """An unsaved order with its events, offers, hours and rating. `now` is where every story ends."""

    def __init__(self, order, *, actor, now, note=""):
        self.order, self.now = order, now
        self.events, self.offers, self.hours = [], [], []
        self.rating = None
        self.at = order.submitted_at
        community = order.community
        order.dispatch_due_at = clock.dispatch_due(community, self.at)
        order.due_at = clock.order_due(order.service, self.at)
        self._write("", OrderStatus.SUBMITTED, actor, note)

    def go_to(self, at):
        """The next step happens at `at`, never before the last one. Raises `NotYet` when that is in the future."""
        at = max(at, self.at + dt.timedelta(minutes=1))
        if at > self.now:
            raise NotYet
        self.at = at

    def move(self, new, *, actor, note="", is_internal=False, **changes):
        """Move to `new` at the present step, with the consequences of `services.actions.move`."""
        order, old = self.order, OrderStatus(self.order.status)
        if new not in NEXT_STATUSES[old]:
            raise ValueError(f"there is no arrow from {old} to {new}")
        values = {"status": new, "moved_at": self.at} | consequences(order, old, new, self.at) | changes
        for name, value in values.items():
            setattr(order, name, value)
        if new == OrderStatus.SUBMITTED:
            self._answer(Offer.Answer.ACCEPTED, Offer.Answer.CLOSED)
        self._write(old, new, actor, note, is_internal)

    def offer(self, persons, *, by, words=""):
        """Ask these persons now."""
        due = clock.answer_due(self.order.community, self.at)
        made = [
            Offer(
                order=self.order, person=p, offered_by=by, note=words, offered_at=self.at, answer_due_at=due
            )
            for p in persons
        ]
        self.move(OrderStatus.OFFERED, actor=by, note="、".join(person.masked_name for person in persons))
        self.offers += made
        return made

    def accept(self, made, **visit):
        """One of the asked persons accepts; the others' offers are taken."""
        self.move(OrderStatus.ACCEPTED, actor=made.person, assigned_to=made.person, **visit)
        self.answer(made, Offer.Answer.ACCEPTED)
        self._answer(Offer.Answer.NONE, Offer.Answer.TAKEN)

    def answer(self, made, answer, reason=""):
        made.answer, made.reason, made.answered_at = answer, reason, self.at

    def solve(self, *, actor, result, minutes=0):
        """The matter is done; `minutes` go to whoever carries the order."""
        self.move(OrderStatus.SOLVED, actor=actor, note=result, result=result)
        if minutes and self.order.assigned_to:
            day = timezone.localtime(self.at).date()
            self.hours.append((self.order.assigned_to, minutes, day, self.order.reopened_times))

    def rate(self, score, words):
        if self.order.status in CLOSED_STATUSES:
            self.rating = Rating(order=self.order, score=score, words=words, rated_at=self.at)

    def _answer(self, old, new):
        for made in self.offers:
            if made.answer == old:
                made.answer = new
                made.answered_at = made.answered_at or self.at

    def _write(self, old, new, actor, note, is_internal=False):
        self.events.append(
            OrderEvent(
                order=self.order,
                old_status=old,
                new_status=new,
                note=note[:200],
                is_internal=is_internal,
                at=self.at,
                **actor_fields(actor),
            )
        )


def awake(moment):
    """`moment`, or the next time of day at which people call, visit and answer (7:30–21:00)."""
    local = timezone.localtime(moment)
    if local.time() < MORNING:
        return local.replace(hour=8, minute=local.minute)
    if local.time() > EVENING:
        return (local + dt.timedelta(days=1)).replace(hour=8, minute=local.minute)
    return local
