"""Two pumps at the same rows. The naive twins run in the same harness and double, which shows that it bites."""

import datetime as dt
import threading
from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from people.models import Person
from reminders.actions import deliver_inbox, deliver_outside
from reminders.actions.outside import claim_outside
from reminders.models import Reminder
from tests.makers import make_community, make_person, make_reminder
from tests.reminders.clock import at, it_is

pytestmark = pytest.mark.django_db(transaction=True)

Status = Reminder.Status
TEXTS = 120
PUMPS = 4


def plan_texts(count=TEXTS):
    """As many due text messages, urgent so that no hour of the day holds them back."""
    community, now = make_community(), timezone.now()
    persons = [
        Person(community=community, name=f"测试{n}", phone=f"1380001{n:04d}", reach_by="sms")
        for n in range(count)
    ]
    [person.set_lookups() for person in persons]
    Person.objects.bulk_create(persons)
    Reminder.objects.bulk_create(
        Reminder(
            community=community,
            person=person,
            address=f"sms:{person.pk}",
            channel="sms",
            kind=Reminder.Kind.OFFER,
            dedupe_key="offer:1:",
            urgent=True,
            subject="请您接单",
            text="文字",
            expires_at=now + dt.timedelta(days=1),
        )
        for person in persons
    )


def run_together(pump, count=PUMPS):
    """Let `count` threads run `pump` at the same moment; returns what they returned."""
    barrier, results = threading.Barrier(count, timeout=60), []

    def work():
        try:
            barrier.wait()
            results.append(pump())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _thread in range(count)]
    [thread.start() for thread in threads]
    [thread.join(timeout=60) for thread in threads]
    return results


class Gateway:
    """A gateway that heeds no keys: what is sent twice arrives twice."""

    def __init__(self):
        self.sent = Counter()

    def __call__(self, reminder):
        self.sent[reminder.address] += 1


def read_then_send(gateway):
    """The naive twin: look for what is pending, send it, mark it sent."""
    for reminder in Reminder.objects.outside().due():
        gateway(reminder)
        Reminder.objects.filter(pk=reminder.pk).update(status=Status.SENT)


def test_pumps_share_the_texts_and_none_leaves_twice():
    plan_texts()
    gateway = Gateway()
    results = run_together(lambda: deliver_outside(send=gateway))
    assert (sum(results), len(results)) == (TEXTS, PUMPS)
    assert gateway.sent.most_common(1)[0][1] == 1
    assert len(gateway.sent) == TEXTS
    assert set(Reminder.objects.values_list("status", "attempts")) == {(Status.SENT, 1)}


def test_the_naive_twin_sends_texts_twice():
    plan_texts()
    gateway = Gateway()
    run_together(lambda: read_then_send(gateway))
    assert gateway.sent.total() > TEXTS


def test_pumps_share_the_inbox_and_each_row_appears_once():
    person = make_person(reach_by="sms")
    Reminder.objects.bulk_create(
        Reminder(
            community=person.community,
            person=person,
            address=f"person:{person.pk}",
            channel="sms",
            kind=Reminder.Kind.OFFER,
            dedupe_key=f"offer:{number}:",
            subject="请您接单",
            text="文字",
            expires_at=timezone.now() + dt.timedelta(days=1),
        )
        for number in range(500)
    )
    assert sum(run_together(lambda: deliver_inbox(batch=20))) == 500
    assert Reminder.objects.inbox().filter(status=Status.SENT).count() == 500
    assert Reminder.objects.outside().count() == 500


def test_the_daily_limit_holds_when_each_text_of_one_person_is_claimed_by_another_pump():
    person = make_person(reach_by="sms")
    with it_is("2026-11-24 10:00") as now:
        for _number in range(6):
            make_reminder(
                person=person,
                address=f"sms:{person.pk}",
                channel="sms",
                kind=Reminder.Kind.OFFER,
                expires_at=now + dt.timedelta(days=2),
            )
        claims = run_together(lambda: claim_outside(limit=1), count=6)
    assert sum(len(claim.rows) for claim in claims) == 2
    assert Reminder.objects.pending().filter(due_at=at("2026-11-25 08:00")).count() == 4
