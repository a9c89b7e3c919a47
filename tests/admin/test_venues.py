"""Venues and bookings at the admin door: grid heads keep their own, and every step goes through an action."""

import pytest
from django.urls import reverse
from django.utils import timezone

from grids.models import Booking, BookingSlot, BookingStatus, Venue
from people.models import PersonalDataView
from tests.makers import days_ahead, make_booking, make_grid, make_head, make_venue

pytestmark = pytest.mark.django_db
ADD = "/admin/grids/booking/add/"


@pytest.fixture
def grid():
    return make_grid()


@pytest.fixture
def head(client, grid):
    user = make_head(grid)
    client.force_login(user)
    return user


def entry(venue, start, **changes):
    values = {
        "venue": venue.pk,
        "kind": "branch",
        "title": "党小组会",
        "starts_at_0": f"{start:%Y-%m-%d}",
        "starts_at_1": f"{start:%H:%M}",
        "minutes": "60",
        "weeks": "1",
    }
    return values | changes


def change(booking):
    return reverse("admin:grids_booking_change", args=[booking.pk])


def test_a_head_adds_a_venue_with_its_hours_in_the_own_grid_alone(client, grid, head):
    values = {
        "grid": grid.pk,
        "kind": "garden",
        "name": "听涛议事园",
        "place": "3 号楼东侧",
        "min_minutes": 30,
        "max_minutes": 120,
        "advance_days": 14,
        "is_open": "on",
        "hours-TOTAL_FORMS": 1,
        "hours-INITIAL_FORMS": 0,
        "hours-0-weekday": "2",
        "hours-0-opens": "8:30",
        "hours-0-closes": "11:30",
    }
    refused = client.post("/admin/grids/venue/add/", values | {"grid": make_grid().pk})
    assert (refused.status_code, Venue.objects.count()) == (200, 0)
    odd = client.post("/admin/grids/venue/add/", values | {"hours-0-opens": "8:45"})
    assert "整点或半点" in odd.content.decode()
    assert client.post("/admin/grids/venue/add/", values).status_code == 302
    assert Venue.objects.get().hours.get().weekday == 2


def test_a_head_books_for_the_branch_and_reads_who_was_first(client, grid, head):
    venue = make_venue(grid=grid)
    start = days_ahead(1, 9)
    assert client.post(ADD, entry(venue, start, weeks="2")).status_code == 302
    first = Booking.objects.earliest("starts_at")
    assert (first.status, timezone.localtime(first.starts_at)) == (BookingStatus.CONFIRMED, start)
    page = client.post(ADD, entry(venue, start, title="又一个会")).content.decode()
    assert "最近的空档从" in page
    assert Booking.objects.count() == 2


def test_a_foreign_venue_is_not_offered_and_not_taken(client, head):
    foreign = make_venue(name="西山议事园")
    assert "西山议事园" not in client.get(ADD).content.decode()
    assert client.post(ADD, entry(foreign, days_ahead(1))).status_code == 200
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    ("answer", "words", "status", "slots"),
    [
        ("confirm", "", BookingStatus.CONFIRMED, 2),
        ("decline", "当天刷墙", BookingStatus.DECLINED, 0),
        ("decline", "", BookingStatus.REQUESTED, 2),
        ("cancel", "停电", BookingStatus.CANCELLED, 0),
        ("", "", BookingStatus.REQUESTED, 2),
    ],
)
def test_an_answer_goes_through_its_action(client, grid, head, answer, words, status, slots):
    made = make_booking(make_venue(grid=grid))
    client.post(change(made), {"answer": answer, "words": words})
    made.refresh_from_db()
    assert (made.status, BookingSlot.objects.count()) == (status, slots)


def test_several_requests_are_answered_at_once(client, grid, head):
    venue = make_venue(grid=grid)
    rows = [make_booking(venue, starts_at=days_ahead(1, hour)) for hour in (9, 10)]
    foreign = make_booking()
    keys = [row.pk for row in [*rows, foreign]]
    client.post("/admin/grids/booking/", {"action": "confirm_selected", "_selected_action": keys, "index": 0})
    assert set(Booking.objects.filter(status="confirmed").values_list("pk", flat=True)) == set(keys[:2])


def test_the_contacts_telephone_leaves_a_record(client, grid, head):
    made = make_booking(make_venue(grid=grid), phone="13800000617")
    assert "13800000617" not in client.get(change(made)).content.decode()
    address = reverse("admin:grids_booking_reveal", args=[made.pk])
    page = client.post(address, {"who": "contact", "field": "phone", "reason": "改时间"}).content.decode()
    assert "13800000617" in page.replace(" ", "")
    assert PersonalDataView.objects.get().about == f"booking:{made.pk}"
