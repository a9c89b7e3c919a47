"""The worked numbers of the rules, at every boundary. No database."""

import datetime as dt
from decimal import Decimal

import pytest

from branches.rules.cadence import Every, Slot, period_of, slots, working_day
from branches.rules.dues import Payer, monthly_dues, rung_of, scale_on
from branches.rules.setup import advise, needs_committee
from branches.rules.terms import stage_reached, term_end
from branches.rules.voting import (
    Base,
    Elected,
    Quorum,
    candidates_needed,
    decision_quorum,
    election_quorum,
    elects,
    passes,
)

TODAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("payer", "base", "amount"),
    [
        ("wage", "0", "0.00"),
        ("wage", "2999.99", "15.00"),
        ("wage", "3000", "15.00"),
        ("wage", "3000.01", "30.00"),
        ("wage", "4000", "40.00"),
        ("wage", "5000", "50.00"),
        ("wage", "5000.01", "75.00"),
        ("wage", "8000", "120.00"),
        ("wage", "10000", "150.00"),
        ("wage", "10000.01", "200.00"),
        ("wage", "2001", "10.01"),  # 10.005, half up and not to the even digit
        ("irregular", "3000.01", "30.00"),
        ("irregular", "10000.01", "200.00"),
        ("pension", "5000", "25.00"),
        ("pension", "5000.01", "50.00"),
        ("pension", "5001", "50.01"),
        ("farmer", None, "0.20"),
        ("minimum", None, "0.20"),
    ],
)
def test_the_scale_of_dues(payer, base, amount):
    assert monthly_dues(payer, Decimal(base) if base else None, TODAY) == Decimal(amount)


@pytest.mark.parametrize("base", [None, Decimal("-0.01")])
def test_a_base_is_needed_where_a_rate_applies(base):
    with pytest.raises(ValueError):
        monthly_dues(Payer.WAGE, base, TODAY)


def test_the_scale_has_a_day_on_which_it_took_effect():
    assert scale_on(dt.date(2008, 4, 1)).since == dt.date(2008, 4, 1)
    with pytest.raises(LookupError):
        scale_on(dt.date(2008, 3, 31))


@pytest.mark.parametrize(
    ("months", "rung"), [(0, None), (1, 1), (2, 1), (3, 3), (4, 3), (5, 5), (6, 6), (7, 6), (30, 6)]
)
def test_the_ladder(months, rung):
    assert rung_of(months) == rung


@pytest.mark.parametrize(
    ("due", "inclusive", "strict"),
    [(0, 1, 1), (1, 1, 1), (2, 1, 2), (3, 2, 2), (16, 8, 9), (17, 9, 9), (33, 17, 17), (34, 17, 18)],
)
def test_half_or_more_must_be_there_to_decide(due, inclusive, strict):
    assert (decision_quorum(due), decision_quorum(due, inclusive=False)) == (inclusive, strict)


@pytest.mark.parametrize(
    ("due", "needed"), [(0, 1), (1, 1), (4, 4), (5, 4), (6, 5), (9, 8), (10, 8), (11, 9), (30, 24), (31, 25)]
)
def test_four_fifths_must_be_there_to_elect(due, needed):
    assert election_quorum(due) == needed


@pytest.mark.parametrize(
    ("votes", "due", "passed"),
    [(8, 16, False), (9, 16, True), (8, 17, False), (9, 17, True), (1, 1, True), (0, 0, False)],
)
def test_more_than_half_of_those_due_must_agree(votes, due, passed):
    assert passes(votes, due) is passed


@pytest.mark.parametrize(
    ("votes", "base", "expected"),
    [
        (
            12,
            Base.PRESENT,
            Elected(elected=False, disputed=False),
        ),  # half of those present is not more than half
        (13, Base.PRESENT, Elected(elected=True, disputed=True)),
        (13, Base.DUE, Elected(elected=False, disputed=True)),
        (15, Base.PRESENT, Elected(elected=True, disputed=True)),
        (15, Base.DUE, Elected(elected=False, disputed=True)),
        (16, Base.PRESENT, Elected(elected=True, disputed=False)),
        (16, Base.DUE, Elected(elected=True, disputed=False)),
    ],
)
def test_the_two_readings_of_the_election_rule(votes, base, expected):
    assert elects(votes, present=24, due=30, base=base) == expected


@pytest.mark.parametrize(("seats", "candidates"), [(1, 2), (3, 4), (4, 5), (5, 6), (6, 8), (7, 9)])
def test_a_fifth_more_candidates_than_seats(seats, candidates):
    assert candidates_needed(seats) == candidates


@pytest.mark.parametrize(
    ("due", "present", "met", "words"),
    [
        (17, 8, False, "有表决权的应到 17 人，实到 8 人，还差 1 人才能表决"),
        (17, 9, True, ""),
        (0, 0, False, "名单里没有一位有表决权的党员，不能表决"),
    ],
)
def test_the_sentence_of_the_quorum(due, present, met, words):
    quorum = Quorum(due=due, present=present, needed=decision_quorum(due))
    assert (quorum.is_met, quorum.why_not) == (met, words)


@pytest.mark.parametrize(
    ("full", "members", "committee", "units", "joint", "beginnings"),
    [
        (3, 3, 1, 1, False, []),
        (2, 2, 1, 1, False, ["正式党员 2 名，不足 3 名"]),
        (2, 2, 1, 5, True, []),
        (2, 2, 1, 6, True, ["联合党支部有 6 个网格"]),
        (6, 6, 2, 1, False, []),
        (6, 6, 3, 1, False, ["正式党员 6 名，不足 7 名"]),
        (7, 7, 2, 1, False, ["正式党员 7 名，应设支部委员会"]),
        (7, 7, 3, 1, False, []),
        (50, 50, 7, 1, False, []),
        (50, 51, 7, 1, False, ["党员 51 名"]),
        (50, 50, 8, 1, False, ["正式党员 50 名，应设支部委员会"]),
    ],
)
def test_advice_on_setting_up(full, members, committee, units, joint, beginnings):
    found = advise(full=full, members=members, committee=committee, units=units, is_joint=joint)
    assert [a.text[: len(b)] for a, b in zip(found, beginnings, strict=True)] == beginnings
    assert all("条例" in a.clause for a in found)


def test_a_committee_begins_with_seven():
    assert [needs_committee(n) for n in (6, 7)] == [False, True]


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (181, None),
        (180, 180),
        (91, 180),
        (90, 90),
        (31, 90),
        (30, 30),
        (0, 30),
        (-1, None),
    ],
)
def test_the_end_of_a_term_is_announced_three_times(days, stage):
    assert stage_reached(days) == stage


@pytest.mark.parametrize(
    ("since", "end"),
    [
        (dt.date(2022, 3, 1), dt.date(2027, 3, 1)),
        (dt.date(2024, 2, 29), dt.date(2029, 2, 28)),
    ],
)
def test_a_term_is_five_years(since, end):
    assert term_end(since) == end


def weekday(day):
    return day.weekday() < 5


@pytest.mark.parametrize(
    ("every", "count"), [(Every.MONTH, 12), (Every.QUARTER, 4), (Every.YEAR, 1), (Every.NEVER, 0)]
)
def test_a_year_has_as_many_slots_as_its_rule(every, count):
    assert len(list(slots(2026, every, month=1, day=10, is_workday=weekday))) == count


def test_slots_lie_in_their_periods():
    d = dt.date
    assert list(slots(2026, Every.QUARTER, month=2, day=31, is_workday=lambda day: True)) == [
        Slot(d(2026, 1, 1), d(2026, 3, 31), d(2026, 2, 28)),
        Slot(d(2026, 4, 1), d(2026, 6, 30), d(2026, 5, 31)),
        Slot(d(2026, 7, 1), d(2026, 9, 30), d(2026, 8, 31)),
        Slot(d(2026, 10, 1), d(2026, 12, 31), d(2026, 11, 30)),
    ]


@pytest.mark.parametrize(
    ("wanted", "free", "found"),
    [
        (10, [], 10),
        (10, [10, 11], 12),
        (30, [30], 29),  # nothing is left after it in the period, so the day before
        (29, [28, 29, 30], 27),
        (10, range(1, 31), 10),  # no working day at all
    ],
)
def test_a_day_off_is_avoided_within_the_period(wanted, free, found):
    first, last = dt.date(2026, 11, 1), dt.date(2026, 11, 30)
    day = working_day(first.replace(day=wanted), first, last, lambda day: day.day not in free)
    assert day == first.replace(day=found)


@pytest.mark.parametrize(
    ("every", "first", "last"),
    [
        (Every.MONTH, dt.date(2026, 11, 1), dt.date(2026, 11, 30)),
        (Every.QUARTER, dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
        (Every.YEAR, dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
    ],
)
def test_the_period_of_a_day(every, first, last):
    assert period_of(TODAY, every) == (first, last)
