"""Handing a grid over from one head to the next (features.md T10): what is open, and all of it in one transaction.

Orders, topics, meetings, bookings and households follow the grid: the next head sees them because of the appointment.
What hangs on the person goes over by name: orders that the old head carries or was asked to take, tasks of topics under
their name, people whom they look in on by name, and messages that wait for them.
"""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Meeting, PartyBranch, Topic, TopicTask
from grids.actions import hand_over, pass_plans_on
from grids.models import Booking, CarePlan, Grid, home_of
from haimengyuan.lib.moments import say_dated_moment, say_full_day
from reminders.actions import pass_on as pass_reminders_on
from reminders.actions import plan, to_person
from reminders.models import Reminder
from services.actions import pass_offer_on, pass_on
from services.models import Offer, ServiceOrder

LISTED = 100  # of a kind; a sheet is read by two people
MEETINGS_LISTED = 6  # the next ones: the plan of the year is elsewhere


@dataclass(frozen=True)
class Task:
    """One line of the sheet. `key` is set for what hangs on the person and can go over; nobody is named in it."""

    kind: str
    what: str
    until: str = ""
    key: str = ""
    goes: bool = True


class OpenTasks:
    """What is open in the grid of `appointment`, split into what hangs on its head and what follows the grid."""

    def __init__(self, appointment):
        grid, head = appointment.grid, appointment.person
        orders = ServiceOrder.objects.filter(grid=grid)
        self.grid, self.head = grid, head
        self.carried = list(orders.carried_by(head).with_related().order_by("due_at", "pk")[:LISTED])
        offers = Offer.objects.unanswered().filter(order__grid=grid, person=head)
        self.offers = list(offers.select_related("order__service", "person").order_by("pk")[:LISTED])
        tasks = TopicTask.objects.filter(topic__grid=grid, done_on=None, owner=head.name)
        self.topic_tasks = list(tasks.select_related("topic")[:LISTED])
        plans = CarePlan.objects.going_on().living_in(Grid.objects.filter(pk=grid.pk))
        own = plans.filter(visitor=head).with_related().with_due()
        self.care_plans = list(own.most_overdue_first()[:LISTED])
        self.looked_in_on = plans.filter(visitor=None).count()
        self.topics = list(Topic.objects.filter(grid=grid).open().order_by("decide_due_at", "pk")[:LISTED])
        self.orders = list(
            orders.open().exclude(pk__in=[order.pk for order in self.carried]).select_related("service")
            .order_by("due_at", "pk")[:LISTED]
        )  # fmt: skip
        self.bookings = list(
            Booking.objects.filter(venue__grid=grid).waiting().select_related("venue")[:LISTED]
        )
        self.branches = list(PartyBranch.objects.filter(grids=grid))
        meetings = Meeting.objects.ahead().filter(branch__in=self.branches).select_related("group")
        self.meetings = list(meetings.order_by("on", "pk")[:MEETINGS_LISTED])

    def of_the_head(self):
        """The `Task`s that can go to the next head by name."""
        return [
            *(
                Task(_("正在办的点单"), _order(order), _until(order.due_at), f"order{order.pk}")
                for order in self.carried
            ),
            *(
                Task(_("等答复的派单"), _order(made.order), _until(made.answer_due_at), f"offer{made.pk}")
                for made in self.offers
            ),
            *(
                Task(_("议题要办的"), task.text, say_full_day(task.due_on), f"task{task.pk}")
                for task in self.topic_tasks
            ),
            *(
                Task(_("走访"), _care(plan), say_full_day(plan.due_on), f"plan{plan.pk}")
                for plan in self.care_plans
            ),
        ]

    def of_the_grid(self):
        """The `Task`s that the next head finds by itself."""
        return [
            *(Task(_("本网格的点单"), _order(order), _until(order.due_at)) for order in self.orders),
            *(Task(_("议题"), f"{topic.title}（{topic.get_status_display()}）") for topic in self.topics),
            *(Task(_("场地预订等答复"), str(row), _until(row.answer_due_at)) for row in self.bookings),
            *(Task(_("支部的会"), meeting.name, say_full_day(meeting.on)) for meeting in self.meetings),
            *([Task(_("走访"), _("网格长去看的 %d 位") % self.looked_in_on)] if self.looked_in_on else []),
        ]

    def prefixes(self):
        """The beginnings of dedupe keys of messages about the grid's affairs."""
        orders = {order.pk for order in [*self.carried, *self.orders]}
        return [
            *(f"order:{key}:" for key in sorted(orders)),
            *(f"topic:{topic.pk}:" for topic in self.topics),
            *(f"booking:{booking.pk}:" for booking in self.bookings),
        ]


def _order(order):
    return f"{order.spoken_number} {order.service.name_zh}"


def _care(plan):
    """How often and in which building; the paper names nobody."""
    home = home_of(plan.person)
    return f"{plan.category} · {home.building}" if home else str(plan.category)


def _until(moment):
    return say_dated_moment(moment) if moment else ""


@transaction.atomic
def hand_grid_over(appointment, *, to, by, going, on=None, things="", note="", work_phone=""):
    """End the old head's appointment, begin the new one's and move what is open. Returns the `Handover`.

    `going` are the keys of `OpenTasks.of_the_head` that the next head takes over; the rest is finished by whoever
    carries it. Raises `AppointmentRefused`, or `TransitionRefused` when an order changed meanwhile: then nothing has.
    """
    tasks = OpenTasks(appointment)
    old, lines = appointment.person, []
    for task in tasks.of_the_head():
        lines.append(asdict(task) | {"goes": task.key in going})
    lines += [asdict(task) for task in tasks.of_the_grid()]
    made = hand_over(
        appointment, to=to, by=by, on=on, things=things, note=note, tasks=lines, work_phone=work_phone
    )
    for order in tasks.carried:
        if f"order{order.pk}" in going:
            pass_on(order, person=to, by=by)
    for offer in tasks.offers:
        if f"offer{offer.pk}" in going:
            pass_offer_on(offer, person=to, by=by)
    mine = [task.pk for task in tasks.topic_tasks if f"task{task.pk}" in going]
    TopicTask.objects.filter(pk__in=mine, done_on=None).update(owner=to.name)
    pass_plans_on((plan for plan in tasks.care_plans if f"plan{plan.pk}" in going), to=to)
    leads_branch = (
        PartyBranch.objects.held_by(old.pk).filter(pk__in=[branch.pk for branch in tasks.branches]).exists()
    )
    pass_reminders_on(old, to, tasks.prefixes(), keeps=leads_branch)
    _tell(made, old, to)
    return made


def _tell(made, old, to):
    grid = str(made.left.grid)
    words = {"kind": Reminder.Kind.TERM, "dedupe_key": f"handover:{made.pk}"}
    welcome = _("%(day)s起由您负责。没办完的事已经转给您，打开就能看到。") % {
        "day": say_full_day(made.taken.since)
    }
    thanks = _("交接办好了。从现在起，您看不到这个网格的居民和点单了。")
    plan(
        [
            to_person(to, subject=_("您接任了：%s") % grid, text=welcome, link="/admin/", **words),
            to_person(old, subject=_("谢谢您这些年：%s") % grid, text=thanks, **words),
        ]
    )
