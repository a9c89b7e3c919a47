"""A month of orders: ordinary ones spread over the days, and some that show what a desk finds in the morning."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from haimengyuan.demo import plots, texts
from haimengyuan.demo.walk import NotYet, Walk, awake
from people.actions import CONSENT_TEXT
from people.models import Consent
from reminders.workdays import Workdays, desk_minutes_between
from services import clock
from services.actions.moving import RESIDENT
from services.models import Offer, OrderEvent, Rating, Service, ServiceOrder
from services.numbers import check_digit
from volunteers.models import HourEntry

DAYS = 30
CHANNELS = ((48, "web"), (28, "phone"), (14, "walk_in"), (10, "on_behalf"))
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
QUARTER = 15 * MINUTE


@dataclass
class Town:
    """What orders are made of: residents with a phone by grid, helpers, heads and the desk."""

    community: object
    register: object
    helpers: list
    heads: dict  # grid number → user
    desk: object
    staff: object

    def __post_init__(self):
        self.services = {
            service.code: service
            for service in Service.objects.filter(community=self.community)
            .select_related("category")
            .prefetch_related("skills")
        }
        for service in self.services.values():
            service.community = self.community  # the clocks ask for its desk hours
        self.residents = {
            number: [r for r in found if r.is_adult_with_phone]
            for number, found in self.register.residents.items()
        }
        self.active = [helper for helper in self.helpers if helper.is_active]
        self.skills = {helper.pk: set(helper.skills.values_list("code", flat=True)) for helper in self.active}


class Month:
    """Makes the walks of all orders up to `now`."""

    def __init__(self, town, *, rng, now):
        self.town, self.rng, self.now = town, rng, now
        self.walks = []
        self._numbers = set()

    def usual(self, count):
        """`count` ordinary orders, more on working days and on days past than on today."""
        calendar = Workdays(self._today - dt.timedelta(days=DAYS), self._today)
        days = [self._today - dt.timedelta(days=back) for back in range(DAYS + 1)]
        weights = [4 if calendar.has(day) else 1 for day in days]
        for day in sorted(self.rng.choices(days, weights, k=count)):
            start = self._moment(day)
            if start < self.now:
                plot = self.rng.choices([p for p, _ in plots.USUAL], [w for _, w in plots.USUAL])[0]
                self.story(plot, start)

    def scenes(self):
        """What the desk should find, whatever the hour: fresh, late, asked, stuck, paused, handed on."""
        now = self.now
        for minutes in (6, 18, 34):
            self.story(plots.waits_for_desk, now - minutes * MINUTE, number=1 + minutes % 5)
        self.story(plots.waits_for_desk, now - 12 * MINUTE, number=None)
        self.story(plots.waits_for_desk, now - 50 * MINUTE, code=Service.FREE_TEXT)
        self.story(plots.waits_for_desk, now - 3 * HOUR, code=Service.COMPLAINT)
        for number in (9, 12):
            self.story(plots.waits_for_desk, self._desk_minutes_ago(100 + number), number=number)
        for number in (3, 6, 10):
            self.story(plots.waits_for_answer, now - 40 * MINUTE, number=number)
        for number, code in ((5, "I01"), (9, "K01"), (5, "A17")):
            self.story(plots.stuck, self._due_before(code, now - 3 * HOUR), number=number, code=code)
        for number, code in ((1, "B09"), (2, "I04"), (7, "M01"), (13, "E08")):
            self.story(plots.stuck, self._due_after(code), number=number, code=code)
        for number in (4, 8):
            self.story(plots.still_asked, self._desk_minutes_ago(260), number=number, code="A09")
        for number in (11, 12):
            self.story(plots.handed_on_and_open, self._desk_minutes_ago(300), number=number, code="K06")
        self.story(plots.other_time_proposed, self._desk_minutes_ago(240), number=6, code="I04")
        self.story(plots.answered_and_open, self._desk_minutes_ago(500), number=1)
        self.story(plots.refused, self._desk_minutes_ago(800), number=10)
        self.story(plots.withdrawn, self._desk_minutes_ago(700), number=4)
        # three ends of yesterday and the day before that wait for the resident
        for number in (2, 6, 13):
            self.story(plots.helped, self._desk_minutes_ago(900), number=number, code="I08")

    def tasks_for(self, persons):
        """Whoever logs in as a helper finds a question and a task."""
        for index, person in enumerate(persons):
            self.story(plots.waits_for_answer, self.now - 45 * MINUTE, first=person)
            code = ("B09", "I04", "M01", "E08")[index % 4]
            self.story(plots.stuck, self._due_after(code), code=code, first=person)

    def story(self, plot, start, *, number=0, code="", first=None):
        """One order that begins at `start`. `number` is the grid: 0 for any, None for unknown.

        `first` is the person who is asked first, whatever their skills.
        """
        code = code or self.rng.choice(plots.CODES.get(plot, ("",)))
        order = self._order(start, number, code)
        if plot in plots.WORDS:
            order.need, self._result = plots.WORDS[plot]
        actor = order.entered_by or order.contact or RESIDENT
        walk = Walk(order, actor=actor, now=self.now, note=self._routing_note(order))
        self.walks.append(walk)
        grid_number = order.grid.number if order.grid else 1
        scene = plots.Scene(
            walk=walk,
            rng=self.rng,
            desk=self.town.desk if self.rng.random() < 0.7 else self.town.staff,
            head=self.town.heads[grid_number],
            helpers=([first] if first else []) + self._helpers_for(order, grid_number, not_=first),
            result=self._result,
        )
        try:
            plot(scene)
        except NotYet:
            pass
        return walk

    def save(self):
        """Write all orders with everything that belongs to them; events get their ids in the order of time."""
        walks = self.walks
        ServiceOrder.objects.bulk_create([walk.order for walk in walks])
        events = sorted((event for walk in walks for event in walk.events), key=lambda event: event.at)
        OrderEvent.objects.bulk_create(events, 1000)
        offers = sorted((made for walk in walks for made in walk.offers), key=lambda made: made.offered_at)
        Offer.objects.bulk_create(offers)
        Rating.objects.bulk_create(walk.rating for walk in walks if walk.rating)
        HourEntry.objects.bulk_create(self._hours())
        Consent.objects.bulk_create(
            [
                Consent(
                    person=walk.order.contact,
                    purpose=Consent.Purpose.ORDER,
                    text_version=CONSENT_TEXT,
                    channel=walk.order.channel,
                    given_at=walk.order.submitted_at,
                )
                for walk in {walk.order.contact_id: walk for walk in walks if walk.order.contact}.values()
            ]
        )

    def _hours(self):
        return [
            HourEntry(
                person=person,
                minutes=minutes,
                what=walk.order.service.name_zh,
                served_on=day,
                source_key=f"order:{walk.order.pk}:{times}",
                created_at=walk.at,
            )
            for walk in self.walks
            for person, minutes, day, times in walk.hours
        ]

    @property
    def _today(self):
        return timezone.localtime(self.now).date()

    def _moment(self, day):
        """Some time of that day at which people order, mornings more than evenings."""
        hour = self.rng.choice([8, 8, 9, 9, 9, 10, 10, 11, 13, 14, 14, 15, 15, 16, 17, 19, 20])
        time = dt.time(hour, self.rng.randint(0, 59), self.rng.randint(0, 59))
        return timezone.make_aware(dt.datetime.combine(day, time))

    def _desk_minutes_ago(self, minutes):
        """The latest quarter of an hour before which so many desk minutes have passed."""
        start = self.now - minutes * MINUTE
        for _step in range(4 * 24 * 20):
            if desk_minutes_between(start, self.now, self.town.community) >= minutes:
                break
            start -= QUARTER
        return start

    def _due_before(self, code, moment):
        """A start of which the order has been late since before `moment`, but not for long."""
        start = moment - HOUR
        for _step in range(24 * 20):
            if clock.order_due(self.town.services[code], start) < moment:
                break
            start -= HOUR
        return awake(start - 2 * HOUR)

    def _due_after(self, code):
        """The earliest start of which the order is due next."""
        start = self.now - 5 * HOUR
        for _step in range(24 * 12):
            earlier = start - HOUR
            if clock.order_due(self.town.services[code], earlier) <= self.now + 2 * HOUR:
                break
            start = earlier
        return start

    def _order(self, start, number, code):
        rng, town = self.rng, self.town
        if not code:
            codes = [known for known in texts.NEEDS if known in town.services]
            code = rng.choices(codes, [texts.NEEDS[known][0] for known in codes])[0]
        service = town.services[code]
        place = rng.choice(list(town.residents)) if number == 0 else number or 1
        resident = rng.choice(town.residents[place])
        channel = rng.choices([c for _, c in CHANNELS], [w for w, _ in CHANNELS])[0]
        need, self._result = self._words(code)
        order = ServiceOrder(
            community=town.community,
            number=self._number(),
            submission_key=f"demo-{len(self.walks)}",
            service=service,
            channel=channel,
            entered_by=None
            if channel == "web"
            else town.heads[place]
            if channel == "on_behalf"
            else town.staff,
            contact=resident.person,
            need=need,
            submitted_at=start,
            moved_at=start,
            is_demo=True,
        )
        if code == Service.COMPLAINT:  # without a name
            order.contact, order.entered_by, order.channel = None, None, "web"
        elif number is None:
            order.place_text = "小广场东边那栋，几号楼记不清了"
        else:
            order.dwelling = resident.dwelling
            order.building = resident.dwelling.building
            order.grid = order.building.grid
            self._wish(order, start)
            self._for_somebody(order, resident)
        return order

    def _wish(self, order, start):
        wish = self.rng.choices(["soon", "half_day", "call"], [60, 28, 12])[0]
        order.wish = wish
        if wish == "half_day":
            order.wish_on = timezone.localtime(start).date() + dt.timedelta(days=self.rng.randint(1, 2))
            order.wish_half = self.rng.choice(["am", "pm"])

    def _for_somebody(self, order, resident):
        """Grown children order for their parents."""
        parents = [
            other
            for other in self.town.residents[order.grid.number]
            if other.household is resident.household and other.age >= 65 and other is not resident
        ]
        if parents and order.service.category.code in "BDE":
            order.for_person = parents[0].person

    def _words(self, code):
        if code == Service.FREE_TEXT:
            return self.rng.choice(texts.FREE_TEXT)
        if code == Service.COMPLAINT:
            return texts.COMPLAINT
        return self.rng.choice(texts.NEEDS[code][1])

    def _number(self):
        while True:
            body = str(self.rng.randint(1_000_000, 9_999_999))
            if body not in self._numbers:
                self._numbers.add(body)
                return body + check_digit(body)

    def _routing_note(self, order):
        if order.grid is None:
            return "社区先核实是哪栋楼，再派人"
        if order.service.lead_duty_id is None and order.service.lead_name_zh:
            return f"社区安排，{order.service.lead_name_zh}牵头"
        return ""

    def _helpers_for(self, order, grid_number, *, not_):
        """Two helpers: with a skill that is asked for, from the same grid if there is one."""
        wanted = {skill.code for skill in order.service.skills.all()}
        ranked = sorted(
            self.rng.sample(self.town.active, len(self.town.active)),
            key=lambda helper: (
                not wanted & self.town.skills[helper.pk],
                helper.grid.number != grid_number,
            ),
        )
        return [helper.person for helper in ranked if helper.person not in (order.contact, not_)][:2]
