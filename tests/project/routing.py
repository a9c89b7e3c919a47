"""Every route of the URL resolver, and an address for each of them that leads to a row that exists."""

import hashlib
import re
from dataclasses import dataclass

from django.apps import apps
from django.contrib.sessions.models import Session
from django.urls import get_resolver
from django.utils import timezone
from rest_framework.permissions import AllowAny

from branches.topic_links import topic_token
from grids.links import booking_token
from people.models import Role
from services.actions import accept, offer
from services.links import offer_token, order_token
from tests.admin.world import make_common, make_side
from tests.makers import (
    make_activity,
    make_certificate,
    make_order,
    make_service,
    make_signup,
    make_user,
)
from volunteers.actions import record_hours
from volunteers.links import calendar_token, signup_token

# doors whose links carry a token of their own; every other one shows an order
_TOKEN_DOORS = {"me/offers", "venues/bookings", "topics/home", "activities/signups", "activities/calendars"}
ROLES = ("manager", "staff", "auditor", "grid", "helper", "none")


def routes():
    """Pairs (route, view) of the whole resolver; the admin's regular expressions are kept as they are."""
    return _walk(get_resolver().url_patterns, "")


def _walk(patterns, before):
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def is_open(view):
    """Whether the view says that it answers anonymous visitors; views of the API say it by their permissions."""
    if api_view := getattr(view, "cls", None):
        return AllowAny in api_view.permission_classes
    return not getattr(view, "login_required", True)


@dataclass
class World:
    """A community with a row of every kind, and a user of every role; the helper carries an order."""

    users: dict
    addresses: dict

    def address(self, route):
        """The path of a route; KeyError for a parameter that nobody has thought of yet."""
        route = re.sub(r"\^\(\?P<app_label>(\w+).*", r"\1/", route)
        route = route.replace("(?P<url>.*)$", "nothing/")
        for parameter, value in self._values(route).items():
            route = route.replace(parameter, value)
        assert "<" not in route, f"no example for {route}: add one to tests/project/routing.py"
        return f"/{route}"

    def _values(self, route):
        door = "/".join(route.split("/")[:2])
        values = {"<str:code>": "B02", "<int:number>": "1", "<slug:key>": "note"}
        values["<str:token>"] = self.addresses[
            door if door in _TOKEN_DOORS else "certificates" if route.startswith("certificates/") else "o"
        ]
        values["<int:pk>"] = self.addresses.get(door, self.addresses.get(route.split("/")[0], "0"))
        values["<str:number>"] = self.addresses["me/orders" if door == "me/orders" else "staff/orders"]
        values["<int:branch>"] = self.addresses["admin/branches/partybranch"]
        values["<int:object_id>"] = self.addresses["admin/branches/meeting"]
        if route.startswith("staff/members/check-ins/"):
            values["<int:pk>"] = self.addresses["staff/members/check-ins"]
        elif "/dues/" in route or route.startswith("staff/members/"):
            values["<int:pk>"] = self.addresses["admin/branches/partymember"]
        if route.startswith("admin/"):
            values["<path:object_id>"] = self.addresses.get("/".join(route.split("/")[:3]), "0")
        return values


def make_world():
    """Build the `World`."""
    for code in ("B02", "Z01", "Z02"):
        make_service(code)
    side = make_side("东风")
    common = make_common(side)
    users = {role: make_user(role) for role in ROLES if role != "grid"}
    users["grid"] = side.head
    carried, asked = make_order(), make_order()
    (made,) = offer(carried, [users["helper"].person], by=users["staff"])
    accept(made, visit_on=timezone.localdate(), visit_half="pm")
    (unanswered,) = offer(asked, [users["helper"].person], by=users["staff"])
    served = record_hours(users["helper"].person, 60, what="巡逻", source_key="test:route")
    paper = make_certificate(users["helper"].person, by=users["staff"])
    activity = make_activity(grid=side.grid)
    addresses = {
        "activities": str(activity.pk),
        "staff/activities": str(activity.pk),
        "activities/calendars": calendar_token(users["helper"].person),
        "activities/signups": signup_token(make_signup(activity.shifts.get())),
        "me/hours": str(served.pk),
        "me/certificates": str(paper.pk),
        "staff/certificates": str(paper.pk),
        "staff/volunteers": str(side.rows["volunteers.HelperProfile"].pk),
        "certificates": paper.token,
        "o": order_token(carried),
        "me/offers": offer_token(unanswered),
        "venues": str(side.rows["grids.Venue"].pk),
        "notices": str(side.rows["branches.Notice"].pk),
        "topics": str(side.rows["branches.Topic"].pk),
        "topics/home": topic_token(side.rows["branches.Topic"]),
        "staff/topics": str(side.rows["branches.Topic"].pk),
        "venues/bookings": booking_token(side.rows["grids.Booking"]),
        "me/orders": carried.number,
        "staff/orders": asked.number,
        "staff/members/check-ins": str(side.rows["branches.CheckIn"].pk),
        "staff": str(side.rows["branches.Meeting"].pk),
    }
    for row in [*side.rows.values(), *common.values()]:
        addresses[f"admin/{row._meta.app_label}/{row._meta.model_name}"] = str(row.pk)
    assert set(users) == set(Role.values)
    return World(users=users, addresses=addresses)


def digests():
    """A hash of all rows of every table but the sessions, by table."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if model is not Session:
            rows = repr(list(model._base_manager.order_by("pk").values_list()))
            found[model._meta.db_table] = hashlib.sha256(rows.encode()).hexdigest()
    return found
