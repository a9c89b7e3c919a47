"""Whom the desk is told to ask: reasons, who is left out, and the number of queries (features.md V12)."""

import datetime as dt

import pytest
from django.utils import timezone

from grids.models import Duty
from people.models import Person
from services.actions import accept, decline, offer, reopen, return_to_desk, solve
from services.actions.dispatch import end_offer
from services.models import Offer, ServiceOrder
from services.suggestions import Facts, askable, find_helpers, points, reasons, suggest
from tests.makers import (
    make_appointment,
    make_building,
    make_duty,
    make_dwelling,
    make_grid,
    make_helper,
    make_household,
    make_order,
    make_person,
    make_service,
    make_skill,
    make_user,
)

NOBODY = Facts()


@pytest.mark.parametrize(
    ("facts", "words", "weight"),
    [
        (NOBODY, ("手上 0 单",), 0),
        (Facts(leads=True), ("本格牵头", "手上 0 单"), 5),
        (Facts(same_grid=True), ("同网格", "手上 0 单"), 4),
        (Facts(same_grid=True, same_building=True), ("同楼", "手上 0 单"), 7),
        (Facts(skills=("修水电",)), ("会修水电", "手上 0 单"), 4),
        (Facts(free=True), ("那个半天有空", "手上 0 单"), 2),
        (Facts(open_tasks=2, limit=3), ("手上 2 单",), -2),
        (Facts(open_tasks=3, limit=3), ("手上 3 单", "已到本人上限"), -3),
        (Facts(no_stairs=True), ("手上 0 单", "不方便爬楼"), 0),
    ],
)
def test_what_counts_and_what_is_said(facts, words, weight):
    assert (reasons(facts), points(facts)) == (words, weight)


@pytest.mark.parametrize(
    ("no_stairs", "floor", "cannot"),
    [(True, 1, False), (True, 2, True), (True, None, False), (False, 6, False)],
)
def test_who_cannot_climb_stairs(no_stairs, floor, cannot):
    assert Facts(no_stairs=no_stairs, floor=floor).cannot_climb is cannot


@pytest.mark.django_db
def test_a_minor_is_said_to_come_with_a_guardian():
    person = make_person(birth_date=timezone.localdate() - dt.timedelta(days=16 * 365))
    guardian = {"guardian": make_person(), "guardian_channel": "paper"}
    make_helper(person=person, grid=make_grid(), limits="晚上不行", **guardian)
    (found,) = suggest(make_order())
    assert found.limits == "未满 18 岁，要和监护人一起去；晚上不行"


def names(suggestions):
    return [one.name for one in suggestions]


@pytest.mark.django_db
class TestSuggest:
    def test_the_nearest_and_ablest_comes_first(self):
        grid, skill = make_grid(), make_skill()
        service = make_service(lead_duty=make_duty(Duty.Kind.MEMBER, code="repairs"))
        service.skills.add(skill)
        building = make_building(grid=grid)
        make_helper(person=make_person("远处"), grid=make_grid())
        make_helper(person=make_person("同格"), grid=grid)
        make_helper(person=make_person("会修"), grid=grid, skills=[skill])
        make_appointment(grid=grid, person=make_person("牵头"), duty=service.lead_duty)
        order = make_order(service=service, building=building)
        found = suggest(order, limit=4)
        assert names(found) == ["牵头", "会修", "同格", "远处"]
        assert found[1].reasons == ("同网格", "会修水电", "手上 0 单")

    def test_neighbours_of_the_same_building(self):
        building = make_building()
        neighbour = make_person("邻居")
        make_household(neighbour, dwelling=make_dwelling(building=building))
        make_helper(person=neighbour)
        make_helper(person=make_person("别处"))
        order = make_order(building=building)
        assert [(one.name, one.reasons[0]) for one in suggest(order)] == [
            ("邻居", "同楼"),
            ("别处", "手上 0 单"),
        ]

    def test_who_is_free_on_the_wished_half_day(self):
        day = timezone.localdate() + dt.timedelta(days=2)
        free, busy = make_person("有空"), make_person("没空")
        make_helper(person=free, free=[(day.weekday(), "pm")])
        make_helper(person=busy, free=[(day.weekday(), "am")])
        order = make_order(wish=ServiceOrder.Wish.HALF_DAY, wish_on=day, wish_half="pm")
        assert names(suggest(order)) == ["有空", "没空"]

    def test_leave_cover_stands_in_for_the_lead(self):
        grid = make_grid()
        duty = make_duty(Duty.Kind.MEMBER, code="repairs")
        away = make_appointment(grid=grid, person=make_person("请假"), duty=duty)
        today = timezone.localdate()
        away.covers.create(person=make_person("代岗"), since=today, until=today)
        order = make_order(service=make_service(lead_duty=duty), grid=grid)
        assert [one.name for one in suggest(order) if "本格牵头" in one.reasons] == ["代岗"]

    def test_a_lead_of_another_grid_is_none(self):
        duty = make_duty(Duty.Kind.MEMBER, code="repairs")
        make_appointment(grid=make_grid(), person=make_person("别格"), duty=duty)
        order = make_order(service=make_service(lead_duty=duty), grid=make_grid())
        assert [one.reasons for one in suggest(order)] == [("手上 0 单",)]

    def test_who_said_no_or_did_not_answer_is_not_asked_again(self):
        no, late, left = (make_person(name) for name in ("不方便", "没答复", "剩下"))
        for person in (no, late, left):
            make_helper(person=person)
        order, desk = make_order(), make_user()
        first, second = offer(order, [no, late], by=desk)
        decline(first)
        end_offer(second, Offer.Answer.TIMED_OUT, actor="offer-timeouts", words="")
        order.refresh_from_db()
        assert names(suggest(order)) == ["剩下"]

    def test_who_gave_it_back_is_not_asked_again(self):
        back = make_person("退回")
        make_helper(person=back)
        order, desk = make_order(), make_user()
        (made,) = offer(order, [back], by=desk)
        accept(made)
        order.refresh_from_db()
        return_to_desk(order, actor=back, reason="腿疼")
        assert suggest(order) == []

    def test_a_new_round_asks_those_who_had_no_time_but_another_pair_of_eyes(self):
        no, did = make_person("上次没空"), make_person("上次去的")
        for person in (no, did):
            make_helper(person=person)
        order, desk = make_order(), make_user()
        first, second = offer(order, [no, did], by=desk)
        decline(first)
        second.refresh_from_db()
        accept(second)
        order.refresh_from_db()
        solve(order, actor=did, result="修好了")
        reopen(order, actor=order.contact)
        assert names(suggest(order)) == ["上次没空"]

    def test_full_hands_and_stairs_leave_out(self):
        full, lame, able = (make_person(name) for name in ("手上满", "爬不动", "能去"))
        make_helper(person=full, max_open_tasks=1)
        make_helper(person=lame, no_stairs=True)
        make_helper(person=able)
        offer(make_order(), [full], by=make_user())
        building = make_building()
        make_dwelling(building=building, unit="2", floor=6, room="601")
        order = make_order(building=building, door="2 单元 601")
        assert names(suggest(order)) == ["能去"]

    def test_strangers_the_dead_and_the_residents_themselves_are_left_out(self):
        make_helper(person=make_person("停用"), is_active=False)
        make_helper(person=make_person("迁出", state=Person.State.MOVED))
        make_person("没登记")
        resident = make_person("自己")
        make_helper(person=resident)
        order = make_order(name=resident.name, phone=resident.phone)
        assert suggest(order) == []

    def test_no_more_queries_for_many_helpers(self, django_assert_num_queries):
        grid, skill = make_grid(), make_skill()
        service = make_service(lead_duty=make_duty(Duty.Kind.MEMBER, code="repairs"))
        service.skills.add(skill)
        for _again in range(100):
            make_helper(grid=grid, skills=[skill], free=[(0, "am")])
        order = ServiceOrder.objects.with_related().get(pk=make_order(service=service, grid=grid).pk)
        with django_assert_num_queries(
            2
        ):  # the persons with all that counts about them, and their fitting skills
            assert len(suggest(order)) == 3


@pytest.mark.django_db
class TestFindHelpers:
    @pytest.mark.parametrize("typed", ["赵志强", "志强", "zhaozhi", "zzq", " ZZQ "])
    def test_by_name_pinyin_and_initials(self, typed):
        make_helper(person=make_person("赵志强"))
        make_helper(person=make_person("李秀兰"))
        make_person("赵志强")  # lives here, but is no helper
        assert names(find_helpers(make_order(), typed)) == ["赵志强"]

    def test_nothing_typed_finds_nobody(self):
        make_helper()
        assert find_helpers(make_order(), "  ") == []

    def test_only_helpers_can_be_asked(self):
        helper, stranger = make_helper().person, make_person()
        order = make_order()
        assert askable(order, [str(helper.pk), str(stranger.pk), "x", "-1", ""]) == [helper]
