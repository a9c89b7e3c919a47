"""The verbs of an order in the admin: each calls its action, refusals are sentences, second clicks are harmless."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from people.models import PersonalDataView, Role
from services.models import OrderStatus, ServiceOrder
from tests.admin.world import address, list_address, make_side, order_in
from tests.makers import make_helper, make_person, make_user

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def side():
    return make_side("东风")


@pytest.fixture
def head(client, side):
    client.force_login(side.head)
    return side.head


def do(client, order, key, **data):
    return client.post(address(order, "do", key), data, follow=True)


def status_of(order):
    return ServiceOrder.objects.get(pk=order.pk).status


def words(response):
    return response.content.decode()


def test_taking_and_finishing(client, side, head):
    order = order_in(side)
    page = do(client, order, "take")
    assert page.redirect_chain == [(address(order, "change"), 302)]
    assert "这一单您来办" in words(page)
    assert ServiceOrder.objects.get(pk=order.pk).assigned_to == head.person
    do(client, order, "finish", text="换了水龙头", minutes="30", end="solved")
    order.refresh_from_db()
    assert (order.status, order.ended_as, order.result) == (S.SOLVED, "solved", "换了水龙头")
    assert head.person.hour_entries.get(source_key__startswith="order:").minutes == 30


@pytest.mark.parametrize(
    ("start", "key", "data", "end"),
    [
        (S.SUBMITTED, "finish", {"text": "电话里说清楚了", "end": "replied"}, S.REPLIED),
        (S.SUBMITTED, "ask", {"text": "是哪个单元"}, S.WAITING),
        (S.WAITING, "ask", {"text": "再问一次"}, S.WAITING),
        (S.WAITING, "resume", {"text": "三单元"}, S.SUBMITTED),
        (S.ACCEPTED, "return", {"text": "做不了"}, S.SUBMITTED),
        (S.ACCEPTED, "other_grid", {"text": "是第 3 网格的"}, S.SUBMITTED),
        (S.SUBMITTED, "other_grid", {"text": "是第 3 网格的"}, S.SUBMITTED),
        (S.ACCEPTED, "note", {"text": "下午再去"}, S.ACCEPTED),
        (S.OFFERED, "take", {}, S.ACCEPTED),
        (S.ESCALATED, "finish", {"text": "街道修好了", "end": "solved"}, S.SOLVED),
    ],
)
def test_each_verb_leads_where_it_says(client, side, head, start, key, data, end):
    order = order_in(side, start)
    page = do(client, order, key, **data)
    assert page.redirect_chain == [(address(order, "change"), 302)]
    assert status_of(order) == end
    last = order.events.order_by("-at", "-pk").first()
    assert last.actor_user == head
    assert data.get("text", "") in last.note


def test_asking_a_helper_of_the_grid(client, side, head):
    order = order_in(side)
    helper = make_helper(grid=side.grid, person=make_person("欧阳建国"))
    elsewhere = make_helper(grid=make_side("西山").grid, person=make_person("西山志愿"))
    page = client.get(address(order, "do", "offer"))
    near = {side.head.person, side.rows["volunteers.HelperProfile"].person, helper.person}
    near.add(side.rows["grids.Appointment"].person)
    assert {found.pk for found in page.context["form"].known} == {person.pk for person in near}
    assert "欧阳建国 · 同网格 · 手上 0 单" in words(page)  # of the own grid, and agreed to help
    assert "西山" not in words(page)
    refused = do(client, order, "offer", helpers=[elsewhere.person_id])
    assert "名单刚刚变了，请重新选" in words(refused)
    do(client, order, "offer", helpers=[helper.person_id], words="门铃坏了")
    made = order.offers.get()
    assert (made.person, made.offered_by, made.note) == (helper.person, head, "门铃坏了")


def test_naming_a_half_day(client, side, head):
    order = order_in(side, S.ACCEPTED)
    do(client, order, "visit", on=timezone.localdate().isoformat(), half="pm")
    order.refresh_from_db()
    assert (order.visit_on, order.visit_half) == (timezone.localdate(), "pm")
    refused = do(client, order, "visit", on="2020-01-01", half="am")
    assert "请选今天或以后的某一天" in words(refused)


def test_words_are_asked_for_and_kept(client, side, head):
    order = order_in(side, S.ACCEPTED)
    assert "请写一句为什么退回" in words(do(client, order, "return", text=" "))
    page = do(client, order, "finish", text="修好了", minutes="9999", end="solved")
    assert "时长要在 1 分钟到 24 小时之间" in words(page)
    assert "修好了</textarea>" in words(page)
    assert status_of(order) == S.ACCEPTED


def test_a_refusal_is_a_sentence_and_keeps_the_words(client, side, head):
    order = order_in(side, S.CANCELLED)
    page = do(client, order, "finish", text="修好了", end="solved")
    assert "把这张单子变成“已撤销”" in words(page)
    assert "修好了</textarea>" in words(page)
    assert "变成“已撤销”" in words(do(client, order, "take"))
    assert status_of(order) == S.CANCELLED


@pytest.mark.parametrize(
    ("start", "key", "data"),
    [
        (S.SUBMITTED, "take", {}),
        (S.SUBMITTED, "finish", {"text": "修好了", "end": "solved"}),
        (S.SUBMITTED, "ask", {"text": "哪个单元"}),
        (S.ACCEPTED, "return", {"text": "做不了"}),
        (S.ACCEPTED, "note", {"text": "下午再去"}),
        (S.SUBMITTED, "other_grid", {"text": "第 3 网格"}),
    ],
)
def test_a_second_click_does_nothing_and_says_the_same(client, side, head, start, key, data):
    order = order_in(side, start)
    first = do(client, order, key, **data)
    events = order.events.count()
    second = do(client, order, key, **data)
    said = [[str(m) for m in page.context["messages"]] for page in (first, second)]
    assert said[0] == said[1]
    assert order.events.count() == events


def test_the_same_words_for_another_verb_are_not_a_second_click(client, side, head):
    order = order_in(side, S.ACCEPTED)
    do(client, order, "note", text="修好了")
    do(client, order, "finish", text="修好了", end="solved")
    assert status_of(order) == S.SOLVED


def test_undo(client, side, head):
    order = order_in(side)
    do(client, order, "take")
    assert "撤回上一步" in words(client.get(address(order, "change")))
    do(client, order, "undo")
    assert status_of(order) == S.SUBMITTED
    assert "撤回上一步</button>" not in words(client.get(address(order, "change")))


def test_nothing_happens_by_get(client, side, head):
    order = order_in(side)
    for key in ("take", "undo", "finish", "note"):
        client.get(address(order, "do", key), follow=True)
    assert client.get(address(order, "reveal")).status_code == 404
    assert (status_of(order), order.events.count()) == (S.SUBMITTED, 1)


def test_auditors_look_and_do_nothing(client, side):
    order = order_in(side)
    client.force_login(make_user(Role.AUDITOR))
    page = words(client.get(address(order, "change")))
    assert "我来办" not in page
    assert "原因" not in page
    assert client.post(address(order, "do", "take")).status_code == 404
    assert client.post(list_address(order), {"action": "take_selected", "_selected_action": [order.pk]})
    assert status_of(order) == S.SUBMITTED


def test_an_order_is_masked_until_it_is_revealed_with_a_reason(client, side, head):
    order = order_in(side)
    pages = (client.get(list_address(order)), client.get(address(order, "change")), client.get("/admin/"))
    for page in pages:
        assert order.contact.name not in words(page)
        assert order.contact.phone not in words(page)
        assert str(order.contact) in words(page)
    shown = client.post(address(order, "reveal"), {"who": "contact", "field": "phone", "reason": "约时间"})
    assert f'href="tel:{order.contact.phone}"' in words(shown)
    assert "no-store" in shown.headers["Cache-Control"]
    view = PersonalDataView.objects.get()
    assert (view.viewer, view.person, view.field) == (head, order.contact, "phone")
    assert (view.reason, view.about) == ("约时间", f"order:{order.number}")


@pytest.mark.parametrize(
    "data",
    [
        {"who": "contact", "field": "phone", "reason": " "},
        {"who": "contact", "field": "id_number", "reason": "好奇"},
        {"who": "contact", "field": "phone_hash", "reason": "好奇"},
        {"who": "somebody", "field": "phone", "reason": "好奇"},
    ],
)
def test_nothing_is_revealed_without_a_reason_or_beyond_need(client, side, head, data):
    order = order_in(side)
    page = client.post(address(order, "reveal"), data, follow=True)
    assert order.contact.phone not in words(page)
    assert PersonalDataView.objects.count() == 0


def test_the_log_holds_no_personal_data(client, side):
    client.force_login(make_user(Role.STAFF))
    person = make_person("欧阳建国")
    household = side.rows["grids.Household"]
    data = {
        "dwelling": household.dwelling_id,
        "since": "2026-01-01",
        "until": "",
        "residencies-TOTAL_FORMS": 1,
        "residencies-INITIAL_FORMS": 0,
        "residencies-0-person": person.pk,
        "residencies-0-relation": "other",
        "residencies-0-since": "2026-01-01",
    }
    assert client.post(address(household, "change"), data).status_code == 302
    entry = LogEntry.objects.get()
    assert entry.object_repr == f"户 #{household.pk}"
    assert str(person) not in entry.change_message
    assert "居住关系" in entry.get_change_message()


def test_today_shows_what_presses(client, side, head):
    late = order_in(side)
    order_in(side)
    ServiceOrder.objects.filter(pk=late.pk).update(due_at=timezone.now() - dt.timedelta(hours=1))
    for _extra in range(8):
        order_in(side)
    context = client.get("/admin/").context
    assert {tile["key"]: tile["count"] for tile in context["tiles"]} == {
        "new": 11,
        "late": 1,
        "visit": 0,
        "offered": 0,
        "visits": 0,
    }
    assert len(context["pressing"]) == 7
    assert context["pressing"][0]["order"] == late
    for tile in context["tiles"]:
        assert client.get(tile["url"]).context["cl"].result_count == tile["count"]
