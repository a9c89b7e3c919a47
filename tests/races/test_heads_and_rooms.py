"""One head, one secretary, one room: forty at once, the database decides, the loser reads a sentence."""

import datetime as dt

import pytest
from django.utils import timezone

from branches.actions import open_post, schedule
from branches.actions.topics import call_off_session, call_session, move_session
from branches.errors import MeetingRefused, PostRefused, TopicRefused
from branches.models import Meeting, Post, TopicSession, TopicStatus
from grids.actions import confirm_booking, expire_bookings
from grids.errors import AppointmentRefused, BookingRefused
from grids.models import Appointment, Booking, BookingSlot, Handover
from haimengyuan.handover import hand_grid_over
from people.models import Role
from tests.branches.life import make_meeting
from tests.makers import (
    days_ahead,
    make_booking,
    make_branch,
    make_grid,
    make_head,
    make_member,
    make_person,
    make_topic,
    make_user,
    make_venue,
)
from tests.races.harness import kinds, run_together

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 40


def test_of_forty_handovers_one_takes_the_grid():
    grid, desk = make_grid(), make_user(Role.STAFF)
    make_head(grid)
    head = Appointment.objects.heads().get()
    persons = [make_person() for _n in range(MANY)]

    def hand(to):
        mine = Appointment.objects.select_related("grid__community", "person", "duty").get(pk=head.pk)
        return lambda: hand_grid_over(mine, to=to, by=desk, going=[])

    outcomes = run_together([lambda to=to: hand(to) for to in persons])
    assert kinds(outcomes) == {None: 1, AppointmentRefused: MANY - 1}
    assert (Handover.objects.count(), Appointment.objects.filter(ended_on=None).count()) == (1, 1)


def test_of_forty_secretaries_one_is():
    branch = make_branch()
    members = [make_member(branch=branch) for _n in range(MANY)]
    outcomes = run_together([lambda who=who: lambda: open_post(who, Post.Kind.SECRETARY) for who in members])
    assert kinds(outcomes) == {None: 1, PostRefused: MANY - 1}
    assert Post.objects.filter(branch=branch, kind=Post.Kind.SECRETARY).count() == 1


def test_of_forty_meetings_one_has_the_room():
    venue, desk = make_venue(), make_user(Role.STAFF)
    day = timezone.localdate() + dt.timedelta(days=3)
    meetings = [make_meeting(branch=make_branch(), on=day, by=desk) for _n in range(MANY)]

    def put(meeting):
        mine = Meeting.objects.with_related().get(pk=meeting.pk)
        return lambda: schedule(mine, on=day, at=dt.time(9), venue=venue, minutes=60, by=desk)

    outcomes = run_together([lambda meeting=meeting: put(meeting) for meeting in meetings])
    assert kinds(outcomes) == {None: 1, MeetingRefused: MANY - 1}
    assert (Meeting.objects.exclude(booking=None).count(), BookingSlot.objects.count()) == (1, 2)


def test_twenty_moves_of_a_sitting_and_its_end_leave_one_room_or_none():
    topic, venue, desk = make_topic(TopicStatus.ACCEPTED), make_venue(), make_user(Role.STAFF)
    made = call_session(topic, agenda="一", venue=venue, starts_at=days_ahead(2), minutes=60, by=desk)

    def seen():
        return TopicSession.objects.select_related("topic__grid__community", "booking__venue").get(pk=made.pk)

    def move(days):
        session, options = seen(), {"venue": venue, "minutes": 60, "by": desk}
        return lambda: move_session(session, starts_at=days_ahead(days), **options)

    def end():
        session = seen()
        return lambda: call_off_session(session, reason="停电", by=desk)

    # two for each day: the second of them reads that nothing changes, or moves it again
    outcomes = run_together([lambda days=3 + n // 2: move(days) for n in range(20)])
    assert set(kinds(outcomes)) <= {None, TopicRefused}
    held = Booking.objects.holding().get()
    assert (seen().booking, BookingSlot.objects.filter(booking=held).count()) == (held, 2)
    assert BookingSlot.objects.count() == 2

    outcomes = run_together([end, *(lambda days=days: move(days) for days in range(20, 24))])
    assert set(kinds(outcomes)) <= {None, TopicRefused}
    left = Booking.objects.holding().count()
    assert left == (1 if isinstance(outcomes[0], TopicRefused) else 0)
    assert BookingSlot.objects.count() == 2 * left


def test_an_answer_and_the_tick_at_once_have_one_winner():
    for _again in range(3):
        made = make_booking()
        Booking.objects.filter(pk=made.pk).update(answer_due_at=timezone.now())

        def answer(key=made.pk):
            mine = Booking.objects.with_related().get(pk=key)
            return lambda: confirm_booking(mine)

        outcomes = run_together([answer, *[lambda: expire_bookings] * 4])
        made.refresh_from_db()
        expired = sum(n for n in outcomes if isinstance(n, int))
        refused = kinds(outcomes).get(BookingRefused, 0)
        assert (made.status, expired, refused, made.slots.count()) in {
            ("confirmed", 0, 0, 2),
            ("expired", 1, 1, 0),
        }
