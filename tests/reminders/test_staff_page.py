import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.models import PersonalDataView, Role
from reminders.actions import beat
from reminders.models import CalendarOverride, Reminder
from tests.makers import make_community, make_head, make_person, make_reminder, make_user
from tests.reminders.clock import at, it_is
from tests.reminders.test_answering import make_call, make_failed

pytestmark = pytest.mark.django_db

URL = "/staff/reminders/"
Status = Reminder.Status


@pytest.fixture
def staff(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    return user


def page(client):
    return client.get(URL).content.decode()


def test_who_may_come_in(client):
    assert client.get(URL).status_code == 302
    for role, status in [(Role.STAFF, 200), (Role.MANAGER, 200), (Role.AUDITOR, 200), (Role.HELPER, 403)]:
        client.force_login(make_user(role))
        assert client.get(URL).status_code == status, role
    client.force_login(make_head())
    assert client.get(URL).status_code == 403


def test_the_list_is_masked_and_looking_at_it_leaves_no_trace(client, staff):
    make_call(make_person("王小明", phone="13800000617", prefers_phone_call=True), subject="有人接单了")
    text = page(client)
    assert ("王*明" in text, "138****" in text and "0617" not in text, "有人接单了" in text) == (
        True,
        True,
        True,
    )
    assert ("13800000617" in text, "王小明" in text) == (False, False)
    assert PersonalDataView.objects.count() == 0


def test_showing_the_numbers_is_one_post_that_leaves_one_view_for_each_person(client, staff):
    person = make_person("王小明", phone="13800000617", prefers_phone_call=True)
    make_call(person)
    make_call(person)
    make_call(make_person(phone="05350001234", prefers_phone_call=True))
    answer = client.post(URL, {"action": "reveal"})
    text = answer.content.decode()
    assert (text.count("tel:13800000617"), text.count("tel:05350001234")) == (2, 1)
    assert "no-store" in answer["Cache-Control"]
    assert PersonalDataView.objects.filter(viewer=staff, field="phone").count() == 2
    assert "13800000617" not in page(client)


def test_ticking_several_and_a_second_click(client, staff):
    with it_is("2026-11-24 10:00"):
        first, second, third = make_call(), make_call(), make_call()
        answer = client.post(URL, {"action": "done", "row": [first.pk, second.pk]}, follow=True)
        assert "记下了：打过 2 个电话" in answer.content.decode()
        assert list(Reminder.objects.calls()) == [third]
        again = client.post(URL, {"action": "done", "row": [first.pk]}, follow=True).content.decode()
    assert "这个电话已经有人打过，或者不用打了" in again


def test_nobody_answered(client, staff):
    with it_is("2026-11-24 20:30"):
        call = make_call()
        client.post(URL, {"action": "later", "row": call.pk})
    call.refresh_from_db()
    assert (call.status, call.due_at, call.attempts) == (Status.PENDING, at("2026-11-25 08:00"), 1)


def test_a_failed_message_is_tried_again_or_becomes_a_call(client, staff):
    first, second = make_failed(failure="没有能收短信的手机号"), make_failed()
    assert page(client).count("再发一次") == 2
    client.post(URL, {"action": "again", "row": first.pk})
    client.post(URL, {"action": "call", "row": second.pk})
    first.refresh_from_db()
    assert first.status == Status.PENDING
    assert [call.person_id for call in Reminder.objects.calls()] == [second.person_id]


@pytest.mark.parametrize("row", ["", "x", "-1", "٣", "9" * 30, "99999999"])
def test_nonsense_is_answered_with_a_sentence(client, staff, row):
    for action in ("done", "later", "again", "call"):
        answer = client.post(URL, {"action": action, "row": row}, follow=True)
        assert "没有勾选要办的，请先勾选" in answer.content.decode()
    assert client.post(URL, {"action": "drop"}).status_code == 200


def test_an_auditor_sees_the_list_without_buttons(client):
    call = make_call()
    client.force_login(make_user(Role.AUDITOR))
    text = page(client)
    assert ("要打的电话" in text, "勾选的打过了" in text, "显示号码" in text) == (True, False, False)
    for action in ("reveal", "done"):
        assert client.post(URL, {"action": action, "row": call.pk}).status_code == 403
    call.refresh_from_db()
    assert (call.status, PersonalDataView.objects.count()) == (Status.PENDING, 0)


def test_another_communitys_rows_are_neither_seen_nor_touched(client, staff):
    elsewhere = make_community(code="370614001015", name="别的社区", host="other.example")
    person = make_person("赵大海", phone="13800000999", community=elsewhere, prefers_phone_call=True)
    call = make_call(person, subject="别处的电话")
    assert "别处的电话" not in page(client)
    client.post(URL, {"action": "done", "row": call.pk})
    client.post(URL, {"action": "reveal"})
    call.refresh_from_db()
    assert (call.status, PersonalDataView.objects.count()) == (Status.PENDING, 0)


def test_the_light_of_the_engine(client, staff):
    with it_is("2026-11-24 10:00"):
        assert "还一次都没有发过" in page(client)
        beat("send_due")
        assert "提醒在正常发送" in page(client)
    with it_is("2026-11-24 10:11"):
        text = page(client)
    assert ("提醒停了" in text, "提醒在正常发送" in text) == (True, False)


def test_a_calendar_that_is_not_published_yet(client, staff):
    with it_is("2026-10-31 10:00"):
        assert "年的放假安排还没录" not in page(client)
    with it_is("2026-11-01 10:00"):
        assert "2027 年的放假安排还没录" in page(client)
        CalendarOverride.objects.create(day=at("2027-02-05 00:00").date(), is_workday=False, name="春节")
        assert "年的放假安排还没录" not in page(client)


def test_the_page_takes_the_same_queries_for_one_and_many(client, staff):
    person, sms = make_person(prefers_phone_call=True), make_person(reach_by="sms")
    taken = []
    for rows, shown in [(1, 1 + 1), (59, 50 + 30)]:
        for _row in range(rows):
            make_call(person)
            make_reminder(person=sms, address=f"sms:{sms.pk}", channel="sms", status=Status.FAILED)
        with CaptureQueriesContext(connection) as queries:
            text = page(client)
        assert text.count('name="row"') == shown
        taken.append(len(queries))
    assert "后面还有，先打这些。" in text
    assert taken[0] == taken[1] <= 12


def test_the_printed_list_says_the_day_in_full(client, staff):
    row = make_call(make_person(prefers_phone_call=True))
    Reminder.objects.filter(pk=row.pk).update(due_at=at("2026-11-24 06:06"))
    with it_is("2026-11-24 09:00"):
        text = page(client)
    assert '<span class="no-print">今天 6:06</span>' in text
    assert '<span class="print-only">2026年11月24日 周二 6:06</span>' in text
