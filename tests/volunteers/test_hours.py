"""The ledger of hours: corrections are rows, doubts are answered once, the own page alone knows of stars."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from reminders.models import Reminder
from tests.makers import make_community, make_person, make_user
from volunteers.actions import (
    accept_claim,
    claim_missing,
    claim_wrong,
    correct_hours,
    decline_claim,
    ensure_star_rules,
    net_minutes,
    record_hours,
    stars_of,
    withdraw_hours,
)
from volunteers.errors import HoursRefused
from volunteers.models import CLAIM_ARROWS, ClaimStatus, HourClaim, HourEntry, StarRule

pytestmark = pytest.mark.django_db


def make_entry(person=None, minutes=60, **fields):
    values = {"what": "陪诊", "source_key": f"test:{HourEntry.objects.count()}"}
    return record_hours(person or make_person(), minutes, **(values | fields))


def make_claim(person=None, **fields):
    values = {"what": "扫雪", "served_on": timezone.localdate(), "minutes": 90, "submission_key": "k"}
    return claim_missing(person or make_person(), **(values | fields))


class TestCorrections:
    def test_a_correction_is_a_row_that_points_at_the_service(self):
        entry = make_entry()
        first = correct_hours(entry, to=30, why="记多了")
        second = correct_hours(entry, to=45, why="又核对了一次")
        rows = HourEntry.objects.order_by("pk").values_list("minutes", "corrects", "served_on", "why")
        assert list(rows) == [
            (60, None, entry.served_on, ""),
            (-30, entry.pk, entry.served_on, "记多了"),
            (15, entry.pk, entry.served_on, "又核对了一次"),
        ]
        assert (net_minutes(entry), first.person, second.what) == (45, entry.person, "陪诊")
        assert HourEntry.objects.services().with_net().get().net == 45

    def test_what_counts_so_much_already_needs_no_row(self):
        assert correct_hours(make_entry(), to=60, why="看过了") is None

    @pytest.mark.parametrize(("to", "why"), [(-1, "x"), (1441, "x"), (30, "  ")])
    def test_refused(self, to, why):
        entry = make_entry()
        with pytest.raises(HoursRefused):
            correct_hours(entry, to=to, why=why)
        assert HourEntry.objects.count() == 1

    def test_a_correction_is_not_corrected_itself(self):
        fix = correct_hours(make_entry(), to=30, why="记多了")
        with pytest.raises(HoursRefused):
            correct_hours(fix, to=60, why="不对")

    def test_what_was_corrected_is_taken_back_by_a_row_and_counts_again_when_recorded_again(self):
        person = make_person()
        entry = make_entry(person, source_key="order:1:0")
        correct_hours(entry, to=30, why="记多了")
        assert (withdraw_hours("order:1:0"), net_minutes(entry), HourEntry.objects.count()) == (True, 0, 3)
        record_hours(person, 50, what="陪诊", source_key="order:1:0")
        assert (net_minutes(entry), HourEntry.objects.total_minutes()) == (50, 50)

    @pytest.mark.parametrize(
        "columns",
        [
            {"minutes": -5},
            {"minutes": 0},
            {"minutes": 1441},
            {"minutes": 5, "why": "没有对着哪一条"},
            {"minutes": -5, "corrects": True},
            {"minutes": 0, "corrects": True, "why": "没变"},
            {"minutes": -1441, "corrects": True, "why": "太多"},
        ],
    )
    def test_the_database_refuses(self, columns):
        entry = make_entry()
        columns = {**columns, "corrects": entry if columns.get("corrects") else None}
        with pytest.raises(IntegrityError), transaction.atomic():
            HourEntry.objects.create(person=entry.person, what="x", source_key="x", **columns)


class TestClaims:
    def test_a_missing_service_is_added_with_what_the_desk_found(self):
        claim = make_claim(served_on=timezone.localdate() - dt.timedelta(days=40))
        made = accept_claim(claim, by=make_user(), minutes=60, answer="队长证明了")
        claim.refresh_from_db()
        assert (claim.status, claim.granted, claim.answer) == (ClaimStatus.ACCEPTED, 60, "队长证明了")
        assert (made.minutes, made.served_on, made.person) == (60, claim.served_on, claim.person)

    def test_a_wrong_entry_is_corrected(self):
        entry = make_entry()
        claim = claim_wrong(entry.person, entry, minutes=120, words="陪了两个小时", submission_key="k")
        fix = accept_claim(claim, by=make_user(), minutes=120, answer="打电话问过了")
        assert (fix.corrects, net_minutes(entry)) == (entry, 120)

    def test_declined_with_a_reason_and_the_ledger_stays(self):
        entry = make_entry()
        claim = claim_wrong(entry.person, entry, minutes=120, words="少记了", submission_key="k")
        decline_claim(claim, by=make_user(), answer="路上的时间不算")
        claim.refresh_from_db()
        assert (claim.status, claim.answer) == (ClaimStatus.DECLINED, "路上的时间不算")
        assert HourEntry.objects.total_minutes() == 60

    @pytest.mark.parametrize("old", ClaimStatus)
    @pytest.mark.parametrize("new", [ClaimStatus.ACCEPTED, ClaimStatus.DECLINED])
    def test_only_the_arrows_of_the_table_are_walked(self, old, new):
        claim, desk = make_claim(), make_user()
        if old != ClaimStatus.FILED:
            settled = {"settled_at": timezone.now(), "settled_by": desk, "answer": "早先的"}
            granted = 5 if old == ClaimStatus.ACCEPTED else None
            HourClaim.objects.update(status=old, granted=granted, **settled)

        def walk():
            if new == ClaimStatus.ACCEPTED:
                return accept_claim(claim, by=desk, minutes=60, answer="现在的")
            return decline_claim(claim, by=desk, answer="现在的")

        if new in CLAIM_ARROWS[old]:
            walk()
        else:
            with pytest.raises(HoursRefused):
                walk()
        claim.refresh_from_db()
        moved = new in CLAIM_ARROWS[old]
        assert (claim.status, claim.answer) == ((new, "现在的") if moved else (old, "早先的"))
        assert HourEntry.objects.count() == (moved and new == ClaimStatus.ACCEPTED)

    def test_nobody_settles_their_own(self):
        desk = make_user()
        claim = make_claim(desk.person)
        for act in (
            lambda: accept_claim(claim, by=desk, minutes=60, answer="好"),
            lambda: decline_claim(claim, by=desk, answer="不"),
        ):
            with pytest.raises(HoursRefused):
                act()
        claim.refresh_from_db()
        assert (claim.status, HourEntry.objects.count()) == (ClaimStatus.FILED, 0)

    @pytest.mark.parametrize(
        ("days", "minutes", "fits"),
        [(0, 1, True), (366, 1440, True), (-1, 60, False), (367, 60, False), (0, 0, False), (0, 1441, False)],
    )
    def test_boundaries_of_a_missing_service(self, days, minutes, fits):
        served_on = timezone.localdate() - dt.timedelta(days=days)
        if fits:
            assert make_claim(served_on=served_on, minutes=minutes).minutes == minutes
            return
        with pytest.raises(HoursRefused):
            make_claim(served_on=served_on, minutes=minutes)
        assert HourClaim.objects.count() == 0

    def test_somebody_elses_entry_cannot_be_doubted(self):
        with pytest.raises(HoursRefused):
            claim_wrong(make_person(), make_entry(), minutes=1, words="x", submission_key="k")

    def test_one_doubt_of_an_entry_waits_and_the_same_page_counts_once(self):
        entry = make_entry()
        first = claim_wrong(entry.person, entry, minutes=10, words="x", submission_key="k")
        assert claim_wrong(entry.person, entry, minutes=10, words="x", submission_key="k") == first
        with pytest.raises(HoursRefused):
            claim_wrong(entry.person, entry, minutes=20, words="y", submission_key="other")
        assert HourClaim.objects.count() == 1

    def test_both_sides_are_told_and_the_desk_once_more_while_nobody_answers(self):
        claim = make_claim()
        desk = Reminder.objects.filter(address__startswith="desk:").order_by("due_at")
        first, second = desk
        assert round((second.due_at - first.due_at) / dt.timedelta(days=1)) == 3
        decline_claim(claim, by=make_user(), answer="没有这回事")
        assert list(desk.values_list("status", flat=True)) == ["cancelled", "cancelled"]
        told = Reminder.objects.get(person=claim.person)
        assert (told.link, "没有这回事" in told.text) == ("/me/hours/", True)


class TestStars:
    @pytest.mark.parametrize(
        ("minutes", "stars", "ahead"),
        [
            (0, 0, 100),
            (100 * 60 - 1, 0, 100),
            (100 * 60, 1, 300),
            (300 * 60, 2, 600),
            (600 * 60 - 1, 2, 600),
            (600 * 60, 3, 1000),
            (1000 * 60, 4, 1500),
            (1500 * 60, 5, None),
        ],
    )
    def test_the_usual_thresholds(self, minutes, stars, ahead):
        assert stars_of(make_community().pk, minutes) == (stars, ahead)

    def test_the_community_may_ask_for_less(self):
        community = make_community()
        ensure_star_rules(community)
        StarRule.objects.filter(stars=1).update(hours=20)
        ensure_star_rules(community)
        assert StarRule.objects.count() == 5
        assert stars_of(community.pk, 20 * 60) == (1, 300)
