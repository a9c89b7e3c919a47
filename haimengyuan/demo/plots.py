"""What can happen to an order. Each plot walks one order step by step; `NotYet` ends it where the present is.

The first argument is a `Scene`: the walk and everybody in it.
"""

import datetime as dt
from dataclasses import dataclass
from random import Random

from django.utils import timezone

from haimengyuan.demo import texts
from haimengyuan.demo.walk import Walk, awake
from people.models import Person, User
from reminders.workdays import after_desk_minutes, next_workday
from services.models import Offer, OrderStatus, ServiceOrder

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
CONFIRMS = 0.76  # of the residents; the others say nothing for seven days
RATES = 0.8  # of those who confirm
UNANSWERED_AFTER = 7 * DAY
TICK = dt.time(8, 30)  # of the timer that closes unanswered orders


@dataclass
class Scene:
    """`desk` dispatches, `head` is the account of the grid's head, `helpers` are asked in this order."""

    walk: Walk
    rng: Random
    desk: User
    head: User
    helpers: list
    result: str

    @property
    def order(self):
        return self.walk.order

    @property
    def resident(self):
        return self.order.contact

    def desk_time(self, least, most):
        """A random moment so many desk minutes after the last step."""
        return after_desk_minutes(self.walk.at, self.rng.randint(least, most), self.order.community)

    def any_time(self, least, most):
        """A random moment so many minutes after the last step, when people are awake."""
        return awake(self.walk.at + self.rng.randint(least, most) * MINUTE)


def helped(scene):
    """The desk asks a helper, the helper goes there, the resident answers."""
    _offered_and_accepted(scene)
    _done(scene)
    _resident_answers(scene)


def taken(scene):
    """The head of the grid does it without asking anybody."""
    scene.walk.go_to(scene.desk_time(8, 90))
    scene.walk.move(OrderStatus.ACCEPTED, actor=scene.head, assigned_to=scene.head.person)
    _done(scene)
    _resident_answers(scene)


def answered_by_phone(scene):
    """The desk answers: replied is not solved."""
    answered_and_open(scene)
    _resident_answers(scene)


def answered_and_open(scene):
    """The desk has answered, the resident not yet."""
    scene.walk.go_to(scene.desk_time(10, 150))
    result = scene.rng.choice(texts.BY_PHONE)
    scene.walk.move(OrderStatus.REPLIED, actor=scene.desk, note=result, result=result)


def declined_first(scene):
    """The first one cannot; nobody asks why."""
    scene.walk.go_to(scene.desk_time(5, 50))
    (made,) = scene.walk.offer([scene.helpers[0]], by=scene.desk)
    scene.walk.go_to(min(scene.any_time(10, 120), made.answer_due_at - 5 * MINUTE))
    scene.walk.answer(made, Offer.Answer.DECLINED, scene.rng.choice(["", "", Offer.Reason.BUSY]))
    scene.walk.move(OrderStatus.SUBMITTED, actor=made.person, note="约的人这次不方便，社区另找人")
    _offered_and_accepted(scene, asked=1)
    _done(scene)
    _resident_answers(scene)


def timed_out_first(scene):
    """Nobody answers for four working hours; the timer gives the order back to the desk."""
    scene.walk.go_to(scene.desk_time(5, 50))
    (made,) = scene.walk.offer([scene.helpers[0]], by=scene.desk)
    scene.walk.go_to(made.answer_due_at)
    scene.walk.answer(made, Offer.Answer.TIMED_OUT)
    scene.walk.move(OrderStatus.SUBMITTED, actor="offer-timeouts", note="四个工作小时没人接，社区另找人")
    _offered_and_accepted(scene, asked=1)
    _done(scene)
    _resident_answers(scene)


def asked_back(scene):
    """Something is missing; the clock pauses until the resident answers."""
    _offered_and_accepted(scene)
    question, answer = scene.rng.choice(texts.QUESTIONS)
    scene.walk.go_to(scene.desk_time(10, 60))
    _ask(scene, question)
    scene.walk.go_to(scene.any_time(60, 1500))
    scene.walk.move(OrderStatus.ACCEPTED, actor=scene.resident, note=answer)
    _done(scene)
    _resident_answers(scene)


def still_asked(scene):
    """The resident has not answered yet."""
    _offered_and_accepted(scene)
    scene.walk.go_to(scene.desk_time(10, 40))
    _ask(scene, scene.rng.choice(texts.QUESTIONS)[0])


def handed_on(scene):
    """An authority outside has to do it; the community tells the resident what came of it."""
    handed_on_and_open(scene)
    scene.walk.go_to(scene.desk_time(600, 1500))
    result = texts.ESCALATED[1]
    scene.walk.move(OrderStatus.REPLIED, actor=scene.desk, note=result, result=result)
    _resident_answers(scene)


def handed_on_and_open(scene):
    """It lies with the authority outside."""
    scene.walk.go_to(scene.desk_time(20, 120))
    body = texts.ESCALATED[0]
    scene.walk.move(OrderStatus.ESCALATED, actor=scene.desk, note=texts.HANDED_ON, outside_body=body)


def withdrawn(scene):
    """The resident does not need it any more."""
    scene.walk.go_to(scene.desk_time(5, 50))
    made = scene.walk.offer([scene.helpers[0]], by=scene.desk)
    scene.walk.go_to(min(scene.any_time(5, 60), made[0].answer_due_at - MINUTE))
    scene.walk.answer(made[0], Offer.Answer.WITHDRAWN)
    scene.walk.move(OrderStatus.CANCELLED, actor=scene.resident, note=texts.WITHDRAWN)


def refused(scene):
    """Not a matter of the community."""
    scene.walk.go_to(scene.desk_time(10, 100))
    scene.walk.move(OrderStatus.REJECTED, actor=scene.desk, note=texts.REFUSED)


def reopened(scene):
    """It was not solved; another pair of eyes looks at it."""
    _offered_and_accepted(scene)
    _done(scene)
    scene.walk.go_to(scene.any_time(1200, 4000))
    scene.walk.move(OrderStatus.SUBMITTED, actor=scene.resident, note=scene.rng.choice(texts.NOT_SOLVED))
    taken(scene)


def given_back(scene):
    """The helper accepted and then could not."""
    _offered_and_accepted(scene)
    scene.walk.go_to(scene.any_time(30, 200))
    actor = scene.order.assigned_to
    scene.walk.move(OrderStatus.SUBMITTED, actor=actor, note=texts.RETURNED, is_internal=True)
    taken(scene)


def stuck(scene):
    """Accepted, and nothing since."""
    _offered_and_accepted(scene)


def waits_for_desk(scene):
    """Nobody has looked at it yet."""


def waits_for_answer(scene):
    """Two helpers are asked and have not answered."""
    scene.walk.go_to(scene.walk.now - 20 * MINUTE)
    words = scene.rng.choice(texts.OFFER_WORDS)
    scene.walk.offer(scene.helpers[:2], by=scene.desk, words=words)


def other_time_proposed(scene):
    """The helper can, but not at the wished half-day: the resident has to agree."""
    _offered_and_accepted(scene, agreed=False)


def _offered_and_accepted(scene, asked=0, *, agreed=True):
    """`asked` is how many of the helpers said no before."""
    scene.walk.go_to(scene.desk_time(6, 55))
    words = scene.rng.choice(texts.OFFER_WORDS)
    made = scene.walk.offer([scene.helpers[asked]], by=scene.desk, words=words)[0]
    scene.walk.go_to(min(scene.any_time(4, 150), made.answer_due_at - 5 * MINUTE))
    scene.walk.accept(made, **_visit(scene, agreed))


def _visit(scene, agreed):
    """When the helper goes there: the wished half-day, else a fit one before the order is due."""
    order, local = scene.order, timezone.localtime(scene.walk.at)
    if not order.service.home_visit and order.wish != ServiceOrder.Wish.HALF_DAY:
        return {}
    on, half = order.wish_on, order.wish_half
    if on is None or on < local.date() or not agreed:
        on, half = _next_half_day(local, late=order.due_at.astimezone(local.tzinfo).date() > local.date())
    if not agreed:
        on = next_workday(on)
    return {"visit_on": on, "visit_half": half, "visit_agreed": agreed}


def _next_half_day(local, *, late):
    if local.hour < 10:
        return local.date(), "pm"
    return (next_workday(local.date()), "am") if late else (local.date(), "pm")


def _ask(scene, question):
    scene.walk.move(
        OrderStatus.WAITING,
        actor=scene.desk,
        note=question,
        questions_asked=scene.order.questions_asked + 1,
    )


def _done(scene):
    order, rng = scene.order, scene.rng
    if order.visit_on:
        hour = rng.randint(9, 11) if order.visit_half == "am" else rng.randint(14, 16)
        start = timezone.localtime(scene.walk.at).replace(hour=hour, minute=rng.randint(0, 59))
        at = start + (order.visit_on - start.date()).days * DAY
    else:
        at = scene.desk_time(60, max(90, 400 * order.service.time_limit_workdays))
    if rng.random() < 0.96:  # nearly all are done in time
        at = min(at, order.due_at - rng.randint(10, 90) * MINUTE)
    scene.walk.go_to(max(at, scene.walk.at + 25 * MINUTE))
    minutes = rng.choice([20, 30, 40, 60, 90, 120])
    actor = order.assigned_to if isinstance(order.assigned_to, Person) else scene.desk
    scene.walk.solve(actor=actor, result=scene.result, minutes=minutes)


def _resident_answers(scene):
    if scene.resident is None or scene.rng.random() > CONFIRMS:
        closes = timezone.localtime(scene.walk.at + UNANSWERED_AFTER)
        tick = closes.replace(hour=TICK.hour, minute=TICK.minute)
        scene.walk.go_to(tick if tick >= closes else tick + DAY)
        scene.walk.move(OrderStatus.UNCONFIRMED, actor="unanswered-orders")
        return
    scene.walk.go_to(scene.any_time(30, 3000))
    scene.walk.move(OrderStatus.CONFIRMED, actor=scene.resident)
    if scene.rng.random() < RATES:
        score, _share, words = scene.rng.choices(
            texts.RATINGS, [share for _score, share, _words in texts.RATINGS]
        )[0]
        scene.walk.rate(score, scene.rng.choice(words))


# how often of a hundred orders
USUAL = [
    (helped, 50),
    (taken, 16),
    (answered_by_phone, 12),
    (declined_first, 5),
    (timed_out_first, 3),
    (asked_back, 4),
    (handed_on, 3),
    (withdrawn, 2),
    (refused, 1),
    (reopened, 2),
    (given_back, 2),
]
# what a plot is about, where not every service would do
CODES = {
    answered_by_phone: ("A01", "A06", "A09", "A12", "B08", "G04", "H04", "P03"),
    answered_and_open: ("B08", "H04"),
    handed_on: ("I08", "K06", "L08"),
    refused: ("Z01",),
}
WORDS = {refused: (texts.NOT_OURS, "")}
