"""Notices and disclosure: who sees what until when, the stable archive, objections, and the block on the home page."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from branches.actions.disclosure import answer_objection, publish
from branches.errors import NoticeRefused
from branches.models import Notice, NoticeObjection
from people.models import Role
from reminders.models import Reminder
from tests.makers import (
    make_building,
    make_community,
    make_grid,
    make_head,
    make_notice,
    make_objection,
    make_user,
    patch_now,
)
from tests.public.helpers import make_public_community

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def community():
    return make_public_community(buildings=2)


def text_of(response):
    return response.content.decode()


def titles(client, query=""):
    return [notice.title for notice in client.get(f"/notices/{query}").context["notices"]]


def unsaved(**fields):
    today = timezone.localdate()
    defaults = {"community": make_community(), "title": "停水", "meaning": "先接好水", "shows_on": today}
    return Notice(**(defaults | {"expires_on": today + 7 * DAY} | fields))


# --- what is shown --------------------------------------------------------------------------------------------


def test_the_list_shows_what_is_current_pinned_first(client, community):
    today = timezone.localdate()
    make_notice(title="平常的")
    make_notice(title="置顶的", pinned=True)
    make_notice(title="今天最后一天", expires_on=today)
    make_notice(title="过期的", shows_on=today - 9 * DAY, expires_on=today - DAY)
    make_notice(title="明天才开始", shows_on=today + DAY)
    assert titles(client) == ["置顶的", "今天最后一天", "平常的"]
    assert titles(client, "?past=1") == ["过期的"]


def test_a_building_sees_its_own_its_grids_and_everybodys(client, community):
    mine, neighbour, far = make_building(), None, make_building()
    neighbour = make_building(grid=mine.grid)
    make_notice(title="大家")
    make_notice(title="我格", grids=[mine.grid])
    make_notice(title="我楼", buildings=[mine])
    make_notice(title="隔壁楼", buildings=[neighbour])
    make_notice(title="别格", grids=[far.grid])
    assert sorted(titles(client, f"?building={mine.pk}")) == sorted(["大家", "我格", "我楼"])
    assert len(titles(client)) == 5


def test_kinds_narrow(client, community):
    make_notice(title="通知")
    make_notice(title="账目", kind="finance")
    assert titles(client, "?kind=finance") == ["账目"]
    assert len(titles(client, "?kind=rubbish")) == 2


def test_an_address_of_the_archive_never_goes_away(client, community):
    notice = make_notice(kind="party", days=5, text="评议结果")
    address = f"/notices/{notice.pk}/"
    assert "对公示有意见？" in text_of(client.get(address))
    with patch_now(timezone.now() + 400 * DAY):
        page = client.get(address)
        assert page.status_code == 200
        assert "公示期已经过了，存在这里备查" in text_of(page)
        assert "评议结果" in text_of(page)
        assert "对公示有意见？" not in text_of(page)
    early = make_notice(shows_on=timezone.localdate() + DAY)
    assert client.get(f"/notices/{early.pk}/").status_code == 404


def test_another_communitys_notice_is_not_there(client, community):
    other = make_community(code="370614001015", host="other.example")
    notice = make_notice(community=other, title="别处")
    assert client.get(f"/notices/{notice.pk}/").status_code == 404
    assert titles(client) == []


def test_the_printed_twin_carries_its_own_address(client, community):
    notice = make_notice()
    page = text_of(client.get(f"/notices/{notice.pk}/"))
    assert f"http://testserver/notices/{notice.pk}/" in page
    assert 'class="print-only' in page


def test_pages_cost_the_same_however_many_notices_there_are(client, community, django_assert_num_queries):
    notice = make_notice(grids=[make_grid()])
    client.get("/notices/")
    with django_assert_num_queries(5):
        client.get("/notices/")
    for _n in range(99):
        make_notice(grids=[notice.grids.get()])
    with django_assert_num_queries(5):
        client.get("/notices/")
    with django_assert_num_queries(5):
        client.get(f"/notices/{notice.pk}/")


def test_nothing_counts_readers(client, community):
    notice = make_notice()
    before = list(Notice.objects.values())
    client.get(f"/notices/{notice.pk}/")
    assert list(Notice.objects.values()) == before


# --- the home page --------------------------------------------------------------------------------------------


def test_a_notice_stands_on_the_kept_home_page_at_once_and_leaves_with_its_day(client, community):
    staff = make_user(Role.STAFF)
    assert "最近的公告" not in text_of(client.get("/"))
    notice = publish(unsaved(title="明天停水"), by=staff)
    assert "明天停水" in text_of(client.get("/"))
    notice.title = "后天停水"
    publish(notice, by=staff)
    page = text_of(client.get("/"))
    assert ("后天停水" in page, "明天停水" in page) == (True, False)
    with patch_now(timezone.now() + 8 * DAY):
        assert "后天停水" not in text_of(client.get("/"))


def test_the_home_page_with_notices_still_costs_one_query(client, community, django_assert_num_queries):
    publish(unsaved(), by=make_user(Role.STAFF))
    client.get("/")
    with django_assert_num_queries(1):
        client.get("/")


# --- publishing -----------------------------------------------------------------------------------------------


def test_an_end_is_needed_and_a_disclosure_lasts_five_days(community):
    staff, today = make_user(Role.STAFF), timezone.localdate()
    for expires_on in (None, today - DAY):
        with pytest.raises(NoticeRefused, match="到哪天为止"):
            publish(unsaved(expires_on=expires_on), by=staff)
    with pytest.raises(NoticeRefused, match="至少 5 天"):
        publish(unsaved(kind="finance", expires_on=today + 3 * DAY), by=staff)
    publish(unsaved(kind="finance", expires_on=today + 4 * DAY), by=staff)
    publish(unsaved(expires_on=today), by=staff)
    assert Notice.objects.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(expires_on=today - DAY)


def test_a_head_publishes_to_the_own_grid_alone(client, community):
    head = make_head()
    grid = head.person.appointments.get().grid
    client.force_login(head)
    values = {
        "kind": "notice",
        "title": "扫楼道",
        "meaning": "周六早上一起扫",
        "shows_on": f"{timezone.localdate()}",
        "expires_on": f"{timezone.localdate() + 3 * DAY}",
    }
    refused = client.post("/admin/branches/notice/add/", values)
    assert "请选您的网格" in text_of(refused)
    assert client.post("/admin/branches/notice/add/", values | {"grids": [make_grid().pk]}).status_code == 200
    assert Notice.objects.count() == 0
    assert client.post("/admin/branches/notice/add/", values | {"grids": [grid.pk]}).status_code == 302
    made = Notice.objects.get()
    assert (made.published_by, list(made.grids.all())) == (head, [grid])
    shared = make_notice(grids=[grid, make_grid()])
    assert client.get(f"/admin/branches/notice/{shared.pk}/change/").status_code == 404


# --- objections -----------------------------------------------------------------------------------------------


def test_an_objection_is_answered_and_neither_stands_on_the_page(client, community):
    notice = make_notice(kind="finance")
    sent = {"text": "电费不对", "name": "李四", "phone": "13800000618", "submission_key": "c"}
    for _twice in range(2):
        client.post(f"/notices/{notice.pk}/", sent)
    made = NoticeObjection.objects.get()
    assert Reminder.objects.get(address__startswith="desk:").kind == Reminder.Kind.NOTICE
    client.force_login(make_user(Role.STAFF))
    address = f"/admin/branches/noticeobjection/{made.pk}/change/"
    client.post(address, {"answer": "多抄了一块表，已经改了"})
    assert Reminder.objects.get(person=made.person).text == "多抄了一块表，已经改了"
    page = text_of(client.get(f"/notices/{notice.pk}/"))
    assert "收到意见 1 条，答复了 1 条" in page
    assert "电费不对" not in page
    with pytest.raises(NoticeRefused):
        answer_objection(made, answer=" ")


def test_a_plain_notice_and_one_that_is_over_take_no_objection(community):
    with pytest.raises(NoticeRefused, match="公示期"):
        make_objection(make_notice())
    notice = make_notice(kind="party", days=5)
    with patch_now(timezone.now() + 6 * DAY), pytest.raises(NoticeRefused, match="公示期"):
        make_objection(notice)
