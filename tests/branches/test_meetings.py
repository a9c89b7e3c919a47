"""The life of one meeting: status, period, roll, quorum, votes, tasks, minutes, lock."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from branches.actions import (
    add_item,
    amend,
    announce,
    ask_leave,
    close_item,
    come_after_all,
    decide,
    exclude,
    give_up,
    hold,
    mark,
    mark_copied,
    mark_rest,
    move,
    not_held_after_all,
    propose,
    quorum_of,
    register,
    schedule,
    sign,
    take_up_again,
    write_minutes,
)
from branches.errors import MeetingRefused, VoteRefused
from branches.meeting_page import context_of
from branches.models import (
    NEXT_MEETING_STATUSES,
    Attendance,
    CadenceRule,
    Meeting,
    MeetingStatus,
    Minutes,
    VotingRules,
)
from people.models import Role
from reminders.models import Reminder
from tests.branches.life import make_life_branch, make_meeting, members_of
from tests.makers import make_member, make_person, make_post, make_user, patch_now, shanghai

pytestmark = pytest.mark.django_db
S = MeetingStatus
DAY = dt.timedelta(days=1)
NOON = shanghai(2026, 11, 24, 12)
NINE = dt.time(9)


@pytest.fixture(autouse=True)
def clock():
    with patch_now(NOON):
        yield


def today():
    return timezone.localdate()


def secretary_of(meeting):
    return meeting.branch.posts.get(kind="secretary").member.person.user


@pytest.mark.parametrize("old", list(S))
def test_every_missing_arrow_is_refused(old):
    meeting, user = make_meeting(), make_user()
    extra = {
        S.CANCELLED: {"cancel_reason": "停电"},
        S.SIGNED: {"recorded_at": NOON, "signed_at": NOON, "signed_by": user},
    }
    held = {"recorded_at": NOON} if old in (S.HELD, S.MINUTED) else {}
    Meeting.objects.filter(pk=meeting.pk).update(status=old, **held, **extra.get(old, {}))
    meeting.refresh_from_db()
    for new in set(S) - NEXT_MEETING_STATUSES[old]:
        with pytest.raises(MeetingRefused):
            move(meeting, new, by=user)
    assert meeting.events.count() == 0


def test_what_must_never_be_is_refused_by_the_database():
    meeting = make_meeting(S.SIGNED)
    branch, member = meeting.branch, members_of(meeting)[0]
    period = {"period": dt.date(2026, 11, 1), "due_by": dt.date(2026, 11, 30)}
    make_meeting(branch=branch, kind="theme_party_day", **period)
    refused = [
        lambda: make_meeting(branch=branch, kind="theme_party_day", **period),
        lambda: make_meeting(branch=branch, period=dt.date(2026, 11, 1)),
        lambda: Attendance.objects.create(meeting=meeting, member_id=member, votes=True),
        lambda: meeting.attendances.update(state="leave", reason=""),
        lambda: meeting.attendances.update(exclusion="abroad", approved_by="街道党工委"),
        lambda: Meeting.objects.filter(pk=meeting.pk).update(status=S.CANCELLED),
        lambda: Meeting.objects.filter(pk=meeting.pk).update(signed_by=None),
        lambda: Minutes.objects.create(
            meeting=meeting, version=1, agenda="x", written_by=make_user(), locked_at=NOON
        ),
        lambda: Minutes.objects.create(meeting=meeting, version=2, agenda="x", written_by=make_user()),
        lambda: CadenceRule.objects.bulk_create(
            CadenceRule(community=branch.community, kind="party_lecture", every="year", at=NINE) for _ in "ab"
        ),
    ]
    for make in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            make()


@pytest.mark.parametrize(
    ("on", "allowed"),
    [
        (dt.date(2026, 10, 31), False),
        (dt.date(2026, 11, 1), True),
        (dt.date(2026, 11, 30), True),
        (dt.date(2026, 12, 1), False),
    ],
)
def test_the_wrong_month_is_impossible(on, allowed):
    meeting = make_meeting(period=dt.date(2026, 11, 1), due_by=dt.date(2026, 11, 30))
    if allowed:
        schedule(meeting, on=on, at=NINE, place="活动室", by=secretary_of(meeting))
        assert (meeting.on, meeting.day_chosen) == (on, True)
    else:
        with pytest.raises(MeetingRefused) as refused:
            schedule(meeting, on=on, at=NINE, place="活动室", by=secretary_of(meeting))
        assert str(refused.value) == (
            "这次是 2026年11月1日 周日 到 2026年11月30日 周一 的，日期要在这段时间里"
        )


def test_what_was_missed_can_be_made_up_for_later():
    meeting = make_meeting(
        period=dt.date(2026, 10, 1), due_by=dt.date(2026, 10, 31), on=dt.date(2026, 10, 12)
    )
    schedule(meeting, on=today(), at=NINE, place="活动室", by=secretary_of(meeting))
    assert (meeting.on, meeting.period) == (today(), dt.date(2026, 10, 1))


def test_an_entered_meeting_takes_the_place_that_the_plan_holds_for_it():
    branch = make_life_branch()
    CadenceRule.objects.create(community=branch.community, kind="theme_party_day", every="month", at=NINE)
    planned = make_meeting(
        branch=branch, kind="theme_party_day", period=dt.date(2026, 11, 1), due_by=dt.date(2026, 11, 30)
    )
    values = {"on": dt.date(2026, 11, 28), "at": NINE, "place": "海边", "by": branch.secretary}
    assert register(branch, "theme_party_day", **values) == planned
    hold_on(planned, dt.date(2026, 11, 28))
    extra = register(branch, "theme_party_day", **values)
    assert (extra.pk == planned.pk, extra.period) == (False, None)
    with pytest.raises(MeetingRefused):
        register(branch, "group_meeting", **values)


def hold_on(meeting, day):
    meeting.refresh_from_db()
    with patch_now(shanghai(day.year, day.month, day.day, 20)):
        hold(meeting, by=make_user())


def test_the_notice_goes_to_everybody_of_the_roll_once_and_a_change_is_told():
    branch = make_life_branch(full=3, probationary=1)
    meeting = make_meeting(S.ANNOUNCED, branch=branch, on=today() + 2 * DAY)
    assert Reminder.objects.pending().filter(kind="invitation").count() == 4
    with pytest.raises(MeetingRefused) as refused:
        announce(Meeting.objects.get(pk=meeting.pk), by=branch.secretary)
    assert str(refused.value) == "书记甲已在 今天 12:00 把这次会变成“已通知”，请看看最新情况再办"
    schedule(meeting, on=today() + 3 * DAY, at=NINE, place="活动室", by=branch.secretary)
    pending = Reminder.objects.pending().filter(kind="invitation")
    assert {row.subject for row in pending} == {"改了：支部党员大会"}
    give_up(meeting, reason="停电", by=branch.secretary)
    assert {row.subject for row in Reminder.objects.pending()} == {"不开了：支部党员大会"}
    assert Reminder.objects.pending().count() == 4


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"place": ""}, "还没写地点，请先定日期和地点"),
        ({"on": dt.date(2026, 11, 23)}, "定的日子已经过了，请先改日期"),
    ],
)
def test_a_notice_needs_a_place_and_a_day_to_come(fields, words):
    meeting = make_meeting(**fields)
    with pytest.raises(MeetingRefused) as refused:
        announce(meeting, by=secretary_of(meeting))
    assert str(refused.value) == words


def test_a_meeting_is_not_held_before_its_day_and_late_records_say_so():
    early = make_meeting(on=today() + DAY)
    with pytest.raises(MeetingRefused):
        hold(early, by=secretary_of(early))
    late = make_meeting(on=today() - 5 * DAY)
    hold(late, by=secretary_of(late))
    assert (late.days_until_recorded, make_meeting(S.HELD).days_until_recorded) == (5, 0)


def test_a_held_by_mistake_is_taken_back_until_votes_are_counted():
    meeting = make_meeting(S.HELD)
    mark_rest(meeting, "present")
    not_held_after_all(meeting, by=secretary_of(meeting))
    assert (meeting.status, meeting.recorded_at) == (S.PLANNED, None)
    assert set(meeting.attendances.values_list("state", flat=True)) == {"expected"}
    hold(meeting, by=secretary_of(meeting))
    mark_rest(meeting, "present")
    decide(propose(meeting, text="买投影仪"), votes_for=9, votes_against=0, abstained=0)
    with pytest.raises(MeetingRefused):
        not_held_after_all(meeting, by=secretary_of(meeting))


def test_a_meeting_that_was_given_up_keeps_its_reason_and_can_come_back():
    meeting = make_meeting()
    with pytest.raises(MeetingRefused):
        give_up(meeting, reason=" ", by=secretary_of(meeting))
    give_up(meeting, reason="台风", by=secretary_of(meeting))
    assert (meeting.status, meeting.cancel_reason) == (S.CANCELLED, "台风")
    take_up_again(meeting, by=secretary_of(meeting))
    assert (meeting.status, meeting.cancel_reason) == (S.PLANNED, "")


@pytest.mark.parametrize("kind", ["committee_meeting", "group_meeting", "members_meeting"])
def test_who_is_expected(kind):
    branch = make_life_branch(full=7, probationary=1, groups=2)
    make_member(branch=branch, kind="serving")
    make_member(branch=branch, left_on=today())
    make_member(branch=branch, person=make_person(state="moved"))
    deputy = make_member(branch=branch)
    make_post("deputy", member=deputy)
    group = branch.groups.first() if kind == "group_meeting" else None
    meeting = make_meeting(S.ANNOUNCED, branch=branch, kind=kind, group=group)
    expected = {"committee_meeting": 2, "group_meeting": 4, "members_meeting": 9}[kind]
    assert meeting.attendances.count() == expected


def test_probationary_members_count_for_attendance_and_not_for_votes():
    branch = make_life_branch(full=4, probationary=3)
    make_member(branch=branch, may_vote=False)
    meeting = make_meeting(S.HELD, branch=branch)
    mark_rest(meeting, "present")
    quorum = quorum_of(meeting)
    assert (meeting.attendances.filter(state="present").count(), quorum.due, quorum.present) == (8, 4, 4)


@pytest.mark.parametrize(("present", "enough"), [(3, False), (4, True)])
def test_below_quorum_nothing_is_decided_and_the_reason_is_said(present, enough):
    meeting = make_meeting(S.HELD, branch=make_life_branch(full=8, probationary=2))
    for member in members_of(meeting)[:present]:
        mark(meeting, member, "present")
    for member in members_of(meeting)[8:]:
        mark(meeting, member, "present")  # probationary members do not help
    motion = propose(meeting, text="买投影仪")
    if enough:
        assert decide(motion, votes_for=present, votes_against=0, abstained=0).result == "failed"
    else:
        with pytest.raises(VoteRefused) as refused:
            decide(motion, votes_for=3, votes_against=0, abstained=0)
        assert str(refused.value) == "有表决权的应到 8 人，实到 3 人，还差 1 人才能表决"


@pytest.mark.parametrize(("votes", "result"), [(4, "failed"), (5, "passed")])
def test_a_decision_needs_more_than_half_of_those_due(votes, result):
    meeting = make_meeting(S.HELD, branch=make_life_branch(full=8))
    mark_rest(meeting, "present")
    motion = decide(propose(meeting, text="甲"), votes_for=votes, votes_against=8 - votes, abstained=0)
    assert (motion.result, motion.due, motion.present) == (result, 8, 8)


def test_the_community_may_read_half_as_more_than_half():
    meeting = make_meeting(S.HELD, branch=make_life_branch(full=8))
    for member in members_of(meeting)[:4]:
        mark(meeting, member, "present")
    assert quorum_of(meeting).is_met
    VotingRules.objects.create(community=meeting.branch.community, quorum_inclusive=False)
    assert not quorum_of(meeting).is_met


@pytest.mark.parametrize(
    ("present", "votes", "base", "result", "disputed"),
    [
        (7, 5, "present", None, None),
        (8, 5, "present", "passed", True),
        (8, 5, "due", "failed", True),
        (8, 4, "present", "failed", False),
        (10, 6, "due", "passed", False),
    ],
)
def test_an_election_needs_four_fifths_and_warns_when_the_readings_differ(
    present, votes, base, result, disputed
):
    meeting = make_meeting(S.HELD, branch=make_life_branch(full=10))
    VotingRules.objects.create(community=meeting.branch.community, election_base=base)
    for member in members_of(meeting)[:present]:
        mark(meeting, member, "present")
    motion = propose(meeting, text="候选人甲", kind="election")
    if result is None:
        with pytest.raises(VoteRefused):
            decide(motion, votes_for=votes, votes_against=0, abstained=0)
        return
    decide(motion, votes_for=votes, votes_against=0, abstained=0)
    assert (motion.result, motion.disputed) == (result, disputed)


def test_more_votes_than_voters_and_a_second_count_are_refused():
    meeting = make_meeting(S.HELD, branch=make_life_branch(full=5))
    mark_rest(meeting, "present")
    motion = propose(meeting, text="甲")
    with pytest.raises(VoteRefused) as refused:
        decide(motion, votes_for=4, votes_against=1, abstained=1)
    assert str(refused.value) == "赞成、反对、弃权加起来不能超过实到会有表决权的 5 人"
    decide(motion, votes_for=4, votes_against=1, abstained=0)
    with pytest.raises(VoteRefused):
        decide(motion, votes_for=5, votes_against=0, abstained=0)
    motion.refresh_from_db()
    assert motion.votes_for == 4


def test_an_exclusion_needs_an_approval_and_lowers_those_due():
    meeting = make_meeting(S.HELD, branch=make_life_branch(full=6))
    first = members_of(meeting)[0]
    with pytest.raises(MeetingRefused):
        exclude(meeting, first, "bedridden", approved_by=" ")
    exclude(meeting, first, "bedridden", approved_by="街道党工委")
    assert quorum_of(meeting).due == 5
    mark(meeting, first, "present")  # comes after all
    assert quorum_of(meeting).due == 6


def test_a_leave_needs_its_reason_and_is_answered_by_the_member_before_the_meeting():
    meeting = make_meeting(S.ANNOUNCED)
    member = meeting.attendances.first().member
    with pytest.raises(MeetingRefused):
        ask_leave(meeting, member, reason=" ")
    ask_leave(meeting, member, reason="住院")
    assert meeting.attendances.get(member=member).reason == "住院"
    come_after_all(meeting, member)
    assert meeting.attendances.get(member=member).state == "expected"
    hold(meeting, by=secretary_of(meeting))
    with pytest.raises(MeetingRefused):
        ask_leave(meeting, member, reason="住院")


def page_of(meeting):
    """The page of a meeting as its secretary sees it."""
    secretary = secretary_of(meeting)
    return context_of(Meeting.objects.with_related().with_signer(secretary).get(pk=meeting.pk), secretary)


def draft_agenda(page):
    return page["forms"]["minutes"].initial["agenda"]


def test_open_tasks_come_back_on_the_next_agenda_until_one_line_says_how_they_ended():
    branch = make_life_branch()
    first = make_meeting(S.HELD, branch=branch)
    owner = branch.members.first()
    item = add_item(first, text="修好活动室的灯", owner=owner, due_on=today() + 10 * DAY)
    stages = Reminder.objects.pending().filter(kind="action_item").order_by("due_at")
    assert [row.dedupe_key.split(":")[2] for row in stages] == ["soon", "late"]
    following = make_meeting(S.HELD, branch=branch)
    page = page_of(following)
    assert draft_agenda(page).splitlines()[0] == "上次没办完的事：修好活动室的灯"
    assert [entry["row"] for entry in page["items"]] == [item]
    with pytest.raises(MeetingRefused):
        close_item(item, result=" ")
    close_item(item, result="换了三盏灯")
    assert (item.done_on, item.result) == (today(), "换了三盏灯")
    assert not stages.all().exists()
    with pytest.raises(MeetingRefused):
        close_item(item, result="又换了")


def test_a_task_goes_to_a_member_of_the_branch():
    meeting = make_meeting(S.HELD)
    with pytest.raises(MeetingRefused):
        add_item(meeting, text="x", owner=make_member(), due_on=today())


def test_the_agenda_begins_with_the_headings_of_the_last_signed_meeting():
    branch = make_life_branch()
    make_meeting(S.SIGNED, branch=branch, on=today())
    assert draft_agenda(page_of(make_meeting(S.HELD, branch=branch))) == "学习\n讨论"
    talks = page_of(make_meeting(S.HELD, branch=branch, kind="heart_talk"))
    assert draft_agenda(talks).splitlines()[0] == "谈心谈话情况"


def test_only_the_secretary_signs_or_the_desk_for_paper():
    meeting = make_meeting(S.MINUTED)
    desk, head = make_user(Role.STAFF), make_user(Role.GRID)
    for user, on_paper in ((desk, False), (head, False), (head, True)):
        with pytest.raises(MeetingRefused):
            sign(meeting, by=user, on_paper=on_paper)
    sign(meeting, by=secretary_of(meeting))
    assert (meeting.status, meeting.signed_by, meeting.signed_on_paper) == (
        S.SIGNED,
        secretary_of(meeting),
        False,
    )


def test_nobody_is_left_uncalled_when_it_is_signed():
    meeting = make_meeting(S.HELD, branch=make_life_branch(full=3, probationary=0))
    write_minutes(meeting, by=secretary_of(meeting), agenda="学习")
    mark(meeting, members_of(meeting)[0], "present")
    with pytest.raises(MeetingRefused) as refused:
        sign(meeting, by=secretary_of(meeting))
    assert str(refused.value) == "还有 2 人没点到，请先点完名"


def test_what_is_signed_stays_and_amendments_are_versions():
    meeting = make_meeting(S.SIGNED)
    user = secretary_of(meeting)
    for change in (
        lambda: write_minutes(meeting, by=user, agenda="改了"),
        lambda: mark(meeting, members_of(meeting)[0], "absent"),
        lambda: mark_rest(meeting, "absent"),
        lambda: propose(meeting, text="x"),
        lambda: add_item(meeting, text="x", owner=meeting.branch.members.first(), due_on=today()),
        lambda: amend(meeting, by=user, why=" ", agenda="改了"),
    ):
        with pytest.raises(MeetingRefused):
            change()
    amend(meeting, by=user, why="名字写错", agenda="学习\n讨论（更正）")
    versions = list(meeting.minutes.order_by("version").values_list("version", "agenda", "amends_why"))
    assert versions == [(1, "学习\n讨论", ""), (2, "学习\n讨论（更正）", "名字写错")]


def test_the_copy_out_is_noted_once_and_after_the_signature():
    meeting = make_meeting(S.MINUTED)
    user = secretary_of(meeting)
    with pytest.raises(MeetingRefused):
        mark_copied(meeting, by=user)
    sign(meeting, by=user)
    mark_copied(meeting, by=user)
    assert (meeting.copied_at, meeting.copied_by) == (NOON, user)
    with pytest.raises(MeetingRefused):
        mark_copied(meeting, by=user)


def test_the_blocks_follow_the_order_of_the_other_system():
    branch = make_life_branch(full=2, probationary=0)
    meeting = make_meeting(S.HELD, branch=branch, title="学党章")
    mark_rest(meeting, "present")
    decide(propose(meeting, text="买投影仪"), votes_for=2, votes_against=0, abstained=0)
    write_minutes(meeting, by=branch.secretary, agenda="学习", points="大家发言", conclusion="同意")
    sign(meeting, by=branch.secretary)
    page = page_of(meeting)
    assert [heading for heading, _text in page["blocks"]] == [
        "组织生活类型",
        "主题",
        "时间",
        "地点",
        "应到、实到",
        "缺席人员和原因",
        "议程",
        "发言要点",
        "表决和决议",
    ]
    assert page["blocks"][-1][1] == "买投影仪：赞成 2，反对 0，弃权 0，通过\n同意"
