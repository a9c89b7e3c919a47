"""The year's plan and its notices: once, on working days, to those who can do something."""

import datetime as dt

import pytest

from branches.actions import announce_terms, plan_life, plan_year, remind_meetings, send_birthday_cards
from branches.models import CadenceRule, Meeting, PartyBranch, Post
from reminders.models import CalendarOverride, Reminder
from reminders.workdays import is_workday
from tests.branches.life import make_life_branch, make_meeting
from tests.makers import make_branch, make_grid, make_member, make_person, make_post, patch_now, shanghai

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
YEAR = dt.date(2026, 1, 1)


def counts(branch, year=2026):
    rows = Meeting.objects.filter(branch=branch, period__year=year).values_list("kind", flat=True)
    return {kind: list(rows).count(kind) for kind in set(rows)}


WITHOUT_COMMITTEE = {
    "members_meeting": 4,
    "party_lecture": 4,
    "theme_party_day": 12,
    "org_life_meeting": 1,
    "democratic_appraisal": 1,
    "heart_talk": 1,
}


def test_a_year_asks_for_what_the_cadence_says():
    small = make_life_branch(full=6)
    large = make_life_branch(full=7, groups=2)
    committee = make_branch(kind=PartyBranch.Kind.COMMITTEE)
    plan_year(small.community, 2026)
    assert counts(small) == WITHOUT_COMMITTEE
    assert counts(large) == WITHOUT_COMMITTEE | {"committee_meeting": 12, "group_meeting": 24}
    assert counts(committee) == {}


def test_six_members_with_a_committee_post_have_committee_meetings():
    branch = make_life_branch(full=6)
    make_post(Post.Kind.ORGANISATION, member=make_member(branch=branch))
    plan_year(branch.community, 2026)
    assert counts(branch)["committee_meeting"] == 12


def test_planning_again_adds_nothing_and_changes_nothing():
    branch = make_life_branch(full=7, groups=1)
    assert plan_year(branch.community, 2026) == 47
    before = list(Meeting.objects.order_by("pk").values())
    assert plan_year(branch.community, 2026) == 0
    assert list(Meeting.objects.order_by("pk").values()) == before


def test_a_meeting_that_was_given_up_is_not_planned_again():
    branch = make_life_branch()
    plan_year(branch.community, 2026)
    Meeting.objects.update(status="cancelled", cancel_reason="停电")
    assert plan_year(branch.community, 2026) == 0


def test_the_theme_day_is_the_branchs_own_day_moved_off_days_off():
    branch = make_life_branch(theme_day=5)
    plan_year(branch.community, 2026)
    days = list(Meeting.objects.filter(kind="theme_party_day").order_by("on").values_list("on", flat=True))
    assert [(day.month, day.day) for day in days] == [
        (1, 5),
        (2, 5),
        (3, 5),
        (4, 7),  # Qingming until the 6th
        (5, 6),  # Labour Day until the 5th
        (6, 5),
        (7, 6),
        (8, 5),
        (9, 7),
        (10, 8),  # National Day until the 7th
        (11, 5),
        (12, 7),
    ]


def test_a_changed_rule_counts_for_what_is_not_planned_yet():
    branch = make_life_branch()
    CadenceRule.objects.create(
        community=branch.community, kind="party_lecture", every="year", month=3, day=2, at=dt.time(9)
    )
    CadenceRule.objects.create(community=branch.community, kind="heart_talk", every="never", at=dt.time(9))
    plan_year(branch.community, 2026)
    assert {kind: counts(branch).get(kind) for kind in ("party_lecture", "heart_talk")} == {
        "party_lecture": 1,
        "heart_talk": None,
    }


@pytest.mark.parametrize(
    ("day", "first_theme_day"),
    [
        (1, dt.date(2026, 11, 10)),
        (15, dt.date(2026, 11, 16)),  # the 10th is over and the 15th a Sunday
        (20, dt.date(2026, 11, 20)),
        (21, dt.date(2026, 12, 10)),  # too late to give notice
    ],
)
def test_nobody_is_asked_for_what_is_over(day, first_theme_day):
    branch = make_life_branch()
    with patch_now(shanghai(2026, 11, day, 7)):
        plan_life()
    first = Meeting.objects.filter(branch=branch, kind="theme_party_day").order_by("on").first()
    assert first.on == first_theme_day


def test_a_branch_is_asked_from_its_foundation_on():
    branch = make_life_branch(founded_on=dt.date(2026, 10, 15))
    plan_year(branch.community, 2026)
    assert counts(branch)["theme_party_day"] == 3


def test_the_next_year_is_planned_in_december_and_moved_when_its_calendar_is_published():
    branch = make_life_branch(theme_day=11)
    with patch_now(shanghai(2026, 11, 30, 7)):
        plan_life()
    assert counts(branch, 2027) == {}
    with patch_now(shanghai(2026, 12, 1, 7)):
        plan_life()
        assert counts(branch, 2027) == WITHOUT_COMMITTEE | {"committee_meeting": 12}
        chosen = Meeting.objects.get(kind="theme_party_day", period=dt.date(2027, 3, 1))
        assert chosen.on == dt.date(2027, 3, 11)
        CalendarOverride.objects.create(day=dt.date(2027, 3, 11), is_workday=False, name="调休")
        plan_life()
        chosen.refresh_from_db()
        assert chosen.on == dt.date(2027, 3, 12)


def notices():
    return [(row.address, row.dedupe_key.split(":")[2]) for row in Reminder.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("days_left", "stages"),
    [
        (11, []),
        (10, ["t10"]),
        (4, ["t10"]),
        (3, ["t3"]),
        (0, ["t3"]),
        (-1, ["late"]),
        (-6, ["late"]),
    ],
)
def test_the_secretary_is_told_ten_and_three_days_before_and_afterwards(days_left, stages):
    with patch_now(shanghai(2026, 11, 24, 9)):
        branch = make_life_branch()
        make_meeting(branch=branch, on=dt.date(2026, 11, 24) + days_left * DAY)
        remind_meetings()
        remind_meetings()
    assert notices() == [(f"person:{branch.secretary.person_id}", stage) for stage in stages]


def test_the_desk_hears_of_it_a_week_later_or_when_nobody_leads_the_branch():
    with patch_now(shanghai(2026, 11, 24, 9)):
        led, headless = make_life_branch(), make_branch(grids=[make_grid()])
        make_meeting(branch=led, on=dt.date(2026, 11, 17))
        make_meeting(branch=headless, on=dt.date(2026, 11, 27))
        remind_meetings()
    desk = f"desk:{led.community_id}"
    assert notices() == [(f"person:{led.secretary.person_id}", "late"), (desk, "late"), (desk, "t3")]


@pytest.mark.parametrize("status", ["held", "minuted", "signed", "cancelled"])
def test_nobody_is_reminded_of_what_is_held_or_given_up(status):
    with patch_now(shanghai(2026, 11, 24, 9)):
        meeting = make_meeting(status)
        if status == "cancelled":
            Meeting.objects.filter(pk=meeting.pk).update(status=status, cancel_reason="停电")
    with patch_now(shanghai(2026, 11, 30, 9)):
        remind_meetings()
    assert not Reminder.objects.filter(kind="meeting").exists()


@pytest.mark.parametrize(
    ("today", "stage"),
    [
        (dt.date(2026, 9, 1), None),
        (dt.date(2026, 9, 2), "180"),
        (dt.date(2026, 12, 1), "90"),
        (dt.date(2027, 1, 30), "30"),
        (dt.date(2027, 3, 1), "30"),
        (dt.date(2027, 3, 2), None),
    ],
)
def test_the_end_of_a_term_is_announced(today, stage):
    make_post(member=make_member(), since=dt.date(2022, 3, 1), ends_on=dt.date(2027, 3, 1))
    for _again in range(2):
        announce_terms(today)
    stages = {row.dedupe_key.rpartition(":")[2] for row in Reminder.objects.all()}
    assert (stages, Reminder.objects.count()) == (({stage}, 2) if stage else (set(), 0))


def test_a_committee_whose_term_ends_is_one_line_at_the_desk():
    branch, kinds = make_branch(), ("secretary", "organisation", "discipline")
    for kind in kinds:
        make_post(
            member=make_member(branch=branch),
            kind=kind,
            since=dt.date(2022, 3, 1),
            ends_on=dt.date(2027, 3, 1),
        )
    make_post(
        member=make_member(branch=branch),
        kind="deputy",
        since=dt.date(2022, 2, 1),
        ends_on=dt.date(2027, 2, 1),
    )
    for _again in range(2):
        announce_terms(dt.date(2026, 11, 24))
    told = Reminder.objects.values_list("person", "text").order_by("pk")
    assert sorted(text for person, text in told if person is None) == [
        f"{branch.name}的副书记任期到 2027年2月1日 周一，请准备换届；提前或延期要报上级批准。",
        f"{branch.name}的支部书记、组织委员、纪检委员任期到 2027年3月1日 周一，请准备换届；提前或延期要报上级批准。",
    ]
    assert sum(person is not None for person, _text in told) == 4


@pytest.mark.parametrize(
    ("joined", "today", "years"),
    [
        (dt.date(1976, 11, 24), dt.date(2026, 11, 24), 50),
        (dt.date(1976, 11, 24), dt.date(2026, 11, 27), 50),  # the tick did not run for three days
        (dt.date(1976, 11, 24), dt.date(2026, 11, 28), None),
        (dt.date(1976, 11, 25), dt.date(2026, 11, 24), None),
        (dt.date(2026, 11, 24), dt.date(2026, 11, 24), None),
        (dt.date(2024, 2, 29), dt.date(2026, 2, 28), 2),
        (dt.date(2024, 2, 29), dt.date(2028, 2, 29), 4),
    ],
)
def test_a_political_birthday_is_remembered_once(joined, today, years):
    make_member(joined_on=joined)
    make_member(joined_on=joined, wants_birthday_card=False)
    make_member(joined_on=joined, person=make_person(state="deceased"))
    for _again in range(2):
        send_birthday_cards(today)
    texts = list(Reminder.objects.values_list("text", flat=True))
    assert len(texts) == (1 if years else 0)
    assert all(f"入党 {years} 周年" in text for text in texts)


def test_no_meeting_of_a_year_lies_on_a_day_off():
    branch = make_life_branch(full=7, groups=1)
    for year in (2026, 2027):
        plan_year(branch.community, year)
    assert [m.on for m in Meeting.objects.all() if not is_workday(m.on)] == []
