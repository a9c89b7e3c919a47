"""The room of a meeting: booked with its day in one form, given back when the day or the meeting falls away."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from branches.actions import give_up, register, schedule, take_up_again
from branches.errors import MeetingRefused
from branches.models import Meeting
from grids.actions import cancel_booking
from grids.models import Booking, BookingSlot, BookingStatus
from people.models import Role
from reminders.models import Reminder
from tests.branches.life import make_life_branch, make_meeting
from tests.makers import make_booking, make_user, make_venue, patch_now, shanghai

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 12, 10)
NINE = dt.time(9)


@pytest.fixture(autouse=True)
def clock():
    with patch_now(shanghai(2026, 11, 24, 12)):
        yield


@pytest.fixture
def meeting():
    made = make_meeting(branch=make_life_branch(full=3, probationary=0), on=DAY, at=NINE, place="")
    made.keeper = made.branch.members.earliest("pk").person.user
    return made


def secretary_of(meeting):
    return meeting.keeper


def held(venue):
    starts = BookingSlot.objects.filter(venue=venue).order_by("starts_at").values_list("starts_at", flat=True)
    return [f"{timezone.localtime(at):%m-%d %H:%M}" for at in starts]


def put(meeting, venue=None, *, on=DAY, at=NINE, minutes=60, place=""):
    by = secretary_of(meeting)
    schedule(meeting, on=on, at=at, place=place, venue=venue, minutes=minutes, by=by)


def test_the_room_is_held_at_once_and_gives_the_place_its_name(meeting):
    venue = make_venue(name="听涛议事园", place="3 号楼东侧")
    put(meeting, venue)
    booking = meeting.booking
    assert (booking.status, booking.kind, booking.entered_by) == (
        BookingStatus.CONFIRMED,
        Booking.Kind.BRANCH,
        secretary_of(meeting),
    )
    assert held(venue) == ["12-10 09:00", "12-10 09:30"]
    assert meeting.place == "听涛议事园（3 号楼东侧）"
    put(meeting, venue)
    assert (meeting.booking, Booking.objects.count()) == (booking, 1)  # nothing changed, nothing moved


def test_another_day_room_or_no_room_gives_the_old_time_back(meeting):
    first, second = make_venue(), make_venue()
    put(meeting, first)
    put(meeting, first, at=dt.time(9, 30))  # overlaps what it held itself
    assert held(first) == ["12-10 09:30", "12-10 10:00"]
    put(meeting, second, on=dt.date(2026, 12, 11), minutes=30)
    assert (held(first), held(second)) == ([], ["12-11 09:00"])
    put(meeting, place="支部活动室")
    assert (held(second), meeting.booking, meeting.place) == ([], None, "支部活动室")
    put(meeting, first)
    put(meeting, place="支部活动室")
    put(meeting, first)  # the same time as before can be had again
    assert held(first) == ["12-10 09:00", "12-10 09:30"]


@pytest.mark.parametrize(
    ("at", "words"), [(dt.time(9), "已经有人订了"), (dt.time(6), "不开放"), (dt.time(9, 10), "整点或半点")]
)
def test_a_room_that_cannot_be_had_leaves_everything_as_it_was(meeting, at, words):
    old, venue = make_venue(), make_venue()
    put(meeting, old)
    make_booking(venue, starts_at=shanghai(2026, 12, 10, 9))
    with pytest.raises(MeetingRefused, match=words):
        put(meeting, venue, at=at)
    meeting.refresh_from_db()
    assert (meeting.at, held(old)) == (NINE, ["12-10 09:00", "12-10 09:30"])


def test_a_meeting_that_is_given_up_frees_its_room_and_can_have_it_again(meeting):
    venue = make_venue()
    put(meeting, venue)
    give_up(meeting, reason="书记出差", by=make_user(Role.STAFF))
    assert (held(venue), meeting.booking) == ([], None)
    assert Booking.objects.get().reason == "书记出差"
    assert (
        Reminder.objects.filter(person=secretary_of(meeting).person, subject__contains="预订取消了").count()
        == 1
    )
    take_up_again(meeting, by=secretary_of(meeting))
    put(meeting, venue)
    assert held(venue) == ["12-10 09:00", "12-10 09:30"]


def test_a_room_that_is_over_stays_booked_in_the_past(meeting):
    venue = make_venue()
    put(meeting, venue)
    with patch_now(shanghai(2026, 12, 10, 10)):
        give_up(meeting, reason="人不够", by=secretary_of(meeting))
    assert Booking.objects.get().status == BookingStatus.CONFIRMED


def test_a_booking_that_the_desk_cancels_is_missed_on_the_page(client, meeting):
    put(meeting, make_venue())
    desk = make_user(Role.STAFF)
    cancel_booking(meeting.booking, reason="刷墙", by=desk)
    client.force_login(desk)
    page = client.get(f"/staff/branches/meetings/{meeting.pk}/").content.decode()
    assert "订的场地被取消了（刷墙）" in page
    assert Meeting.objects.with_related().get(pk=meeting.pk).room is None


def test_entering_a_meeting_books_its_room_too():
    branch, venue = make_life_branch(full=3, probationary=0), make_venue()
    made = register(branch, "heart_talk", on=DAY, at=NINE, venue=venue, minutes=30, by=branch.secretary)
    assert (held(venue), made.booking.title) == (["12-10 09:00"], f"{branch.name}：谈心谈话")


def test_one_form_at_the_door_books_moves_and_frees(client, meeting):
    venue = make_venue()
    client.force_login(make_user(Role.STAFF))
    address = f"/staff/branches/meetings/{meeting.pk}/"
    fields = {"do": "schedule", "on": "2026-12-10", "at": "09:00", "title": ""}
    refused = client.post(address, fields | {"venue": "", "place": ""})
    assert (refused.status_code, "请选一个场地，或者写地点" in refused.content.decode()) == (409, True)
    assert (
        client.post(address, fields | {"venue": venue.pk, "minutes": "90", "place": "随便写的"}).status_code
        == 302
    )
    assert held(venue) == ["12-10 09:00", "12-10 09:30", "12-10 10:00"]
    form = client.get(address).context["forms"]["schedule"]
    assert (form.initial["venue"], form.initial["minutes"], form.initial["place"]) == (venue.pk, 90, "")
    assert client.post(address, {"do": "give_up", "reason": "停电"}).status_code == 302
    assert held(venue) == []


def test_a_booking_belongs_to_one_meeting(meeting):
    put(meeting, make_venue())
    other = make_meeting(branch=meeting.branch, on=DAY, kind="heart_talk")
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.filter(pk=other.pk).update(booking=meeting.booking)
