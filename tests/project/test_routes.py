"""Which address is open to whom, as literal lists: opening a page is a change that a reader of this file sees."""

from collections import Counter
from itertools import groupby

import pytest
from django.test import Client

from tests.project.routing import ROLES, digests, is_open, make_world, routes

pytestmark = pytest.mark.django_db

OPEN_TO_ALL = {
    "",
    "services/",
    "services/<str:code>/",
    "services/<str:code>/order/",
    "track/",
    "o/<str:token>/",
    "o/<str:token>/qr.svg",
    "feedback/",
    "grids/",
    "grids/<int:number>/",
    "grids/<int:number>/poster/",
    "notices/",
    "notices/<int:pk>/",
    "topics/",
    "topics/new/",
    "topics/<int:pk>/",
    "topics/<int:pk>/join/",
    "topics/home/<str:token>/",
    "activities/",
    "activities/<int:pk>/",
    "activities/<int:pk>/check-in/",
    "activities.ics",
    "activities/<int:pk>/activity.ics",
    "activities/signups/<str:token>/",
    "activities/signups/<str:token>/activity.ics",
    "activities/calendars/<str:token>.ics",
    "venues/",
    "venues/<int:pk>/",
    "venues/bookings/<str:token>/",
    "volunteers/",
    "volunteers/join/",
    "certificates/",
    "certificates/<str:token>/",  # a random token that the paper carries; it shows nobody's data
    "display/",
    "privacy/",
    "accessibility/",
    "me/offers/<str:token>/",  # the link in a message is the key
    "me/offers/<str:token>/visit.ics",
    "login/",
    "admin/login/",
    "healthz",
    "api/docs/",
    "api/v1/",
    "api/v1/schema/",
    "api/v1/services/",
    "api/v1/services/<str:code>/",
    "api/v1/categories/",
    "api/v1/grids/",
    "api/v1/grids/<int:number>/",
    "api/v1/activities/",
    "api/v1/activities/<int:pk>/",
    "api/v1/orders/",
    "api/v1/tracking/",
}

# The answer of a GET by role, in the order of ROLES: manager, staff, auditor, grid, helper, none.
STAFF_DOOR = (200, 200, 200, 403, 403, 403)
ME_DOOR = (200, 200, 403, 200, 200, 403)
OWN_TASK = (
    404,
    404,
    403,
    404,
    200,
    403,
)  # the helper carries this order; to everybody else it does not exist
# the helper's own ledger and certificate; to everybody else they do not exist
OWN_HOURS = OWN_TASK
CLOSED = {
    "logout/": (405, 405, 405, 405, 405, 405),
    "staff/": STAFF_DOOR,
    "staff/calendar/": STAFF_DOOR,
    "staff/grids/": STAFF_DOOR,
    "staff/grids/<int:number>/": STAFF_DOOR,
    "staff/grids/<int:number>/handover/": STAFF_DOOR,
    "staff/grids/<int:number>/handover/<int:pk>/": (404, 404, 404, 403, 403, 403),  # nothing was handed over
    "staff/orders/": STAFF_DOOR,
    "staff/orders/new/": (200, 200, 403, 403, 403, 403),
    "staff/orders/<str:number>/": STAFF_DOOR,
    "staff/reminders/": STAFF_DOOR,
    "staff/words/": STAFF_DOOR,
    "staff/activities/": STAFF_DOOR,
    "staff/activities/new/": (200, 200, 403, 403, 403, 403),
    "staff/activities/<int:pk>/": STAFF_DOOR,
    "staff/activities/<int:pk>/edit/": (200, 200, 403, 403, 403, 403),
    "staff/activities/<int:pk>/paper/": STAFF_DOOR,
    "staff/activities/<int:pk>/check-in/": STAFF_DOOR,
    "staff/activities/<int:pk>/code/": (200, 200, 403, 403, 403, 403),
    "staff/venues/": STAFF_DOOR,
    "staff/volunteers/": STAFF_DOOR,
    "staff/volunteers/<int:pk>/": STAFF_DOOR,
    "staff/certificates/<int:pk>/": STAFF_DOOR,
    "staff/certificates/<int:pk>/certificate.pdf": STAFF_DOOR,
    "staff/partners/": STAFF_DOOR,
    "staff/topics/": STAFF_DOOR,
    "staff/topics/<int:pk>/": STAFF_DOOR,
    "staff/topics/<int:pk>/paper/": STAFF_DOOR,
    "staff/branches/": STAFF_DOOR,
    "staff/branches/<int:number>/": STAFF_DOOR,
    "staff/branches/<int:number>/new/": STAFF_DOOR,
    "staff/branches/<int:number>/ledger/": STAFF_DOOR,
    "staff/branches/<int:number>/ledger.xlsx": STAFF_DOOR,
    "staff/branches/meetings/<int:pk>/": STAFF_DOOR,
    "staff/members/": STAFF_DOOR,
    "staff/members/export.csv": (405, 405, 405, 403, 403, 403),
    "staff/members/transfers/": STAFF_DOOR,
    "staff/members/check-ins/": STAFF_DOOR,
    "staff/members/check-ins/<int:pk>/": STAFF_DOOR,
    "staff/members/<int:pk>/": STAFF_DOOR,
    "staff/branches/tree/": STAFF_DOOR,
    "staff/branches/dues/": STAFF_DOOR,
    "staff/branches/<int:number>/dues/": STAFF_DOOR,
    "staff/branches/<int:number>/dues/receipts/": (404, 404, 404, 403, 403, 403),  # no receipt is asked for
    "staff/branches/<int:number>/dues/<int:pk>/": STAFF_DOOR,
    "staff/branches/meetings/<int:pk>/paper/": STAFF_DOOR,
    "me/": ME_DOOR,
    "me/activities/": ME_DOOR,
    "me/hours/": ME_DOOR,
    "me/hours/<int:pk>/": OWN_HOURS,
    "me/visits/": ME_DOOR,
    "me/profile/": ME_DOOR,
    "me/certificates/<int:pk>/": OWN_HOURS,
    "me/certificates/<int:pk>/certificate.pdf": OWN_HOURS,
    "me/meetings/": ME_DOOR,
    "me/messages/": ME_DOOR,
    "me/orders/<str:number>/": OWN_TASK,
    "me/orders/<str:number>/visit.ics": OWN_TASK,
}
# The admin, by kind of row: who sees its list, its rows and their history; who may add one; who may delete one.
# m manager, s staff, a auditor, g the grid head to whose grid the row belongs. To everybody else it does not exist.
ADMIN = {
    "services/category": ("msa", "ms", ""),
    "services/service": ("msa", "ms", ""),
    "services/unmetword": ("msa", "", "ms"),
    "services/serviceorder": ("msag", "", ""),
    "volunteers/skill": ("msa", "ms", ""),
    "volunteers/helperprofile": ("msag", "ms", ""),
    "volunteers/hourentry": ("msag", "", ""),
    "volunteers/team": ("msag", "ms", ""),
    "volunteers/activity": ("msag", "msg", ""),
    "volunteers/starrule": ("msa", "ms", ""),
    "volunteers/timebank": ("msa", "ms", ""),
    "branches/partybranch": ("msag", "ms", ""),
    "branches/branchgrid": ("msag", "ms", "ms"),
    "branches/partygroup": ("msag", "ms", "ms"),
    "branches/partymember": ("msag", "ms", ""),
    "branches/post": ("msag", "ms", ""),
    "branches/termshift": ("msag", "ms", ""),
    "branches/duesmonth": ("msag", "", ""),
    "branches/duespayment": ("msag", "", ""),
    "branches/membershiptransfer": ("msag", "", ""),
    "branches/checkin": ("msag", "", ""),
    "branches/meeting": ("msag", "", ""),
    "branches/cadencerule": ("msa", "ms", ""),
    "branches/votingrules": ("msa", "ms", ""),
    "grids/grid": ("msag", "ms", ""),
    "grids/building": ("msag", "ms", "ms"),
    "grids/dwelling": ("msag", "ms", "ms"),
    "grids/household": ("msag", "ms", ""),
    "grids/carecategory": ("msa", "ms", ""),
    "grids/careplan": ("msag", "ms", ""),
    "grids/visit": ("msag", "ms", ""),
    "grids/duty": ("msa", "ms", ""),
    "grids/appointment": ("msag", "ms", ""),
    "branches/partnerunit": ("msa", "ms", ""),
    "branches/partnerline": ("msag", "", ""),
    "branches/notice": ("msag", "msg", ""),
    "branches/noticeobjection": ("msag", "", ""),
    "branches/topic": ("msag", "", ""),
    "grids/venue": ("msag", "msg", ""),
    "grids/booking": ("msag", "msg", ""),
    "grids/cover": ("msag", "ms", "ms"),
    "reminders/calendaroverride": ("ms", "ms", "ms"),
    "people/community": ("msa", "", ""),
    "people/person": ("msa", "ms", ""),
    "people/user": ("m", "m", ""),
    "people/consent": ("msa", "", ""),
    "people/personaldataview": ("ma", "", ""),
}
ADMIN_PAGES = {
    "admin/": "msag",
    "admin/password_change/": "msag",
    "admin/password_change/done/": "msag",
    "admin/jsi18n/": "msag",
    "admin/autocomplete/": "",  # asked without a field
    "admin/services/serviceorder/<path:object_id>/do/<slug:key>/": "msg",
    "admin/grids/careplan/<path:object_id>/visit/": "msg",
    "admin/branches/meeting/new/<int:branch>/": "msg",
    "admin/volunteers/activity/<path:object_id>/edit/": "msg",
    "admin/volunteers/activity/<path:object_id>/roll/": "msag",
    "admin/volunteers/activity/<path:object_id>/paper/": "msag",
    "admin/volunteers/activity/<path:object_id>/code/": "msg",
}

# These take a POST without a token: nothing is done in the visitor's name (see the comments of the views).
WITHOUT_TOKEN = {"display/", "api/v1/orders/", "api/v1/tracking/"}


def all_routes():
    return [route for route, _view in routes()]


@pytest.fixture
def world():
    return make_world()


def signed_in(user, **options):
    client = Client(**options)
    client.force_login(user)
    return client


def test_exactly_these_routes_are_open_to_all():
    assert {route for route, view in routes() if is_open(view)} == OPEN_TO_ALL


def test_exactly_these_routes_of_the_other_doors_are_closed():
    closed = {route for route, view in routes() if not is_open(view)}
    assert {route for route in closed if not route.startswith("admin/")} == set(CLOSED)


def test_no_route_stands_twice():
    assert [route for route, count in Counter(all_routes()).items() if count > 1] == []


def test_a_stranger_sees_an_open_page_or_the_login_and_nothing_between(client, world):
    wrong = {}
    for route in set(all_routes()) - {"admin/login/", "healthz"}:
        response = client.get(world.address(route))
        to_login = response.status_code == 302 and response.url.startswith(("/login/", "/admin/login/"))
        if to_login == (route in OPEN_TO_ALL) or response.status_code >= 500:
            wrong[route] = response.status_code
    assert wrong == {}
    assert client.get("/admin/login/").url.startswith("/login/")  # the admin has no login page of its own
    assert set(client.get("/healthz").json()) == {"status", "database", "broker", "beat", "disk"}


@pytest.mark.parametrize("position", range(len(ROLES)), ids=ROLES)
def test_each_role_passes_the_doors_of_staff_and_helpers_as_the_table_says(position, world):
    client = signed_in(world.users[ROLES[position]])
    found = {route: client.get(world.address(route)).status_code for route in CLOSED}
    assert found == {route: statuses[position] for route, statuses in CLOSED.items()}


def admin_table():
    """Who gets a page from each route of the admin with a GET: the two tables above, spelled out."""
    table = dict(ADMIN_PAGES)
    for kind, (seen_by, added_by, deleted_by) in ADMIN.items():
        row = f"admin/{kind}/<path:object_id>/"
        table |= {f"admin/{kind}/": seen_by, f"{row}change/": seen_by, f"{row}history/": seen_by}
        table |= {f"admin/{kind}/add/": added_by, f"{row}delete/": deleted_by}
    return table


def test_the_admin_has_exactly_the_kinds_of_rows_of_the_table():
    kinds = {
        "/".join(route.split("/")[1:3]) for route in all_routes() if route.endswith("/<path:object_id>/")
    }
    assert kinds == set(ADMIN)


@pytest.mark.parametrize("position", range(len(ROLES)), ids=ROLES)
def test_each_role_gets_the_pages_of_the_admin_that_the_table_says(position, world):
    role = ROLES[position]
    client = signed_in(world.users[role])
    inside = role in {"manager", "staff", "auditor", "grid"}
    found, expected = {}, {}
    for route, roles in admin_table().items():
        found[route] = client.get(world.address(route)).status_code
        expected[route] = (200 if role[0] in roles else 404) if inside else 302
    assert found == expected


@pytest.mark.parametrize("role", ["manager", "grid", "helper"])
def test_the_rest_of_the_admin_answers_no_get(role, world):
    client = signed_in(world.users[role])
    rest = [
        route
        for route in all_routes()
        if route.startswith("admin/")
        and route not in admin_table()
        and route != "admin/login/"
        and "app_label" not in route
    ]
    found = {route: client.get(world.address(route)).status_code for route in rest}
    assert {route: status for route, status in found.items() if status not in (302, 404, 405)} == {}


@pytest.mark.once
@pytest.mark.parametrize("role", ["manager", "grid", "helper"])
def test_a_get_changes_no_row_of_any_table(role, world):
    client = signed_in(world.users[role])
    before, changed = digests(), {}
    routes_by_place = groupby(sorted(all_routes()), key=lambda route: route.split("/")[:3])
    for place, group in routes_by_place:
        if role == "helper" and place[0] == "admin":
            continue  # only leads to the login
        for route in group:
            client.get(world.address(route))
            client.head(world.address(route))
        after = digests()
        if tables := {table for table in after if after[table] != before[table]}:
            changed["/".join(place)] = tables
        before = after
    assert changed == {}


def test_the_digests_notice_a_change(world):
    before = digests()
    world.users["staff"].person.save(update_fields=["name"])
    assert digests() == before
    world.users["staff"].person.name = "改了"
    world.users["staff"].person.save(update_fields=["name"])
    assert digests() != before


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_what_is_unsafe_needs_a_token_or_is_refused(method, world):
    client = signed_in(world.users["manager"], enforce_csrf_checks=True)
    before = digests()
    statuses = {
        route: getattr(client, method)(
            world.address(route), {"action": "cancel"}, content_type="text/plain"
        ).status_code
        for route in all_routes()
    }
    let_in = {route for route, status in statuses.items() if status not in (403, 405)}
    assert let_in <= WITHOUT_TOKEN
    assert {route for route, status in statuses.items() if status == 405} <= WITHOUT_TOKEN | {
        route for route in all_routes() if route.startswith("api/v1/")
    }
    assert digests() == before
