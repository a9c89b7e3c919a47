"""The six steps of a topic: what each asks for, who is told, and one household one vote in three ways."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from branches.actions.polls import check_poll, close_polls, count_poll, extend_poll, open_poll, vote
from branches.actions.topics import (
    add_task,
    answer_comment,
    answer_topic,
    ask_for_rating,
    begin_doing,
    call_off_session,
    call_session,
    comment,
    do_again,
    keep_minutes,
    move_session,
    move_topic,
    publish_outcome,
    raise_topic,
    rate_topic,
    second,
    take_up,
)
from branches.errors import TopicRefused
from branches.homes import identify, paper_code
from branches.models import NEXT_TOPIC, Poll, PollVoter, Topic, TopicRating, TopicStatus
from grids.models import BookingSlot
from people.errors import TooOften
from people.models import Person
from reminders.models import Reminder
from tests.makers import (
    days_ahead,
    hold_session,
    make_branch,
    make_building,
    make_dwelling,
    make_grid,
    make_head,
    make_household,
    make_member,
    make_person,
    make_post,
    make_topic,
    make_user,
    make_venue,
    patch_now,
    shanghai,
    sign_poll,
)

pytestmark = pytest.mark.django_db
_S = TopicStatus


@pytest.fixture
def grid():
    return make_grid()


@pytest.fixture
def homes(grid):
    """Four households of the grid, each with a telephone."""
    building = make_building(grid=grid)
    return [make_household(make_person(), dwelling=make_dwelling(building=building)) for _n in range(4)]


def told(**fields):
    return Reminder.objects.filter(kind=Reminder.Kind.TOPIC, **fields)


# --- 点事, 定事 --------------------------------------------------------------------------------------------------


def test_a_topic_belongs_to_the_branch_of_its_grid_and_is_decided_within_five_working_days(grid):
    with patch_now(shanghai(2026, 11, 25, 10)):
        branch = make_branch(grids=[grid])
        secretary = make_post(member=make_member(branch=branch)).member.person
        head = make_head(grid).person
        topic = make_topic(grid=grid)
    assert (topic.branch, timezone.localtime(topic.decide_due_at)) == (branch, shanghai(2026, 12, 2, 17, 30))
    for suffix in ("raised", "decide:soon", "decide:late"):
        rows = told(dedupe_key=f"topic:{topic.pk}:{suffix}")
        assert {row.person for row in rows} == {None, secretary, head}
    soon = told(dedupe_key=f"topic:{topic.pk}:decide:soon").first()
    assert timezone.localtime(soon.due_at) == shanghai(2026, 12, 1, 17, 30)


def test_a_decision_silences_the_deadline_and_tells_the_proposer(grid):
    topic = make_topic(grid=grid)
    with pytest.raises(TopicRefused, match="为什么议"):
        take_up(topic, reason=" ")
    take_up(topic, reason="大家都关心", title="充电棚")
    topic.refresh_from_db()
    assert (topic.status, topic.reason, topic.title) == (_S.ACCEPTED, "大家都关心", "充电棚")
    assert set(told(dedupe_key__contains=":decide:").values_list("status", flat=True)) == {"cancelled"}
    assert told(person=topic.proposer).count() == 1


def test_a_topic_is_answered_with_a_public_reason(grid):
    topic = make_topic(grid=grid)
    with pytest.raises(TopicRefused):
        answer_topic(topic, reason="")
    answer_topic(topic, reason="归供电公司管，电话 95598")
    topic.refresh_from_db()
    assert (topic.status, topic.reason) == (_S.ANSWERED, "归供电公司管，电话 95598")


def test_a_title_is_one_line_of_several(grid):
    made = make_topic(grid=grid, text="楼下路灯\r\n\n坏了三个")
    assert (made.title, made.text) == ("楼下路灯 坏了三个", "楼下路灯\r\n\n坏了三个")


def test_words_and_somebody_to_answer_are_needed(grid):
    for fields in ({"text": ""}, {"name": ""}, {"phone": ""}):
        with pytest.raises(TopicRefused):
            make_topic(grid=grid, **fields)
    assert Topic.objects.count() == 0


def test_the_same_page_twice_is_one_topic_and_one_phone_has_a_limit(grid):
    who = {"name": "王淑兰", "phone": "13800000617", "address": "192.0.2.1"}
    first = raise_topic(grid, text="充电棚", submission_key="page", **who)
    assert raise_topic(grid, text="充电棚", submission_key="page", **who) == first
    for index in range(3):
        raise_topic(grid, text="充电棚", submission_key=f"page{index}", **who)
    with pytest.raises(TooOften):
        raise_topic(grid, text="充电棚", submission_key="one more", **who)
    assert Topic.objects.count() == 4


def test_a_household_seconds_once_and_enough_of_them_are_told(grid, homes):
    topic = make_topic(grid=grid)
    building = make_building(grid=grid)
    second(topic, homes[0])
    with pytest.raises(TopicRefused, match="一户一次"):
        second(topic, homes[0])
    for home in homes[1:]:
        second(topic, home)
    assert told(dedupe_key=f"topic:{topic.pk}:seconds").count() == 0
    second(topic, make_household(make_person(), dwelling=make_dwelling(building=building)))
    assert told(dedupe_key=f"topic:{topic.pk}:seconds").count() == 1
    take_up(topic, reason="够了")
    with pytest.raises(TopicRefused, match="定下来"):
        second(topic, make_household(make_person(), dwelling=make_dwelling(building=building)))


@pytest.mark.parametrize("old", list(_S))
@pytest.mark.parametrize("new", list(_S))
def test_exactly_the_arrows_of_the_table(grid, old, new):
    topic = make_topic(grid=grid)
    Topic.objects.filter(pk=topic.pk).update(
        status=old, reason="x", outcome="x", dissent="x", outcome_on=timezone.localdate()
    )
    topic.refresh_from_db()
    if new in NEXT_TOPIC[old]:
        move_topic(topic, new, reason="y")
    else:
        with pytest.raises(TopicRefused):
            move_topic(topic, new, reason="y")
    topic.refresh_from_db()
    assert topic.status == (new if new in NEXT_TOPIC[old] else old)


# --- 议事 ------------------------------------------------------------------------------------------------------


def test_one_form_books_the_room_and_invites(grid, homes):
    topic = make_topic(grid=grid)
    second(topic, homes[0])
    take_up(topic, reason="大家都关心")
    venue, desk = make_venue(grid=grid), make_user()
    when = {"venue": venue, "starts_at": days_ahead(3), "minutes": 90, "by": desk}
    session = call_session(topic, agenda="怎么装", invited="物业", **when)
    assert (topic.status, BookingSlot.objects.count()) == (_S.DISCUSSING, 3)
    invited = told(dedupe_key__contains=f"session:{session.pk}")
    seconding = homes[0].residencies.get().person
    assert {row.person for row in invited} == {topic.proposer, seconding}
    with pytest.raises(TopicRefused, match="最近的空档"):
        call_session(topic, agenda="再议", **(when | {"starts_at": days_ahead(3, 10)}))
    with pytest.raises(TopicRefused, match="还没开"):
        keep_minutes(session, minutes="议好了")
    call_off_session(session, reason="停电", by=desk)
    assert BookingSlot.objects.count() == 0
    again = call_session(topic, agenda="怎么装", **when)  # the same room at the same time can be had again
    assert (again.pk == session.pk, BookingSlot.objects.count()) == (False, 3)


def test_a_sitting_moves_in_one_step_with_its_room_and_whoever_was_invited_is_told(grid, homes):
    topic = make_topic(grid=grid)
    second(topic, homes[0])
    take_up(topic, reason="大家都关心")
    venue, elsewhere, desk = make_venue(grid=grid), make_venue(grid=grid), make_user()
    session = call_session(topic, agenda="怎么装", venue=venue, starts_at=days_ahead(3), minutes=90, by=desk)
    later = days_ahead(3) + dt.timedelta(minutes=30)
    move_session(session, venue=venue, starts_at=later, minutes=90, by=desk)  # overlaps its own old time
    session.refresh_from_db()
    slots = BookingSlot.objects.order_by("starts_at").values_list("starts_at", "booking")
    assert list(slots) == [(later + dt.timedelta(minutes=30 * n), session.booking_id) for n in range(3)]
    move_session(session, venue=elsewhere, starts_at=days_ahead(5), minutes=60, by=desk)
    session.refresh_from_db()
    booking = session.booking
    assert (booking.venue, booking.starts_at) == (elsewhere, days_ahead(5))
    assert BookingSlot.objects.count() == 2
    seconding = homes[0].residencies.get().person
    for occasion in ("invited", "moved"):
        rows = told(dedupe_key__contains=f":session:{session.pk}:{occasion}")
        assert {row.person for row in rows} == {topic.proposer, seconding}
    now, eve = told(person=seconding, dedupe_key__contains=":session:", status="pending").order_by("due_at")
    assert (now.text, now.urgent) == (f"改到 {booking.when}，在{elsewhere}。", False)
    assert (eve.text, eve.due_at, eve.expires_at) == (
        f"{booking.when}在{elsewhere}。",
        days_ahead(4, 18),
        booking.starts_at,
    )


def test_a_sitting_whose_new_room_is_taken_keeps_the_old_one(grid):
    topic, desk = make_topic(grid=grid), make_user()
    take_up(topic, reason="大家都关心")
    venue = make_venue(grid=grid)
    when = {"venue": venue, "minutes": 60, "by": desk}
    session = call_session(topic, agenda="一", starts_at=days_ahead(3), **when)
    call_session(topic, agenda="二", starts_at=days_ahead(4), **when)
    before = list(BookingSlot.objects.order_by("pk").values_list("starts_at", "booking"))
    with pytest.raises(TopicRefused, match="最近的空档"):
        move_session(session, starts_at=days_ahead(4), **when)
    with pytest.raises(TopicRefused, match="没有变"):
        move_session(session, starts_at=days_ahead(3), **when)
    assert list(BookingSlot.objects.order_by("pk").values_list("starts_at", "booking")) == before
    assert told(dedupe_key__contains=":moved:").count() == 0
    call_off_session(session, reason="停电", by=desk)
    session.refresh_from_db()
    with pytest.raises(TopicRefused, match="已经取消"):
        move_session(session, starts_at=days_ahead(6), **when)


def test_whoever_was_invited_reads_that_a_sitting_is_called_off_at_night_too_when_it_is_near(grid):
    topic, desk = make_topic(grid=grid), make_user()
    take_up(topic, reason="大家都关心")
    when = {"venue": make_venue(grid=grid), "minutes": 60, "by": desk}
    near = call_session(topic, agenda="一", starts_at=days_ahead(1), **when)
    far = call_session(topic, agenda="二", starts_at=days_ahead(4), **when)
    for session in (near, far):
        with patch_now(days_ahead(1) - dt.timedelta(hours=12)):
            call_off_session(session, reason="停电", by=desk)
    rows = told(dedupe_key__endswith=":off")
    assert [(row.person, row.urgent) for row in rows.order_by("pk")] == [
        (topic.proposer, True),
        (topic.proposer, False),
    ]
    assert rows.first().text == f"{near.booking.when}在{near.booking.venue}的议事会不开了。停电"
    assert set(told(dedupe_key__contains=":eve:").values_list("status", flat=True)) == {"cancelled"}


def test_a_topic_that_is_answered_gives_its_rooms_back(grid):
    topic, desk = make_topic(grid=grid), make_user()
    take_up(topic, reason="大家都关心")
    when = {"venue": make_venue(grid=grid), "minutes": 60, "by": desk}
    held = call_session(topic, agenda="一", starts_at=days_ahead(1), **when)
    call_session(topic, agenda="二", starts_at=days_ahead(5), **when)
    with patch_now(days_ahead(2)):
        keep_minutes(held, minutes="议好了")
        answer_topic(topic, reason="物业已经装好了", by=desk)
    statuses = topic.sessions.order_by("pk").values_list("booking__status", flat=True)
    assert list(statuses) == ["confirmed", "cancelled"]
    assert BookingSlot.objects.count() == 2


def test_a_vote_needs_a_sitting_with_minutes(grid):
    topic = make_topic(_S.ACCEPTED, grid=grid)
    with pytest.raises(TopicRefused, match="开过议事会"):
        open_poll(topic, question="装不装？")
    hold_session(topic, make_user())
    assert open_poll(topic, question="装不装？").is_open


# --- 决事: one household one vote --------------------------------------------------------------------------------


@pytest.fixture
def poll(grid, homes):
    return open_poll(make_topic(_S.DISCUSSING, grid=grid), question="装不装？", days=7)


def test_every_household_hears_of_the_vote_and_only_the_silent_of_its_end(poll, homes):
    topic = poll.topic
    for home in homes:
        (row,) = told(dedupe_key=f"topic:{topic.pk}:home:{home.pk}:open")
        assert row.person == home.residencies.get().person
        assert row.link.startswith("/topics/home/")
    vote(poll, homes[0], channel="web", choice="yes")
    last = {row.dedupe_key.split(":")[3]: row.status for row in told(dedupe_key__contains=":last:")}
    assert last == {str(home.pk): "cancelled" if home == homes[0] else "pending" for home in homes}


@pytest.mark.parametrize("first", ["web", "phone", "paper"])
@pytest.mark.parametrize("again", ["web", "phone", "paper"])
def test_a_household_votes_once_whatever_way(poll, homes, first, again):
    vote(poll, homes[0], channel=first, choice="" if first == "paper" else "yes")
    with pytest.raises(TopicRefused) as refused:
        vote(poll, homes[0], channel=again, choice="" if again == "paper" else "no")
    assert str(refused.value) == f"您家已经投过票了（{Topic.Channel(first).label}），一户一票，不能再投"
    poll.refresh_from_db()
    assert (poll.yes, poll.no, PollVoter.objects.count()) == (0 if first == "paper" else 1, 0, 1)


def test_the_database_itself_refuses_a_second_vote(poll, homes):
    vote(poll, homes[0], channel="web", choice="yes")
    with pytest.raises(IntegrityError), transaction.atomic():
        PollVoter.objects.create(topic=poll.topic, household=homes[0], channel="paper")


def test_nothing_leads_from_a_household_to_its_choice(poll, homes):
    names = {field.name for field in PollVoter._meta.get_fields()}
    assert names == {"id", "topic", "household", "channel", "voted_on", "entered_by"}
    vote(poll, homes[0], channel="web", choice="no")
    (row,) = PollVoter.objects.values()
    assert "no" not in map(str, row.values())
    kept = Reminder.objects.filter(dedupe_key__contains=f":home:{homes[0].pk}:")
    assert [word for row in kept for word in ("不同意", "choice") if word in row.text] == []


def test_a_stranger_and_a_wrong_choice_are_refused(poll, homes):
    elsewhere = make_household(make_person())
    with pytest.raises(TopicRefused, match="不在这次表决的网格"):
        vote(poll, elsewhere, channel="web", choice="yes")
    for channel, choice in [("web", ""), ("web", "maybe"), ("paper", "yes"), ("phone", "")]:
        with pytest.raises(TopicRefused, match="请选同意"):
            vote(poll, homes[0], channel=channel, choice=choice)
    assert PollVoter.objects.count() == 0


def test_a_vote_closes_by_itself_and_nobody_votes_after(poll, homes):
    with patch_now(poll.closes_at):
        with pytest.raises(TopicRefused, match="截止"):
            vote(poll, homes[0], channel="web", choice="yes")
        assert (close_polls(), close_polls()) == (1, 0)
    assert PollVoter.objects.count() == 0
    assert told(dedupe_key=f"topic:{poll.topic_id}:poll:closed").count() == 1


def test_more_time_is_told_to_everybody_and_asked_of_the_silent(poll, homes):
    vote(poll, homes[0], channel="web", choice="yes")
    extend_poll(poll, days=3)
    told_more = told(dedupe_key__contains=":extended:")
    assert {row.dedupe_key.split(":")[3] for row in told_more} == {str(home.pk) for home in homes}
    asked = told(dedupe_key__contains=":last:", status="pending")
    assert {row.dedupe_key.split(":")[3] for row in asked} == {str(home.pk) for home in homes[1:]}


def test_the_count_fits_the_papers_and_is_signed_by_two(poll, homes):
    one, two = make_user(), make_user()
    vote(poll, homes[0], channel="web", choice="yes")
    vote(poll, homes[1], channel="phone", choice="no", by=one)
    vote(poll, homes[2], channel="paper", by=one)
    vote(poll, homes[3], channel="paper", by=one)
    with pytest.raises(TopicRefused, match="还没截止"):
        count_poll(poll, yes=2, no=0, abstain=0, by=one)
    with patch_now(poll.closes_at):
        close_polls()
    with pytest.raises(TopicRefused, match="收了 2 张"):
        count_poll(poll, yes=3, no=0, abstain=0, by=one)
    count_poll(poll, yes=1, no=0, abstain=1, by=one)
    with pytest.raises(TopicRefused, match="两个人"):
        check_poll(poll, by=one)
    check_poll(poll, by=two)
    assert (poll.totals, poll.is_signed) == ({"yes": 2, "no": 1, "abstain": 1}, True)
    assert sum(poll.totals.values()) == PollVoter.objects.count()
    assert not poll.has_passed  # two of four is not more than half
    with pytest.raises(TopicRefused, match="签过"):
        count_poll(poll, yes=0, no=2, abstain=0, by=one)


@pytest.mark.parametrize(
    ("yes", "no", "abstain", "passed"),
    [(0, 0, 0, False), (1, 0, 0, True), (1, 1, 0, False), (2, 1, 1, False), (3, 1, 1, True)],
)
def test_more_than_half_of_the_votes_cast(yes, no, abstain, passed):
    assert Poll(yes=yes, no=no, abstain=abstain).has_passed == passed


# --- who speaks for a household --------------------------------------------------------------------------------


def test_a_home_is_shown_by_door_and_a_known_phone_or_the_code_on_its_paper(poll, homes):
    home, topic = homes[0], poll.topic
    where = {"building": home.dwelling.building, "door": home.dwelling.door, "address": "192.0.2.1"}
    phone = home.residencies.get().person.phone
    assert identify(topic, proof=phone, **where) == home
    assert identify(topic, proof=paper_code(topic, home), **where) == home
    wrong = [homes[1].residencies.get().person.phone, paper_code(topic, homes[1]), "00000000", ""]
    for proof in wrong:
        with pytest.raises(TopicRefused, match="对不上"):
            identify(topic, proof=proof, **where)
    Person.objects.filter(pk=home.residencies.get().person_id).update(state=Person.State.MOVED)
    with pytest.raises(TopicRefused):
        identify(topic, proof=phone, **where)


def test_codes_cannot_be_tried_out(poll, homes):
    home = homes[0]
    where = {"building": home.dwelling.building, "door": home.dwelling.door}
    for index in range(10):
        with pytest.raises(TopicRefused):
            identify(poll.topic, proof=f"{index:08d}", address=f"192.0.2.{index}", **where)
    with pytest.raises(TooOften):
        identify(poll.topic, proof=paper_code(poll.topic, home), address="192.0.2.99", **where)


# --- outcome, tasks, evaluation ---------------------------------------------------------------------------------


def test_an_outcome_needs_two_signatures_and_the_minoritys_reasons(poll):
    with pytest.raises(TopicRefused, match="两个人签"):
        publish_outcome(poll.topic, outcome="装", dissent="没有不同意见")


def test_seven_days_and_every_comment_answered_before_anything_is_done(grid, homes):
    topic = make_topic(_S.DECIDING, grid=grid, homes=homes)
    with pytest.raises(TopicRefused, match="不同意见"):
        publish_outcome(topic, outcome="装两个", dissent="")
    publish_outcome(topic, outcome="装两个", dissent="3 户嫌吵")
    task = ("装棚", "物业", timezone.localdate())
    said = comment(
        topic, text="太近了", name="李四", phone="13800000618", submission_key="c", address="192.0.2.1"
    )
    with patch_now(days_ahead(7)), pytest.raises(TopicRefused, match="公示 7 天"):
        begin_doing(topic, tasks=[task])
    with patch_now(days_ahead(8)):
        with pytest.raises(TopicRefused, match="没有答复"):
            begin_doing(topic, tasks=[task])
        with pytest.raises(TopicRefused, match="公示期已经过了"):
            comment(topic, text="晚了", name="李四", phone="13800000618", submission_key="d", address="a")
        answer_comment(said, answer="离窗 8 米")
        with pytest.raises(TopicRefused, match="至少一件"):
            begin_doing(topic, tasks=[])
        begin_doing(topic, tasks=[task])
    assert topic.status == _S.DOING
    assert told(dedupe_key=f"topic:{topic.pk}:comment:{said.pk}").get().text == "离窗 8 米"


def test_what_was_voted_down_is_answered(grid, homes):
    topic = make_topic(_S.DISCUSSING, grid=grid)
    topic.poll = sign_poll(topic, [], make_user())
    with pytest.raises(TopicRefused, match="请先写结果"):
        answer_topic(topic, reason="没通过")
    publish_outcome(topic, outcome="不装", dissent="没有不同意见")
    with patch_now(days_ahead(9)), pytest.raises(TopicRefused, match="没有通过"):
        begin_doing(topic, tasks=[("装棚", "物业", timezone.localdate())])
    answer_topic(topic, reason="表决没有通过")
    assert topic.status == _S.ANSWERED


def test_rating_waits_for_the_last_task_and_takes_one_answer_each(grid, homes):
    topic = make_topic(_S.DOING, grid=grid, homes=homes[:2])
    add_task(topic, text="画线", owner="社区", due_on=timezone.localdate())
    with pytest.raises(TopicRefused, match="没有办完"):
        ask_for_rating(topic)
    topic = make_topic(_S.EVALUATING, grid=grid, homes=homes[:2])
    rate_topic(topic, score=5)
    rate_topic(topic, score=4, household=homes[0])
    rate_topic(topic, score=2, household=homes[0])
    with pytest.raises(TopicRefused, match="参加过表决"):
        rate_topic(topic, score=5, household=homes[3])
    with pytest.raises(TopicRefused, match="点一个脸"):
        rate_topic(topic, score=6)
    assert sorted(TopicRating.objects.values_list("household", "score"), key=str) == sorted(
        [(None, 5), (homes[0].pk, 2)], key=str
    )
    do_again(topic, text="补画线", owner="社区", due_on=timezone.localdate() + dt.timedelta(days=7))
    assert (topic.status, topic.tasks.filter(done_on=None).count()) == (_S.DOING, 1)


@pytest.mark.parametrize("status", list(_S))
def test_every_status_is_reached_through_the_actions(grid, homes, status):
    topic = make_topic(status, grid=grid, homes=homes)
    topic.refresh_from_db()
    assert topic.status == status
