"""A year of organisational life for the demo branches: planned by the real rules, mostly held, here and there missed."""

import datetime as dt
from collections import defaultdict

from django.utils import timezone

from branches.actions import hold, mark_rest, plan_year, send_birthday_cards
from branches.actions.elections import call_election, count_election, nominate
from branches.actions.membership import check_in, move_transfer, open_transfer, set_standing
from branches.models import (
    ActionItem,
    Attendance,
    BranchGrid,
    Election,
    Meeting,
    MeetingEvent,
    MeetingStatus,
    Minutes,
    Motion,
    PartyBranch,
    PartyMember,
    Post,
    Standing,
    TransferStatus,
)
from branches.rules.cadence import MeetingKind
from branches.rules.terms import term_end
from haimengyuan.demo.dues import save_dues
from people.models import User

BATCH = 1000
PLACES = ("党群服务中心", "议事园", "小区活动室", "物业会议室")
THEMES = {
    MeetingKind.THEME_DAY: (
        "清扫海边步道",
        "看望老党员",
        "楼道环境整治",
        "重温入党誓词",
        "邻里义诊",
        "反诈进楼栋",
    ),
    MeetingKind.LECTURE: ("学习党章", "讲讲身边的好党员", "基层治理怎么做", "学习会议精神"),
    MeetingKind.MEMBERS: ("半年工作汇报", "为民办实事项目", "楼栋议事", "年度计划"),
}
MOTIONS = ("把楼道照明改造列为今年为民办实事项目", "每月最后一个周六上门帮老人打扫", "推荐三名楼栋长")
TASKS = ("联系物业换楼道灯", "走访三户独居老人", "收集停车意见，下次会上说", "把议事园的长凳修好")
CARELESS = (3, 6, 11)  # grids whose branch has something to make up for
DEPUTIES = (2, 6, 10)  # grids whose head is the deputy secretary too, and so signs in the admin
CHECK_INS = (
    ("蓬莱某中学", "辅导作业"),
    ("区某医院", "量血压、讲常识"),
    ("某供电所", "看老楼的线路"),
    ("区某局机关", "代办、填表"),
    ("某银行网点", "反诈讲座"),
)
OUTSIDE = ("青岛市某街道党工委", "烟台市莱山区某单位党委")
ONE_DAY = dt.timedelta(days=1)
_S = MeetingStatus


def save_branch_life(community, users, *, rng, now):
    """Plan the year of `now` and write what has taken place of it until today."""
    today = timezone.localdate(now)
    _make_deputies(users, today)
    plan_year(community, today.year)
    life = _Life(community, users, rng, now)
    meetings = Meeting.objects.filter(branch__community=community, period__year=today.year)
    for meeting in meetings.with_related().order_by("on", "pk"):
        life.tell(meeting, today)
    life.save()
    _elect(community, users, today)
    save_dues(community, users, rng=rng, today=today)
    _save_register(community, users["staff"], today)
    _celebrate(users["member01"].person, today)


def _save_register(community, desk, today):
    """Serving members who report, letters received, on their way and not yet written, somebody out of contact."""
    members = PartyMember.objects.current().filter(branch__community=community).order_by("pk")
    *serving, retired = members.filter(kind=PartyMember.Kind.SERVING).select_related("branch", "person")[:6]
    for member, (unit, willing) in zip(serving, CHECK_INS, strict=True):
        check_in(community, member=member, unit_name=unit, willing=willing, on=today - 40 * ONE_DAY)
    _arrive(retired, desk, today)
    plain = members.filter(kind=PartyMember.Kind.FULL, posts=None, led_groups=None)
    away = list(plain.select_related("branch", "person").order_by("-is_mobile", "pk")[:3])
    for member, outside in zip(away, OUTSIDE, strict=False):
        letter = open_transfer(member.person, by=desk, from_branch=member.branch, outside=outside)
        if outside == OUTSIDE[0]:
            for step in (TransferStatus.ISSUED, TransferStatus.IN_TRANSIT):
                move_transfer(letter, step, by=desk, on=today - 6 * ONE_DAY, letter="演示 2026-018")
    for member in away[2:]:
        set_standing(member, Standing.LOST, by=desk, on=today - 70 * ONE_DAY, note="电话停机，老房子已经出租")


def _arrive(retired, desk, today):
    """Whoever has retired brings the letter of the former unit, and from then on belongs to the branch at home."""
    letter = open_transfer(
        retired.person,
        by=desk,
        to_branch=retired.branch,
        outside=OUTSIDE[1],
        kind=PartyMember.Kind.FULL,
        joined_on=retired.joined_on,
        issued_on=today - 20 * ONE_DAY,
        letter="演示 2026-017",
    )
    move_transfer(letter, TransferStatus.RECEIVED, by=desk, on=today - 8 * ONE_DAY)


def _celebrate(person, today):
    """A member who signs in finds a card: today it is ten years since they joined."""
    joined = dt.date(today.year - 10, today.month, min(today.day, 28))
    found = PartyMember.objects.current().filter(person=person, kind=PartyMember.Kind.FULL)
    found.update(joined_on=joined, converted_on=joined + 366 * ONE_DAY)
    send_birthday_cards(today)


def _elect(community, users, today):
    """A members' meeting of three days ago: the deputy's votes are counted, the committee's are still to be."""
    branch = PartyBranch.objects.select_related("community").get(
        branch_grids__grid__community=community, branch_grids__grid__number=DEPUTIES[1]
    )
    by, members = users["staff"], PartyMember.objects.voting().filter(branch=branch).order_by("pk")
    meeting = Meeting.objects.create(
        branch=branch,
        kind=MeetingKind.MEMBERS,
        on=today - 3 * ONE_DAY,
        at=dt.time(19),
        place="议事园",
        title="补选副书记和委员",
        day_chosen=True,
    )
    hold(meeting, by=by)
    mark_rest(meeting, Attendance.State.PRESENT)
    deputy = call_election(meeting, post=Election.Seat.DEPUTY, seats=1)
    committee = call_election(meeting, post=Election.Seat.MEMBER, seats=3)
    sitting = Post.objects.current().get(branch=branch, kind=Post.Kind.DEPUTY).member
    first, second = [nominate(deputy, member) for member in (sitting, members.exclude(pk=sitting.pk)[0])]
    for member in members.exclude(pk=sitting.pk)[:4]:
        nominate(committee, member)
    ballots = meeting.attendances.filter(votes=True, state=Attendance.State.PRESENT).count()
    count = {"issued": ballots, "returned": ballots, "void": 0}
    count_election(deputy, **count, votes={first.pk: ballots - 1, second.pk: 1})


def _make_deputies(users, today):
    heads = [users[f"head{number:02d}"].person_id for number in DEPUTIES]
    members = PartyMember.objects.current().filter(person__in=heads)
    Post.objects.bulk_create(
        Post(
            branch_id=member.branch_id,
            member=member,
            kind=Post.Kind.DEPUTY,
            since=today - dt.timedelta(days=400),
            ends_on=term_end(today - dt.timedelta(days=400)),
        )
        for member in members
    )


class _Life:
    """Collects rows for all meetings, so that a year is written in a few statements."""

    def __init__(self, community, users, rng, now):
        self.desk, self.rng, self.now = users["staff"], rng, now
        self.meetings, self.rolls, self.minutes, self.events = [], [], [], []
        self.motions, self.items = [], []
        self.missed = set()
        links = BranchGrid.objects.filter(grid__community=community, grid__number__in=CARELESS)
        self.careless = set(links.values_list("branch", flat=True))
        members = PartyMember.objects.of_branch_life().filter(branch__community=community)
        self.members = defaultdict(list)
        for member in members.order_by("pk"):
            self.members[member.branch_id].append(member)
        posts = Post.objects.current().filter(branch__community=community)
        self.committee = {branch: [] for branch in self.members}
        for post in posts:
            self.committee.setdefault(post.branch_id, []).append(post.member_id)
        signing = posts.filter(kind__in=[Post.Kind.SECRETARY, Post.Kind.DEPUTY]).order_by("-kind")
        accounts = {user.person_id: user for user in User.objects.filter(person__isnull=False)}
        pairs = signing.values_list("branch", "member__person")
        self.signers = {branch: accounts[person] for branch, person in pairs if person in accounts}

    def tell(self, meeting, today):
        days = (meeting.on - today).days
        meeting.place = self.rng.choice(PLACES)
        meeting.title = self._title(meeting)
        if days < -1 and not self._is_missed(meeting, days):
            self._held(meeting)
        elif 0 <= days <= 6:
            meeting.status = _S.ANNOUNCED
            told = dt.datetime.combine(today - dt.timedelta(days=2), dt.time(10))
            self._event(meeting, _S.PLANNED, _S.ANNOUNCED, timezone.make_aware(told))
            self._roll(meeting, came=None)
        elif days > 14:
            meeting.place = ""
        self.meetings.append(meeting)

    def _title(self, meeting):
        themes = THEMES.get(MeetingKind(meeting.kind))
        return self.rng.choice(themes) if themes else ""

    def _is_missed(self, meeting, days):
        """Three branches have not entered one monthly meeting of the past weeks."""
        fit = meeting.kind in (MeetingKind.GROUP, MeetingKind.THEME_DAY) and days > -70
        if meeting.branch_id not in self.careless or not fit or meeting.branch_id in self.missed:
            return False
        self.missed.add(meeting.branch_id)
        return True

    def _held(self, meeting):
        signer = self.signers.get(meeting.branch_id)
        held = timezone.make_aware(dt.datetime.combine(meeting.on, meeting.at)) + dt.timedelta(hours=1)
        signed = min(held + dt.timedelta(days=self.rng.choice([0, 0, 1, 2])), self.now)
        meeting.status, meeting.recorded_at, meeting.signed_at = _S.SIGNED, held, signed
        meeting.signed_by, meeting.signed_on_paper = signer or self.desk, signer is None
        if self.rng.random() < 0.9:
            meeting.copied_at = min(signed + dt.timedelta(hours=2), self.now)
            meeting.copied_by = self.desk
        by = signer or self.desk
        for old, new, at in (
            (_S.PLANNED, _S.HELD, held),
            (_S.HELD, _S.MINUTED, held),
            (_S.MINUTED, _S.SIGNED, signed),
        ):
            self._event(meeting, old, new, at, by)
        voters = self._roll(meeting, came=0.88)
        self._record(meeting, by, held, signed, voters)

    def _event(self, meeting, old, new, at, by=None):
        self.events.append(
            MeetingEvent(meeting=meeting, old_status=old, new_status=new, by=by or self.desk, at=at)
        )

    def _roll(self, meeting, *, came):
        """The roll of a meeting; `came` is the share that was there, None before it. Returns (due, present) voters."""
        members = self.members[meeting.branch_id]
        if meeting.kind == MeetingKind.COMMITTEE:
            members = [m for m in members if m.pk in self.committee[meeting.branch_id]]
        elif meeting.group_id:
            members = [m for m in members if m.group_id == meeting.group_id]
        due = present = 0
        for index, member in enumerate(members):
            row = Attendance(meeting=meeting, member=member, votes=member.has_vote)
            if came is not None:
                # the first of them chair it; enough come for a quorum in every meeting that is signed
                here = index <= len(members) // 2 or self.rng.random() < 2 * came - 1
                row.state = Attendance.State.PRESENT if here else Attendance.State.LEAVE
                row.reason = "" if here else self.rng.choice(("外地", "身体不适", "上班"))
                row.marked_at = meeting.recorded_at
            due += row.votes
            present += row.votes and row.state == Attendance.State.PRESENT
            self.rolls.append(row)
        return due, present

    def _record(self, meeting, by, held, signed, voters):
        due, present = voters
        members = self.members[meeting.branch_id]
        self.minutes.append(
            Minutes(
                meeting=meeting,
                agenda="学习上级文件\n讨论",
                points="大家围绕主题发言，提了身边的小事和改进办法。",
                conclusion="按讨论的意见办。",
                host=members[0] if members else None,
                written_by=by,
                written_at=held,
                locked_at=signed,
            )
        )
        if meeting.kind != MeetingKind.MEMBERS or present * 2 <= due or not members:
            return
        against = self.rng.choice([0, 0, 1]) if (present - 1) * 2 > due else 0
        self.motions.append(
            Motion(
                meeting=meeting,
                number=1,
                text=self.rng.choice(MOTIONS),
                votes_for=present - against,
                votes_against=against,
                abstained=0,
                due=due,
                present=present,
                result=Motion.Result.PASSED,
                decided_at=held,
            )
        )
        self._task(meeting, members)

    def _task(self, meeting, members):
        due_on = meeting.on + dt.timedelta(days=self.rng.choice([14, 30]))
        today = timezone.localdate(self.now)
        is_open = due_on > today or (meeting.branch_id in self.careless and (today - meeting.on).days < 110)
        self.items.append(
            ActionItem(
                branch_id=meeting.branch_id,
                meeting=meeting,
                text=self.rng.choice(TASKS),
                owner=self.rng.choice(members),
                due_on=due_on,
                done_on=None if is_open else due_on,
                result="" if is_open else "办好了，下次会上说一声。",
            )
        )

    def save(self):
        fields = ["place", "title", "status", "recorded_at", "signed_at", "signed_by", "signed_on_paper"]
        Meeting.objects.bulk_update(self.meetings, [*fields, "copied_at", "copied_by"], batch_size=100)
        for rows in (self.rolls, self.minutes, self.events, self.motions, self.items):
            if rows:
                type(rows[0]).objects.bulk_create(rows, BATCH)
