"""Care plans and visits: when somebody is due, what is written down once, and how it is taken back."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from grids.actions import (
    begin_plan,
    change_plan,
    forget_notes,
    give_back_plans,
    log_visit,
    strike_visit,
    undo_visit,
)
from grids.errors import CarePlanRefused, VisitRefused
from grids.models import CarePlan, Residency, Visit, home_of
from people.models import Person, Role
from tests.makers import (
    make_building,
    make_care_category,
    make_dwelling,
    make_grid,
    make_head,
    make_household,
    make_person,
    make_plan,
    make_user,
    make_visit,
    patch_now,
)
from volunteers.actions import register_helper, stop_helping

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 26)


def ago(days):
    return TODAY - dt.timedelta(days=days)


@pytest.fixture(autouse=True)
def on_that_day():
    with patch_now(dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)):
        yield


def due_of(plan):
    """(the day on which it is due, whether it stands among the due ones)."""
    found = CarePlan.objects.with_due().get(pk=plan.pk)
    return found.due_on, CarePlan.objects.due().filter(pk=plan.pk).exists()


def seen(plan, days, **fields):
    """A visit so many days ago, whatever the rules for late entries say."""
    visit = make_visit(plan.person, visitor=make_person(), **fields)
    Visit.objects.filter(pk=visit.pk).update(visited_on=ago(days))
    return visit


class TestDue:
    @pytest.mark.parametrize(
        ("every", "since", "visits", "due_on"),
        [
            (7, 0, [], ago(0)),  # nobody has been there: the day on which the plan begins
            (7, 3, [], ago(3)),
            (7, 30, [6], ago(-1)),
            (7, 30, [7], ago(0)),
            (7, 30, [8], ago(1)),
            (30, 90, [29], ago(-1)),
            (30, 90, [30], ago(0)),
            (30, 90, [31], ago(1)),
            (90, 200, [89], ago(-1)),
            (90, 200, [90], ago(0)),
            (7, 30, [20, 2, 11], ago(-5)),  # the last one counts
            (7, 5, [60], ago(5)),  # before the plan began nothing was late
            (30, 5, [10], ago(-20)),  # a visit from before the plan counts as well
        ],
    )
    def test_the_interval_after_the_last_visit_but_not_before_the_plan(self, every, since, visits, due_on):
        plan = make_plan(category=make_care_category(code=f"d{every}", every_days=every), since=ago(since))
        for days in visits:
            seen(plan, days)
        assert due_of(plan) == (due_on, due_on <= TODAY)

    @pytest.mark.parametrize(("way", "days"), [("door", -7), ("phone", -7), ("outside", -7), ("missed", 1)])
    def test_every_way_of_meeting_counts_and_a_closed_door_does_not(self, way, days):
        plan = make_plan(since=ago(1))
        make_visit(plan.person, visitor=make_person(), way=way)
        assert due_of(plan)[0] == ago(days)

    @pytest.mark.parametrize(
        ("state", "is_due"),
        [(Person.State.ALIVE, True), (Person.State.MOVED, False), (Person.State.DECEASED, False)],
    )
    def test_who_is_gone_is_due_no_more(self, state, is_due):
        plan = make_plan(since=ago(9))
        Person.objects.filter(pk=plan.person_id).update(state=state)
        assert CarePlan.objects.due().exists() is is_due
        assert CarePlan.objects.current().exists() is is_due

    @pytest.mark.parametrize(
        ("since", "until", "is_current"), [(0, None, True), (-1, None, False), (9, 0, False), (9, 3, False)]
    )
    def test_begun_and_not_ended(self, since, until, is_current):
        make_plan(since=ago(since), until=None if until is None else ago(until))
        assert CarePlan.objects.current().exists() is is_current
        assert CarePlan.objects.due().exists() is is_current

    def test_the_most_overdue_come_first_and_what_comes_soon_is_not_due(self):
        late, today, soon = (make_plan(since=ago(60)) for _again in range(3))
        for plan, days in ((late, 12), (today, 7), (soon, 5)):
            seen(plan, days)
        rows = CarePlan.objects.with_due().most_overdue_first()
        assert list(rows) == [late, today, soon]
        assert list(CarePlan.objects.due().most_overdue_first()) == [late, today]

    def test_what_was_struck_out_was_no_visit(self):
        plan = make_plan(since=ago(20))
        wrong = seen(plan, 1)
        strike_visit(wrong, by=make_user(), why="记到别人名下了")
        assert due_of(plan)[0] == ago(20)


class TestPlan:
    def test_it_ends_on_a_day_that_has_come(self):
        plan = make_plan(since=ago(30))
        values = {"category": plan.category, "visitor": None, "since": plan.since}
        with pytest.raises(CarePlanRefused, match="到那天再填"):
            change_plan(plan, until=ago(-1), **values)
        assert change_plan(plan, until=TODAY, **values).until == TODAY

    @pytest.mark.parametrize("state", [Person.State.MOVED, Person.State.DECEASED])
    def test_nobody_who_is_gone_is_asked_to_go(self, state):
        visitor, plan = make_person(state=state), make_plan()
        with pytest.raises(CarePlanRefused, match="请换一位"):
            begin_plan(make_person(), category=plan.category, visitor=visitor)
        with pytest.raises(CarePlanRefused, match="请换一位"):
            change_plan(plan, category=plan.category, visitor=visitor, since=plan.since, until=None)
        assert CarePlan.objects.filter(visitor=visitor).count() == 0

    def test_a_page_that_stayed_open_gives_no_door_back_to_who_stopped_helping(self):
        helper = make_person()
        register_helper(helper, consent_channel="paper")
        plan = make_plan(visitor=helper)
        values = {"category": plan.category, "visitor": helper, "since": plan.since, "until": None}
        stop_helping(helper)
        with pytest.raises(CarePlanRefused, match="请换一位"):
            change_plan(plan, **values)
        plan.refresh_from_db()
        assert plan.visitor is None

    def test_whose_duty_it_is_goes_all_the_same(self):
        worker = make_head().person
        register_helper(worker, consent_channel="paper")
        stop_helping(worker)
        assert begin_plan(make_person(), category=make_care_category(), visitor=worker).visitor == worker


class TestWhere:
    def test_a_plan_follows_who_moves_within_the_community(self):
        old, new = make_grid(), make_grid()
        heads = make_head(old), make_head(new)
        plan = make_plan(grid=old)
        assert [list(CarePlan.objects.for_user(head)) for head in heads] == [[plan], []]
        Residency.objects.filter(person=plan.person).update(until=TODAY)
        there = make_dwelling(building=make_building(grid=new))
        make_household(plan.person, dwelling=there)
        assert [list(CarePlan.objects.for_user(head)) for head in heads] == [[], [plan]]
        assert home_of(plan.person) == there

    def test_without_a_home_the_desk_alone_sees_it(self):
        plan = make_plan(make_person())
        assert list(CarePlan.objects.for_user(make_user(Role.STAFF))) == [plan]
        assert list(CarePlan.objects.for_user(make_head())) == []
        assert home_of(plan.person) is None

    def test_homes_cost_the_same_for_many(self, django_assert_num_queries):
        for _again in range(5):
            make_plan()
        with django_assert_num_queries(2):
            rows = list(CarePlan.objects.with_related())
            assert [home_of(plan.person) is None for plan in rows] == [False] * 5


class TestLog:
    @pytest.mark.parametrize("days", [0, 1, 31])
    def test_today_or_within_a_month(self, days):
        assert make_visit(make_person(), visitor=make_person(), on=ago(days)).visited_on == ago(days)

    @pytest.mark.parametrize("days", [-1, 32])
    def test_no_other_day(self, days):
        with pytest.raises(VisitRefused, match="最近 31 天"):
            make_visit(make_person(), visitor=make_person(), on=ago(days))

    def test_an_unknown_way_and_oneself_are_refused(self):
        person = make_person()
        with pytest.raises(VisitRefused, match="请选是上门"):
            make_visit(person, visitor=make_person(), way="video")
        with pytest.raises(VisitRefused, match="同一位"):
            make_visit(person, visitor=person)
        assert Visit.objects.count() == 0

    @pytest.mark.parametrize("state", [Person.State.MOVED, Person.State.DECEASED])
    def test_until_the_day_on_which_somebody_left(self, state):
        person = make_person(state=state, state_since=ago(3))
        with pytest.raises(VisitRefused, match="已经迁出或去世"):
            make_visit(person, visitor=make_person(), on=ago(3))
        assert make_visit(person, visitor=make_person(), on=ago(4)).visited_on == ago(4)

    def test_the_same_page_twice_is_one_visit(self):
        person, user = make_person(), make_user()
        made = [
            log_visit(person, visitor=user.person, way=way, by=user, submission_key="same")
            for way in ("door", "phone")
        ]
        assert made[0] == made[1]
        assert Visit.objects.get().way == "door"

    def test_a_page_about_somebody_else_or_of_somebody_else_is_no_second_click(self):
        person, user = make_person(), make_user()
        mine = log_visit(person, visitor=user.person, way="door", by=user, submission_key="same")
        for visited, by in ((make_person(), user), (person, make_user())):
            with pytest.raises(VisitRefused, match="请重新打开再记"):
                log_visit(visited, visitor=by.person, way="door", by=by, submission_key="same")
        assert list(Visit.objects.all()) == [mine]

    def test_a_note_is_kept_short_and_encrypted(self):
        visit = make_visit(make_person(), visitor=make_person(), note=f" {'好' * 300} ")
        visit.refresh_from_db()
        assert visit.note == "好" * 200
        with connection.cursor() as cursor:
            cursor.execute("SELECT note FROM grids_visit")
            assert "好" not in cursor.fetchone()[0]

    def test_a_note_goes_after_two_years_and_the_visit_stays(self):
        kept, old = (make_visit(make_person(), visitor=make_person(), note="膝盖疼") for _again in range(2))
        Visit.objects.filter(pk=kept.pk).update(visited_on=ago(730))
        Visit.objects.filter(pk=old.pk).update(visited_on=ago(731))
        assert [forget_notes(), forget_notes()] == [1, 0]
        assert dict(Visit.objects.values_list("pk", "note")) == {kept.pk: "膝盖疼", old.pk: ""}

    def test_why_it_was_struck_out_goes_with_the_notes(self):
        kept, old = (make_visit(make_person(), visitor=make_person()) for _again in range(2))
        for visit, days in ((kept, 730), (old, 731)):
            strike_visit(visit, by=make_user(), why="那天住院")
            Visit.objects.filter(pk=visit.pk).update(visited_on=ago(days))
        assert [forget_notes(), forget_notes()] == [1, 0]
        assert dict(Visit.objects.values_list("pk", "struck_why")) == {kept.pk: "那天住院", old.pk: "—"}


class TestTakeBack:
    @pytest.mark.parametrize(("minutes", "seconds", "may"), [(0, 0, True), (10, 0, True), (10, 1, False)])
    def test_within_ten_minutes(self, minutes, seconds, may):
        user = make_user()
        visit = make_visit(make_person(), by=user)
        with patch_now(timezone.now() + dt.timedelta(minutes=minutes, seconds=seconds)):
            assert visit.can_undo(user) is may
            if may:
                undo_visit(visit, by=user)
            else:
                with pytest.raises(VisitRefused, match="10 分钟"):
                    undo_visit(visit, by=user)
        assert Visit.objects.exists() is not may

    def test_by_who_entered_it_alone_and_once(self):
        user = make_user()
        visit = make_visit(make_person(), by=user)
        with pytest.raises(VisitRefused, match="只有登记的人"):
            undo_visit(visit, by=make_user())
        undo_visit(visit, by=user)
        with pytest.raises(VisitRefused, match="已经撤回"):
            undo_visit(visit, by=user)

    def test_striking_out_needs_a_word_and_is_done_once(self):
        visit, user = make_visit(make_person(), visitor=make_person()), make_user()
        with pytest.raises(VisitRefused, match="为什么"):
            strike_visit(visit, by=user, why=" ")
        strike_visit(visit, by=user, why="记错了人")
        with pytest.raises(VisitRefused, match="已经撤回或作废"):
            strike_visit(visit, by=user, why="再来")
        visit.refresh_from_db()
        assert (visit.is_struck, visit.struck_by, visit.struck_why) == (True, user, "记错了人")
        assert not visit.can_undo(visit.entered_by)

    def test_plans_go_back_to_the_heads(self):
        helper = make_person()
        mine, ended = make_plan(visitor=helper), make_plan(visitor=helper, since=ago(9), until=ago(1))
        other = make_plan(visitor=make_person())
        assert give_back_plans(helper) == 1
        found = dict(CarePlan.objects.values_list("pk", "visitor"))
        assert found == {mine.pk: None, ended.pk: helper.pk, other.pk: other.visitor_id}


@pytest.mark.parametrize(
    "broken",
    [
        lambda plan: CarePlan.objects.create(person=plan.person, category=plan.category),
        lambda plan: CarePlan.objects.filter(pk=plan.pk).update(visitor=plan.person),
        lambda plan: CarePlan.objects.filter(pk=plan.pk).update(until=plan.since - dt.timedelta(days=1)),
        lambda plan: make_care_category(code="never", every_days=0),
        lambda plan: Visit.objects.update(way="video"),
        lambda plan: Visit.objects.update(struck_why="没有时间"),
        lambda plan: Visit.objects.update(visitor=plan.person),
    ],
)
def test_the_database_holds_what_must_never_be_false(broken):
    plan = make_plan()
    make_visit(plan.person, visitor=make_person())
    with pytest.raises(IntegrityError), transaction.atomic():
        broken(plan)
