"""Plain makers: each returns one saved row with defaults that never surprise; the rest is keyword arguments."""

import datetime as dt
import itertools
from uuid import uuid4
from zoneinfo import ZoneInfo

import time_machine
from django.utils import timezone

from branches.actions.disclosure import object_to
from branches.actions.polls import check_poll, close_polls, count_poll, open_poll, vote
from branches.actions.topics import (
    answer_topic,
    ask_for_rating,
    begin_doing,
    call_session,
    close_topic,
    finish_task,
    keep_minutes,
    publish_outcome,
    raise_topic,
    take_up,
)
from branches.models import BranchGrid, Notice, PartyBranch, PartyMember, Post, TopicStatus
from grids.actions import book, log_visit
from grids.models import (
    Appointment,
    Booking,
    Building,
    CareCategory,
    CarePlan,
    Duty,
    Dwelling,
    Grid,
    Household,
    OpeningHours,
    Residency,
    Venue,
)
from people.models import Community, Person, Role, User
from reminders.models import Reminder
from services.actions import (
    accept,
    ask_resident,
    cancel_order,
    close_unanswered,
    confirm,
    escalate,
    offer,
    reject,
    reply,
    solve,
    submit,
)
from services.models import Category, Offer, OrderStatus, Service
from volunteers.actions import create_activity, issue_certificate, sign_up
from volunteers.models import FreeHalfDay, HelperProfile, Skill, Team, TimeBank

PASSWORD = "a-password-of-the-tests"
_serial = itertools.count(1)


def make_community(**fields):
    """The only community, unless `code` asks for another."""
    code = fields.pop("code", "370614001014")
    defaults = {"name": "海梦苑社区", "street": "登州街道", "district": "蓬莱区", "desk_phone": "05350001200"}
    return Community.objects.get_or_create(code=code, defaults=defaults | fields)[0]


def make_grid(number=None, *, community=None, **fields):
    community = community or make_community()
    number = number or Grid.objects.filter(community=community).count() + 1
    defaults = {"code": f"{community.code}{number:03d}", "name": f"测试网格{number}"}
    return Grid.objects.create(community=community, number=number, **(defaults | fields))


def make_building(*, grid=None, **fields):
    serial = next(_serial)
    defaults = {"estate": "听涛苑", "number": serial, "name": f"{serial} 号楼"}
    return Building.objects.create(grid=grid or make_grid(), **(defaults | fields))


def make_dwelling(*, building=None, **fields):
    defaults = {"unit": "2", "floor": 3, "room": f"{300 + next(_serial)}"}
    return Dwelling.objects.create(building=building or make_building(), **(defaults | fields))


def make_venue(*, grid=None, opens=dt.time(8, 30), closes=dt.time(17, 30), **fields):
    """A venue that is open at the same hours on every day of the week."""
    defaults = {"name": f"议事园{next(_serial)}", "kind": Venue.Kind.GARDEN, "place": "听涛苑 3 号楼东侧"}
    venue = Venue.objects.create(grid=grid or make_grid(), **(defaults | fields))
    OpeningHours.objects.bulk_create(
        OpeningHours(venue=venue, weekday=day, opens=opens, closes=closes) for day in range(7)
    )
    return venue


def days_ahead(days, hour=9, minute=0):
    """An aware moment so many days from today on the community's clock."""
    day = timezone.localdate() + dt.timedelta(days=days)
    return shanghai(day.year, day.month, day.day, hour, minute)


def make_booking(venue=None, *, starts_at=None, minutes=60, kind=Booking.Kind.RESIDENT, **fields):
    """A booking of tomorrow at nine: a resident's request, unless `kind` says otherwise."""
    serial = next(_serial)
    who = {"name": f"居民{serial}", "phone": f"138{serial:08d}"} if kind == "resident" else {}
    values = {"title": "合唱队排练", "submission_key": uuid4().hex, **who}
    starts_at = starts_at or days_ahead(1)
    return book(venue or make_venue(), kind=kind, starts_at=starts_at, minutes=minutes, **(values | fields))


def make_activity(*, starts_at=None, minutes=120, capacity=10, shifts=None, publish=True, **fields):
    """An activity of the day after next at nine, announced, with one shift of `capacity` places for guests."""
    starts_at = starts_at or days_ahead(2)
    values = {"title": f"义剪日{next(_serial)}", "place_text": "听涛苑物业门口", "what": "给老人免费理发"}
    return create_activity(
        fields.pop("community", None) or make_community(),
        shifts=shifts or [{"capacity": capacity}],
        publish=publish,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=minutes),
        **(values | fields),
    )


def make_shift(**fields):
    """The only shift of a new activity."""
    return make_activity(**fields).shifts.get()


def make_signup(shift=None, *, party=("self",), **fields):
    """A sign-up of somebody new."""
    serial = next(_serial)
    values = {"name": f"居民{serial}", "phone": f"138{serial:08d}", "submission_key": uuid4().hex}
    return sign_up(shift or make_shift(), party=list(party), **(values | fields))


def make_person(name=None, **fields):
    """Somebody with a phone of their own, of 11 digits however many tests have run."""
    serial = next(_serial)
    defaults = {
        "community": fields.pop("community", None) or make_community(),
        "phone": f"138{serial:08d}",
    }
    return Person.objects.create(name=name or f"测试{serial}", **(defaults | fields))


def make_household(*persons, dwelling=None):
    """A household with these persons, the first of them its head."""
    household = Household.objects.create(dwelling=dwelling or make_dwelling())
    for index, person in enumerate(persons):
        relation = Residency.Relation.OTHER if index else Residency.Relation.HEAD
        Residency.objects.create(household=household, person=person, relation=relation)
    return household


def make_care_category(code="red", **fields):
    """Weekly, unless `every_days` says otherwise."""
    defaults = {"name_zh": "红色：每周", "name_en": "Weekly", "every_days": 7}
    community = fields.pop("community", None) or make_community()
    return CareCategory.objects.get_or_create(community=community, code=code, defaults=defaults | fields)[0]


def make_plan(person=None, *, grid=None, **fields):
    """A care plan of today, for somebody with a home in `grid`, who is new unless named."""
    if person is None:
        person = make_person()
        make_household(person, dwelling=make_dwelling(building=make_building(grid=grid)))
    category = fields.pop("category", None) or make_care_category()
    return CarePlan.objects.create(person=person, category=category, **fields)


def make_visit(person, *, visitor=None, by=None, way="door", **fields):
    """A visit of today, entered by its visitor."""
    by = by or make_user(Role.HELPER, person=visitor)
    values = {"submission_key": uuid4().hex, "visitor": visitor or by.person}
    return log_visit(person, way=way, by=by, **(values | fields))


def make_user(role=Role.STAFF, *, login=None, person=None, **fields):
    """An account that logs in with `login` and PASSWORD."""
    login = login or f"login{next(_serial)}"
    person = person or make_person()
    fields.setdefault("community", person.community)
    return User.objects.create_user(login, PASSWORD, role=role, person=person, **fields)


def make_duty(kind=Duty.Kind.HEAD, *, community=None, **fields):
    community = community or make_community()
    code = fields.pop("code", {"head": "grid_head", "worker": "grid_worker"}.get(kind, "service_agent"))
    defaults = {"kind": kind, "name_zh": str(Duty.Kind(kind).label), "name_en": code, "max_per_grid": 3}
    return Duty.objects.get_or_create(community=community, code=code, defaults=defaults | fields)[0]


def make_appointment(*, grid=None, person=None, duty=None, **fields):
    duty = duty or make_duty()
    return Appointment.objects.create(
        duty=duty, kind=duty.kind, grid=grid or make_grid(), person=person or make_person(), **fields
    )


def make_head(grid=None, **fields):
    """The account of a grid head, with its appointment."""
    grid = grid or make_grid()
    user = make_user(Role.GRID, person=make_person(community=grid.community), **fields)
    make_appointment(grid=grid, person=user.person, duty=make_duty(community=grid.community))
    return user


def make_branch(*, grids=(), **fields):
    defaults = {"community": make_community(), "name": f"测试网格党支部{next(_serial)}"}
    branch = PartyBranch.objects.create(**(defaults | fields))
    for grid in grids:
        BranchGrid.objects.create(branch=branch, grid=grid)
    return branch


def make_member(*, branch=None, person=None, **fields):
    return PartyMember.objects.create(
        branch=branch or make_branch(), person=person or make_person(), **fields
    )


def make_post(kind=Post.Kind.SECRETARY, *, member=None, **fields):
    member = member or make_member()
    return Post.objects.create(kind=kind, member=member, branch=member.branch, **fields)


def make_topic(status=TopicStatus.RAISED, *, grid=None, homes=(), desk=None, **fields):
    """A topic walked to `status` through the real actions; `homes` vote yes by telephone, two sign the count."""
    grid = grid or make_grid()
    serial = next(_serial)
    values = {
        "text": f"门口装充电棚{serial}",
        "name": f"居民{serial}",
        "phone": f"138{serial:08d}",
        "may_publish": True,
        "submission_key": uuid4().hex,
    }
    topic = raise_topic(grid, **(values | fields))
    desk = desk or make_user(Role.STAFF)
    for step, walk in _TOPIC_STEPS.items():
        if topic.status == status or (status == TopicStatus.ANSWERED and topic.status == TopicStatus.RAISED):
            break
        walk(topic, homes, desk)
        assert topic.status == step
    if status == TopicStatus.ANSWERED:
        answer_topic(topic, reason="不归社区管")
    return topic


def hold_session(topic, desk):
    """A sitting of yesterday with minutes."""
    with patch_now(timezone.now() - dt.timedelta(days=3)):
        venue = make_venue(grid=topic.grid)
        session = call_session(
            topic, venue=venue, starts_at=days_ahead(1), minutes=60, agenda="怎么装，谁出钱", by=desk
        )
    keep_minutes(session, minutes="大家都说了话")
    return session


def sign_poll(topic, homes, desk):
    """A vote of a week in which `homes` say yes by telephone, closed and signed by two."""
    poll = open_poll(topic, question="装不装充电棚？")
    for home in homes:
        vote(poll, home, channel="phone", choice="yes", by=desk)
    with patch_now(timezone.now() + dt.timedelta(days=8)):
        close_polls()
    poll.refresh_from_db()
    count_poll(poll, yes=0, no=0, abstain=0, by=desk)
    check_poll(poll, by=make_user(Role.STAFF))
    return poll


def _discuss(topic, homes, desk):
    hold_session(topic, desk)


def _decide(topic, homes, desk):
    topic.poll = sign_poll(topic, homes, desk)


def _do(topic, homes, desk):
    publish_outcome(topic, outcome="装两个", dissent="3 户嫌吵")
    with patch_now(timezone.now() + dt.timedelta(days=9)):
        task = ("装棚", "物业", timezone.localdate() + dt.timedelta(days=30))
        begin_doing(topic, tasks=[task])


def _finish(topic, homes, desk):
    for task in topic.tasks.all():
        finish_task(task, result="装好了")
    ask_for_rating(topic)


_TOPIC_STEPS = {
    TopicStatus.ACCEPTED: lambda topic, homes, desk: take_up(topic, reason="大家都关心"),
    TopicStatus.DISCUSSING: _discuss,
    TopicStatus.DECIDING: _decide,
    TopicStatus.DOING: _do,
    TopicStatus.EVALUATING: _finish,
    TopicStatus.CLOSED: lambda topic, homes, desk: close_topic(topic),
}


def make_notice(*, grids=(), buildings=(), days=7, **fields):
    """A notice that is shown from today for `days` days, to everybody unless `grids` or `buildings` say otherwise."""
    today = timezone.localdate()
    defaults = {
        "community": make_community(),
        "title": f"停水通知{next(_serial)}",
        "meaning": "明天上午停水，请先接好水。",
        "shows_on": today,
        "expires_on": today + dt.timedelta(days=days),
    }
    notice = Notice.objects.create(**(defaults | fields))
    notice.grids.set(grids)
    notice.buildings.set(buildings)
    return notice


def make_objection(notice=None, **fields):
    """An unanswered objection to a disclosure."""
    serial = next(_serial)
    values = {
        "text": "账对不上",
        "name": f"居民{serial}",
        "phone": f"138{serial:08d}",
        "submission_key": uuid4().hex,
        "address": "192.0.2.1",
    }
    return object_to(notice or make_notice(kind=Notice.Kind.FINANCE), **(values | fields))


def make_skill(code="plumbing", **fields):
    defaults = {"name_zh": "修水电", "name_en": "Plumbing"}
    return Skill.objects.get_or_create(community=make_community(), code=code, defaults=defaults | fields)[0]


def make_team(*, grid=None, **fields):
    """A public team, of the whole community without a grid."""
    defaults = {"name": f"维修队{next(_serial)}", "what": "修水管、换灯泡"}
    community = fields.pop("community", None) or (grid.community if grid else make_community())
    return Team.objects.create(community=community, grid=grid, **(defaults | fields))


def make_certificate(person, *, by=None, **fields):
    """A certificate of the last year; the person has served something then."""
    today = timezone.localdate()
    days = {"since": today - dt.timedelta(days=365), "until": today}
    return issue_certificate(person, by=by or make_user(Role.STAFF), **(days | fields))


def open_time_bank(community=None):
    return TimeBank.objects.update_or_create(
        community=community or make_community(), defaults={"is_open": True}
    )[0]


def make_helper(*, person=None, grid=None, skills=(), free=(), **fields):
    """A registered helper; `free` are pairs (weekday, "am" | "pm")."""
    helper = HelperProfile.objects.create(person=person or make_person(), grid=grid, **fields)
    helper.skills.set(skills)
    FreeHalfDay.objects.bulk_create(FreeHalfDay(helper=helper, weekday=day, half=half) for day, half in free)
    return helper


def make_category(code="B", *, community=None, **fields):
    community = community or make_community()
    defaults = {"name_zh": "助老服务", "name_en": "For older people", "group": Category.Group.ELDERLY}
    return Category.objects.get_or_create(community=community, code=code, defaults=defaults | fields)[0]


def make_service(code=None, *, community=None, **fields):
    community = community or make_community()
    code = code or f"B{next(_serial):03d}"
    category = fields.pop("category", None) or make_category(community=community)
    defaults = {"name_zh": f"测试服务{code}", "name_en": code, "time_limit_workdays": 1}
    return Service.objects.create(community=community, category=category, code=code, **(defaults | fields))


def make_order(status=OrderStatus.SUBMITTED, *, service=None, building=None, grid=None, **fields):
    """An order brought to `status` through the real actions, by a resident with a phone of their own."""
    service = service or make_service()
    building = building or make_building(grid=grid or make_grid(community=service.community))
    serial = next(_serial)
    values = {
        "need": "水管漏水",
        "name": f"居民{serial}",
        "phone": f"138{serial:08d}",
        "door": "2 单元 301",
    }
    order = submit(service, submission_key=uuid4().hex, building=building, **(values | fields))
    bring_to(order, status)
    return order


def _leave_unanswered(order, desk):
    with patch_now(timezone.now() + dt.timedelta(days=8)):
        close_unanswered()
    order.refresh_from_db()


_SOLVE = [lambda order, desk: solve(order, actor=desk, result="修好了")]
_STEPS = {
    OrderStatus.WAITING: [lambda order, desk: ask_resident(order, actor=desk, question="是哪个单元？")],
    OrderStatus.ESCALATED: [lambda order, desk: escalate(order, actor=desk, body="街道办事处")],
    OrderStatus.REPLIED: [lambda order, desk: reply(order, actor=desk, result="电话里说清楚了")],
    OrderStatus.SOLVED: _SOLVE,
    OrderStatus.CONFIRMED: [*_SOLVE, lambda order, desk: confirm(order, actor=order.contact)],
    OrderStatus.UNCONFIRMED: [*_SOLVE, _leave_unanswered],
    OrderStatus.REJECTED: [lambda order, desk: reject(order, actor=desk, reason="不归社区管")],
    OrderStatus.CANCELLED: [lambda order, desk: cancel_order(order, actor=order.contact)],
}


def bring_to(order, status):
    """Walk `order` from `submitted` to `status` by the shortest way of the table."""
    desk = make_user(Role.STAFF)
    if status in {OrderStatus.OFFERED, OrderStatus.ACCEPTED}:
        (made,) = offer(order, [make_person()], by=desk)
        if status == OrderStatus.ACCEPTED:
            accept(made)
            order.refresh_from_db()
    elif status in _STEPS:
        for step in _STEPS[status]:
            step(order, desk)
    return order


def make_offer(order=None, *, person=None, by=None):
    """An unanswered offer of a fresh order."""
    (made,) = offer(order or make_order(), [person or make_person()], by=by or make_user(Role.STAFF))
    return Offer.objects.select_related("order__service", "order__community", "person").get(pk=made.pk)


def make_solved_order(*, days_ago=0, **fields):
    """A solved order, ended so many days ago."""
    order = make_order(**fields)
    with patch_now(timezone.now() - dt.timedelta(days=days_ago)):
        solve(order, actor=make_user(Role.STAFF), result="修好了")
    return order


def make_reminder(*, person=None, **fields):
    person = person or make_person()
    defaults = {
        "community": person.community,
        "address": f"person:{person.pk}",
        "person": person,
        "kind": Reminder.Kind.CHANGED,
        "dedupe_key": f"test:{next(_serial)}",
        "subject": "测试",
        "text": "测试",
        "expires_at": timezone.now() + dt.timedelta(days=1),
    }
    return Reminder.objects.create(**(defaults | fields))


def shanghai(year, month, day, hour=0, minute=0):
    """An aware moment on the community's clock."""
    return dt.datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


def patch_now(moment):
    """A context in which the clock stands still at `moment` (aware)."""
    return time_machine.travel(moment, tick=False)
