"""The public pages of topics: reading, raising, seconding, voting, commenting, rating; nobody's choice is shown."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from branches.actions.polls import open_poll, vote
from branches.actions.topics import answer_topic, publish_outcome
from branches.homes import paper_code
from branches.models import PollVoter, Topic, TopicComment, TopicRating, TopicStatus
from branches.topic_links import home_path
from people.actions import withdraw_consent
from people.models import Consent
from tests.makers import (
    make_building,
    make_community,
    make_dwelling,
    make_grid,
    make_household,
    make_person,
    make_topic,
    patch_now,
)
from tests.public.helpers import make_public_community

pytestmark = pytest.mark.django_db
_S = TopicStatus


@pytest.fixture
def grid():
    make_public_community()
    return make_grid(7)


@pytest.fixture
def homes(grid):
    building = make_building(grid=grid)
    return [make_household(make_person(), dwelling=make_dwelling(building=building)) for _n in range(6)]


def text_of(response):
    return response.content.decode()


def proof_of(home, **changes):
    dwelling = home.dwelling
    values = {
        "building": dwelling.building_id,
        "door": dwelling.door,
        "proof": home.residencies.get().person.phone,
    }
    return values | changes


def raised(building, **changes):
    values = {
        "text": "3 号楼门口装充电棚",
        "building": building.pk,
        "name": "王淑兰",
        "phone": "138 0000 0617",
        "may_publish": "on",
        "submission_key": "a-page-of-the-tests",
    }
    return values | changes


def test_a_topic_is_raised_and_its_page_names_nobody(client, grid, homes):
    building = homes[0].dwelling.building
    response = client.post("/topics/new/", raised(building))
    topic = Topic.objects.get()
    assert (response.status_code, response["Location"]) == (302, home_path(topic))
    assert re.fullmatch(r"/topics/home/\d+-0\.[\w-]+/", response["Location"])
    for page in (
        client.get(response["Location"]),
        client.get("/topics/"),
        client.get(f"/topics/{topic.pk}/"),
    ):
        assert "3 号楼门口装充电棚" in text_of(page)
        assert "王淑兰" not in text_of(page)


def test_words_without_consent_are_not_shown_before_the_branch_gives_a_title(client, grid, homes):
    client.post("/topics/new/", raised(homes[0].dwelling.building, may_publish=""))
    topic = Topic.objects.get()
    assert "充电棚" not in text_of(client.get("/topics/"))
    assert client.get(f"/topics/{topic.pk}/").status_code == 404
    assert client.get(f"/topics/{topic.pk}/join/").status_code == 404
    topic = make_topic(_S.ACCEPTED, grid=grid, may_publish=False, text="老张家的事")
    assert "老张家的事" not in text_of(client.get(f"/topics/{topic.pk}/")).replace(topic.title, "")


def test_mistakes_are_named_where_they_are(client, grid):
    page = text_of(client.post("/topics/new/", {"text": "", "phone": "138"}))
    assert page.count('class="err-msg"') == 4
    assert Topic.objects.count() == 0


def test_a_household_seconds_with_its_door_and_telephone(client, grid, homes):
    topic = make_topic(grid=grid)
    address = f"/topics/{topic.pk}/join/"
    page = client.post(address, proof_of(homes[0]), follow=True)
    assert "附议记下了" in text_of(page)
    assert "1 户，满 5 户" in text_of(page)
    assert "一户一次" in text_of(client.post(address, proof_of(homes[0])))
    assert "对不上" in text_of(client.post(address, proof_of(homes[1], proof="13800009999")))
    assert topic.seconds.count() == 1


def test_a_vote_by_the_code_on_paper_is_one_tap_after_the_door(client, grid, homes):
    topic = make_topic(_S.DISCUSSING, grid=grid)
    open_poll(topic, question="装不装充电棚？")
    answer = client.post(f"/topics/{topic.pk}/join/", proof_of(homes[0], proof=paper_code(topic, homes[0])))
    link = home_path(topic, homes[0])
    assert answer["Location"] == link
    assert client.get(link).status_code == 200
    assert PollVoter.objects.count() == 0
    page = text_of(client.post(link, {"choice": "no"}, follow=True))
    assert "您家的一票投好了" in page
    assert "您家已经投过票了（网页，今天）" in page
    topic.poll.refresh_from_db()
    assert (topic.poll.no, PollVoter.objects.get().household) == (1, homes[0])
    assert "一户一票，不能再投" in text_of(client.post(link, {"choice": "yes"}))


def test_nobody_sees_votes_while_the_poll_runs(client, grid, homes):
    topic = make_topic(_S.DISCUSSING, grid=grid)
    poll = open_poll(topic, question="装不装充电棚？")
    for home in homes:
        vote(poll, home, channel="web", choice="yes")
    page = text_of(client.get(f"/topics/{topic.pk}/"))
    assert "6 户投了票" in page
    assert "同意 6" not in page


@pytest.mark.parametrize(("votes", "shown"), [(4, False), (5, True)])
def test_few_votes_are_told_without_their_numbers(client, grid, homes, votes, shown):
    topic = make_topic(_S.DECIDING, grid=grid, homes=homes[:votes])
    page = text_of(client.get(f"/topics/{topic.pk}/"))
    assert "通过了" in page
    assert (f"同意 {votes}" in page) == shown


def test_the_six_steps_say_what_was_walked_and_nothing_else(client, grid, homes):
    topic = make_topic(_S.ACCEPTED, grid=grid, may_publish=True)
    page = text_of(client.get(f"/topics/{topic.pk}/"))
    assert (page.count("过了"), page.count('class="todo"'), page.count('aria-current="step"')) == (1, 4, 1)
    answer_topic(topic, reason="归供电公司管")
    page = text_of(client.get(f"/topics/{topic.pk}/"))
    assert ("过了" in page, 'class="tl' in page, "归供电公司管" in page) == (False, False, True)


def test_a_comment_on_the_outcome_within_its_seven_days(client, grid, homes):
    topic = make_topic(_S.DECIDING, grid=grid, homes=homes)
    publish_outcome(topic, outcome="装两个", dissent="3 户嫌吵")
    address = f"/topics/{topic.pk}/"
    page = text_of(client.get(address))
    for words in ("装两个", "3 户嫌吵", "对结果有意见？"):
        assert words in page
    sent = {"text": "太近了", "name": "李四", "phone": "13800000618", "submission_key": "c"}
    assert "公示期内答复您" in text_of(client.post(address, sent, follow=True))
    client.post(address, sent)
    assert TopicComment.objects.get().text == "太近了"
    page = text_of(client.get(address))
    assert "收到意见 1 条，答复了 0 条" in page
    assert "太近了" not in page
    with patch_now(timezone.now() + dt.timedelta(days=8)):
        assert "对结果有意见？" not in text_of(client.get(address))


def test_proposer_and_voters_rate_with_one_tap(client, grid, homes):
    topic = make_topic(_S.EVALUATING, grid=grid, homes=homes[:2])
    for link, score in ((home_path(topic), "5"), (home_path(topic, homes[0]), "2")):
        assert "办得怎么样？" in text_of(client.get(link))
        assert "谢谢您的评价" in text_of(client.post(link, {"score": score}, follow=True))
    assert "办得怎么样？" not in text_of(client.get(home_path(topic, homes[5])))
    assert "参加过表决的户才评" in text_of(client.post(home_path(topic, homes[5]), {"score": "5"}))
    assert set(TopicRating.objects.values_list("household", "score")) == {(None, 5), (homes[0].pk, 2)}


def test_changed_links_and_other_communities_lead_nowhere(client, grid, homes):
    topic = make_topic(grid=grid)
    assert client.get(home_path(topic).replace("-0.", f"-{homes[0].pk}.")).status_code == 410
    make_community(code="370614001015", host="other.example")
    foreign = make_topic(grid=make_grid(community=make_community(code="370614001015")))
    assert client.get(home_path(foreign)).status_code == 410
    assert client.get(f"/topics/{foreign.pk}/").status_code == 404


def test_lists_and_pages_cost_the_same_however_many_there_are(client, grid, homes, django_assert_num_queries):
    topic = make_topic(_S.DECIDING, grid=grid, homes=homes)
    client.get("/topics/")
    with django_assert_num_queries(2):
        client.get("/topics/")
    with django_assert_num_queries(5):
        client.get(f"/topics/{topic.pk}/")
    for _n in range(99):
        make_topic(grid=grid)
    with django_assert_num_queries(2):
        client.get("/topics/")
    with django_assert_num_queries(5):
        client.get(f"/topics/{topic.pk}/")


def test_a_proposer_who_withdrew_the_consent_reads_that_no_message_comes(client, grid):
    topic = make_topic(grid=grid)
    assert "系统不再给您发消息" not in client.get(home_path(topic)).content.decode()
    withdraw_consent(topic.proposer, Consent.Purpose.TOPIC)
    assert "系统不再给您发消息" in client.get(home_path(topic)).content.decode()
    home = make_household(make_person(), dwelling=make_dwelling(building=make_building(grid=grid)))
    assert "系统不再给您发消息" not in client.get(home_path(topic, home)).content.decode()
