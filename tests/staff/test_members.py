"""The register of members at the staff door: search, filters, pages, export, letters, check-ins."""

import csv
import datetime as dt
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from branches.actions.membership import check_in, open_transfer, set_standing
from branches.models import CheckIn, MembershipTransfer, PartnerUnit, PartyMember
from people.models import Community, Role
from tests.makers import make_branch, make_community, make_grid, make_member, make_person, make_user
from volunteers.actions import record_hours

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LONG_AGO = TODAY - dt.timedelta(days=900)


@pytest.fixture
def desk():
    return make_user(Role.STAFF)


@pytest.fixture
def office(client, desk):
    client.force_login(desk)
    return client


def names(response):
    return [row.person.name for row in response.context["rows"]]


def test_a_search_by_name_or_phone_leaves_keys_in_the_address_and_no_name(office):
    branch = make_branch(grids=[make_grid()])
    wanted = make_member(branch=branch, person=make_person("曲建国", phone="13800007777"))
    make_member(branch=branch)
    for typed in ("曲建国", "quj", "qjg", "138 0000 7777"):
        response = office.post("/staff/members/", {"who": typed})
        assert response.url == f"/staff/members/?of={wanted.pk}"
        assert names(office.get(response.url)) == ["曲建国"]
    assert office.post("/staff/members/", {"who": "没有这个人"}).url == "/staff/members/?"


def test_the_list_is_masked_and_shows_members_of_this_community_alone(office):
    Community.objects.filter(pk=make_community().pk).update(host="testserver")
    branch = make_branch(grids=[make_grid()])
    make_member(branch=branch, person=make_person("曲建国"))
    elsewhere = make_community(code="370614001099", name="别处")
    other = make_branch(community=elsewhere)
    theirs = make_member(branch=other, person=make_person("别处人", community=elsewhere))
    body = office.get("/staff/members/").content.decode()
    assert ("曲*国" in body, "曲建国" in body, "别*人" in body) == (True, False, False)
    for path in ("", "transfers/", "check-ins/"):
        assert "别处人" not in office.get(f"/staff/members/{path}").content.decode()
    assert office.get(f"/staff/members/{theirs.pk}/").status_code == 404
    assert "别*人" not in b"".join(office.post("/staff/members/export.csv")).decode()


def test_filters_stand_in_the_address(office, desk):
    first, second = make_grid(1), make_grid(2)
    one, two = make_branch(grids=[first]), make_branch(grids=[second])
    rows = {
        "正式": make_member(branch=one, person=make_person("正式")),
        "预备": make_member(branch=one, person=make_person("预备"), kind="probationary"),
        "流动": make_member(branch=two, person=make_person("流动"), is_mobile=True),
        "报到": make_member(branch=two, person=make_person("报到"), kind="serving"),
        "失联": make_member(branch=two, person=make_person("失联"), entered_on=LONG_AGO),
        "走了": make_member(branch=two, person=make_person("走了"), entered_on=LONG_AGO, left_on=TODAY),
    }
    set_standing(rows["失联"], "lost", by=desk)
    cases = {
        "": {"正式", "预备", "流动", "报到", "失联"},
        "grid=1": {"正式", "预备"},
        "kind=serving": {"报到"},
        "mobile=1": {"流动"},
        "standing=lost": {"失联"},
        "standing=left": {"走了"},
        "grid=2&kind=full&standing=normal": {"流动"},
        "grid=x&kind=y&standing=z&mobile=2&of=;&after=-1": {"正式", "预备", "流动", "报到", "失联"},
    }
    assert {query: set(names(office.get(f"/staff/members/?{query}"))) for query in cases} == cases


def test_pages_follow_each_other_by_key_without_gap_or_double(office):
    branch = make_branch(grids=[make_grid()])
    for index in range(103):
        make_member(branch=branch, person=make_person(f"王{'甲乙丙'[index % 3]}"))
    seen, query = [], ""
    for size in (50, 50, 3):
        response = office.get(f"/staff/members/?{query}")
        assert len(response.context["rows"]) == size
        seen += [row.pk for row in response.context["rows"]]
        query = response.context["next_query"]
    assert (len(set(seen)), query) == (103, "")
    assert seen == list(PartyMember.objects.order_by("person__pinyin", "pk").values_list("pk", flat=True))


def _fill(branch, count):
    for _row in range(count):
        member = make_member(branch=branch, entered_on=LONG_AGO)
        open_transfer(member.person, by=make_user(), from_branch=branch, outside="外面的党委")
        check_in(branch.community, member=make_member(branch=branch, kind="serving"), unit_name="某单位")


@pytest.mark.parametrize("path", ["", "transfers/", "check-ins/"])
def test_as_many_queries_for_a_hundred_rows_as_for_one(path, office, django_assert_max_num_queries):
    branch, counted = make_branch(grids=[make_grid()]), []
    for more in (1, 99):
        _fill(branch, more)
        office.get(f"/staff/members/{path}")
        with django_assert_max_num_queries(12) as queries:
            assert office.get(f"/staff/members/{path}").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_the_export_follows_the_filters_is_masked_and_leaves_a_row_in_the_log(office):
    branch = make_branch(grids=[make_grid()], name="=一支部")
    make_member(branch=branch, person=make_person("曲建国"))
    make_member(branch=branch, person=make_person("王秀英"), kind="probationary")
    text = b"".join(office.post("/staff/members/export.csv?kind=full")).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[:2] for row in rows[2:]] == [["曲*国", "'=一支部"]]
    assert "曲建国" not in text
    assert LogEntry.objects.get().change_message == "导出了 1 行"


def test_one_member_with_standing_letters_and_hours(office, desk):
    member = make_member(branch=make_branch(grids=[make_grid()]), entered_on=LONG_AGO)
    record_hours(member.person, 95, what="帮邻居修水管", source_key="order:1:0")
    address = f"/staff/members/{member.pk}/"
    body = office.get(address).content.decode()
    assert ("1.5 小时" in body, "帮邻居修水管" in body, member.person.name in body) == (True, True, True)
    lost = {"do": "standing", "new": "lost", "on": (TODAY - dt.timedelta(days=300)).isoformat()}
    assert office.post(address, lost).status_code == 302
    assert "超过 6 个月" in office.get(address).content.decode()
    refused = office.post(address, {"do": "standing", "new": "suspended", "on": TODAY.isoformat()})
    assert (refused.status_code, "哪个组织定的" in refused.content.decode()) == (422, True)
    out = {"do": "transfer", "outside": "青岛市某街道党工委", "valid_days": "30"}
    assert office.post(address, out).status_code == 302
    assert office.post(address, out).status_code == 422
    assert MembershipTransfer.objects.get().status == "draft"
    assert office.post(address, {"do": "nothing"}).status_code == 404


def test_a_letter_goes_its_way_by_buttons(office, desk):
    member = make_member(branch=make_branch(grids=[make_grid()]), entered_on=LONG_AGO)
    letter = open_transfer(member.person, by=desk, from_branch=member.branch, outside="青岛市某街道党工委")
    step = {"letter_row": letter.pk, "on": TODAY.isoformat()}
    for new in ("issued", "issued"):
        office.post("/staff/members/transfers/", {**step, "new": new}, follow=True)
    letter.refresh_from_db()
    assert letter.status == "draft"  # a number is needed
    office.post("/staff/members/transfers/", {**step, "new": "issued", "letter": "烟蓬 1"})
    for new in ("in_transit", "received", "receipt"):
        office.post("/staff/members/transfers/", {**step, "new": new})
    letter.refresh_from_db()
    member.refresh_from_db()
    assert (letter.status, letter.letter, member.left_on) == ("receipt", "烟蓬 1", TODAY)


def test_a_letter_from_outside_is_entered_for_one_known_person(office):
    branch = make_branch(grids=[make_grid()])
    person = make_person("曲建国")
    form = {
        "who": "曲建国", "outside": "莱山区某党委", "to_branch": branch.pk, "kind": "full",
        "letter": "莱 7", "issued_on": TODAY.isoformat(), "valid_days": "30",
    }  # fmt: skip
    assert office.post("/staff/members/transfers/", form | {"valid_days": "91"}).status_code == 422
    assert office.post("/staff/members/transfers/", form).status_code == 302
    letter = MembershipTransfer.objects.get()
    assert (letter.person, letter.status) == (person, "in_transit")
    make_person("曲建国")
    again = office.post("/staff/members/transfers/", form)
    assert (again.status_code, "好几位" in again.content.decode()) == (422, True)


def test_a_check_in_prints_slip_form_and_card_with_the_hours_since_then(office):
    branch = make_branch(grids=[make_grid()])
    unit = PartnerUnit.objects.create(community=branch.community, name="蓬莱某中学")
    serving = make_member(branch=branch, kind="serving", person=make_person("曲建国"))
    form = {"who": "曲建国", "unit": unit.pk, "on": (TODAY - dt.timedelta(days=9)).isoformat()}
    made = office.post("/staff/members/check-ins/", form)
    row = CheckIn.objects.get()
    assert made.url == f"/staff/members/check-ins/{row.pk}/"
    of_unit = check_in(branch.community, unit=unit, on=TODAY - dt.timedelta(days=9))
    record_hours(serving.person, 60, what="早先的", source_key="a", served_on=TODAY - dt.timedelta(days=10))
    record_hours(serving.person, 90, what="扫楼道", source_key="b", served_on=TODAY)
    for each in (row, of_unit):
        body = office.get(f"/staff/members/check-ins/{each.pk}/").content.decode()
        for words in ("报到单", "登记表", "记录卡", "1.5 小时", "扫楼道", each.code, "蓬莱某中学"):
            assert words in body
        assert "早先的" not in body
    address = f"/staff/members/check-ins/{row.pk}/"
    assert office.post(address, {"do": "feedback", "text": "很热心"}).status_code == 302
    assert office.post(address, {"do": "end"}).status_code == 302
    assert office.post(address, {"do": "end"}).status_code == 422
    row.refresh_from_db()
    assert (row.feedback, row.ended_on) == ("很热心", TODAY)


def test_the_auditor_reads_masked_names_and_writes_nothing(client):
    member = make_member(branch=make_branch(grids=[make_grid()]), person=make_person("曲建国"))
    row = check_in(
        member.branch.community,
        member=make_member(branch=member.branch, kind="serving", person=make_person("王秀英")),
        unit_name="某中学",
    )
    client.force_login(make_user(Role.AUDITOR))
    pages = (f"{member.pk}/", "transfers/", "check-ins/", f"check-ins/{row.pk}/")
    for path in pages:
        body = client.get(f"/staff/members/{path}").content.decode()
        assert ("曲建国" in body, "王秀英" in body) == (False, False)
        assert client.post(f"/staff/members/{path}", {}).status_code == 403
