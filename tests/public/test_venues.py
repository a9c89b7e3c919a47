"""The public pages of venues: no account, no script needed, nothing personal in an address."""

import re

import pytest

from grids.actions import confirm_booking
from grids.links import booking_path
from grids.models import Booking, BookingStatus
from people.actions import withdraw_consent
from people.models import Consent
from tests.makers import days_ahead, make_booking, make_community, make_grid, make_user, make_venue
from tests.public.helpers import make_public_community

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    make_public_community()
    return make_venue(grid=make_grid(7), name="听涛议事园", step_free=True, seats=20, offers="每周三量血压")


def text_of(response):
    return response.content.decode()


def values(start, **changes):
    return {
        "starts": start.isoformat(),
        "minutes": "60",
        "title": "合唱队排练",
        "name": "王淑兰",
        "phone": "138 0000 0617",
        "submission_key": "a-page-of-the-tests",
    } | changes


def day_address(venue, start):
    return f"/venues/{venue.pk}/?day={start:%Y-%m-%d}"


def test_the_list_says_where_when_and_what(client, venue):
    make_venue(name="关着的屋子", is_open=False)
    page = text_of(client.get("/venues/"))
    for words in (
        "听涛议事园",
        "听涛苑 3 号楼东侧",
        "周一至周日",
        "8:30–17:30",
        "没有台阶",
        "能坐 20 人",
        "每周三量血压",
    ):
        assert words in page
    assert "关着的屋子" not in page


def test_the_list_costs_the_same_at_one_and_at_a_hundred(client, venue, django_assert_num_queries):
    client.get("/venues/")
    with django_assert_num_queries(3):
        client.get("/venues/")
    for index in range(99):
        make_venue(grid=venue.grid, name=f"屋子{index}")
    with django_assert_num_queries(3):
        client.get("/venues/")


def test_one_venue_costs_the_same_however_full_it_is(client, venue, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get(f"/venues/{venue.pk}/")
    for day in range(1, 10):
        for hour in (9, 10, 13):
            make_booking(venue, starts_at=days_ahead(day, hour))
    with django_assert_num_queries(4):
        client.get(f"/venues/{venue.pk}/")


def test_a_request_ends_on_a_page_of_its_own(client, venue):
    start = days_ahead(1, 9)
    response = client.post(day_address(venue, start), values(start))
    made = Booking.objects.get()
    assert (response.status_code, response["Location"]) == (302, booking_path(made))
    assert (made.status, made.contact.name, made.title) == (BookingStatus.REQUESTED, "王淑兰", "合唱队排练")
    page = text_of(client.get(response["Location"]))
    assert "等社区答复" in page
    assert ("138****" in page, "0617" in page) == (True, False)
    assert "王淑兰" not in page
    confirm_booking(made)
    assert "订好了" in text_of(client.get(response["Location"]))


def test_the_page_names_nobody_who_booked(client, venue):
    make_booking(venue, name="李秘密", title="秘密聚会")
    page = text_of(client.get(f"/venues/{venue.pk}/"))
    assert "李秘密" not in page
    assert "秘密聚会" not in page


def test_a_taken_start_is_not_offered_and_who_sends_it_reads_why(client, venue):
    start = days_ahead(1, 9)
    make_booking(venue, starts_at=start)
    page = text_of(client.get(day_address(venue, start)))
    assert start.isoformat() not in page
    response = client.post(day_address(venue, start), values(start))
    assert "这个时间刚刚有人订了或者不开放，请重新选" in text_of(response)
    assert "王淑兰" in text_of(response)


def test_who_overlaps_reads_the_next_free_time(client, venue):
    make_booking(venue, starts_at=days_ahead(1, 9, 30))
    start = days_ahead(1, 9)
    response = client.post(day_address(venue, start), values(start))
    assert "最近的空档从 明天 10:30 开始" in text_of(response)
    assert Booking.objects.count() == 1


@pytest.mark.parametrize("day", ["2020-01-01", "2999-01-01", "rubbish", ""])
def test_a_day_that_cannot_be_had_falls_back_to_the_first_free_one(client, venue, day):
    page = text_of(client.get(f"/venues/{venue.pk}/?day={day}"))
    assert page.count('aria-current="date"') == 1


def test_mistakes_are_named_where_they_are(client, venue):
    start = days_ahead(1, 9)
    page = text_of(client.post(day_address(venue, start), values(start, phone="138", title="", name="")))
    assert page.count('class="err-msg"') == 3
    assert "<title>有 3 处要改：听涛议事园" in page


def test_the_booking_is_given_back_with_a_post_alone(client, venue):
    made = make_booking(venue)
    client.get(booking_path(made))
    made.refresh_from_db()
    assert made.status == BookingStatus.REQUESTED
    response = client.post(booking_path(made), {"which": "one"}, follow=True)
    assert "取消了 1 次" in text_of(response)
    made.refresh_from_db()
    assert made.status == BookingStatus.CANCELLED
    assert "已经是“已取消”" in text_of(client.post(booking_path(made), {"which": "one"}))


def test_a_whole_group_is_given_back_at_once(client, venue):
    first = make_booking(venue, kind=Booking.Kind.BRANCH, weeks=3, entered_by=make_user())
    page = text_of(client.get(booking_path(first)))
    assert "这一组一共 3 次" in page
    client.post(booking_path(first), {"which": "all"})
    assert Booking.objects.holding().count() == 0


def test_a_changed_link_and_a_foreign_community_lead_nowhere(client, venue):
    made = make_booking(venue)
    assert client.get(booking_path(made).replace(".", ".x")).status_code == 410
    make_community(code="370614001015", name="别的社区", host="other.example")
    foreign = make_booking(make_venue(grid=make_grid(community=make_community(code="370614001015"))))
    assert client.get(booking_path(foreign)).status_code == 410
    assert client.get(f"/venues/{foreign.venue_id}/").status_code == 404


def test_too_many_requests_of_one_phone_are_told_to_wait(client, venue):
    for day in range(1, 6):
        start = days_ahead(day, 9)
        response = client.post(day_address(venue, start), values(start, submission_key=f"page{day}"))
    assert response.status_code == 429
    assert Booking.objects.count() == 4


def test_no_address_holds_what_was_typed(client, venue):
    start = days_ahead(1, 9)
    address = client.post(day_address(venue, start), values(start))["Location"]
    assert re.fullmatch(r"/venues/bookings/\d+\.[\w-]+/", address)


def test_who_withdrew_the_consent_reads_that_nobody_will_call(client, venue):
    made = make_booking(venue)
    page = text_of(client.get(booking_path(made)))
    assert "答复会打电话告诉您" in page
    assert "系统不再给您发消息" not in page
    withdraw_consent(made.contact, Consent.Purpose.BOOKING)
    page = text_of(client.get(booking_path(made)))
    assert "答复会打电话告诉您" not in page
    assert "系统不再给您发消息" in page
