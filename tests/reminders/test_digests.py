import datetime as dt

import pytest

from people.actions import give_consent, withdraw_consent
from people.models import Person
from reminders.actions import deliver_inbox, deliver_outside, mark_read, plan, send_digests, to_person
from reminders.models import Reminder
from tests.makers import make_person, make_user
from tests.reminders.clock import at, it_is
from tests.reminders.test_outside import Gateway

pytestmark = pytest.mark.django_db

Kind, Status = Reminder.Kind, Reminder.Status


def tell(person, key, *, kind=Kind.OVERDUE, subject="已转给上级", link="/o/token/", **fields):
    plan([to_person(person, kind=kind, dedupe_key=key, subject=subject, text="文字。", link=link, **fields)])
    deliver_inbox()


def digests():
    rows = Reminder.objects.filter(kind=Kind.DIGEST).order_by("pk")
    return list(rows.values_list("address", "dedupe_key", "channel", "subject", "text", "link", "due_at"))


def test_the_kinds_that_wait_are_these():
    """A literal: to let a kind wait for the morning is a decision that somebody has to see."""
    assert set(Reminder.DIGESTIBLE) == {Kind.OFFER_RETURNED, Kind.OVERDUE}


def test_several_messages_leave_as_one_in_the_morning():
    person = make_user(person=make_person(reach_by="sms")).person
    with it_is("2026-11-24 10:00"):
        tell(person, "a:1:", subject="已超时：理发")
        tell(person, "a:2:", subject="已超时：送餐", link="/o/other/")
        gateway = Gateway()
        assert deliver_outside(send=gateway) == 0
    with it_is("2026-11-25 07:55"):
        assert send_digests() == 1
        assert deliver_outside(send=gateway) == 0
    with it_is("2026-11-25 08:00"):
        assert deliver_outside(send=gateway) == 1
    assert digests() == [
        (
            f"sms:{person.pk}",
            "digest:2026-11-25",
            "sms",
            "您有 2 条消息",
            "已超时：理发：文字。 已超时：送餐：文字。",
            "/me/messages/",
            at("2026-11-25 08:00"),
        )
    ]
    assert gateway.sent == [(f"sms:{person.pk}", "digest:2026-11-25")]
    assert Reminder.objects.pending().count() == 0
    assert Reminder.objects.inbox_of(person).count() == 2


def test_a_single_one_keeps_its_own_words_and_link():
    person = make_person(prefers_phone_call=True)
    with it_is("2026-11-24 10:00"):
        tell(person, "a:1:", subject="已转给上级", link="/o/token/")
        assert list(Reminder.objects.calls()) == []
    with it_is("2026-11-25 07:55"):
        send_digests()
    with it_is("2026-11-25 08:00"):
        (call,) = Reminder.objects.calls()
    assert (call.address, call.subject, call.text, call.link) == (
        f"call:{person.pk}",
        "已转给上级",
        "文字。",
        "/o/token/",
    )


def test_at_most_one_a_day_and_what_comes_later_waits_for_tomorrow():
    person = make_person(reach_by="sms")
    with it_is("2026-11-24 10:00"):
        tell(person, "a:1:")
    with it_is("2026-11-25 07:55"):
        assert send_digests() == 1
        tell(person, "a:2:", expires_at=at("2026-11-28 00:00"))
        assert send_digests() == 0
    with it_is("2026-11-25 10:00"):
        tell(person, "a:3:", expires_at=at("2026-11-28 00:00"))
    with it_is("2026-11-25 11:55"):
        assert send_digests() == 0
    with it_is("2026-11-26 07:55"):
        assert send_digests() == 1
    assert [row[1] for row in digests()] == ["digest:2026-11-25", "digest:2026-11-26"]


def test_a_morning_that_was_missed_is_made_up_for():
    yesterday, today = make_person(reach_by="sms"), make_person(reach_by="sms")
    with it_is("2026-11-24 10:00"):
        tell(yesterday, "a:1:")
    with it_is("2026-11-25 09:30"):
        tell(today, "a:2:")
    with it_is("2026-11-25 09:55") as now:
        assert send_digests() == 1
    assert [(row[0], row[-1]) for row in digests()] == [(f"sms:{yesterday.pk}", now)]


def test_what_was_over_the_limit_joins_the_morning():
    person = make_person(reach_by="sms")
    gateway = Gateway()
    with it_is("2026-11-24 10:00"):
        for number in range(4):
            tell(
                person,
                f"a:{number}:",
                kind=Kind.ORDER_NEW,
                subject=f"新点单{number}",
                expires_at=at("2026-11-27 00:00"),
            )
        deliver_outside(send=gateway)
    with it_is("2026-11-25 07:55"):
        assert send_digests() == 1
    with it_is("2026-11-25 08:00"):
        deliver_outside(send=gateway)
    assert [key for _address, key in gateway.sent] == ["a:0:", "a:1:", "digest:2026-11-25"]
    assert digests()[0][3:5] == ("您有 2 条消息", "新点单2：文字。 新点单3：文字。")


def test_a_single_one_that_the_night_held_back_is_no_digest():
    person = make_person(reach_by="sms")
    gateway = Gateway()
    with it_is("2026-11-24 22:00"):
        tell(person, "a:1:", kind=Kind.ACCEPTED)
    with it_is("2026-11-25 07:55"):
        assert send_digests() == 0
    with it_is("2026-11-25 08:00"):
        deliver_outside(send=gateway)
    assert gateway.sent == [(f"sms:{person.pk}", "a:1:")]


def test_read_on_the_web_is_not_repeated_and_the_dead_are_left_in_peace():
    reader, deceased, neighbour = (make_person(reach_by="sms") for _person in range(3))
    with it_is("2026-11-24 10:00"):
        for person in (reader, deceased, neighbour):
            tell(person, "a:1:")
        mark_read(Reminder.objects.inbox_of(reader))
        Person.objects.filter(pk=deceased.pk).update(state=Person.State.DECEASED)
    with it_is("2026-11-25 07:55"):
        assert send_digests() == 1
    assert [row[0] for row in digests()] == [f"sms:{neighbour.pk}"]


def test_who_has_no_account_is_not_sent_to_a_login():
    person = make_person(reach_by="sms")
    with it_is("2026-11-24 22:00"):
        tell(person, "a:1:", kind=Kind.ACCEPTED, link="/o/one/")
        tell(person, "a:2:", kind=Kind.VISIT, link="/o/other/")
    with it_is("2026-11-25 07:55"):
        send_digests()
    assert digests()[0][5] == "/track/"


def test_many_are_named_in_part_and_counted():
    person = make_person(reach_by="sms")
    with it_is("2026-11-24 10:00"):
        for number in range(7):
            tell(person, f"a:{number}:", subject=f"{number}" * 80)
    with it_is("2026-11-25 07:55"):
        send_digests()
    text = digests()[0][4]
    assert text == "；".join(f"{number}" * 50 for number in range(5)) + "；还有 2 条。"
    assert len(text) <= 300


def test_expired_and_urgent_rows_are_not_taken_up():
    person = make_person(reach_by="sms")
    with it_is("2026-11-24 10:00") as now:
        tell(person, "a:1:", expires_at=now + dt.timedelta(hours=3))
        tell(person, "a:2:", urgent=True)
    with it_is("2026-11-25 07:55"):
        assert send_digests() == 0


def test_what_rests_on_a_consent_is_put_together_apart_so_that_a_withdrawal_silences_it_alone():
    person = make_person(reach_by="sms")
    give_consent(person, "order", channel="web")
    with it_is("2026-11-24 10:00"):
        for key, purpose in (
            ("a:1:", ""),
            ("a:2:", ""),
            ("a:3:", "order"),
            ("a:4:", "order"),
            ("a:5:", "topic"),
        ):
            tell(person, key, rests_on=purpose)
    with it_is("2026-11-25 07:55"):
        assert (send_digests(), send_digests()) == (3, 0)
        withdraw_consent(person, "order")
    with it_is("2026-11-25 08:00"):
        gateway = Gateway()
        deliver_outside(send=gateway)
    address = f"sms:{person.pk}"
    assert gateway.sent == [(address, "digest:2026-11-25"), (address, "digest:2026-11-25:topic")]
    found = Reminder.objects.filter(kind=Kind.DIGEST).order_by("rests_on").values_list("rests_on", "status")
    assert list(found) == [("", Status.SENT), ("order", Status.CANCELLED), ("topic", Status.SENT)]
