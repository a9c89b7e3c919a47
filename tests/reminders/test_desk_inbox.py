"""What the portal tells the desk is on the page of reminders; one inbox for all who work there."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from people.models import Role
from reminders.actions import deliver_inbox, plan, to_desk
from reminders.models import Reminder
from services.actions import decline, offer
from tests.makers import make_community, make_offer, make_order, make_person, make_user
from tests.reminders.clock import it_is

pytestmark = pytest.mark.django_db

URL = "/staff/reminders/"


@pytest.fixture
def staff(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    return user


def tell(*subjects, community=None, **fields):
    """Messages to the desk, delivered; as a list of rows in the order of `subjects`."""
    community = community or make_community()
    start = Reminder.objects.count()
    fields = {"kind": Reminder.Kind.OVERDUE, "text": "11月24日 10:00", **fields}
    plan(
        [
            to_desk(community, dedupe_key=f"told:{start + at}:", subject=subject, **fields)
            for at, subject in enumerate(subjects)
        ]
    )
    deliver_inbox()
    return list(Reminder.objects.order_by("pk")[start:])


def page(client, address=URL):
    return client.get(address).content.decode()


def unread():
    return list(Reminder.objects.unread().order_by("pk").values_list("subject", flat=True))


def said(client, **fields):
    return client.post(URL, fields, follow=True).content.decode()


def test_a_new_order_is_told_and_leads_to_its_page(client, staff):
    order = make_order()
    assert 'id="inbox"' in page(client)
    assert "还没有消息" in page(client)  # planned, not yet delivered
    deliver_inbox()
    text = page(client)
    link = f'<a class="tap strong" href="/staff/orders/{order.number}/">'
    assert (link in text, text.count(">看过了<"), "还没有消息" in text) == (True, 1, False)


def test_who_acts_on_an_order_has_read_of_it(client, staff):
    mine, other = make_order(), make_order()
    deliver_inbox()
    assert Reminder.objects.unread().filter(person=None).count() == 2
    offer(mine, [make_person()], by=staff)
    left = Reminder.objects.unread().filter(person=None, status=Reminder.Status.SENT)
    assert list(left.values_list("link", flat=True)) == [f"/staff/orders/{other.number}/"]


def test_what_a_helper_does_stays_news_for_the_desk(client, staff):
    made = make_offer()
    deliver_inbox()
    Reminder.objects.update(read_at=timezone.now())
    decline(made)
    deliver_inbox()
    assert [row.kind for row in Reminder.objects.unread().filter(person=None)] == [
        Reminder.Kind.OFFER_RETURNED
    ]


def test_newest_first_and_looking_marks_nothing(client, staff):
    with it_is("2026-11-24 10:00"):
        tell("旧的")
    with it_is("2026-11-24 11:00"):
        tell("新的")
        text = page(client)
    assert text.index("新的") < text.index("旧的")
    assert unread() == ["旧的", "新的"]


def test_one_is_read_by_whoever_presses_first(client, staff):
    first, _second = tell("一", "二")
    assert "记下了，这条看过了" in said(client, action="read", row=first.pk)
    assert unread() == ["二"]
    client.force_login(make_user(Role.MANAGER))
    assert "这条已经有人看过了" in said(client, action="read", row=first.pk)


def test_all_means_those_on_the_page_and_before_it(client, staff):
    with it_is("2026-11-24 10:00"):
        tell("旧的", "新的")
    newest = Reminder.objects.get(subject="新的")
    with it_is("2026-11-24 10:00"):
        tell("刚到的")  # the same minute, after the page was shown
        assert "记下了：2 条都看过了" in said(client, action="read_all", row=newest.pk)
        assert unread() == ["刚到的"]
        assert "没有没看过的消息" in said(client, action="read_all", row=newest.pk)


@pytest.mark.parametrize("row", ["", "x", "-1", "9" * 30, "99999999"])
def test_nonsense_marks_nothing(client, staff, row):
    tell("一")
    assert "这条已经有人看过了" in said(client, action="read", row=row)
    assert "没有没看过的消息" in said(client, action="read_all", row=row)
    assert client.get(URL, {"before": row}).status_code == 200
    assert unread() == ["一"]


def test_pages_follow_each_other_without_a_gap(client, staff):
    with it_is("2026-11-24 10:00"):  # one moment, so only the key tells them apart
        rows = tell(*(f"第{number:03d}条" for number in range(65)))
    seen, address = [], URL
    for _page in range(3):
        response = client.get(address)
        seen += [row.pk for row in response.context["told"]]
        address = f"{URL}?before={response.context['older']}"
    assert seen == [row.pk for row in reversed(rows)]
    assert response.context["older"] is None


def test_only_the_own_desk(client, staff):
    mine = make_community()
    elsewhere = make_community(code="370614001015", name="别的社区", host="other.example")
    (row,) = tell("别处的事", community=elsewhere)
    (here,) = tell("本处的事", community=mine)
    assert ("别处的事" in page(client), "本处的事" in page(client)) == (False, True)
    said(client, action="read", row=row.pk)
    said(client, action="read_all", row=row.pk)
    assert unread() == ["别处的事", "本处的事"]
    said(client, action="read_all", row=here.pk)
    assert unread() == ["别处的事"]


def test_an_auditor_reads_without_marking(client):
    (row,) = tell("一")
    client.force_login(make_user(Role.AUDITOR))
    text = page(client)
    assert ("一" in text, ">看过了<" in text, "都看过了" in text) == (True, False, False)
    for action in ("read", "read_all"):
        assert client.post(URL, {"action": action, "row": row.pk}).status_code == 403
    assert unread() == ["一"]


@pytest.mark.parametrize("address", ["/staff/", "/staff/orders/", "/staff/grids/", URL])
def test_the_badge_of_the_menu(client, staff, address):
    badge = '<span class="cnt">2<span class="sr">条没看的消息</span></span>'
    tell("一", "二")
    assert page(client, address).count(badge) == 2  # the menu of the desk and the one of the phone
    Reminder.objects.update(read_at=timezone.now())
    assert "条没看的消息" not in page(client, address)


def test_the_badge_lets_go_of_what_is_no_news_any_more(client, staff):
    (row,) = tell("一")
    for days, shown in ((29, True), (31, False)):
        Reminder.objects.update(due_at=timezone.now() - dt.timedelta(days=days))
        assert ("条没看的消息" in page(client)) is shown, days
    assert row.subject in page(client)


def test_messages_and_calls_are_things_to_do(client, staff):
    tell("一", "二", "三")
    todos = [(todo.text, todo.link, todo.href) for todo in client.get("/staff/").context["todos"]]
    assert ("给社区的消息", "3 条没看", "/staff/reminders/#inbox") in todos
    assert not any("电话" in text for text, _link, _href in todos)


def test_equal_queries_for_one_and_for_a_hundred(client, staff):
    taken = []
    for rows in (1, 99):
        tell(*("消息" for _row in range(rows)))
        with CaptureQueriesContext(connection) as queries:
            text = page(client)
        taken.append((len(queries), text.count('value="read"')))
    assert [shown for _queries, shown in taken] == [1, 30]
    assert taken[0][0] == taken[1][0] <= 12
