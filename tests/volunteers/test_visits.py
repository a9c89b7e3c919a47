"""A visit and its hours are one thing: recorded together, taken back together, doubted like every other entry."""

import datetime as dt
from uuid import uuid4

import pytest
from django.utils import timezone

from grids.errors import VisitRefused
from grids.models import CarePlan, Visit
from tests.makers import make_grid, make_helper, make_person, make_plan, make_user, patch_now
from volunteers.actions import (
    accept_claim,
    claim_wrong,
    net_minutes,
    record_hours,
    record_visit,
    register_helper,
    stop_helping,
    strike_out_visit,
    take_back_visit,
)
from volunteers.errors import HoursRefused
from volunteers.models import HourEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan():
    return make_plan(grid=make_grid(6, name="听涛苑"))


@pytest.fixture
def user():
    user = make_user("helper")
    make_helper(person=user.person)
    return user


def visit(plan, user, **fields):
    values = {"visitor": user.person, "way": "door", "by": user, "submission_key": uuid4().hex}
    return record_visit(plan.person, **(values | fields))


def entries():
    return list(HourEntry.objects.order_by("pk").values_list("source_key", "minutes", "what"))


class TestHours:
    @pytest.mark.parametrize(("way", "minutes"), [("door", 20), ("phone", 5), ("outside", 5)])
    def test_a_helper_gets_the_usual_minutes(self, plan, user, way, minutes):
        made = visit(plan, user, way=way)
        assert entries() == [(f"visit:{made.pk}", minutes, "走访 · 第 6 网格")]

    def test_the_ledger_names_nobody(self, plan, user):
        visit(plan, user, note="膝盖疼")
        (entry,) = HourEntry.objects.all()
        assert [word for word in (plan.person.name, "膝盖", "听涛苑") if word in entry.what] == []

    def test_a_door_that_stayed_shut_is_no_service_unless_somebody_says_so(self, plan, user):
        visit(plan, user, way="missed")
        assert entries() == []
        made = visit(plan, user, way="missed", minutes=15)
        assert entries() == [(f"visit:{made.pk}", 15, "走访 · 第 6 网格")]

    def test_whose_duty_it_is_gets_hours_only_when_somebody_writes_them(self, plan):
        worker = make_user("grid")
        visit(plan, worker)
        assert entries() == []
        made = visit(plan, worker, minutes=30)
        assert entries() == [(f"visit:{made.pk}", 30, "走访 · 第 6 网格")]

    def test_on_the_day_of_the_visit(self, plan, user):
        day = timezone.localdate() - dt.timedelta(days=4)
        visit(plan, user, on=day)
        assert HourEntry.objects.get().served_on == day

    def test_somebody_without_a_home_is_visited_too(self, user):
        visit(make_plan(make_person()), user)
        assert HourEntry.objects.get().what == "走访"

    def test_the_same_page_twice_is_one_visit_and_counts_once(self, plan, user):
        for _click in range(2):
            visit(plan, user, submission_key="same")
        assert (Visit.objects.count(), HourEntry.objects.total_minutes()) == (1, 20)

    def test_a_late_second_click_does_not_bring_back_what_was_struck_out(self, plan, user):
        made = visit(plan, user, submission_key="same")
        strike_out_visit(made, by=make_user(), why="记错了人")
        visit(plan, user, submission_key="same")
        assert (Visit.objects.count(), HourEntry.objects.total_minutes()) == (1, 0)

    @pytest.mark.parametrize("minutes", [0, -1, 1441])
    def test_impossible_minutes_leave_nothing_behind(self, plan, user, minutes):
        with pytest.raises(HoursRefused):
            visit(plan, user, minutes=minutes)
        assert (Visit.objects.count(), HourEntry.objects.count()) == (0, 0)

    def test_a_day_has_24_hours_whatever_was_served_on_it(self, plan, user):
        today = timezone.localdate()
        record_hours(user.person, 600, what="清滩", source_key="activity:1:1", served_on=today)
        visit(plan, user, minutes=830)
        for way, minutes in (("door", 11), ("door", None)):
            with pytest.raises(HoursRefused, match="超过 24 小时"):
                visit(plan, user, way=way, minutes=minutes)
        visit(plan, user, minutes=10)
        visit(plan, user, minutes=1440, on=today - dt.timedelta(days=1))
        assert (Visit.objects.count(), HourEntry.objects.total_minutes()) == (3, 2 * 1440)

    def test_a_refused_visit_leaves_no_hours(self, plan, user):
        with pytest.raises(VisitRefused):
            visit(plan, user, way="video")
        assert HourEntry.objects.count() == 0


class TestTakeBack:
    def test_both_go_within_ten_minutes(self, plan, user):
        take_back_visit(visit(plan, user), by=user)
        assert (Visit.objects.count(), HourEntry.objects.count()) == (0, 0)

    def test_later_both_stay(self, plan, user):
        made = visit(plan, user)
        with patch_now(timezone.now() + dt.timedelta(minutes=11)), pytest.raises(VisitRefused):
            take_back_visit(made, by=user)
        assert (Visit.objects.count(), HourEntry.objects.total_minutes()) == (1, 20)

    def test_hours_that_were_doubted_already_are_corrected_to_nothing(self, plan, user):
        made = visit(plan, user)
        entry = HourEntry.objects.get()
        claim_wrong(user.person, entry, minutes=40, words="坐了 40 分钟", submission_key="c")
        take_back_visit(made, by=user)
        assert (net_minutes(entry), entry.corrections.get().why) == (0, "走访被撤回")

    def test_struck_out_hours_are_corrected_without_the_reason(self, plan, user):
        made = visit(plan, user)
        strike_out_visit(made, by=make_user(), why="姜奶奶那天住院")
        entry = HourEntry.objects.services().get()
        assert (net_minutes(entry), entry.corrections.get().why) == (0, "走访记录作废了")

    def test_a_visit_without_hours_is_struck_out_as_well(self, plan):
        made = visit(plan, make_user("grid"))
        strike_out_visit(made, by=make_user(), why="记错了人")
        assert HourEntry.objects.count() == 0


def test_the_visitor_doubts_the_hours_and_the_desk_corrects_them(plan, user):
    visit(plan, user)
    entry = HourEntry.objects.get()
    claim = claim_wrong(user.person, entry, minutes=45, words="坐了 45 分钟", submission_key="c")
    assert claim.what == "走访 · 第 6 网格"
    accept_claim(claim, by=make_user(), minutes=45, answer="核对过了")
    assert (net_minutes(entry), Visit.objects.count()) == (45, 1)


def test_who_stops_helping_looks_in_on_nobody_any_more(plan):
    person = make_person()
    register_helper(person, consent_channel="paper")
    CarePlan.objects.filter(pk=plan.pk).update(visitor=person)
    assert stop_helping(person) is True
    plan.refresh_from_db()
    assert plan.visitor is None
