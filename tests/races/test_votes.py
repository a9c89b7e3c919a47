"""One household one vote under forty parallel tries by web, telephone and paper; the naive count takes several."""

import datetime as dt

import pytest
from django.db.models import F
from django.utils import timezone

from branches.actions.polls import close_polls, open_poll, vote
from branches.errors import TopicRefused
from branches.models import Poll, PollVoter, TopicStatus
from grids.models import Household
from tests.makers import (
    make_building,
    make_dwelling,
    make_grid,
    make_household,
    make_person,
    make_topic,
    make_user,
    patch_now,
)
from tests.races.harness import kinds, run_together

pytestmark = pytest.mark.django_db(transaction=True)

TRIES = 40
WAYS = (("web", "yes"), ("phone", "no"), ("paper", ""), ("web", "abstain"))


def make_poll(homes=1):
    grid = make_grid()
    building = make_building(grid=grid)
    found = [make_household(make_person(), dwelling=make_dwelling(building=building)) for _n in range(homes)]
    return open_poll(make_topic(TopicStatus.DISCUSSING, grid=grid), question="装不装？"), found


def voting(poll, home, act, channel, choice, by):
    """Somebody of the household with the page open, or the desk with its paper in hand."""

    def worker():
        seen = Poll.objects.select_related("topic__grid").get(pk=poll.pk)
        household = Household.objects.get(pk=home.pk)
        return lambda: act(seen, household, channel=channel, choice=choice, by=by)

    return worker


def test_of_40_votes_of_one_household_one_is_counted_and_39_read_why():
    poll, (home,) = make_poll()
    desk = make_user()
    ways = [WAYS[index % len(WAYS)] for index in range(TRIES)]
    outcomes = run_together([voting(poll, home, vote, *way, desk) for way in ways])
    assert kinds(outcomes) == {None: 1, TopicRefused: TRIES - 1}
    assert all("一户一票，不能再投" in str(found) for found in outcomes if isinstance(found, TopicRefused))
    poll.refresh_from_db()
    voter = PollVoter.objects.get()
    assert sum(poll.totals.values()) == (0 if voter.channel == "paper" else 1)


def test_40_households_at_once_are_all_counted():
    poll, homes = make_poll(TRIES)
    desk = make_user()
    ways = [WAYS[index % len(WAYS)] for index in range(TRIES)]
    workers = [voting(poll, home, vote, *way, desk) for home, way in zip(homes, ways, strict=True)]
    assert kinds(run_together(workers)) == {None: TRIES}
    poll.refresh_from_db()
    assert (poll.totals, PollVoter.objects.count()) == ({"yes": 10, "no": 10, "abstain": 10}, TRIES)


def voting_naively(poll, home):
    """Look whether the household has voted, then count: who looked before the first vote was written may go on."""

    def worker():
        has_voted = PollVoter.objects.filter(topic=poll.topic_id, household=home).exists()

        def act():
            if has_voted:
                raise TopicRefused
            Poll.objects.filter(pk=poll.pk).update(yes=F("yes") + 1)
            voter = PollVoter(topic_id=poll.topic_id, household=home, channel="web")
            PollVoter.objects.bulk_create([voter], ignore_conflicts=True)

        return act

    return worker


def test_the_naive_vote_is_counted_several_times_in_the_same_harness():
    poll, (home,) = make_poll()
    run_together([voting_naively(poll, home) for _n in range(TRIES)])
    poll.refresh_from_db()
    assert poll.yes == TRIES


def test_no_vote_slips_in_behind_the_end():
    poll, homes = make_poll(20)
    workers = [voting(poll, home, vote, "web", "yes", None) for home in homes]
    with patch_now(poll.closes_at - dt.timedelta(microseconds=1)):
        Poll.objects.filter(pk=poll.pk).update(closes_at=timezone.now())
        outcomes = run_together([*workers, lambda: close_polls])
    poll.refresh_from_db()
    assert poll.closed_at is not None
    assert kinds(outcomes[:-1]) == {TopicRefused: 20}
    assert (poll.yes, PollVoter.objects.count()) == (0, 0)
