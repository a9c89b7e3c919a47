"""What the staff maintain: personal values go in and never come out, duties begin and end through actions."""

import io

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from branches.models import Post
from grids.models import Appointment, Cover
from haimengyuan.lib.sheets import safe_cell, xlsx_bytes
from people.forms import is_id_number
from people.models import Person, PersonalDataView, Role, User
from services.catalogue import version_of
from services.models import UnmetWord
from tests.admin.world import address, list_address
from tests.makers import (
    PASSWORD,
    make_appointment,
    make_building,
    make_community,
    make_duty,
    make_grid,
    make_member,
    make_order,
    make_person,
    make_post,
    make_service,
    make_user,
)

pytestmark = pytest.mark.django_db
TEST_ID = "999999199003070071"


@pytest.fixture
def staff(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    return user


@pytest.fixture
def manager(client):
    user = make_user(Role.MANAGER)
    client.force_login(user)
    return user


def words(response):
    return response.content.decode()


def facts(person, **changes):
    return {
        "community": person.community_id,
        "gender": person.gender,
        "state": person.state,
        "state_since": "2026-01-01",
        "reach_by": "",
        **changes,
    }


def test_a_person_is_masked_on_every_page_of_theirs(client, staff):
    person = make_person("欧阳建国", id_number=TEST_ID, email="ouyang@example.org")
    for page in (list_address(Person), address(person, "change"), address(person, "history")):
        text = words(client.get(page))
        for value in (person.name, person.phone, person.id_number, person.email):
            assert value not in text, page


def test_an_empty_field_leaves_a_value_as_it_is(client, staff):
    person = make_person("欧阳建国", id_number=TEST_ID)
    phone = person.phone
    assert client.post(address(person, "change"), facts(person)).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.phone, person.id_number) == ("欧阳建国", phone, TEST_ID)


def test_values_are_typed_anew_and_removed(client, staff):
    person = make_person("欧阳建国", email="ouyang@example.org")
    typed = facts(person, new_name="欧阳建军", new_phone="１３８ 0000-9999", remove=["email"])
    assert client.post(address(person, "change"), typed).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.phone, person.email) == ("欧阳建军", "13800009999", "")
    assert person.phone_hash == Person.hash_phone("13800009999")
    assert person.initials == "oyjj"


def test_what_cannot_be_is_said_in_a_sentence(client, staff):
    person = make_person("欧阳建国")
    twin = make_person("欧阳建军")
    page = client.post(address(person, "change"), facts(person, new_phone="123", new_id_number="1" * 18))
    assert "手机号要写满 11 位" in words(page)
    assert "号码对不上" in words(page)
    same = facts(person, new_name=twin.name, new_phone=twin.phone)
    page = client.post(address(person, "change"), same)
    assert page.status_code == 200
    assert page.context["adminform"].form.non_field_errors()
    assert "请写姓名" in words(client.post(list_address(Person, "add"), facts(person)))


def test_a_person_is_found_without_a_name_in_the_address(client, staff):
    person = make_person("欧阳建国")
    make_person("赵小明")
    for typed in ("欧阳建国", "oyjg", "ouyang", person.phone, f"+86 {person.phone}"):
        response = client.post(list_address(Person, "find"), {"who": typed})
        assert response.headers["Location"] == f"{list_address(Person)}?pk__in={person.pk}", typed
    page = client.get(response.headers["Location"])
    assert [row.pk for row in page.context["cl"].result_list] == [person.pk]
    nobody = client.post(list_address(Person, "find"), {"who": "没有这人"}, follow=True)
    assert "没有找到" in words(nobody)
    assert client.get(list_address(Person, "find")).status_code == 404


def test_only_what_is_registered_is_offered_to_be_seen(client, staff):
    person = make_person("欧阳建国")
    offered = [field for field, _words in client.get(address(person, "change")).context["reveal_fields"]]
    assert offered == ["name", "phone"]
    person = make_person("赵小明", id_number=TEST_ID, email="zhao@example.org")
    offered = [field for field, _words in client.get(address(person, "change")).context["reveal_fields"]]
    assert offered == ["name", "phone", "id_number", "email"]


def test_revealing_from_the_register_leaves_a_row(client, staff):
    person = make_person("欧阳建国", id_number=TEST_ID)
    data = {"who": "self", "field": "id_number", "reason": "核对低保材料"}
    assert TEST_ID in words(client.post(address(person, "reveal"), data))
    view = PersonalDataView.objects.get()
    assert (view.viewer, view.field, view.about) == (staff, "id_number", f"person:{person.pk}")


def test_the_staff_reach_their_own_community_only(client, staff):
    other = make_community(code="370614001015", name="隔壁社区", host="other.example")
    grid = make_grid(community=other)
    foreign = make_person(community=other)
    for row in (other, grid, foreign):
        assert client.get(address(row, "change")).status_code == 404
    data = facts(make_person(), community=other.pk, new_name="王小明")
    assert (
        client.post(list_address(Person, "add"), data).status_code == 200
    )  # refused: not one of the choices
    assert Person.objects.filter(community=other).count() == 1


def test_an_account_is_made_with_a_login_that_is_kept_as_a_hash(client, manager):
    person = make_person()
    data = {
        "person": person.pk,
        "role": Role.STAFF,
        "is_active": "on",
        "new_login": "wang06",
        "new_password": PASSWORD,
        "again": PASSWORD,
    }
    assert client.post(list_address(User, "add"), data).status_code == 302
    user = User.objects.get(person=person)
    assert (user.login_hash, user.community) == (User.hash_login("wang06"), manager.community)
    assert user.check_password(PASSWORD)
    assert "wang06" not in words(client.get(address(user, "change")))


def test_an_account_keeps_what_is_left_empty_and_refuses_what_is_wrong(client, manager):
    user = make_user(Role.STAFF, login="wang06")
    data = {"person": user.person_id, "role": Role.AUDITOR, "is_active": "on"}
    assert client.post(address(user, "change"), data).status_code == 302
    user.refresh_from_db()
    assert (user.role, user.login_hash) == (Role.AUDITOR, User.hash_login("wang06"))
    assert user.check_password(PASSWORD)
    make_user(login="taken")
    page = client.post(
        address(user, "change"), {**data, "new_login": "taken", "new_password": "short", "again": "other"}
    )
    assert "这个登录名已经有人用了" in words(page)
    assert "两次写的密码不一样" in words(page)


def test_no_manager_rises_above_themselves(client, manager):
    root = make_user(Role.MANAGER, is_superuser=True)
    assert client.get(address(root, "change")).status_code == 404
    data = {
        "person": make_person().pk,
        "role": Role.MANAGER,
        "is_active": "on",
        "community": "",
        "is_superuser": "on",
        "new_login": "boss2",
        "new_password": PASSWORD,
        "again": PASSWORD,
    }
    client.post(list_address(User, "add"), data)
    made = User.objects.get(login_hash=User.hash_login("boss2"))
    assert (made.community, made.is_superuser) == (manager.community, False)
    client.post(address(manager, "change"), {"person": manager.person_id, "role": Role.NONE})
    manager.refresh_from_db()
    assert (manager.role, manager.is_active) == (Role.MANAGER, True)


def test_staff_who_are_not_managers_have_no_accounts_page(client, staff):
    assert client.get(list_address(User)).status_code == 404


def test_an_appointment_begins_and_ends_through_actions(client, staff):
    duty, grid, user = make_duty(max_per_grid=1), make_grid(), make_user(Role.HELPER)
    data = {"duty": duty.pk, "grid": grid.pk, "person": user.person_id, "since": "2026-01-01"}
    assert client.post(list_address(Appointment, "add"), data).status_code == 302
    appointment = Appointment.objects.get()
    user.refresh_from_db()
    assert (appointment.kind, user.role) == ("head", Role.GRID)
    other = {**data, "person": make_person().pk, "work_phone": "0535-1234567"}
    page = client.post(list_address(Appointment, "add"), other)
    assert "请先办离任" in words(page)
    assert 'value="0535-1234567"' in words(page)
    ending = {"leave_on": timezone.localdate().isoformat(), "work_phone": "", "ends_on": ""}
    changed = client.post(address(appointment, "change"), {**ending, **_no_covers()})
    assert changed.status_code == 302
    appointment.refresh_from_db()
    user.refresh_from_db()
    assert (appointment.ended_on, user.role) == (timezone.localdate(), Role.HELPER)


def _no_covers():
    return {"covers-TOTAL_FORMS": 0, "covers-INITIAL_FORMS": 0}


def test_a_cover_gives_the_role_and_its_removal_takes_it(client, staff):
    appointment, user = make_appointment(), make_user(Role.HELPER)
    day = timezone.localdate()
    data = {"appointment": appointment.pk, "person": user.person_id, "since": day, "until": day}
    page = client.post(list_address(Cover, "add"), {**data, "person": appointment.person_id})
    assert "代岗的人不能是本人" in words(page)
    assert client.post(list_address(Cover, "add"), data).status_code == 302
    user.refresh_from_db()
    assert user.role == Role.GRID
    client.post(address(Cover.objects.get(), "delete"), {"post": "yes"})
    user.refresh_from_db()
    assert user.role == Role.HELPER


def test_a_post_begins_and_ends_through_actions(client, staff):
    member = make_member()
    user = make_user(Role.HELPER, person=member.person)
    data = {"member": member.pk, "kind": Post.Kind.SECRETARY, "since": "2026-01-01"}
    assert client.post(list_address(Post, "add"), data).status_code == 302
    user.refresh_from_db()
    assert user.role == Role.GRID
    second = make_member(branch=member.branch)
    page = client.post(list_address(Post, "add"), {**data, "member": second.pk})
    assert "请先办离任" in words(page)
    post = Post.objects.get()
    client.post(address(post, "change"), {"leave_on": timezone.localdate().isoformat(), "ends_on": ""})
    post.refresh_from_db()
    user.refresh_from_db()
    assert (post.ended_on, user.role) == (timezone.localdate(), Role.HELPER)


def test_a_secretary_sees_the_own_branch(client):
    post, other = make_post(), make_post()
    client.force_login(make_user(Role.GRID, person=post.member.person))
    assert client.get(address(post.branch, "change")).status_code == 200
    assert client.get(address(other.branch, "change")).status_code == 404


def test_saving_a_service_turns_over_the_catalogue(client, staff):
    service = make_service(name_zh="理发")
    before = version_of(service.community)
    form = client.get(address(service, "change")).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    data |= {"name_zh": "上门理发", "situations": "elderly|alone", "channels": ["phone", "home"]}
    assert client.post(address(service, "change"), data).status_code == 302
    service.refresh_from_db()
    assert (service.name_zh, service.initials) == ("上门理发", "smlf")
    assert (service.situations, service.channels) == (["elderly", "alone"], ["phone", "home"])
    service.community.refresh_from_db()
    assert version_of(type(service.community).objects.get(pk=service.community_id)) != before


def test_unmet_words_are_marked_as_handled(client, staff):
    now = timezone.now()
    word = UnmetWord.objects.create(
        community=staff.community, word="修鞋", times=3, first_at=now, last_at=now
    )
    client.post(list_address(UnmetWord), {"action": "mark_handled", "_selected_action": [word.pk]})
    word.refresh_from_db()
    assert word.handled_at is not None


def test_data_views_are_read_by_managers_and_auditors_alone(client):
    seen = {}
    for role in Role:
        client.force_login(make_user(role))
        seen[role] = client.get(list_address(PersonalDataView)).status_code == 200
    assert {role for role, sees in seen.items() if sees} == {Role.MANAGER, Role.AUDITOR}


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        (TEST_ID, True),
        (TEST_ID[:-1] + ("1" if TEST_ID[-1] != "1" else "2"), False),
        (TEST_ID[:17], False),
        ("９" * 18, False),
        ("abcdefghijklmnopqr", False),
    ],
)
def test_the_check_digit_of_an_identity_number(number, is_one):
    assert is_id_number(number) is is_one


@pytest.mark.parametrize(
    "value", ["=1+1", "+86", "-1", "@x", "\tx", "\rx", "\nx", "＝1+1", "＋1", "－1", "＠x", " =1", "　=1"]
)
def test_no_cell_is_a_formula(value):
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize(("value", "text"), [("王*明", "王*明"), (None, ""), (7, "7"), ("1-2", "1-2")])
def test_other_cells_stay_as_they_are(value, text):
    assert safe_cell(value) == text


@pytest.mark.parametrize("sign", ["\x01", "\x0b", "\x1b", "\x1f"])
def test_a_sign_that_no_keyboard_types_ends_no_export(client, staff, sign):
    """A resident's words reach the file: whoever wants to keep the desk from its list must not be able to."""
    order = make_order(building=make_building(estate=f"听涛{sign}苑"))
    asked = {"_selected_action": [order.pk], "action": "export_xlsx"}
    sheet = load_workbook(io.BytesIO(client.post(list_address(order), asked).content)).active
    assert "听涛苑" in " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    assert safe_cell(f"{sign}=1+1") == "'=1+1"


def test_a_table_may_be_called_anything():
    book = load_workbook(io.BytesIO(xlsx_bytes([["甲"]], title="一/二:联合[支部]?*\\")))
    assert book.active["A1"].value == "甲"


def test_an_export_is_masked_safe_and_says_who_took_it(client, staff):
    order = make_order(name="欧阳建国", building=make_building(estate="=HYPERLINK(1)"))
    asked = {"_selected_action": [order.pk]}
    csv = client.post(list_address(order), {"action": "export_csv", **asked})
    lines = csv.getvalue().decode().strip("\ufeff").splitlines()
    assert staff.display_name in lines[0]
    assert lines[1].startswith("单号,服务,状态,联系人")
    assert f"{order.number}," in lines[2]
    assert "欧**国" in lines[2]
    assert ",'=HYPERLINK(1)" in lines[2]
    xlsx = client.post(list_address(order), {"action": "export_xlsx", **asked})
    sheet = load_workbook(io.BytesIO(xlsx.content)).active
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert order.number in cells
    assert order.contact.name not in " ".join(cells)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


def test_a_wrong_account_is_locked_out_at_the_one_login_page(client):
    make_user(login="wang06")
    for _try in range(5):
        client.post("/login/?next=/admin/", {"username": "wang06", "password": "wrong"})
    right = client.post("/login/?next=/admin/", {"username": "wang06", "password": PASSWORD})
    assert right.status_code == 429


def test_a_service_takes_no_icon_that_nobody_drew(client, staff):
    service = make_service()
    page = address(service, "change")
    form = client.get(page).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in values.items() if value or value == 0}
    answer = client.post(page, {**sent, "icon": "schraube"})
    assert list(answer.context["adminform"].form.errors) == ["icon"]
    assert client.post(page, {**sent, "icon": "wrench"}).status_code == 302
    service.refresh_from_db()
    assert service.icon == "wrench"


def test_a_wrong_icon_in_one_row_ends_no_page(client, staff):
    """Rows come from files too. Every list of services would be gone, the first page of the portal among them."""
    service = make_service(icon="schraube")
    for page in ("/", "/services/", f"/services/{service.code}/", "/staff/orders/new/"):
        assert client.get(page).status_code == 200, page


def test_whoever_says_that_there_are_a_million_rows_gets_no_page_of_them(client, staff):
    grid = make_grid()
    page = client.post(
        address(grid, "change"), {"buildings-TOTAL_FORMS": 10**6, "buildings-INITIAL_FORMS": 0}
    )
    assert page.status_code == 200
    rows = page.context["inline_admin_formsets"][0].formset.forms
    assert len(rows) == 200
