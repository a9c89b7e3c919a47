"""The process that measures pages; `bench.pages` starts it with secrets and data of its own."""

import datetime as dt
import itertools
import json
import os
import random
import statistics
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.server import Server, cpu_per_request, requests_per_second
from bench.surroundings import database_url
from grids.models import Building
from people.models import Community, Person, Role, User
from services.links import order_token
from services.models import CatalogueVersion, Service, ServiceOrder
from services.models.states import CLOSED_STATUSES, ENDED_STATUSES, OrderStatus
from services.numbers import check_digit
from volunteers.models import Activity, ActivityStatus, Shift
from volunteers.models.activities import MOST_PLACES

ROUNDS = 5
ORDERS = 5000
ACTIVITIES = 2000
BURST = 0.25  # seconds of requests per case and round
HELLOS = 60  # before and after each case
RUSH = 1.5  # seconds of many clients at once
CLIENTS, WORKERS = 4, 2
RUSH_GOALS = {"sqlite": 0.08, "postgresql": 0.06}  # of what the bare view does in a second
SIGN_UP = "sign-up for one of them"
NO_QUERIES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")  # the marks of a transaction
TOKEN = "a" * 32  # cookie and form agree: that is all a form token is
_serial = itertools.count(1)


@dataclass
class Case:
    """One kind of request. `request` gives method, path, body and headers anew each time; `before` runs unmeasured."""

    name: str
    request: callable
    status: int = 200
    queries_goal: int | None = None
    cost_goal: float | None = None
    before: callable = None


def main():
    """Print one line of JSON."""
    own_name = settings.DATABASES["default"]["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        order, session, building, activities = make_data()
        if connection.vendor == "postgresql":
            # as its own autovacuum does a minute after so many new rows; until then it plans for empty tables
            connection.cursor().execute("ANALYZE")
        cases = make_cases(order, session, building, activities)
        queries = [count_queries(case) for case in cases]
        environment = os.environ | {"DATABASE_URL": database_url(connection)}
        with Server("bench.hello", environment) as bare, Server("haimengyuan.wsgi", environment) as portal:
            costs, hello = measure(cases, bare, portal)
        rush = measure_rush(activities, environment)
    finally:
        connection.creation.destroy_test_db(own_name, verbosity=0)
    rows = [
        {
            "name": case.name,
            "queries": count,
            "cost": statistics.median(cost),
            "low": min(cost),
            "high": max(cost),
            "queries_goal": case.queries_goal,
            "cost_goal": case.cost_goal,
        }
        for case, count, cost in zip(cases, queries, costs, strict=True)
    ]
    print(
        json.dumps(
            {
                "database": connection.vendor,
                "rounds": ROUNDS,
                "hello_ms": hello * 1000,
                "cases": rows,
                "rush": rush,
            }
        )
    )


# --- data --------------------------------------------------------------------------------------------------


def make_data():
    """The catalogue and the invented month, ORDERS more orders, half of them open, and ACTIVITIES that come up.

    Returns an order, the cookie of a clerk, the key of a building, and the activities.
    """
    call_command("load_demo", size="small", force=True, verbosity=0)
    community = Community.objects.get()
    chance = random.Random(1)
    persons = [
        Person(community=community, name=f"测试{number}", phone=f"1380003{number:04d}")
        for number in range(500)
    ]
    for person in persons:
        person.set_lookups()
    Person.objects.bulk_create(persons)
    buildings = list(Building.objects.all())
    services = list(Service.objects.listed())
    ServiceOrder.objects.bulk_create(
        [_order(community, chance, services, buildings, persons) for _number in range(ORDERS)], batch_size=500
    )
    clerk = User.objects.create_user("bench-clerk", None, role=Role.MANAGER, community=community)
    found = ServiceOrder.objects.filter(contact__phone_hash=persons[0].phone_hash).with_related().first()
    return found, _session(clerk), buildings[0].pk, _make_activities(community)


def _order(community, chance, services, buildings, persons):
    now = timezone.now()
    statuses = [OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, *ENDED_STATUSES, OrderStatus.CONFIRMED]
    status = chance.choice(statuses + [OrderStatus.ESCALATED])
    building = chance.choice(buildings)
    serial = next(_serial)
    digits = f"{serial:07d}"  # begins with a zero, as no other number does
    at = now - dt.timedelta(minutes=chance.randrange(1, 60 * 24 * 60))
    return ServiceOrder(
        community=community,
        number=digits + check_digit(digits),
        submission_key=f"bench:{serial}",
        service=chance.choice(services),
        status=status,
        contact=persons[0] if serial < 5 else chance.choice(persons),
        building=building,
        grid_id=building.grid_id,
        need="水管漏水，请来看看",
        submitted_at=at,
        moved_at=at,
        dispatch_due_at=at,
        due_at=now + dt.timedelta(minutes=chance.randrange(-3000, 6000)),
        ended_at=at if status in CLOSED_STATUSES else None,
        ended_as="solved" if status in CLOSED_STATUSES else "",
        is_demo=True,
    )


def _make_activities(community):
    """ACTIVITIES announced ones within the next two years, with a shift for guests and one for helpers each."""
    now = timezone.now()
    activities = Activity.objects.bulk_create(
        [
            Activity(
                community=community,
                title=f"义剪日{number}",
                what="给老人免费理发",
                for_whom=Activity.ForWhom.values[number % 3],
                place_text="听涛苑物业门口",
                starts_at=now + dt.timedelta(hours=48 + 8 * number),
                ends_at=now + dt.timedelta(hours=50 + 8 * number),
                status=ActivityStatus.PUBLISHED,
                announced_at=now,
            )
            for number in range(ACTIVITIES)
        ],
        batch_size=500,
    )
    Shift.objects.bulk_create(
        [
            Shift(
                activity=activity,
                kind=kind,
                starts_at=activity.starts_at,
                ends_at=activity.ends_at,
                capacity=MOST_PLACES,
                taken=number % 30,
            )
            for number, activity in enumerate(activities)
            for kind in Shift.Kind
        ],
        batch_size=500,
    )
    return activities


def _session(user):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "people.backends.LivingUserBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


# --- cases -------------------------------------------------------------------------------------------------


def make_cases(order, session, building, activities):
    """The pages and their goals: queries, and multiples of the bare view."""
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
    tail = order.contact.phone[-4:]
    return [
        Case("service catalogue, warm", get("/services/"), 200, 1, 2),
        Case("service catalogue, cold", get("/services/"), 200, 4, 15, new_version),
        Case("search for a word", get("/services/?q=%E5%A4%B4%E5%8F%91"), 200, None, 15),
        Case("one service", get("/services/B02/"), 200, 3, 8),
        Case("order form", get("/services/B02/order/"), 200, 4, 12),
        Case("order placed", place_order(building), 302, 9, 22),
        Case("tracking by number and phone", track(order.number, tail), 302),
        Case("one order's page", get(f"/o/{order_token(order)}/"), 200, 3, 8),
        Case(f"{ACTIVITIES:,} activities, warm", get("/activities/"), 200, 3, 12),
        Case(f"{ACTIVITIES:,} activities, cold", get("/activities/"), 200, 3, 12, change_of(activities[0])),
        Case("calendar of them, warm", get("/activities.ics"), 200, 3),
        Case("calendar of them, cold", get("/activities.ics"), 200, 3, None, change_of(activities[0])),
        Case(SIGN_UP, sign_up(activities[-1]), 302, 9, 20),
        Case("API: 100 services, warm", get("/api/v1/services/"), 200, 1, 2),
        Case("API: 80 services, cold", get("/api/v1/services/?page_size=80"), 200, 2, 12),
        Case("API: order placed", place_by_api(building), 201, 9, 22),
        Case(f"staff board, {ORDERS:,} orders", get("/staff/orders/", cookie), 200, 6, 30),
        Case(f"admin list, {ORDERS:,} orders", get("/admin/services/serviceorder/", cookie), 200, 5, 140),
    ]


def visitor():
    """Headers of a visitor who was not here before; the limits of all others do not concern them."""
    number = next(_serial)
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


def get(path, headers=None):
    return lambda: ("GET", path, None, visitor() | (headers or {}))


def form(path, fields):
    """A function that gives a POST of `fields()` with a form token."""

    def request():
        body = urlencode(fields() | {"csrfmiddlewaretoken": TOKEN})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers["Cookie"] = f"{settings.CSRF_COOKIE_NAME}={TOKEN}"
        return "POST", path, body, visitor() | headers

    return request


def _order_of_somebody_new(building):
    number = next(_serial)
    return {
        "need": "水管漏水，请来看看",
        "name": f"新来的{number}",
        "phone": f"1390{number % 10**7:07d}",
        "building": building,
        "door": "2 单元 301",
        "submission_key": f"bench-{number}",
    }


def place_order(building):
    def fields():
        return _order_of_somebody_new(building) | {"wish": "soon", "step": "submit"}

    return form("/services/B02/order/", fields)


def track(number, tail):
    return form("/track/", lambda: {"number": number, "tail": tail})


def sign_up(activity):
    shift = activity.shifts.get(kind=Shift.Kind.GUEST)

    def fields():
        known = _order_of_somebody_new(None)
        return {name: known[name] for name in ("name", "phone", "submission_key")} | {
            "party": "self",
            "shift": shift.pk,
        }

    return form(f"/activities/{activity.pk}/", fields)


def change_of(activity):
    """What a new title of one activity does: nothing that shows it is true any more."""

    def change():
        title = f"义剪日{next(_serial)}"
        Activity.objects.filter(pk=activity.pk).update(changed_at=timezone.now(), title=title)

    return change


def place_by_api(building):
    def request():
        body = json.dumps(_order_of_somebody_new(building) | {"service": "B02", "consent": True})
        return "POST", "/api/v1/orders/", body, visitor() | {"Content-Type": "application/json"}

    return request


def new_version():
    """What a change of the catalogue does: no page in memory is true any more."""
    CatalogueVersion.objects.update(number=F("number") + 1)


# --- measuring ---------------------------------------------------------------------------------------------


def count_queries(case):
    """How many queries the second such request of a process makes."""
    client = Client(SERVER_NAME="127.0.0.1")
    for _request in range(2):
        if case.before:
            case.before()
        method, path, body, headers = case.request()
        kind = headers.pop("Content-Type", "text/plain")
        cookie = headers.pop("Cookie", "")
        with CaptureQueriesContext(connection) as queries:
            response = client.generic(
                method, path, body or "", content_type=kind, headers=headers, HTTP_COOKIE=cookie
            )
        assert response.status_code == case.status, f"{case.name}: {response.status_code}"
    return len([query for query in queries if not query["sql"].startswith(NO_QUERIES)])


def measure(cases, bare, portal):
    """For each case its costs in multiples of the bare view, one per round; and the bare view itself in seconds."""
    senders = [sender(portal, case) for case in cases]
    times = [repetitions(send) for send in senders]
    costs, hellos = [[] for _case in cases], []

    def say_hello():
        return bare.ask("GET", "/")

    repetitions(say_hello)
    for _round in range(ROUNDS):
        for index, send in enumerate(senders):
            before = cpu_per_request(bare, say_hello, times=HELLOS)
            cost = cpu_per_request(portal, send, times=times[index])
            after = cpu_per_request(bare, say_hello, times=HELLOS)
            costs[index].append(cost / ((before + after) / 2))
            hellos += [before, after]
    return costs, statistics.median(hellos)


def measure_rush(activities, environment):
    """Many sign up for one activity at the same time: how many a second, beside what the bare view does.

    Each round has one of these activities for itself, for one that fills up would measure the waiting list.
    Returns {"signups_per_second", "hello_per_second", "ratio", "goal"}: medians of interleaved rounds. Processor time is
    shared with the clients here, so only the ratio says something.
    """
    rushes = [Case(SIGN_UP, sign_up(activity), 302) for activity in activities[:ROUNDS]]
    rounds = []
    with (
        Server("bench.hello", environment, workers=WORKERS) as bare,
        Server("haimengyuan.wsgi", environment, workers=WORKERS) as portal,
    ):
        for _warming_up in range(5):
            sender(portal, rushes[0])()
        for rush in rushes:
            hellos = requests_per_second(lambda: bare.ask("GET", "/"), seconds=RUSH, clients=CLIENTS)
            rounds.append((requests_per_second(sender(portal, rush), seconds=RUSH, clients=CLIENTS), hellos))
    return {
        "signups_per_second": statistics.median(signups for signups, _hellos in rounds),
        "hello_per_second": statistics.median(hellos for _signups, hellos in rounds),
        "ratio": statistics.median(signups / hellos for signups, hellos in rounds),
        "goal": RUSH_GOALS[connection.vendor],
    }


def sender(portal, case):
    """A function that sends one request of the case and checks its status."""

    def send():
        if case.before:
            case.before()
        method, path, body, headers = case.request()
        status, _answer = portal.ask(method, path, body=body, headers=headers)
        assert status == case.status, f"{case.name}: {status}"

    return send


def repetitions(send):
    """How many requests fill a burst, after warming up."""
    for _request in range(3):
        send()
    began = time.perf_counter()
    send()
    return max(6, min(200, int(BURST / (time.perf_counter() - began))))
