"""What neighbours share in the demo: venues with a few bookings, notices, topics, and what partner units do."""

import datetime as dt

from django.utils import timezone

from branches.actions.disclosure import answer_objection, object_to, publish
from branches.actions.partners import add_line, step
from branches.models import Notice, PartnerStatus, PartnerUnit, PartyBranch
from grids.actions import book
from grids.free_times import ONE_DAY, FreeTimes
from grids.models import Booking, OpeningHours, Venue
from haimengyuan.demo.talks import save_talks
from reminders.models import Reminder

VENUES = (
    (6, Venue.Kind.GARDEN, "听涛议事园", "3 号楼东侧凉亭旁", 24, True, "投影、音响、长桌", "每周三上午议事"),
    (
        1,
        Venue.Kind.MUTUAL_HELP,
        "海梦苑互助中心",
        "南区 6 号楼一层",
        40,
        True,
        "饮水机、血压计、缝纫机",
        "每周二量血压",
    ),
    (11, Venue.Kind.SERVICE, "登州里便民服务站", "2 号楼一层", 12, False, "打印机、轮椅", "代收快递、借轮椅"),
)
MORNING, NOON = (dt.time(8, 30), dt.time(11, 30)), (dt.time(14), dt.time(17))
NOTICES = (
    (
        Notice.Kind.NOTICE,
        "楼道消防通道清理",
        "这周末起清理楼道杂物，请把自家东西先搬进屋。搬不动的打值班电话，有人来帮。",
        0,
        14,
    ),
    (Notice.Kind.NOTICE, "登州里停水半天", "换总阀，上午八点到十二点没水，请提前存一点。", -12, 3),
    (
        Notice.Kind.COMMUNITY,
        "冬季取暖补助名单公示",
        "名单贴在社区宣传栏。觉得谁该有没有、谁不该有却有，公示期内都可以说。",
        0,
        10,
    ),
    (
        Notice.Kind.FINANCE,
        "第三季度居务支出",
        "每一笔花在哪儿都在下面。看不明白可以问，觉得不对可以提。",
        0,
        10,
    ),
)


def save_commons(community, register, users, *, now):
    """Write it through the actions of the portal, so that all of it can go on from here."""
    staff = users["staff"]
    venues = [_venue(register.grids[number], *rest) for number, *rest in VENUES]
    residents = [
        resident
        for resident in register.residents[6]
        if resident.is_adult_with_phone and resident.relation == "head"
    ]
    _book(venues, residents[0].person, staff, now)
    for kind, title, meaning, from_today, days in NOTICES:
        first = now.date() + from_today * ONE_DAY
        notice = Notice(
            community=community,
            kind=kind,
            title=title,
            meaning=meaning,
            shows_on=first,
            expires_on=first + days * ONE_DAY,
            pinned=kind == Notice.Kind.NOTICE and not from_today,
        )
        publish(notice, by=staff)
        if kind == Notice.Kind.COMMUNITY:
            _object(notice, residents)
    save_talks(register.grids[6], residents, venues[0], users, now=now)
    _partners(community)
    _deliver(now)


def _venue(grid, kind, name, place, seats, step_free, equipment, offers):
    venue = Venue.objects.create(
        grid=grid,
        kind=kind,
        name=name,
        place=place,
        seats=seats,
        step_free=step_free,
        equipment=equipment,
        offers=offers,
        bookable=kind != Venue.Kind.SERVICE,
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(venue=venue, weekday=weekday, opens=opens, closes=closes)
        for weekday in range(6)
        for opens, closes in (MORNING, NOON)
    )
    return venue


def _book(venues, resident, staff, now):
    """A resident's request that waits for the desk, and a weekly meeting of the branch."""
    garden, centre, _station = venues
    for venue, kind, title, weeks in (
        (garden, Booking.Kind.RESIDENT, "合唱队排练", 1),
        (centre, Booking.Kind.BRANCH, "党小组学习", 4),
    ):
        first = now.date() + 2 * ONE_DAY
        start = FreeTimes(venue, first, first + 14 * ONE_DAY).next_free(now, 60)
        who = {"name": resident.name, "phone": resident.phone} if kind == Booking.Kind.RESIDENT else {}
        book(
            venue,
            kind=kind,
            title=title,
            starts_at=start,
            minutes=60,
            weeks=weeks,
            submission_key=f"demo:{title}",
            entered_by=None if who else staff,
            **who,
        )


def _partners(community):
    """A unit with a line in each of the three lists, the last one on its way."""
    clinic = PartnerUnit.objects.create(community=community, name="社区卫生服务站", place="登州里 2 号楼")
    school = PartnerUnit.objects.create(community=community, name="蓬莱某中学", place="钟楼南路")
    branch = PartyBranch.objects.get(branch_grids__grid__community=community, branch_grids__grid__number=6)
    add_line(community, kind="resource", text="每月来一次，免费量血压、测血糖", unit=clinic)
    add_line(community, kind="demand", text="暑假想给孩子办一个写作业的地方", branch=branch)
    project = add_line(community, kind="project", text="老年人手机课，每周一次", unit=school, branch=branch)
    step(project, PartnerStatus.MATCHED)
    step(project, PartnerStatus.SIGNED, note="说好上八次，学生来教")


def _object(notice, residents):
    """Two neighbours say something to a disclosure; one has been answered."""
    words = ("补助标准写得不清楚，能不能列个表", "我家去年有，今年怎么没有")
    made = [
        object_to(
            notice,
            text=text,
            name=resident.person.name,
            phone=resident.person.phone,
            submission_key=f"demo:objection:{index}",
            address="192.0.2.1",
        )
        for index, (text, resident) in enumerate(zip(words, residents, strict=False))
    ]
    answer_objection(made[0], answer="表已经贴在正文里了，谢谢提醒。")


def _deliver(now):
    """What was just planned lies in the inboxes, and nothing is left that would leave the portal for an invented phone."""
    kinds = [Reminder.Kind.BIRTHDAY, Reminder.Kind.BOOKING, Reminder.Kind.TOPIC, Reminder.Kind.NOTICE]
    planned = Reminder.objects.filter(kind__in=kinds)
    planned.exclude(status=Reminder.Status.PENDING, due_at__lte=timezone.now()).delete()
    planned.update(status=Reminder.Status.SENT, sent_at=now)
