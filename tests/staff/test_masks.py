"""No page of those who handle orders prints the digits that open a resident's order (architecture.md §4)."""

import re

import pytest

from people.models import Role
from services.links import order_token
from tests.makers import (
    make_booking,
    make_grid,
    make_head,
    make_order,
    make_person,
    make_reminder,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_no_mask_ends_in_digits(client):
    grid = make_grid()
    person = make_person("王淑兰", phone="13800000617")
    who = {"name": person.name, "phone": person.phone}
    order = make_order(grid=grid, for_name="李大爷", for_phone="05355600123", **who)
    booking = make_booking(**who)
    topic = make_topic(grid=grid, **who)
    make_reminder(person=person, channel="call", address=f"call:{person.pk}")
    staff, head = make_user(Role.STAFF), make_head(grid)
    pages = [
        f"/staff/orders/{order.number}/",
        "/staff/orders/",
        "/staff/reminders/",
        f"/staff/venues/?venue={booking.venue_id}",
        f"/staff/topics/{topic.pk}/",
        "/admin/people/person/",
        f"/admin/people/person/{person.pk}/change/",
    ]
    shown = {}
    for user, paths in ((staff, pages), (head, [f"/admin/services/serviceorder/{order.pk}/change/"])):
        client.force_login(user)
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200, path
            shown[path] = answer.content.decode()
    client.force_login(staff)
    found = client.post("/staff/orders/new/", {"step": "lookup", "phone": person.phone})
    receipt = f"/services/{order.service.code}/order/?receipt={order_token(order)}"
    shown["receipt"] = client.get(receipt).content.decode()
    shown["lookup"] = found.content.decode()
    masked = [path for path, page in shown.items() if "138****" in page]
    assert {*pages} - {*masked} <= {"/staff/orders/"}
    for path, page in shown.items():
        assert re.findall(r"\*{4}\d{2,}", page) == [], path
