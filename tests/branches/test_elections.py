"""Elections: who is elected at every boundary, what is refused, and the posts that follow in one step."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from branches.actions import mark, mark_rest, not_held_after_all, propose
from branches.actions.elections import (
    call_election,
    count_election,
    drop_candidate,
    move_election,
    nominate,
    seat,
    vote_again,
    withdraw_election,
)
from branches.errors import MeetingRefused, PostRefused, VoteRefused
from branches.models import (
    NEXT_ELECTION,
    Candidate,
    Election,
    ElectionStatus,
    PartyMember,
    Post,
    VotingRules,
)
from branches.rules.elections import tally, votes_needed
from people.models import Role, User
from tests.branches.life import bring, make_life_branch, make_meeting
from tests.makers import make_branch, make_member, make_post, make_user

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)


# --- the rule ----------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("votes", "seats", "elected", "tied", "left"),
    [
        # ten there of ten due: six are more than half, five are not
        ([6], 1, {0}, set(), 0),
        ([5], 1, set(), set(), 1),
        ([6, 4], 1, {0}, set(), 0),
        ([5, 5], 1, set(), set(), 1),
        ([9, 8, 7, 6], 3, {0, 1, 2}, set(), 0),
        ([6, 7, 8, 9], 3, {1, 2, 3}, set(), 0),
        ([9, 8, 7, 7], 3, {0, 1}, {2, 3}, 1),
        ([8, 8, 8, 8], 3, set(), {0, 1, 2, 3}, 3),
        ([9, 7, 7, 7, 6], 3, {0}, {1, 2, 3}, 2),
        ([9, 8, 5, 5], 3, {0, 1}, set(), 1),
        ([9, 9, 6], 3, {0, 1, 2}, set(), 0),
        ([0, 0, 0, 0], 3, set(), set(), 3),
        ([7, 7, 5], 2, {0, 1}, set(), 0),
    ],
)
def test_whom_the_votes_elect(votes, seats, elected, tied, left):
    found = tally(votes, seats=seats, present=10, due=10)
    assert (found.elected, found.tied, found.open_seats, found.disputed) == (elected, tied, left, False)


@pytest.mark.once
@pytest.mark.parametrize(
    ("base", "present", "due", "needed"),
    [
        ("present", 8, 10, 5),
        ("due", 8, 10, 6),
        ("present", 9, 10, 5),
        ("due", 9, 11, 6),
        ("present", 1, 1, 1),
        ("present", 10, 10, 6),
        ("due", 10, 10, 6),
    ],
)
def test_more_than_half_of_either_base(base, present, due, needed):
    assert votes_needed(base=base, present=present, due=due) == needed


@pytest.mark.once
@pytest.mark.parametrize(
    ("votes", "by_present", "by_due", "disputed"),
    [([5, 3], {0}, set(), True), ([6, 2], {0}, {0}, False), ([4, 4], set(), set(), False)],
)
def test_the_two_readings_are_compared(votes, by_present, by_due, disputed):
    numbers = {"seats": 1, "present": 8, "due": 10}
    first, second = (tally(votes, base=base, **numbers) for base in ("present", "due"))
    assert (first.elected, second.elected) == (by_present, by_due)
    assert (first.disputed, second.disputed) == (disputed, disputed)


# --- a meeting that elects ---------------------------------------------------------------------------------


def electing(*, full=10, here=None, **fields):
    """A held members' meeting of a branch with so many voters, `here` of them present (all, unless it says)."""
    branch = make_life_branch(full=full, probationary=1)
    meeting = make_meeting("held", branch=branch, **fields)
    voters = list(meeting.attendances.filter(votes=True).order_by("pk"))
    for row in voters[: len(voters) if here is None else here]:
        mark(meeting, row.member_id, "present")
    mark_rest(meeting, "absent")
    return meeting


def called(meeting, *, post="member", seats=3, candidates=4):
    """An election of the meeting with so many candidates; returns it and their rows."""
    election = call_election(meeting, post=post, seats=seats)
    members = PartyMember.objects.voting().filter(branch=meeting.branch).order_by("-pk")[:candidates]
    return election, [nominate(election, member) for member in members]


def count(election, rows, votes, *, issued=10, returned=10, void=0):
    numbers = {row.pk: n for row, n in zip(rows, votes, strict=True)}
    return count_election(election, issued=issued, returned=returned, void=void, votes=numbers)


@pytest.mark.parametrize(
    ("full", "here", "enough"),
    [(10, 8, True), (10, 7, False), (5, 4, True), (5, 3, False), (9, 8, True), (9, 7, False)],
)
def test_four_fifths_of_those_due_must_be_there(full, here, enough):
    election, rows = called(electing(full=full, here=here), post="secretary", seats=1, candidates=1)
    ballots = {"issued": here, "returned": here}
    if enough:
        assert count(election, rows, [here], **ballots).elected == {0}
    else:
        with pytest.raises(VoteRefused, match="还差"):
            count(election, rows, [here], **ballots)


@pytest.mark.parametrize(
    ("seats", "candidates", "enough"),
    [(3, 4, True), (3, 3, False), (5, 6, True), (5, 5, False), (7, 9, True), (7, 8, False)],
)
def test_a_committee_is_chosen_among_a_fifth_more(seats, candidates, enough):
    election, rows = called(electing(), seats=seats, candidates=candidates)
    if enough:
        count(election, rows, [9] * seats + [0] * (candidates - seats))
        assert election.candidates.filter(outcome="elected").count() == seats
    else:
        with pytest.raises(VoteRefused, match="候选人至少"):
            count(election, rows, [9] * candidates)


def test_somebody_written_in_can_win_and_is_no_candidate_of_the_list():
    election, rows = called(electing(), seats=3, candidates=3)
    other = PartyMember.objects.voting().exclude(candidacies__election=election).first()
    rows.append(nominate(election, other, written_in=True))
    with pytest.raises(VoteRefused, match="候选人至少 4 名，现在 3 名"):
        count(election, rows, [9, 9, 3, 6])
    nominate(election, PartyMember.objects.voting().exclude(candidacies__election=election).first())
    rows = list(election.candidates.order_by("pk"))
    count(election, rows, [9, 9, 3, 6, 0])
    assert Candidate.objects.get(pk=rows[3].pk).outcome == "elected"


@pytest.mark.parametrize(
    ("ballots", "votes", "words"),
    [
        ({"issued": 11}, [9, 8, 7, 3], "不能多于实到"),
        ({"issued": 9, "returned": 10}, [8, 8, 7, 3], "选举无效"),
        ({"void": 11}, [0, 0, 0, 0], "废票"),
        ({"void": 2}, [9, 8, 7, 3], "有效票 8 张"),
        ({}, [11, 0, 0, 0], "有效票 10 张"),
        ({}, [10, 10, 10, 1], "合计最多 30 票"),
        ({"returned": 9}, [9, 9, 9, 1], "合计最多 27 票"),
    ],
)
def test_ballots_that_cannot_be_are_refused_and_nothing_is_written(ballots, votes, words):
    election, rows = called(electing())
    with pytest.raises(VoteRefused, match=words):
        count(election, rows, votes, **ballots)
    election.refresh_from_db()
    assert (election.status, election.issued) == ("open", None)


@pytest.mark.parametrize(("votes", "ballots"), [([10, 10, 10, 0], {}), ([8, 8, 8, 3], {"void": 1})])
def test_ballots_that_just_fit_are_counted(votes, ballots):
    election, rows = called(electing())
    count(election, rows, votes, **ballots)
    assert election.candidates.filter(outcome="elected").count() == 3


@pytest.mark.parametrize(("base", "outcome"), [("present", "elected"), ("due", "not")])
def test_the_communitys_base_decides_and_the_other_reading_is_warned_of(base, outcome):
    meeting = electing(here=8)
    VotingRules.objects.update_or_create(community=meeting.branch.community, defaults={"election_base": base})
    election, rows = called(meeting, post="secretary", seats=1, candidates=1)
    count(election, rows, [5], issued=8, returned=8)
    election.refresh_from_db()
    assert (election.candidates.get().outcome, election.disputed, election.base) == (outcome, True, base)


@pytest.mark.parametrize("old", ElectionStatus)
def test_exactly_the_arrows_of_the_table(old):
    meeting = electing()
    values = {"due": 10, "present": 10, "issued": 10, "returned": 10, "void": 0, "base": "present"}
    values |= {"counted_at": timezone.now()}
    for number, new in enumerate(ElectionStatus):
        election = Election.objects.create(meeting=meeting, post="member", seats=3, round=number + 1)
        if old != "open":
            move_election(election, "counted", **values)
        if old == "seated":
            move_election(election, "seated", seated_on=TODAY)
        if new in NEXT_ELECTION[old]:
            move_election(election, new, **(values if new == "counted" else {"seated_on": TODAY}))
            assert election.status == new
        else:
            with pytest.raises(VoteRefused):
                move_election(election, new)


def test_ties_stand_again_and_the_seats_of_all_rounds_are_taken_together():
    meeting = electing()
    election, rows = called(meeting)
    count(election, rows, [9, 8, 6, 6])
    assert [each.outcome for each in election.candidates.order_by("pk")] == [
        "elected", "elected", "tied", "tied",
    ]  # fmt: skip
    second = vote_again(election)
    assert (second.round, second.seats) == (2, 1)
    assert {each.member_id for each in second.candidates.all()} == {rows[2].member_id, rows[3].member_id}
    with pytest.raises(VoteRefused, match="下一轮"):
        vote_again(election)
    with pytest.raises(VoteRefused, match="还有一轮"):
        seat(election, since=TODAY)
    count(second, list(second.candidates.order_by("pk")), [7, 3])
    with pytest.raises(VoteRefused, match="选满"):
        vote_again(second)
    made = seat(second, since=TODAY, duties={rows[0].member_id: "organisation"})
    assert [post.kind for post in made] == ["organisation", "member", "member"]
    assert set(Election.objects.values_list("status", flat=True)) == {"seated"}


def test_a_shortfall_is_voted_on_again_or_left_open():
    election, rows = called(electing())
    count(election, rows, [9, 8, 5, 4])
    again = vote_again(election)
    assert (again.seats, again.candidates.count()) == (1, 2)
    withdraw_election(again)
    assert len(seat(election, since=TODAY)) == 2


def test_the_elected_take_their_posts_and_the_former_leave_in_one_step():
    meeting = electing()
    branch, desk = meeting.branch, make_user(Role.STAFF)
    former = Post.objects.get(branch=branch, kind="secretary")
    account = former.member.person.user
    election, rows = called(meeting, post="secretary", seats=1, candidates=1)
    winner = rows[0].member
    heir = make_user(Role.NONE, person=winner.person)
    count(election, rows, [9])
    for since, approved in ((TODAY, ""), (meeting.on - DAY, "街道党工委")):
        with pytest.raises(VoteRefused):
            seat(election, since=since, approved_by=approved)
    (post,) = seat(election, since=TODAY, approved_by="街道党工委")
    former.refresh_from_db()
    assert (former.ended_on, post.member, post.since) == (TODAY, winner, TODAY)
    assert post.ends_on == TODAY.replace(year=TODAY.year + 5)
    assert Post.objects.current().get(branch=branch, kind="secretary") == post
    assert User.objects.get(pk=heir.pk).role == Role.GRID
    assert not User.objects.get(pk=account.pk).may("enter_admin")
    with pytest.raises(VoteRefused, match="已经有结果"):
        seat(election, since=TODAY, approved_by="街道党工委")
    assert desk.pk


def test_who_is_elected_again_begins_a_new_term():
    meeting = electing()
    member = Post.objects.get(branch=meeting.branch).member
    election = call_election(meeting, post="secretary", seats=1)
    rows = [nominate(election, member)]
    count(election, rows, [10])
    seat(election, since=TODAY, approved_by="街道党工委")
    assert Post.objects.filter(member=member, kind="secretary").count() == 2
    assert Post.objects.current().filter(member=member, kind="secretary").count() == 1
    assert User.objects.get(person=member.person).role == Role.GRID


def test_a_refused_post_leaves_everything_as_it_was():
    meeting = electing()
    election, rows = called(meeting)
    count(election, rows, [9, 9, 9, 0])
    old = make_post("publicity", member=rows[3].member)
    with pytest.raises(PostRefused, match="分工"):
        seat(election, since=TODAY, duties={rows[0].member_id: "secretary"})
    election.refresh_from_db()
    old.refresh_from_db()
    assert (election.status, old.ended_on) == ("counted", None)


def test_where_and_by_whom_posts_are_elected():
    members, talks = electing(), make_meeting("held", kind="heart_talk")
    committee = make_meeting("held", kind="committee_meeting", branch=members.branch)
    temporary = make_meeting("held", branch=make_branch(kind="temporary"), by=make_user())
    for meeting, post, seats in (
        (talks, "secretary", 1),
        (committee, "member", 3),
        (temporary, "secretary", 1),
        (members, "secretary", 2),
        (members, "member", 8),
        (members, "member", 0),
    ):
        with pytest.raises(VoteRefused):
            call_election(meeting, post=post, seats=seats)
    election = call_election(committee, post="deputy", seats=1)
    with pytest.raises(VoteRefused, match="支委"):
        nominate(election, PartyMember.objects.voting().filter(branch=members.branch).last())
    nominate(election, Post.objects.get(branch=members.branch).member)
    with pytest.raises(VoteRefused, match="已经有这项"):
        call_election(committee, post="deputy", seats=1)


def test_only_voting_members_of_the_branch_stand_once():
    election = call_election(electing(), post="member", seats=3)
    branch = election.meeting.branch
    probationary = branch.members.filter(kind="probationary").get()
    suspended = make_member(branch=branch, may_vote=False)
    for member in (probationary, suspended, make_member()):
        with pytest.raises(VoteRefused):
            nominate(election, member)
    row = nominate(election, branch.members.filter(kind="full").first())
    with pytest.raises(VoteRefused, match="已经是"):
        nominate(election, row.member)
    drop_candidate(row)
    assert election.candidates.count() == 0


def test_what_was_counted_stays():
    meeting = electing()
    election, rows = called(meeting)
    count(election, rows, [9, 9, 9, 0])
    election = Election.objects.get(pk=election.pk)
    refused = [
        lambda: count(election, rows, [9, 9, 9, 0]),
        lambda: withdraw_election(election),
        lambda: drop_candidate(Candidate.objects.get(pk=rows[0].pk)),
        lambda: nominate(election, make_member(branch=meeting.branch)),
    ]
    for each in refused:
        with pytest.raises(VoteRefused):
            each()
    with pytest.raises(MeetingRefused, match="选举结果"):
        not_held_after_all(meeting, by=make_user())


def test_what_must_never_be_is_refused_by_the_database():
    meeting = electing()
    election, rows = called(meeting)
    opened = call_election(meeting, post="secretary", seats=1)
    count(election, rows, [9, 9, 9, 0])
    counted, fresh = Election.objects.filter(pk=election.pk), Election.objects.filter(pk=opened.pk)
    candidate = Candidate.objects.filter(pk=rows[0].pk)
    refused = [
        lambda: counted.update(returned=11, void=0),
        lambda: counted.update(issued=11),
        lambda: counted.update(void=11),
        lambda: counted.update(present=11),
        lambda: counted.update(due=13),
        lambda: counted.update(issued=None),
        lambda: counted.update(status="open"),
        lambda: counted.update(status="seated"),
        lambda: counted.update(seats=0),
        lambda: counted.update(seats=8),
        lambda: fresh.update(seats=2),
        lambda: fresh.update(issued=3),
        lambda: fresh.update(post="organisation"),
        lambda: fresh.update(status="lost"),
        lambda: candidate.update(votes=11),
        lambda: candidate.update(outcome="maybe"),
        lambda: candidate.update(votes=None),
        lambda: Election.objects.create(meeting=meeting, post="member", seats=3),
        lambda: Candidate.objects.create(election=election, member=rows[0].member),
    ]
    for each in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            each()
    counted.update(due=12)  # ten of twelve are just enough


# --- the page ----------------------------------------------------------------------------------------------


def test_an_election_from_candidates_to_posts_on_the_staff_page(client):
    meeting = electing()
    client.force_login(make_user(Role.STAFF))
    address = f"/staff/branches/meetings/{meeting.pk}/"

    def post(**data):
        return client.post(address, data)

    post(do="elect", post="member", seats="3")
    election = Election.objects.get()
    voters = list(PartyMember.objects.voting().filter(branch=meeting.branch).order_by("pk")[:4])
    for member in voters[:3]:
        assert post(do="nominate", key=election.pk, member=member.pk).status_code == 302
    assert "候选人至少 4 名，现在 3 名" in client.get(address).content.decode()
    post(do="nominate", key=election.pk, member=voters[3].pk)
    rows = list(election.candidates.order_by("pk"))
    votes = {f"votes_{row.pk}": n for row, n in zip(rows, [9, 8, 7, 2], strict=True)}
    ballots = {"do": "count", "key": election.pk, "issued": "10", "void": "0", **votes}
    refused = post(**ballots, returned="11")
    assert (refused.status_code, "选举无效" in refused.content.decode()) == (409, True)
    assert post(**ballots, returned="10").status_code == 302
    body = client.get(address).content.decode()
    assert "发出 10 张，收回 10 张，废票 0 张，有效 10 张" in body
    duties = {f"duty_{rows[0].member_id}": "organisation", f"duty_{rows[1].member_id}": "publicity"}
    duties |= {f"duty_{rows[2].member_id}": "discipline"}
    assert post(do="seat", key=election.pk, since=TODAY.isoformat(), **duties).status_code == 302
    held = Post.objects.current().filter(branch=meeting.branch).exclude(kind="secretary")
    assert set(held.values_list("member", "kind")) == {
        (rows[0].member_id, "organisation"), (rows[1].member_id, "publicity"), (rows[2].member_id, "discipline"),
    }  # fmt: skip


def test_the_page_asks_no_more_for_many_candidates(client, django_assert_max_num_queries):
    meeting = electing(full=9)
    client.force_login(make_user(Role.STAFF))
    election, counted = called(meeting, candidates=1)[0], []
    for more in (0, 7):
        for member in PartyMember.objects.voting().exclude(candidacies__election=election)[:more]:
            nominate(election, member)
        with django_assert_max_num_queries(12) as queries:
            assert client.get(f"/staff/branches/meetings/{meeting.pk}/").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]


@pytest.mark.parametrize("kind", ["members_meeting", "committee_meeting"])
@pytest.mark.parametrize("status", ["planned", "announced", "held", "minuted", "signed"])
def test_the_page_of_a_meeting_that_elects_stays_within_twelve_queries(
    client, django_assert_max_num_queries, kind, status
):
    branch = make_life_branch(full=7)
    secretary = branch.secretary
    make_meeting("signed", branch=branch, kind=kind)
    meeting = make_meeting(branch=branch, kind=kind)
    propose(meeting, text="买投影仪")
    for post, seats in (("secretary", 1), ("deputy", 2)):
        nominate(call_election(meeting, post=post, seats=seats), secretary.person.memberships.get())
    bring(meeting, status, by=secretary)
    doors = {
        secretary: f"/admin/branches/meeting/{meeting.pk}/change/",
        make_user(Role.STAFF): f"/staff/branches/meetings/{meeting.pk}/",
    }
    for user, address in doors.items():
        client.force_login(user)
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200


def test_elections_of_another_meeting_cannot_be_reached(client):
    meeting, other = electing(), electing()
    election, rows = called(other)
    client.force_login(Post.objects.get(branch=meeting.branch).member.person.user)
    address = f"/admin/branches/meeting/{meeting.pk}/do/"
    assert client.post(address, {"do": f"unelect:{election.pk}"}).status_code == 404
    assert client.post(address, {"do": f"unnominate:{rows[0].pk}"}).status_code == 404
    count_form = {"do": "count", "key": election.pk, "issued": 1, "returned": 1, "void": 0}
    assert client.post(address, count_form).status_code == 409
    election.refresh_from_db()
    assert (election.status, election.candidates.count()) == ("open", 4)
