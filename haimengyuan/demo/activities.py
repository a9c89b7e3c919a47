"""A month of activities: what was held, what was called off, what comes up, one full with a line, and a choir each week.

What comes up is made by the actions of the portal, so that all of it can go on; what is over is written as it ended.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from grids.models import Venue
from reminders.models import Reminder
from reminders.workdays import Workdays
from volunteers.actions import answer, cancel_activity, create_activity, sign_up, start_series
from volunteers.errors import SignupClash
from volunteers.models import (
    Activity,
    ActivitySeries,
    ActivityStatus,
    Companion,
    Shift,
    Signup,
    SignupStatus,
)
from volunteers.recurrence import rule_for

ONE_DAY = dt.timedelta(days=1)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
_GUEST, _HELPER = Shift.Kind.GUEST, Shift.Kind.HELPER
_PARTIES = (["self"], ["self"], ["self", "spouse"], ["self", "child"], ["self", "parent"], ["child"])


@dataclass(frozen=True)
class Plan:
    """One activity: its weekday, its hours and how full it gets (shares of the places for guests and for helpers)."""

    title: str
    weekday: int
    begins: tuple
    ends: tuple
    place: str
    what: str
    guests: int = 0
    helpers: int = 0
    full: float = 0.6
    helped: float = 0.5
    kind: str = Activity.Kind.SERVICE
    for_whom: str = Activity.ForWhom.EVERYBODY
    notes: str = ""
    organiser: str = ""
    grid: int | None = None


HAIRCUT = Plan(
    "义剪日：给老人免费理发", WEDNESDAY, (9, 0), (11, 0), "听涛苑物业门口",
    "两位理发师傅和社区志愿者，给 60 岁以上的老人免费理发。走不动的跟我们说，改天上门。",
    guests=30, helpers=6, full=0.8, for_whom=Activity.ForWhom.ELDERLY, organiser="第 6 网格党支部", grid=6,
    notes="带一条自己的毛巾\n人多时按到的先后理",
)  # fmt: skip
BEACH = Plan(
    "“红帆”志愿清滩", SATURDAY, (8, 30), (10, 30), "八仙渡海滩东口，红帆旗下面",
    "一起捡拾海滩上的塑料、渔网和烟头，给孩子们讲讲垃圾分类。工具、手套、马甲都由社区准备。",
    helpers=60, helped=0.5, kind=Activity.Kind.VOLUNTEER, organiser="第 6、第 7 网格党支部",
    notes="穿防滑的鞋，海边风大，多穿一件\n16 岁以下要有家长一起来\n风力 6 级以上改期，会告诉大家",
)  # fmt: skip
DUMPLINGS = Plan(
    "邻里一起包饺子", SUNDAY, (14, 30), (16, 30), "党群服务中心一楼",
    "面和馅都备好了，会包的教不会包的，包好一起吃。", guests=24, full=1, kind=Activity.Kind.CULTURE,
    for_whom=Activity.ForWhom.FAMILY, notes="对海鲜过敏的先说一声",
)  # fmt: skip
FRAUD = Plan(
    "防诈骗小课堂", THURSDAY, (15, 0), (16, 0), "党群服务中心二楼",
    "民警讲最近发生在身边的骗局：假快递、假客服、养老投资。", guests=50, full=0.4, kind=Activity.Kind.LEARNING,
    for_whom=Activity.ForWhom.ELDERLY,
)  # fmt: skip
MARKET = Plan(
    "便民大集", SATURDAY, (9, 0), (11, 30), "海梦苑南区广场",
    "磨刀、修鞋、量血压、修小家电，一次办完。", guests=80, helpers=12, full=0.3, organiser="社区居委会",
)  # fmt: skip
WALK = Plan(
    "夕阳红海边慢走", TUESDAY, (8, 30), (9, 30), "海滨广场北门", "走得慢，走不远，图个说说话。", guests=20, full=0.5,
    kind=Activity.Kind.CULTURE, for_whom=Activity.ForWhom.ELDERLY,
)  # fmt: skip
CHOIR = Plan(
    "海梦苑合唱队排练", FRIDAY, (9, 30), (11, 0), "", "爱唱就来，不用会识谱。", guests=25, full=0.4,
    kind=Activity.Kind.CULTURE, notes="带水杯",
)  # fmt: skip
# how many days ago, at least
HELD = ((HAIRCUT, 24), (BEACH, 17), (FRAUD, 10), (DUMPLINGS, 6))
TO_COME = ((WALK, 1), (HAIRCUT, 2), (BEACH, 3), (DUMPLINGS, 4), (FRAUD, 7), (MARKET, 9))


def save_activities(community, register, users, *, now, rng):
    """Write them into `community`; residents of the register are those who sign up. `now` is local."""
    staff = users["staff"]
    neighbours = [r.person for r in register.everybody() if r.is_adult_with_phone and r.age >= 30]
    helpers = [user.person for login, user in users.items() if login.startswith("member")]
    crowd = _Crowd(neighbours, helpers, rng)
    for plan, days in HELD:
        _hold(community, plan, _day(plan, now.date() - days * ONE_DAY, later=False), staff, crowd, register)
    for plan, days in TO_COME:
        made = _announce(community, plan, _day(plan, now.date() + days * ONE_DAY), staff, register)
        crowd.fill(made, plan)
    off = _announce(community, WALK, _day(WALK, now.date() + 8 * ONE_DAY), staff, register)
    crowd.fill(off, WALK)
    cancel_activity(off, reason="那天预报有大风")
    _sing(community, now, staff, crowd, register)
    _keep_template(community, staff, now, register)
    _deliver(now)


class _Crowd:
    """Who comes: each activity draws anew, nobody twice into one."""

    def __init__(self, neighbours, helpers, rng):
        self.neighbours, self.helpers, self.rng = neighbours, helpers, rng

    def fill(self, activity, plan):
        """Let people sign up until the shares of the plan are reached; a full one gets a line of three."""
        for shift in activity.shifts.select_related("activity__community"):
            share = plan.helped if shift.kind == _HELPER else plan.full
            wanted, line = int(shift.capacity * share), 3 if share >= 1 else 0
            taken = 0
            for person in self.draw(shift):
                party = ["self"] if shift.kind == _HELPER else self.rng.choice(_PARTIES)
                if taken >= wanted and (line := line - 1) < 0:
                    break
                key = f"demo:{shift.pk}:{person.pk}"
                who = {"name": person.name, "phone": person.phone}
                try:
                    made = sign_up(shift, party=party, submission_key=key, **who)
                except SignupClash:
                    continue  # has a place elsewhere at that hour
                taken += len(party)
                if made.status == SignupStatus.PLACE and self.rng.random() < 0.3:
                    answer(made, coming=True, needs_lift=self.rng.random() < 0.05)

    def draw(self, shift):
        """Candidates for one shift: known helpers first where help is wanted."""
        known = self.helpers[1:4] if shift.kind == _HELPER else []
        others = self.rng.sample(self.neighbours, min(len(self.neighbours), shift.capacity + 4))
        return known + [person for person in others if person not in known]


def _day(plan, day, *, later=True):
    """The next day of the plan's weekday from `day` on, or the last one before it."""
    away = (plan.weekday - day.weekday()) % 7
    return day + (away if later else away - 7) * ONE_DAY


def _columns(plan, day, register):
    starts_at, ends_at = (
        timezone.make_aware(dt.datetime.combine(day, dt.time(*clock))) for clock in (plan.begins, plan.ends)
    )
    return {
        "title": plan.title,
        "what": plan.what,
        "notes": plan.notes,
        "kind": plan.kind,
        "for_whom": plan.for_whom,
        "organiser": plan.organiser,
        "grid": register.grids[plan.grid] if plan.grid else None,
        "place_text": plan.place,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }


def _shifts(plan):
    asked = ((_GUEST, plan.guests), (_HELPER, plan.helpers))
    return [{"kind": kind, "capacity": places} for kind, places in asked if places]


def _announce(community, plan, day, staff, register):
    return create_activity(
        community, shifts=_shifts(plan), by=staff, publish=True, **_columns(plan, day, register)
    )


def _hold(community, plan, day, staff, crowd, register):
    """One that is over, with who was there: nobody is told of it any more."""
    made = create_activity(community, shifts=_shifts(plan), by=staff, **_columns(plan, day, register))
    announced = made.starts_at - 10 * ONE_DAY
    Activity.objects.filter(pk=made.pk).update(
        status=ActivityStatus.FINISHED, announced_at=announced, created_at=announced, changed_at=made.ends_at
    )
    for shift in made.shifts.all():
        people = crowd.draw(shift)[
            : int(shift.capacity * (plan.helped if shift.kind == _HELPER else plan.full))
        ]
        signups = Signup.objects.bulk_create(
            Signup(
                shift=shift,
                person=person,
                **(_came(shift) if number % 9 else {"status": SignupStatus.NO_SHOW}),
                seats=1,
                ticket=number,
                submission_key=f"demo:{shift.pk}:{person.pk}",
                created_at=announced,
                moved_at=made.ends_at,
            )
            for number, person in enumerate(people, start=1)
        )
        Companion.objects.bulk_create(Companion(signup=row, relation="self") for row in signups)
        Shift.objects.filter(pk=shift.pk).update(taken=len(signups), tickets=len(signups))


def _came(shift):
    return {
        "status": SignupStatus.ATTENDED,
        "arrived_at": shift.starts_at,
        "arrival": Signup.Arrival.TICK,
    }


def _sing(community, now, staff, crowd, register):
    """The choir, every week in the mutual help centre."""
    calendar, day = Workdays(now.date()), _day(CHOIR, now.date() + ONE_DAY)
    while not calendar.has(day):  # a series that keeps off days off begins on none
        day += 7 * ONE_DAY
    columns = _columns(CHOIR, day, register) | {
        "venue": Venue.objects.filter(grid__community=community, kind=Venue.Kind.MUTUAL_HELP).first()
    }
    series = start_series(
        community,
        shifts=_shifts(CHOIR),
        rule=rule_for("weekly", day),
        on_day_off=ActivitySeries.DayOff.SKIP,
        by=staff,
        **columns,
    )
    first = series.activities.order_by("original_start").first()
    crowd.fill(first, CHOIR)


def _keep_template(community, staff, now, register):
    day = _day(HAIRCUT, now.date() + 30 * ONE_DAY)
    columns = _columns(HAIRCUT, day, register)
    create_activity(community, shifts=_shifts(HAIRCUT), by=staff, is_template=True, **columns)


def _deliver(now):
    """What was planned lies in the inboxes, and nothing is left that would leave the portal for an invented phone."""
    planned = Reminder.objects.filter(kind=Reminder.Kind.ACTIVITY)
    planned.exclude(status=Reminder.Status.PENDING, due_at__lte=timezone.now()).delete()
    planned.exclude(address__startswith="person:").exclude(address__startswith="desk:").delete()
    planned.update(status=Reminder.Status.SENT, sent_at=now)
