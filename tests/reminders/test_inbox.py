import datetime as dt
import itertools

import pytest

from people.actions import give_consent, withdraw_consent
from people.models import Person
from reminders.actions import cancel, deliver_inbox, plan, to_desk, to_person, to_robot, way_to
from reminders.actions.quiet import allowed_at
from reminders.models import Reminder
from services.actions import offer, take
from tests.makers import (
    make_community,
    make_grid,
    make_head,
    make_order,
    make_person,
    make_reminder,
    make_user,
)
from tests.reminders.clock import at, it_is
from volunteers.actions import register_helper, stop_helping

pytestmark = pytest.mark.django_db

Status, Channel, Kind = Reminder.Status, Reminder.Channel, Reminder.Kind
WORDS = {"kind": Kind.ACCEPTED, "subject": "有人接单了", "text": "王*明接了您的单。", "link": "/o/token/"}


def rows(**fields):
    return list(
        Reminder.objects.filter(**fields).order_by("pk").values_list("address", "status", "channel", "due_at")
    )


def test_a_due_reminder_is_delivered_and_one_of_tomorrow_waits():
    person = make_person()
    with it_is("2026-11-24 22:30") as now:
        plan(
            [
                to_person(person, dedupe_key="a:1:", **WORDS),
                to_person(person, dedupe_key="a:2:", **WORDS, due_at=now),
                to_person(person, dedupe_key="a:3:", **WORDS, due_at=now + dt.timedelta(seconds=1)),
            ]
        )
        assert deliver_inbox() == 2
        assert deliver_inbox() == 0
    found = Reminder.objects.order_by("pk").values_list("status", "sent_at")
    assert list(found) == [(Status.SENT, now), (Status.SENT, now), (Status.PENDING, None)]


def test_planning_twice_and_delivering_between_leaves_one_message():
    person = make_person(reach_by="sms")
    for _time in range(2):
        plan([to_person(person, dedupe_key="a:1:", **WORDS)])
        deliver_inbox()
    addresses = Reminder.objects.order_by("pk").values_list("address", flat=True)
    assert list(addresses) == [f"person:{person.pk}", f"sms:{person.pk}"]


@pytest.mark.parametrize(
    ("wishes", "way"),
    [
        ({}, None),
        ({"reach_by": "sms"}, "sms"),
        ({"reach_by": "email"}, "email"),
        ({"prefers_phone_call": True}, "call"),
        ({"reach_by": "sms", "prefers_phone_call": True}, "call"),
    ],
)
def test_what_leaves_the_portal_has_a_row_of_its_own(wishes, way):
    person = make_person(**wishes)
    with it_is("2026-11-24 10:00") as now:
        plan([to_person(person, dedupe_key="a:1:", **WORDS)])
        deliver_inbox()
    inbox = (f"person:{person.pk}", Status.SENT, way or "", now)
    outside = [(f"{way}:{person.pk}", Status.PENDING, way, now)] if way else []
    assert rows() == [inbox, *outside]


def test_the_inbox_has_no_quiet_hours_and_the_outside_row_waits_for_the_morning():
    younger, older = make_person(reach_by="sms"), make_person(reach_by="sms", birth_date=dt.date(1950, 1, 1))
    with it_is("2026-11-24 12:30") as noon:
        plan([to_person(person, dedupe_key="noon:", **WORDS) for person in (younger, older)])
        deliver_inbox()
    assert rows(dedupe_key="noon:", channel="sms", status=Status.PENDING) == [
        (f"sms:{younger.pk}", Status.PENDING, "sms", noon),
        (f"sms:{older.pk}", Status.PENDING, "sms", at("2026-11-24 14:00")),
    ]
    with it_is("2026-11-24 21:00") as night:
        plan([to_person(younger, dedupe_key="night:", **WORDS)])
        plan([to_person(younger, dedupe_key="fire:", **WORDS, urgent=True)])
        deliver_inbox()
    assert rows(dedupe_key="night:") == [
        (f"person:{younger.pk}", Status.SENT, "sms", night),
        (f"sms:{younger.pk}", Status.PENDING, "sms", at("2026-11-25 08:00")),
    ]
    assert rows(dedupe_key="fire:", status=Status.PENDING) == [
        (f"sms:{younger.pk}", Status.PENDING, "sms", night)
    ]


def test_the_way_is_the_one_the_person_wants_when_it_is_due():
    person = make_person(reach_by="sms")
    plan([to_person(person, dedupe_key="a:1:", **WORDS)])
    Person.objects.filter(pk=person.pk).update(reach_by="email")
    deliver_inbox()
    assert list(Reminder.objects.outside().values_list("address", "channel")) == [
        (f"email:{person.pk}", "email")
    ]


@pytest.mark.parametrize("state", [Person.State.MOVED, Person.State.DECEASED])
def test_nobody_is_reminded_of_somebody_who_died_or_moved(state):
    person, neighbour = make_person(reach_by="sms"), make_person()
    plan([to_person(somebody, dedupe_key="a:1:", **WORDS) for somebody in (person, neighbour)])
    Person.objects.filter(pk=person.pk).update(state=state)
    assert deliver_inbox() == 1
    found = Reminder.objects.order_by("pk").values_list("person_id", "status")
    assert list(found) == [(person.pk, Status.CANCELLED), (neighbour.pk, Status.SENT)]


def test_a_late_tick_delivers_and_one_after_the_end_does_not():
    with it_is("2026-11-24 10:00") as now:
        in_time = make_reminder(due_at=now, expires_at=now + dt.timedelta(hours=3, seconds=1))
        too_late = make_reminder(due_at=now, expires_at=now + dt.timedelta(hours=3))
    with it_is("2026-11-24 13:00"):  # beat was dead for three hours
        assert deliver_inbox() == 1
    in_time.refresh_from_db()
    too_late.refresh_from_db()
    assert (in_time.status, too_late.status) == (Status.SENT, Status.EXPIRED)


def test_cancelling_silences_the_outside_row_too_and_no_neighbour():
    person = make_person(reach_by="sms")
    with it_is("2026-11-24 22:00"):
        plan([to_person(person, dedupe_key=key, **WORDS) for key in ("order:1:x", "order:11:x")])
        deliver_inbox()
        plan([to_person(person, dedupe_key="order:1:y", **WORDS)])
        assert cancel("order:1:") == 2
    pending = Reminder.objects.pending().values_list("address", "dedupe_key")
    assert list(pending) == [(f"sms:{person.pk}", "order:11:x")]


def test_desk_and_robot():
    community = make_community()
    plan(
        [
            to_desk(community, dedupe_key="a:1:", **WORDS),
            to_robot(community, "grid-6", dedupe_key="a:1:", **WORDS),
        ]
    )
    assert deliver_inbox() == 1
    assert [row[:3] for row in rows()] == [
        (f"desk:{community.pk}", Status.SENT, ""),
        ("robot:grid-6", Status.PENDING, "robot"),
    ]
    assert Reminder.objects.desk_inbox(community.pk).count() == 1


def test_the_inbox_of_a_person_has_each_message_once():
    person, neighbour = make_person(reach_by="sms"), make_person(reach_by="sms")
    plan([to_person(somebody, dedupe_key="a:1:", **WORDS) for somebody in (person, neighbour)])
    deliver_inbox()
    Reminder.objects.outside().update(status=Status.SENT)
    assert list(Reminder.objects.inbox_of(person)) == [Reminder.objects.get(address=f"person:{person.pk}")]


@pytest.mark.parametrize("count", [1, 7])
def test_the_number_of_queries_does_not_grow_with_the_rows(django_assert_num_queries, count):
    for _row in range(count):
        make_reminder(channel=Channel.SMS, person=make_person(reach_by="sms"))
    with django_assert_num_queries(10):
        assert deliver_inbox() == count


@pytest.mark.parametrize(
    "clock", ["2026-11-24 07:59", "2026-11-24 10:00", "2026-11-24 12:00", "2026-11-24 21:00"]
)
def test_what_leaves_the_portal_goes_the_way_and_at_the_time_of_a_single_row(clock):
    """The database writes these rows by the thousand; the rules for one of them stand in `way_to` and `allowed_at`."""
    born = [None, dt.date(1990, 5, 1), dt.date(1966, 11, 24), dt.date(1966, 11, 25)]
    ways = [("", False), ("sms", False), ("email", False), ("sms", True), ("", True)]
    with it_is(clock) as now:
        for (reach_by, call), birth_date, urgent in itertools.product(ways, born, [False, True]):
            person = make_person(reach_by=reach_by, prefers_phone_call=call, birth_date=birth_date)
            about = {"dedupe_key": "a:1:", "rests_on": "order", "expires_at": now + dt.timedelta(days=9)}
            plan([to_person(person, urgent=urgent, **about, **WORDS)])
        told = list(Reminder.objects.select_related("person").order_by("pk"))
        assert deliver_inbox() == len(ways) * len(born) * 2
    expected = {
        f"{way}:{row.person_id}": (way, row.person_id, row.urgent, allowed_at(row, now))
        for row in told
        if (way := way_to(row.person))
    }
    outside = {row.address: row for row in Reminder.objects.outside()}
    found = {
        address: (row.channel, row.person_id, row.urgent, row.due_at) for address, row in outside.items()
    }
    assert found == expected
    same = {
        (row.kind, row.subject, row.text, row.link, row.dedupe_key, row.rests_on) for row in outside.values()
    }
    assert same == {(WORDS["kind"], WORDS["subject"], WORDS["text"], WORDS["link"], "a:1:", "order")}
    others = {
        (
            row.status,
            row.attempts,
            row.claim,
            row.sent_at,
            row.read_at,
            row.failure,
            row.created_at,
            row.expires_at,
        )
        for row in outside.values()
    }
    expires_at = now + dt.timedelta(days=9)
    assert others == {(Status.PENDING, 0, None, None, None, "", now, expires_at)}


def test_batches_take_everything():
    person = make_person()
    for _row in range(7):
        make_reminder(person=person)
    assert deliver_inbox(batch=3) == 7


def test_an_order_after_the_withdrawal_is_heard_of_by_everybody_but_the_resident():
    """Not in the inbox, not outside, not on the call list; whoever works on it is told as always."""
    resident = make_person("王小明", reach_by="sms")
    give_consent(resident, "order", channel="web")
    withdraw_consent(resident, "order")
    desk = make_user()
    with it_is("2026-11-24 10:00"):
        order = make_order(name=resident.name, phone=resident.phone)
        assert deliver_inbox() == 1
        assert Reminder.objects.desk_inbox(order.community_id).count() == 1
        take(order, by=desk, person=make_person(reach_by="sms"))
        told = Reminder.objects.filter(person=resident)
        assert list(told.values_list("kind", "rests_on")) == [(Kind.ACCEPTED, "order")]
        deliver_inbox()
        to_call_on = Reminder.objects.create(
            community=resident.community,
            address=f"call:{resident.pk}",
            person=resident,
            kind=Kind.ACCEPTED,
            dedupe_key="order:1:",
            channel=Channel.CALL,
            rests_on="order",
            expires_at=at("2026-11-25 10:00"),
        )
        assert list(Reminder.objects.calls()) == []
        give_consent(resident, "order", channel="phone")
        assert list(Reminder.objects.calls()) == [to_call_on]
    assert list(told.filter(kind=Kind.ACCEPTED, address__startswith="person").values_list("status")) == [
        (Status.CANCELLED,)
    ]
    assert list(told.filter(address__startswith="sms")) == []


def test_who_stops_helping_is_asked_no_more_but_for_a_duty_of_theirs():
    """The question was on its way when they stopped; a grid head is asked as a head all the same."""
    with it_is("2026-11-24 10:00"):
        helper, head = make_person(), make_head(make_grid()).person
        for person in (helper, head):
            register_helper(person, consent_channel="paper")
        offer(make_order(), [helper, head], by=make_user())
        asked = Reminder.objects.filter(kind=Kind.OFFER)
        assert dict(asked.values_list("person", "rests_on")) == {helper.pk: "help", head.pk: ""}
        stop_helping(helper)
        stop_helping(head)
        deliver_inbox()
    assert dict(asked.values_list("person", "status")) == {
        helper.pk: Status.CANCELLED,
        head.pk: Status.SENT,
    }
