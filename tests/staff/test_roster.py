"""The roster at the staff door: appointing, ending, consent, leave cover, and handing a grid over to a new head."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from branches.models import TopicTask
from grids.actions import hand_over
from grids.errors import AppointmentRefused
from grids.models import Appointment, CarePlan, Cover, Duty, Grid, Handover, home_of
from haimengyuan.handover import OpenTasks, hand_grid_over
from people.actions import give_consent
from people.models import Consent, Role, User
from reminders.actions import plan, to_person
from reminders.models import Reminder
from services.actions import accept, offer, take
from services.models import Offer, OrderEvent, OrderStatus, ServiceOrder
from tests.makers import (
    make_appointment,
    make_booking,
    make_branch,
    make_building,
    make_duty,
    make_dwelling,
    make_grid,
    make_head,
    make_household,
    make_member,
    make_order,
    make_person,
    make_plan,
    make_post,
    make_topic,
    make_user,
    make_venue,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def grid():
    return make_grid()


@pytest.fixture
def desk(client):
    user = make_user(Role.STAFF)
    client.force_login(user)
    client.user = user
    return client


def text_of(response):
    return response.content.decode()


def near(grid, name):
    """Somebody who serves in the grid already, so that the list of candidates has them."""
    duty = Duty.objects.filter(code="worker").first() or make_duty(
        Duty.Kind.WORKER, code="worker", max_per_grid=9
    )
    person = make_person(name)
    make_appointment(grid=grid, person=person, duty=duty)
    return person


def head_of(grid):
    return Appointment.objects.current().heads().get(grid=grid)


# --- the roster ------------------------------------------------------------------------------------------------


def test_a_vacancy_is_filled_and_emptied_at_the_desk_and_the_card_follows(desk, grid):
    duty = make_duty(Duty.Kind.MEMBER, code="one", name_zh="调解员", max_per_grid=1)
    make_duty(Duty.Kind.HEAD, is_confirmed=True)
    person = near(grid, "秦淑兰")
    board = text_of(desk.get("/staff/grids/"))
    assert f"/staff/grids/{grid.number}/?duty={duty.pk}#appoint" in board
    assert board.count("待确认") == 1
    address = f"/staff/grids/{grid.number}/"
    assert desk.get(f"{address}?duty={duty.pk}").context["forms"]["appoint"]["duty"].value() == duty.pk
    today = timezone.localdate()
    ask = {
        "do": "appoint",
        "duty": duty.pk,
        "person": person.pk,
        "since": today,
        "work_phone": "0535-5551234",
    }
    ends = today + 365 * DAY
    assert desk.post(address, ask | {"agrees": "on", "ends_on": ends}).status_code == 302
    made = Appointment.objects.get(duty=duty)
    assert (made.person, made.since, made.ends_on) == (person, today, ends)
    assert "秦淑兰" in text_of(desk.get("/staff/grids/"))
    assert "秦淑兰" in text_of(desk.get(f"/grids/{grid.number}/"))
    again = desk.post(address, ask)
    assert "已经有 1 位" in text_of(again)
    assert desk.post(address, {"do": "end", "appointment": made.pk}).status_code == 302
    assert "秦淑兰" not in text_of(Client().get(f"/grids/{grid.number}/"))
    made.refresh_from_db()
    assert made.ended_on == today


def test_without_consent_residents_read_the_duty_alone(desk, grid):
    duty = make_duty(Duty.Kind.MEMBER, code="one")
    person = make_person("秦淑兰")
    made = make_appointment(grid=grid, person=person, duty=duty)
    address = f"/staff/grids/{grid.number}/"
    assert "没有同意公开姓名" in text_of(desk.get(address))
    assert "秦淑兰" not in text_of(desk.get(f"/grids/{grid.number}/"))
    desk.post(address, {"do": "consent", "appointment": made.pk})
    assert "没有同意公开姓名" not in text_of(desk.get(address))
    assert "秦淑兰" in text_of(desk.get(f"/grids/{grid.number}/"))


def test_somebody_who_is_not_on_the_list_is_found_by_name_or_telephone_and_keeps_what_was_typed(desk, grid):
    duty = make_duty(Duty.Kind.MEMBER, code="one")
    stranger = make_person("蒋建国", phone="13900005678")
    address = f"/staff/grids/{grid.number}/"
    for words in ("蒋建国", "139 0000 5678"):
        page = desk.post(address, {"do": "find", "find": words, "duty": duty.pk, "since": "2026-11-01"})
        form = page.context["forms"]["appoint"]
        assert (form["person"].value(), form["since"].value()) == (stranger.pk, "2026-11-01")
        assert "13900005678" not in text_of(page)
    assert "没有找到" in text_of(desk.post(address, {"do": "find", "find": "没有这个人"}))


def test_leave_cover_gives_the_grid_for_a_while_and_residents_see_who(desk, grid):
    head = make_head(grid)
    other = make_user(Role.HELPER, person=near(grid, "蒋建国"))
    Appointment.objects.filter(person=other.person).update(ended_on=timezone.localdate())
    row, today = head_of(grid), timezone.localdate()
    address = f"/staff/grids/{grid.number}/"
    desk.post(address, {"do": "consent", "appointment": row.pk})
    Appointment.objects.filter(person=other.person).update(ended_on=None)
    fields = {
        "do": "cover",
        "appointment": row.pk,
        "person": other.person_id,
        "since": today,
        "until": today + DAY,
    }
    assert desk.post(address, fields | {"until": ""}).status_code == 200
    assert desk.post(address, fields).status_code == 302
    Appointment.objects.filter(person=other.person).update(ended_on=today)
    other.refresh_from_db()
    assert (other.role, list(Grid.objects.for_user(other))) == (Role.GRID, [grid])
    card = text_of(Client().get(f"/grids/{grid.number}/"))
    assert ("有人代" in card, "蒋建国" in card) == (True, False)  # not without their own consent
    give_consent(other.person, Consent.Purpose.PUBLISH_DUTY, text_version="1", channel="paper")
    assert "这几天由蒋建国代" in text_of(Client().get(f"/grids/{grid.number}/"))
    made = Cover.objects.get()
    desk.post(address, {"do": "uncover", "cover": made.pk})
    other.refresh_from_db()
    assert (other.role, list(Grid.objects.for_user(other))) == (Role.HELPER, [])
    assert head.person.name


def test_covers_end_with_the_duty(grid):
    make_head(grid)
    row, today = head_of(grid), timezone.localdate()
    stands_in = make_user(Role.GRID, person=make_person())
    Cover.objects.create(appointment=row, person=stands_in.person, since=today - DAY, until=today + 5 * DAY)
    Cover.objects.create(appointment=row, person=stands_in.person, since=today + DAY, until=today + 9 * DAY)
    hand_over(row, to=make_person(), by=make_user())
    assert list(Cover.objects.values_list("until", flat=True)) == [today - DAY]
    assert User.objects.get(pk=stands_in.pk).role == Role.HELPER


def test_the_auditor_reads_and_changes_nothing(client, grid):
    row = make_appointment(grid=grid, person=make_person(), duty=make_duty(Duty.Kind.MEMBER, code="one"))
    client.force_login(make_user(Role.AUDITOR))
    page = text_of(client.get(f"/staff/grids/{grid.number}/"))
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert (
        client.post(f"/staff/grids/{grid.number}/", {"do": "end", "appointment": row.pk}).status_code == 403
    )
    assert client.get("/staff/grids/99/").status_code == 404


def test_a_row_of_another_grid_is_not_there(desk, grid):
    row = make_appointment(
        grid=make_grid(), person=make_person(), duty=make_duty(Duty.Kind.MEMBER, code="one")
    )
    assert desk.post(f"/staff/grids/{grid.number}/", {"do": "end", "appointment": row.pk}).status_code == 404
    assert Appointment.objects.get(pk=row.pk).ended_on is None


# --- handover --------------------------------------------------------------------------------------------------


@pytest.fixture
def old(grid):
    return make_head(grid)


@pytest.fixture
def new(grid):
    return make_user(Role.HELPER, person=make_person("新网格长"))


def hand(grid, new, *, going=None, **fields):
    row, by = head_of(grid), make_user(Role.STAFF)
    keys = [task.key for task in OpenTasks(row).of_the_head()] if going is None else going
    return hand_grid_over(row, to=new.person, by=by, going=keys, **fields)


@pytest.mark.parametrize("days", [0, 1, 31])
def test_one_day_ends_the_one_and_begins_the_other(grid, old, new, days):
    Appointment.objects.update(since=timezone.localdate() - 400 * DAY)
    on = timezone.localdate() - days * DAY
    made = hand(grid, new, on=on)
    assert (made.left.ended_on, made.taken.since, made.taken.ended_on) == (on, on, None)
    assert head_of(grid).person == new.person
    heads = Appointment.objects.heads()
    assert [heads.current(on - DAY).get().person, heads.current(on).get().person] == [old.person, new.person]


@pytest.mark.parametrize(("days", "words"), [(1, "到那天再办"), (-32, "最近 31 天"), (-10, "上任以后")])
def test_another_day_is_refused_and_nothing_has_changed(grid, old, new, days, words):
    if words != "上任以后":
        Appointment.objects.update(since=timezone.localdate() - 400 * DAY)
    with pytest.raises(AppointmentRefused, match=words):
        hand(grid, new, on=timezone.localdate() + days * DAY)
    assert (head_of(grid).person, Handover.objects.count()) == (old.person, 0)


def test_nobody_hands_over_to_themselves_and_no_other_duty(grid, old):
    with pytest.raises(AppointmentRefused, match="同一位"):
        hand(grid, old)
    member = make_appointment(grid=grid, person=make_person(), duty=make_duty(Duty.Kind.MEMBER, code="one"))
    with pytest.raises(AppointmentRefused, match="只有网格长"):
        hand_over(member, to=make_person(), by=make_user())


def test_what_hangs_on_the_person_goes_over_by_name(grid, old, new):
    carried, asked, kept = make_order(grid=grid), make_order(grid=grid), make_order(grid=grid)
    (made,) = offer(carried, [old.person], by=make_user())
    accept(made)
    (waiting,) = offer(asked, [old.person], by=make_user())
    take(kept, by=old, person=old.person)
    topic = make_topic(grid=grid)
    due = timezone.localdate() + DAY
    TopicTask.objects.create(topic=topic, text="装棚", owner=old.person.name, due_on=due)
    elsewhere = make_order(grid=make_grid())
    take(elsewhere, by=old, person=old.person)
    keys = [task.key for task in OpenTasks(head_of(grid)).of_the_head()]
    assert [key.rstrip("0123456789") for key in keys] == ["order", "order", "offer", "task"]
    handover = hand(grid, new, going=[key for key in keys if key != f"order{kept.pk}"])
    for order in (carried, asked, kept, elsewhere):
        order.refresh_from_db()
    assert [order.assigned_to for order in (carried, kept, elsewhere)] == [new.person, old.person, old.person]
    assert asked.status == OrderStatus.OFFERED
    answers = dict(Offer.objects.values_list("person", "answer").filter(order=asked))
    assert answers == {old.person_id: "withdrawn", new.person_id: ""}
    assert Offer.objects.get(pk=made.pk).answer == Offer.Answer.CLOSED
    assert TopicTask.objects.get(topic=topic).owner == "新网格长"
    note = OrderEvent.objects.filter(order=carried).latest("pk")
    assert (note.note, note.is_internal) == ("换成新**长接着办", False)
    assert Reminder.objects.filter(person=carried.contact, subject="换人来办了").count() == 1
    goes = {line["what"]: line["goes"] for line in handover.tasks if line["key"]}
    assert [goes[f"{order.spoken_number} {order.service.name_zh}"] for order in (carried, asked, kept)] == [
        True,
        True,
        False,
    ]
    assert waiting.pk


def test_whom_the_old_head_looks_in_on_by_name_goes_over(grid, old, new):
    mine, kept = (make_plan(grid=grid, visitor=old.person) for _again in range(2))
    of_the_head, elsewhere = make_plan(grid=grid), make_plan(grid=make_grid(), visitor=old.person)
    make_plan(grid=grid, visitor=old.person, until=timezone.localdate())
    tasks = OpenTasks(head_of(grid))
    assert [task.key for task in tasks.of_the_head()] == [f"plan{mine.pk}", f"plan{kept.pk}"]
    assert [(task.kind, task.what) for task in tasks.of_the_grid()] == [("走访", "网格长去看的 1 位")]
    made = hand(grid, new, going=[f"plan{mine.pk}"])
    found = dict(CarePlan.objects.filter(until=None).values_list("pk", "visitor"))
    assert found == {
        mine.pk: new.person.pk,
        kept.pk: old.person.pk,
        of_the_head.pk: None,
        elsewhere.pk: old.person.pk,
    }
    assert made.tasks[0]["what"] == f"红色：每周 · {home_of(mine.person).building}"
    assert not any(str(plan.person) in line["what"] for plan in (mine, kept) for line in made.tasks)


def test_a_visit_that_is_only_to_begin_goes_over_as_well(grid, old, new):
    later = make_plan(grid=grid, visitor=old.person, since=timezone.localdate() + 3 * DAY)
    hand(grid, new)
    later.refresh_from_db()
    assert later.visitor == new.person


def test_a_head_who_is_looked_in_on_does_not_visit_themselves(grid, old, new):
    plan = make_plan(new.person, visitor=old.person)
    make_household(new.person, dwelling=make_dwelling(building=make_building(grid=grid)))
    hand(grid, new)
    plan.refresh_from_db()
    assert plan.visitor is None


def test_the_old_link_opens_nothing_any_more(client, grid, old, new):
    order = make_order(grid=grid)
    (made,) = offer(order, [old.person], by=make_user())
    accept(made)
    client.force_login(old)
    assert client.get(f"/me/orders/{order.number}/").status_code == 200
    hand(grid, new)
    assert client.get(f"/me/orders/{order.number}/").status_code == 404
    client.force_login(new)
    assert client.get(f"/me/orders/{order.number}/").status_code == 200


def test_messages_that_wait_go_to_the_new_head(grid, old, new):
    booking = make_booking(make_venue(grid=grid))
    later = timezone.now() + DAY
    words = {"kind": Reminder.Kind.BOOKING, "subject": "x", "text": "y", "due_at": later}
    about = f"booking:{booking.pk}:late"
    plan(
        [to_person(old.person, dedupe_key=about, **words), to_person(old.person, dedupe_key="own:1", **words)]
    )
    hand(grid, new)
    rows = Reminder.objects.filter(dedupe_key__in=[about, "own:1"]).values_list(
        "person", "dedupe_key", "status"
    )
    assert set(rows) == {
        (old.person_id, about, "cancelled"),
        (new.person_id, about, "pending"),
        (old.person_id, "own:1", "pending"),
    }


def test_scope_ends_and_begins_at_once_in_all_six_channels(client, grid, old, new):
    order, topic = make_order(grid=grid), make_topic(grid=grid)
    member = make_member(branch=make_branch(grids=[grid], name="东风支部"))
    elsewhere = make_member(branch=make_branch(grids=[make_grid()], name="西山支部"))

    def exports():
        """What comes out when all rows of the list are asked for, the own and a foreign one ticked."""
        asked = {"_selected_action": [member.pk, elsewhere.pk], "select_across": "1", "action": "export_csv"}
        response = client.post("/admin/branches/partymember/", asked)
        rows = response.getvalue().decode() if response.streaming else ""
        return response.status_code, "东风支部" in rows, "西山支部" in rows

    def sees(user):
        client.force_login(user)
        row = f"/admin/services/serviceorder/{order.pk}"
        lists = client.get("/admin/services/serviceorder/")
        find = client.get(f"/admin/services/serviceorder/?q={order.number}")
        autocomplete = {"app_label": "grids", "model_name": "dwelling", "field_name": "building", "term": ""}
        return [
            lists.status_code == 200 and order.spoken_number in text_of(lists),
            find.status_code == 200 and order.spoken_number in text_of(find),
            client.get("/admin/autocomplete/", autocomplete).status_code,
            client.get(f"{row}/history/").status_code,
            client.get(f"{row}/change/").status_code,
            client.get(f"/admin/branches/topic/{topic.pk}/change/").status_code,
            exports(),
        ]

    before, nothing = sees(old), sees(new)
    hand(grid, new)
    assert (before[:2], before[3:]) == ([True, True], [200, 200, 200, (200, True, False)])
    assert nothing[-1][1:] == (False, False)
    assert (sees(new), sees(old)) == (before, nothing)
    assert exports()[1:] == (False, False)  # the old head, once more and directly
    assert ServiceOrder.objects.for_user(User.objects.get(pk=old.pk)).count() == 0


def test_who_leads_the_branch_keeps_the_admin_for_it(grid, old, new):
    make_post(member=make_member(branch=make_branch(grids=[grid]), person=old.person))
    hand(grid, new)
    assert {User.objects.get(pk=user.pk).role for user in (old, new)} == {Role.GRID}


def test_the_wizard_leads_to_a_sheet_for_two_signatures(desk, grid, old, new):
    near(grid, "新网格长二")
    order = make_order(grid=grid)
    take(order, by=old, person=old.person)
    address = f"/staff/grids/{grid.number}/handover/"
    page = desk.get(address)
    assert "单元门和宣传栏钥匙" in text_of(page)
    assert page.context["form"]["going"].value() == [f"order{order.pk}"]
    found = desk.post(
        address, {"do": "find", "find": "新网格长", "things": "两把钥匙", "on": timezone.localdate()}
    )
    form = found.context["form"]
    assert (form["person"].value(), form["things"].value()) == (new.person_id, "两把钥匙")
    ask = {"do": "hand_over", "person": new.person_id, "on": timezone.localdate(), "things": "钥匙\n印章\n"}
    assert desk.post(address, ask | {"person": ""}).status_code == 422
    ask["find"] = "新网格长"  # stands in the form as it was typed
    response = desk.post(address, ask | {"going": [f"order{order.pk}"], "note": "3 单元灯常坏"})
    made = Handover.objects.get()
    assert (response.url, made.by) == (f"{address}{made.pk}/", desk.user)
    sheet = text_of(desk.get(response.url))
    for words in (
        old.person.name,
        "新网格长",
        order.spoken_number,
        "□ 钥匙",
        "□ 印章",
        "3 单元灯常坏",
        "＿＿",
    ):
        assert words in sheet
    assert desk.get(f"/staff/grids/{make_grid().number}/handover/{made.pk}/").status_code == 404
    assert desk.post(address, ask).status_code in {302, 422}  # twice: the head is the new one now
    assert Handover.objects.count() == 1


def test_an_order_that_changed_meanwhile_stops_the_whole_handover(grid, old, new, monkeypatch):
    order = make_order(grid=grid)
    take(order, by=old, person=old.person)
    tasks = OpenTasks(head_of(grid))
    monkeypatch.setattr("haimengyuan.handover.OpenTasks", lambda appointment: tasks)
    ServiceOrder.objects.filter(pk=order.pk).update(assigned_to=make_person())
    with pytest.raises(Exception, match="刚刚有变化"):
        hand_grid_over(head_of(grid), to=new.person, by=make_user(), going=[f"order{order.pk}"])
    assert (head_of(grid).person, Handover.objects.count()) == (old.person, 0)
