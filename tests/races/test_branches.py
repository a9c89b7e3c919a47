"""Two secretaries of one branch, two treasurers, forty at once: the database decides, the loser reads a sentence."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from branches.actions import (
    amend,
    announce,
    assess,
    decide,
    exclude,
    mark,
    mark_rest,
    plan_year,
    propose,
    receive,
    sign,
    write_minutes,
)
from branches.actions.elections import call_election, count_election, nominate, seat
from branches.actions.membership import check_in, move_transfer, open_transfer
from branches.errors import DuesRefused, MeetingRefused, RegisterRefused, VoteRefused
from branches.models import (
    Attendance,
    CheckIn,
    DuesMonth,
    DuesPayment,
    Election,
    Meeting,
    MembershipTransfer,
    Minutes,
    Motion,
    PartyMember,
    Post,
)
from reminders.models import Reminder
from tests.branches.life import make_life_branch, make_meeting, members_of
from tests.makers import make_member, make_user
from tests.races.harness import kinds, run_together

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 40


def reading(queryset, pk, act):
    """A worker that fetches a row as a request would and then acts on it."""

    def worker():
        row = queryset.get(pk=pk)
        return lambda: act(row)

    return worker


def meetings():
    return Meeting.objects.with_related()


def test_forty_signatures_lock_the_record_once():
    meeting = make_meeting("minuted")
    user = meeting.branch.posts.get().member.person.user
    workers = [reading(meetings(), meeting.pk, lambda m: sign(m, by=user)) for _one in range(MANY)]
    outcomes = run_together(workers)
    assert kinds(outcomes) == {None: 1, MeetingRefused: MANY - 1}
    assert meeting.events.filter(new_status="signed").count() == 1
    assert meeting.minutes.get().locked_at is not None


def test_signing_and_writing_at_once_never_changes_what_was_signed():
    meeting = make_meeting("minuted")
    user = meeting.branch.posts.get().member.person.user
    writers = [
        reading(meetings(), meeting.pk, lambda m, n=n: write_minutes(m, by=user, agenda=f"第 {n} 稿"))
        for n in range(MANY // 2)
    ]
    signer = reading(meetings(), meeting.pk, lambda m: sign(m, by=user))
    outcomes = run_together([*writers, signer])
    assert set(kinds(outcomes)) <= {None, MeetingRefused}
    minutes = Minutes.objects.get(meeting=meeting)
    assert minutes.written_at <= minutes.locked_at


def test_forty_notices_invite_everybody_once():
    meeting = make_meeting()
    user = make_user()
    outcomes = run_together(
        [reading(meetings(), meeting.pk, lambda m: announce(m, by=user)) for _one in range(MANY)]
    )
    assert kinds(outcomes) == {None: 1, MeetingRefused: MANY - 1}
    assert Reminder.objects.filter(kind="invitation").count() == meeting.attendances.count() == 10


def test_forty_counts_of_one_motion_leave_one_result():
    meeting = make_meeting("held")
    mark_rest(meeting, "present")
    motion = propose(meeting, text="甲")
    motions = Motion.objects.select_related("meeting__branch")
    workers = [
        reading(motions, motion.pk, lambda m, n=n: decide(m, votes_for=n % 10, votes_against=0, abstained=0))
        for n in range(MANY)
    ]
    assert kinds(run_together(workers)) == {None: 1, VoteRefused: MANY - 1}


def test_forty_motions_get_forty_numbers():
    meeting = make_meeting("held")
    workers = [reading(meetings(), meeting.pk, lambda m: propose(m, text="甲")) for _one in range(MANY)]
    assert kinds(run_together(workers)) == {None: MANY}
    numbers = sorted(meeting.motions.values_list("number", flat=True))
    assert numbers == list(range(1, MANY + 1))


def test_taps_on_one_name_leave_one_row_and_a_legal_one():
    meeting = make_meeting("held")
    member = members_of(meeting)[0]
    acts = [
        lambda m: mark(m, member, "present"),
        lambda m: mark(m, member, "leave", reason="住院"),
        lambda m: mark(m, member, "absent"),
        lambda m: exclude(m, member, "abroad", approved_by="街道党工委"),
    ]
    workers = [reading(meetings(), meeting.pk, acts[n % 4]) for n in range(MANY)]
    assert kinds(run_together(workers)) == {None: MANY}
    assert Attendance.objects.filter(meeting=meeting, member=member).count() == 1


def test_forty_amendments_are_forty_versions_or_refusals():
    meeting = make_meeting("signed")
    user = meeting.branch.posts.get().member.person.user
    workers = [
        reading(meetings(), meeting.pk, lambda m, n=n: amend(m, by=user, why="笔误", agenda=f"第 {n} 稿"))
        for n in range(MANY)
    ]
    found = kinds(run_together(workers))
    assert set(found) <= {None, MeetingRefused}
    versions = sorted(meeting.minutes.values_list("version", flat=True))
    assert versions == list(range(1, found[None] + 2))


def test_planning_a_year_in_forty_places_plans_it_once():
    community = make_life_branch(full=7, groups=1).community
    year = timezone.localdate().year
    run_together([lambda: lambda: plan_year(community, year) for _one in range(MANY // 4)])
    assert Meeting.objects.count() == 47


def owing(months):
    member = make_member()
    assess(member, basis="wage", base=Decimal(4000), since=dt.date(2026, 1, 1))
    for month in range(1, months + 1):
        DuesMonth.objects.create(member=member, month=dt.date(2026, month, 1), amount=Decimal(40))
    return member


def test_forty_treasurers_take_each_month_once_and_number_without_gaps():
    member, user = owing(10), make_user()
    members = PartyMember.objects.select_related("branch")
    workers = [reading(members, member.pk, lambda m: receive(m, months=1, by=user)) for _one in range(MANY)]
    found = kinds(run_together(workers))
    assert set(found) <= {None, DuesRefused}
    payments = DuesPayment.objects.order_by("number")
    assert payments.count() == found[None]
    assert [payment.months.count() for payment in payments] == [1] * found[None]
    serials = [int(payment.number.rpartition("-")[2]) for payment in payments]
    assert serials == list(range(1, found[None] + 1))
    paid = DuesMonth.objects.filter(member=member, payment__isnull=False).order_by("month")
    assert len({row.month for row in paid}) == found[None]


def test_forty_counts_of_one_election_leave_one_result():
    meeting = make_meeting("held")
    mark_rest(meeting, "present")
    election = call_election(meeting, post="secretary", seats=1)
    candidate = nominate(election, PartyMember.objects.voting().filter(branch=meeting.branch).last())
    elections = Election.objects.select_related("meeting__branch")

    def counting(votes):
        ballots = {"issued": 9, "returned": 9, "void": 0}
        return reading(
            elections, election.pk, lambda e: count_election(e, votes={candidate.pk: votes}, **ballots)
        )

    outcomes = run_together([counting(n % 10) for n in range(MANY)])
    assert kinds(outcomes) == {None: 1, VoteRefused: MANY - 1}
    candidate.refresh_from_db()
    assert (candidate.outcome == "elected") == (candidate.votes >= 5)


def test_two_secretaries_seat_the_elected_once():
    meeting = make_meeting("held")
    mark_rest(meeting, "present")
    election = call_election(meeting, post="secretary", seats=1)
    candidate = nominate(election, PartyMember.objects.voting().filter(branch=meeting.branch).last())
    count_election(election, issued=9, returned=9, void=0, votes={candidate.pk: 9})
    elections = Election.objects.select_related("meeting__branch")
    since = timezone.localdate()
    workers = [
        reading(elections, election.pk, lambda e: seat(e, since=since, approved_by="街道党工委"))
        for _one in range(MANY)
    ]
    outcomes = run_together(workers)
    assert kinds(outcomes) == {None: 1, VoteRefused: MANY - 1}
    posts = Post.objects.filter(branch=meeting.branch, kind="secretary")
    assert (posts.count(), posts.get(ended_on=None).member_id) == (2, candidate.member_id)


def test_a_naive_count_lets_several_win():
    meeting = make_meeting("held")
    election = call_election(meeting, post="secretary", seats=1)

    def worker():
        row = Election.objects.get(pk=election.pk)
        return lambda: _count_naively(row)

    outcomes = run_together([worker for _one in range(MANY)])
    assert kinds(outcomes)[None] > 1


def _count_naively(row):
    if row.status != "open":
        raise VoteRefused("read before, written after")
    numbers = {"due": 9, "present": 9, "issued": 9, "returned": 9, "void": 0, "base": "present"}
    Election.objects.filter(pk=row.pk).update(status="counted", counted_at=timezone.now(), **numbers)


def test_forty_receipts_of_one_letter_move_the_member_once():
    member = make_member(entered_on=timezone.localdate() - dt.timedelta(days=900))
    other, desk = make_life_branch(), make_user()
    letter = open_transfer(member.person, by=desk, from_branch=member.branch, to_branch=other)
    for step in ("issued", "in_transit"):
        move_transfer(letter, step, by=desk, letter="烟蓬 1")
    letters = MembershipTransfer.objects.select_related("person", "from_branch", "to_branch")
    workers = [
        reading(letters, letter.pk, lambda row: move_transfer(row, "received", by=desk))
        for _one in range(MANY)
    ]
    outcomes = run_together(workers)
    assert kinds(outcomes) == {None: 1, RegisterRefused: MANY - 1}
    assert PartyMember.objects.current().get(person=member.person).branch == other


def test_forty_check_ins_have_forty_numbers_in_a_row():
    branch = make_life_branch()
    members = [make_member(branch=branch, kind="serving") for _one in range(MANY)]

    def worker(member):
        return lambda: lambda: check_in(branch.community, member=member, unit_name="某中学")

    assert kinds(run_together([worker(member) for member in members])) == {None: MANY}
    assert sorted(CheckIn.objects.values_list("number", flat=True)) == list(range(1, MANY + 1))
