import pytest

from people.errors import RevealRefused
from people.models import PersonalDataView, Role
from reminders.actions import call_done, call_instead, mark_read, reveal_calls, send_again
from reminders.errors import AlreadySettled, NotYours
from reminders.models import Reminder
from tests.makers import make_person, make_reminder, make_user
from tests.reminders.clock import it_is

pytestmark = pytest.mark.django_db

Status = Reminder.Status


def make_call(person=None, **fields):
    person = person or make_person(prefers_phone_call=True)
    defaults = {"address": f"call:{person.pk}", "channel": "call", "kind": Reminder.Kind.ACCEPTED}
    return make_reminder(person=person, **(defaults | fields))


def make_failed(**fields):
    person = make_person(reach_by="sms")
    return make_reminder(
        person=person, address=f"sms:{person.pk}", channel="sms", status=Status.FAILED, attempts=8, **fields
    )


def test_marking_read_touches_nobody_else_and_keeps_the_first_time():
    person, neighbour = make_person(), make_person()
    with it_is("2026-11-24 10:00") as first:
        mine = make_reminder(person=person, status=Status.SENT)
        other = make_reminder(person=neighbour, status=Status.SENT)
        assert mark_read(Reminder.objects.inbox_of(person)) == 1
    with it_is("2026-11-24 11:00"):
        assert mark_read(Reminder.objects.inbox_of(person)) == 0
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.read_at, other.read_at) == (first, None)


def test_reading_silences_the_pending_way_outside_of_the_same_occasion():
    person, neighbour = make_person(reach_by="sms"), make_person(reach_by="sms")
    for somebody in (person, neighbour):
        for key in ("a:1:", "a:2:"):
            fields = {"person": somebody, "dedupe_key": key}
            make_reminder(**fields, status=Status.SENT)
            make_reminder(**fields, address=f"sms:{somebody.pk}", channel="sms")
    mark_read(Reminder.objects.inbox_of(person).filter(dedupe_key="a:1:"))
    silenced = Reminder.objects.filter(status=Status.CANCELLED).values_list("address", "dedupe_key")
    assert list(silenced) == [(f"sms:{person.pk}", "a:1:")]


def test_a_call_is_ticked_off_once():
    staff = make_user(Role.STAFF)
    with it_is("2026-11-24 10:00") as now:
        call = make_call()
        assert list(Reminder.objects.calls()) == [call]
        call_done(call, staff)
        assert list(Reminder.objects.calls()) == []
        with pytest.raises(AlreadySettled) as refused:
            call_done(call, staff)
    assert str(refused.value) == "这个电话已经有人打过，或者不用打了"
    call.refresh_from_db()
    assert (call.status, call.sent_at) == (Status.SENT, now)


def test_an_auditor_may_look_at_the_list_and_change_nothing():
    auditor, call, failed = make_user(Role.AUDITOR), make_call(), make_failed()
    for verb, row in ((call_done, call), (send_again, failed), (call_instead, failed)):
        with pytest.raises(NotYours):
            verb(row, auditor)
    with pytest.raises(RevealRefused):
        reveal_calls([call], viewer=auditor)
    assert list(Reminder.objects.order_by("pk").values_list("status", flat=True)) == [
        Status.PENDING,
        Status.FAILED,
    ]
    assert PersonalDataView.objects.count() == 0


def test_revealing_the_list_leaves_one_view_for_each_person():
    person, staff = make_person(phone="13800000617", prefers_phone_call=True), make_user(Role.STAFF)
    calls = [make_call(person), make_call(person), make_call(make_person(phone="05350001200"))]
    assert reveal_calls(calls, viewer=staff) == {person.pk: "13800000617", calls[2].person_id: "05350001200"}
    views = PersonalDataView.objects.order_by("pk").values_list("person_id", "viewer_id", "field", "reason")
    assert list(views) == [
        (person.pk, staff.pk, "phone", "打提醒电话"),
        (calls[2].person_id, staff.pk, "phone", "打提醒电话"),
    ]


def test_the_call_list_has_neither_what_is_late_nor_what_waits_nor_the_dead():
    with it_is("2026-11-24 10:00") as now:
        call, urgent = make_call(), make_call(urgent=True)
        make_call(expires_at=now)
        make_call(kind=Reminder.Kind.OVERDUE)
        make_call(make_person(state="deceased"))
        make_call(status=Status.CANCELLED)
        make_reminder(channel="call")  # still on its way to the inbox
        assert list(Reminder.objects.calls()) == [urgent, call]


def test_a_failed_message_is_sent_again_as_new():
    failed, staff = make_failed(failure="没接通"), make_user(Role.STAFF)
    send_again(failed, staff)
    failed.refresh_from_db()
    assert (failed.status, failed.attempts, failed.failure) == (Status.PENDING, 0, "")
    with pytest.raises(AlreadySettled):
        send_again(failed, staff)


def test_a_failed_message_becomes_a_call():
    failed, staff = make_failed(), make_user(Role.STAFF)
    call_instead(failed, staff)
    with pytest.raises(AlreadySettled):
        call_instead(failed, staff)
    (call,) = Reminder.objects.calls()
    assert (call.address, call.dedupe_key, call.subject) == (
        f"call:{failed.person_id}",
        failed.dedupe_key,
        failed.subject,
    )


def test_a_robot_cannot_be_called():
    robot = make_failed(dedupe_key="a:1:")
    Reminder.objects.filter(pk=robot.pk).update(person=None, address="robot:grid-6", channel="robot")
    robot.refresh_from_db()
    with pytest.raises(AlreadySettled):
        call_instead(robot, make_user(Role.STAFF))
    assert robot.status == Status.FAILED
