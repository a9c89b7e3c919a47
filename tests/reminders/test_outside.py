import datetime as dt
from types import SimpleNamespace

import pytest

from people.actions import give_consent, withdraw_consent
from people.models import Person
from reminders.actions import deliver_outside, outside, sweep
from reminders.actions.outside import LEASE, MAX_ATTEMPTS, claim_outside, sendable, wait_after
from reminders.errors import Unavailable, Undeliverable
from reminders.models import Reminder
from tests.makers import make_person, make_reminder
from tests.reminders.clock import at, it_is

pytestmark = pytest.mark.django_db

Status = Reminder.Status


class Gateway:
    """Notes what it is asked to send; raises what it is told to."""

    def __init__(self, *errors):
        self.sent, self.errors = [], list(errors)

    def __call__(self, reminder):
        if self.errors and (error := self.errors.pop(0)):
            raise error
        self.sent.append((reminder.address, reminder.dedupe_key))


def make_text(person=None, **fields):
    """A due row that leaves as a text message."""
    person = person or make_person(reach_by="sms")
    defaults = {"kind": Reminder.Kind.OFFER, "address": f"sms:{person.pk}", "channel": "sms"}
    return make_reminder(person=person, **(defaults | fields))


def state(reminder, *fields):
    return Reminder.objects.filter(pk=reminder.pk).values_list("status", *fields).get()


def test_it_is_sent_once_and_settled():
    with it_is("2026-11-24 10:00") as now:
        text, gateway = make_text(), Gateway()
        assert deliver_outside(send=gateway) == 1
        assert deliver_outside(send=gateway) == 0
    assert gateway.sent == [(text.address, text.dedupe_key)]
    assert state(text, "claim", "attempts", "sent_at", "failure") == (Status.SENT, None, 1, now, "")


def test_what_no_machine_sends_is_left_alone():
    with it_is("2026-11-24 10:00") as now:
        person = make_person(prefers_phone_call=True)
        call = make_reminder(person=person, address=f"call:{person.pk}", channel="call")
        overdue, returned = (make_text(kind=kind) for kind in ("overdue", "offer_returned"))
        urgent = make_text(kind=Reminder.Kind.OVERDUE, urgent=True)
        tomorrow = make_text(due_at=now + dt.timedelta(days=1))
        gateway = Gateway()
        deliver_outside(send=gateway)
    assert gateway.sent == [(urgent.address, urgent.dedupe_key)]
    left = [call, overdue, returned, tomorrow]
    assert [state(row)[0] for row in left] == [Status.PENDING] * 4


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"state": Person.State.MOVED}, Status.CANCELLED),
        ({"state": Person.State.DECEASED}, Status.CANCELLED),
        ({"reach_by": ""}, Status.CANCELLED),
        ({"reach_by": "email"}, Status.CANCELLED),
        ({"prefers_phone_call": True}, Status.CANCELLED),
        ({}, Status.SENT),
    ],
)
def test_the_person_is_looked_at_again_at_the_claim(change, status):
    with it_is("2026-11-24 10:00"):
        text, gateway = make_text(), Gateway()
        Person.objects.filter(pk=text.person_id).update(**change) if change else None
        deliver_outside(send=gateway)
    assert state(text) == (status,)
    assert len(gateway.sent) == (status == Status.SENT)


@pytest.mark.parametrize(
    ("rests_on", "given", "status"),
    [
        ("order", [], Status.SENT),  # never asked: somebody of the register who telephoned
        ("order", ["order"], Status.SENT),
        ("order", ["-order"], Status.CANCELLED),
        ("order", ["-order", "order"], Status.SENT),
        ("order", ["-order", "-order"], Status.CANCELLED),
        ("order", ["-order", "booking"], Status.CANCELLED),
        ("order", ["-booking", "-help"], Status.SENT),
        ("", ["-order"], Status.SENT),
    ],
)
def test_what_rests_on_a_withdrawn_consent_is_not_sent_even_when_planned_after_it(rests_on, given, status):
    person, gateway = make_person(reach_by="sms"), Gateway()
    with it_is("2026-11-24 10:00"):
        for purpose in given:
            give_consent(person, purpose.strip("-"), channel="web")
            if purpose.startswith("-"):
                withdraw_consent(person, purpose.strip("-"))
        text = make_text(person, rests_on=rests_on)
        neighbour = make_text(rests_on=rests_on)
        deliver_outside(send=gateway)
    assert (state(text), state(neighbour)) == ((status,), (Status.SENT,))
    assert len(gateway.sent) == 1 + (status == Status.SENT)


def test_a_message_that_failed_before_the_withdrawal_is_not_tried_again():
    person = make_person(reach_by="sms")
    give_consent(person, "order", channel="web")

    def fails_while_they_withdraw(row):
        withdraw_consent(person, "order")
        raise Unavailable("没接通")

    with it_is("2026-11-24 10:00"):
        text, gateway = make_text(person, rests_on="order"), Gateway()
        deliver_outside(send=fails_while_they_withdraw)
        assert state(text) == (Status.PENDING,)
    with it_is("2026-11-24 10:05"):
        deliver_outside(send=gateway)
    assert (state(text), gateway.sent) == ((Status.CANCELLED,), [])


def test_too_late_is_expired_and_not_sent():
    with it_is("2026-11-24 10:00") as now:
        ends_now = make_text(due_at=now, expires_at=now)
        in_time = make_text(due_at=now, expires_at=now + dt.timedelta(seconds=1))
        gateway = Gateway()
        deliver_outside(send=gateway)
    assert gateway.sent == [(in_time.address, in_time.dedupe_key)]
    assert state(ends_now) == (Status.EXPIRED,)


def test_a_retry_that_falls_into_the_night_waits_and_an_urgent_one_does_not():
    with it_is("2026-11-24 21:00"):
        text, urgent = make_text(), make_text(urgent=True)
        gateway = Gateway()
        deliver_outside(send=gateway)
    assert gateway.sent == [(urgent.address, urgent.dedupe_key)]
    assert state(text, "due_at", "attempts") == (Status.PENDING, at("2026-11-25 08:00"), 0)


def test_two_texts_a_day_the_others_wait_for_the_next_morning():
    person = make_person(reach_by="sms")
    with it_is("2026-11-24 10:00") as now:
        texts = [make_text(person, expires_at=now + dt.timedelta(days=9)) for _row in range(3)]
        other = make_text()
        gateway = Gateway()
        deliver_outside(send=gateway)
        urgent = make_text(person, urgent=True)
        deliver_outside(send=gateway)
    assert gateway.sent == [(row.address, row.dedupe_key) for row in (*texts[:2], other, urgent)]
    assert state(texts[2], "due_at") == (Status.PENDING, at("2026-11-25 08:00"))
    with it_is("2026-11-25 08:00"):
        deliver_outside(send=gateway)
    assert state(texts[2]) == (Status.SENT,)


def test_a_text_on_its_way_counts_for_the_limit():
    person = make_person(reach_by="sms")
    with it_is("2026-11-24 10:00") as now:
        week = now + dt.timedelta(days=7)
        make_text(person)
        make_text(person)
        assert len(claim_outside().rows) == 2
        third = make_text(person, expires_at=week)
        assert claim_outside().rows == []
    assert state(third, "due_at") == (Status.PENDING, at("2026-11-25 08:00"))


def test_mails_have_no_daily_limit():
    person = make_person(reach_by="email")
    with it_is("2026-11-24 10:00"):
        for _row in range(3):
            make_reminder(
                person=person, address=f"email:{person.pk}", channel="email", kind=Reminder.Kind.OFFER
            )
        assert deliver_outside(send=Gateway()) == 3


def test_a_failure_is_put_off_and_the_last_one_ends_it():
    gateway = Gateway(*[Unavailable("没接通")] * MAX_ATTEMPTS)
    with it_is("2026-11-24 10:00") as now:
        text = make_text(urgent=True, expires_at=now + dt.timedelta(days=9))
        for attempt in range(1, MAX_ATTEMPTS):
            deliver_outside(send=gateway)
            _status, due_at, *rest = state(text, "due_at", "attempts", "claim", "failure")
            assert (_status, rest) == (Status.PENDING, [attempt, None, "没接通"])
            shortest = min(60 * 2 ** (attempt - 1), 3600)
            assert shortest <= (due_at - now).total_seconds() <= shortest * 1.2
            Reminder.objects.filter(pk=text.pk).update(due_at=now)
        deliver_outside(send=gateway)
        assert state(text, "attempts", "failure") == (Status.FAILED, MAX_ATTEMPTS, "没接通")
        assert deliver_outside(send=gateway) == 0


def test_waits_grow_to_an_hour_and_differ_by_chance():
    shortest = [60, 120, 240, 480, 960, 1920, 3600, 3600]
    for attempt, seconds in enumerate(shortest, start=1):
        waits = {wait_after(attempt).total_seconds() for _try in range(50)}
        assert len(waits) > 1
        assert all(seconds <= wait <= seconds * 1.2 for wait in waits)


def test_what_can_never_arrive_fails_at_once():
    with it_is("2026-11-24 10:00"):
        text = make_text(urgent=True)
        deliver_outside(send=Gateway(Undeliverable("没有号码")))
    assert state(text, "attempts", "claim", "failure") == (Status.FAILED, 1, None, "没有号码")


def test_an_unexpected_error_is_put_off_stops_nobody_and_is_logged_without_its_words(caplog):
    with it_is("2026-11-24 10:00"):
        first, second = make_text(urgent=True), make_text(urgent=True)
        gateway = Gateway(RuntimeError("refused: zhao@example.org"))
        assert deliver_outside(send=gateway) == 1
    assert (state(first, "failure"), state(second)) == ((Status.PENDING, "发送时出错"), (Status.SENT,))
    assert "RuntimeError" in caplog.text
    assert "zhao" not in caplog.text


def test_one_can_only_settle_what_one_still_holds():
    with it_is("2026-11-24 10:00"):
        text = make_text(urgent=True)

        def too_slow(reminder):
            """The lease runs out and somebody else claims the row while this one is still sending."""
            with it_is("2026-11-24 10:06"):
                sweep()
                other = claim_outside()
            assert [row.pk for row in other.rows] == [text.pk]

        assert deliver_outside(send=too_slow) == 0
    assert state(text, "attempts") == (Status.CLAIMED, 2)


def test_the_sweeper_frees_what_is_older_than_the_lease_alone():
    with it_is("2026-11-24 10:00") as now:
        old, young, worn = (make_text(urgent=True) for _row in range(3))
        claim_outside()
        Reminder.objects.filter(pk=old.pk).update(claimed_at=now - LEASE - dt.timedelta(seconds=1))
        Reminder.objects.filter(pk=young.pk).update(claimed_at=now - LEASE)
        Reminder.objects.filter(pk=worn.pk).update(claimed_at=now - 2 * LEASE, attempts=MAX_ATTEMPTS)
        late = make_reminder(due_at=now - dt.timedelta(days=3), expires_at=now)
        assert sweep() == 3
    assert state(old, "claim", "attempts") == (Status.PENDING, None, 1)
    assert state(young)[0] == Status.CLAIMED
    assert state(worn, "failure") == (Status.FAILED, "发送时一再中断")
    assert state(late) == (Status.EXPIRED,)


def test_time_that_runs_out_gives_the_rest_back_untried(monkeypatch):
    clock = [0.0]

    def send_slowly(reminder):
        clock[0] += 11

    monkeypatch.setattr(outside, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    with it_is("2026-11-24 10:00"):
        for _row in range(3):
            make_text(urgent=True)
        deliver_outside(seconds=10, send=send_slowly)
    found = Reminder.objects.order_by("pk").values_list("status", "attempts", "claim")
    assert list(found) == [(Status.SENT, 1, None), (Status.PENDING, 0, None), (Status.PENDING, 0, None)]


def test_urgent_rows_go_first():
    with it_is("2026-11-24 10:00") as now:
        early = make_text(due_at=now - dt.timedelta(hours=1))
        urgent = make_text(urgent=True)
        gateway = Gateway()
        deliver_outside(send=gateway)
    assert [address for address, _key in gateway.sent] == [urgent.address, early.address]


@pytest.mark.parametrize("count", [1, 7])
def test_a_claim_takes_the_same_queries_for_one_and_many(django_assert_num_queries, count):
    with it_is("2026-11-24 10:00") as now:
        for _row in range(count):
            make_text(urgent=True, rests_on="order")
        with django_assert_num_queries(7):
            assert len(claim_outside().rows) == count
        assert sendable(now).count() == 0
