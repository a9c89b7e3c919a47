"""The staff page of venues: requests, the week, booking, blocking, cancelling, and who may do it."""

import pytest
from django.utils import timezone

from grids.actions import confirm_booking
from grids.models import Booking, BookingStatus
from people.actions import give_consent, withdraw_consent
from people.models import Consent, PersonalDataView, Role
from tests.makers import (
    days_ahead,
    make_booking,
    make_community,
    make_grid,
    make_user,
    make_venue,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    return make_venue(name="听涛议事园")


@pytest.fixture
def staff(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    return user


def text_of(response):
    return response.content.decode()


def entry(start, **changes):
    values = {
        "action": "book",
        "kind": "branch",
        "title": "支委会",
        "day": f"{start:%Y-%m-%d}",
        "clock": f"{start:%H:%M}",
        "minutes": "60",
        "weeks": "1",
        "submission_key": "a-page-of-the-tests",
    }
    return values | changes


def test_requests_wait_and_one_click_answers(client, venue, staff):
    made = make_booking(venue, title="合唱队排练")
    assert "合唱队排练" in text_of(client.get("/staff/venues/"))
    page = text_of(client.post("/staff/venues/", {"booking": made.pk, "action": "confirm"}, follow=True))
    assert "答应了，已经告诉订的人" in page
    assert "没有等答复的预订" in page
    made.refresh_from_db()
    assert made.status == BookingStatus.CONFIRMED


def test_declining_needs_a_reason(client, venue, staff):
    made = make_booking(venue)
    page = text_of(client.post("/staff/venues/", {"booking": made.pk, "action": "decline"}, follow=True))
    assert "请写一句为什么，居民会看到" in page
    client.post("/staff/venues/", {"booking": made.pk, "action": "decline", "reason": "当天刷墙"})
    made.refresh_from_db()
    assert (made.status, made.reason) == (BookingStatus.DECLINED, "当天刷墙")


def test_the_desk_books_for_the_branch_every_week(client, venue, staff):
    start = days_ahead(2, 9)
    response = client.post(f"/staff/venues/?venue={venue.pk}", entry(start, weeks="4"), follow=True)
    assert "每周一次，一共 4 次" in response.content.decode()
    assert "支委会" in text_of(response)
    rows = list(Booking.objects.order_by("starts_at"))
    assert [timezone.localtime(row.starts_at) for row in rows] == [days_ahead(2 + 7 * n) for n in range(4)]
    assert {(row.status, row.kind, row.contact) for row in rows} == {("confirmed", "branch", staff.person)}


def test_the_desk_books_for_somebody_on_the_telephone(client, venue, staff):
    start = days_ahead(2, 9)
    page = text_of(client.post(f"/staff/venues/?venue={venue.pk}", entry(start, kind="resident")))
    assert "怎么称呼" in page
    client.post(
        f"/staff/venues/?venue={venue.pk}",
        entry(start, kind="resident", name="王淑兰", phone="13800000617"),
    )
    made = Booking.objects.get()
    assert (made.kind, made.status, made.contact.name, made.entered_by) == (
        "resident",
        "requested",
        "王淑兰",
        staff,
    )


def test_a_clash_is_told_on_the_form_and_nothing_typed_is_lost(client, venue, staff):
    start = days_ahead(2, 9)
    make_booking(venue, starts_at=start)
    page = text_of(client.post(f"/staff/venues/?venue={venue.pk}", entry(start, title="很长的会")))
    assert "最近的空档从" in page
    assert 'value="很长的会"' in page


def test_a_whole_group_goes_with_one_click(client, venue, staff):
    first = make_booking(venue, kind="branch", weeks=3, entered_by=staff)
    sent = {"booking": first.pk, "action": "cancel_all", "reason": "装修"}
    assert "取消了 3 次" in text_of(client.post(f"/staff/venues/?venue={venue.pk}", sent, follow=True))
    assert Booking.objects.holding().count() == 0


def test_a_telephone_is_shown_once_and_leaves_a_record(client, venue, staff):
    made = make_booking(venue, phone="13800000617")
    assert "138 0000 0617" not in text_of(client.get("/staff/venues/"))
    page = text_of(client.post("/staff/venues/", {"booking": made.pk, "action": "reveal"}))
    assert "138 0000 0617" in page
    assert PersonalDataView.objects.get().about == f"booking:{made.pk}"
    assert "138 0000 0617" not in text_of(client.get("/staff/venues/"))


def test_an_auditor_reads_and_writes_nothing(client, venue):
    made = make_booking(venue)
    client.force_login(make_user(Role.AUDITOR))
    page = client.get("/staff/venues/")
    assert page.status_code == 200
    assert 'value="confirm"' not in text_of(page)
    assert client.post("/staff/venues/", {"booking": made.pk, "action": "confirm"}).status_code == 403


def test_another_communitys_booking_is_not_there(client, venue, staff):
    other = make_community(code="370614001015", host="other.example")
    foreign = make_booking(make_venue(grid=make_grid(community=other), name="外面的屋子"))
    assert "外面的屋子" not in text_of(client.get("/staff/venues/"))
    assert client.post("/staff/venues/", {"booking": foreign.pk, "action": "confirm"}).status_code == 404


@pytest.mark.parametrize("week", ["rubbish", "0001-01-01", "9999-12-31", "2026-11-25"])
def test_any_week_in_the_address_gives_a_page(client, venue, staff, week):
    assert client.get(f"/staff/venues/?venue={venue.pk}&week={week}").status_code == 200


def test_the_page_costs_the_same_however_full_the_week_is(
    client, venue, staff, django_assert_max_num_queries
):
    make_booking(venue)
    with django_assert_max_num_queries(12) as few:
        client.get("/staff/venues/")
    for hour in range(10, 17):
        make_booking(venue, starts_at=days_ahead(1, hour))
    with django_assert_max_num_queries(12) as many:
        client.get("/staff/venues/")
    assert len(few) == len(many)


SILENT = "系统不给居民发消息，有事请打电话"


@pytest.mark.parametrize("confirmed", [False, True])
def test_the_desk_reads_that_the_portal_tells_a_resident_nothing(client, venue, staff, confirmed):
    made = make_booking(venue)
    if confirmed:
        confirm_booking(made)
    page = f"/staff/venues/?venue={venue.pk}&week={timezone.localdate(made.starts_at)}"
    admin = f"/admin/grids/booking/{made.pk}/change/"
    for address in (page, admin):
        assert SILENT not in text_of(client.get(address))
    withdraw_consent(made.contact, Consent.Purpose.BOOKING)
    assert text_of(client.get(page)).count(SILENT) == (1 if confirmed else 2)  # the request, and the week
    assert text_of(client.get(admin)).count(SILENT) == 1
    give_consent(made.contact, Consent.Purpose.BOOKING, channel="phone")
    for address in (page, admin):
        assert SILENT not in text_of(client.get(address))
