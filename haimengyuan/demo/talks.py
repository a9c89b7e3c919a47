"""Topics of the demo, one in each step: they go through the actions, and what lies behind them is then dated back."""

import datetime as dt

from django.utils import timezone

from branches.actions import polls, topics
from branches.models import Poll, Topic, TopicSession, TopicStatus
from grids.free_times import ONE_DAY, FreeTimes
from grids.models import Booking, BookingStatus
from reminders.models import Reminder
from reminders.workdays import after_workdays

WISHES = (
    "3 号楼门口想装一个电动车充电棚",
    "小广场的长凳坏了两条，想换成带靠背的",
    "地下车库入口太暗，想装两盏灯",
    "晾衣杆装在楼前还是楼后，大家说说",
    "一楼单元门口想装扶手，老人上下台阶稳当",
    "垃圾桶正对窗户，夏天味儿大，想挪个地方",
    "广场舞音响晚上八点半以后关小点",
)
SUNDAY = 6
WHY = "好几户老人都提过，支部来议"
MINUTES = "物业、楼长和八户居民都说了话。花多少钱、放在哪儿、谁来管，逐条议过。"


def save_talks(grid, residents, garden, users, *, now):
    """Write them for `grid`; `residents` are heads of households with a telephone, `garden` is where people sit."""
    talk = _Talk(garden, users, now, [resident.household for resident in residents])
    made = [talk.wish(grid, index, text, residents[index]) for index, text in enumerate(WISHES)]
    _raised, accepted, discussing, deciding, announced, doing, evaluating = made
    for household in talk.homes[len(WISHES) : len(WISHES) + 3]:
        topics.second(made[0], household)
    topics.take_up(accepted, reason=WHY)
    talk.invite(discussing)
    talk.ask(deciding, question="晾衣杆统一装在楼后，好不好？")
    for topic, question, days in (
        (announced, "一楼单元门口装扶手，好不好？", 2),
        (doing, "垃圾桶挪到东墙边，好不好？", 20),
        (evaluating, "八点半以后音响关小，好不好？", 45),
    ):
        talk.ask(topic, question=question)
        talk.count(topic, days_ago=days)
    _say_something(announced, residents[-1])
    talk.do(doing, ("挪垃圾桶、铺地面", "挪好了，铺了一圈地砖"), ("每天冲洗一次", ""))
    talk.do(evaluating, ("和领队说好，立牌子", "立了牌子，八点半准时关"))
    topics.ask_for_rating(evaluating)
    topics.rate_topic(evaluating, score=5, household=talk.homes[0])
    for topic, days in (
        (accepted, 6),
        (discussing, 9),
        (deciding, 12),
        (announced, 21),
        (doing, 40),
        (evaluating, 70),
    ):
        raised_at = now - days * ONE_DAY
        decide_due_at = after_workdays(raised_at, topics.DECIDE_WITHIN, grid.community)
        Topic.objects.filter(pk=topic.pk).update(raised_at=raised_at, decide_due_at=decide_due_at)


def _say_something(topic, resident):
    topics.comment(
        topic,
        text="扶手别装太高，坐轮椅的够不着",
        name=resident.person.name,
        phone=resident.person.phone,
        submission_key="demo:comment",
        address="192.0.2.1",
    )


def _open_day(moment):
    """The same hour a day earlier on a Sunday, when the garden is closed."""
    return moment - ONE_DAY if moment.weekday() == SUNDAY else moment


class _Talk:
    """What all topics share: the room, who keeps the papers, and the households that speak."""

    def __init__(self, garden, users, now, homes):
        self.garden, self.now, self.homes = garden, now, homes
        self.staff, self.manager = users["staff"], users["manager"]

    def wish(self, grid, index, text, resident):
        return topics.raise_topic(
            grid,
            text=text,
            name=resident.person.name,
            phone=resident.person.phone,
            may_publish=True,
            submission_key=f"demo:{index}",
        )

    def invite(self, topic):
        """Taken up, and a sitting in the coming days."""
        topics.take_up(topic, reason=WHY)
        first = timezone.localdate(self.now) + 2 * ONE_DAY
        start = FreeTimes(self.garden, first, first + 14 * ONE_DAY).next_free(self.now, 60)
        topics.call_session(
            topic,
            venue=self.garden,
            starts_at=start,
            minutes=60,
            agenda="装在哪儿、谁出钱、谁来管",
            invited="物业、业委会",
            by=self.staff,
        )

    def ask(self, topic, *, question):
        """Taken up, a sitting of last week with minutes, and a vote that is running."""
        topics.take_up(topic, reason=WHY)
        topics.move_topic(topic, TopicStatus.DISCUSSING)
        sat_at = _open_day((self.now - 3 * ONE_DAY).replace(hour=9, minute=0, second=0, microsecond=0))
        booking = Booking.objects.create(
            venue=self.garden,
            kind=Booking.Kind.BRANCH,
            title=f"议事会：{topic.title}"[:60],
            status=BookingStatus.CONFIRMED,
            starts_at=sat_at,
            ends_at=sat_at + dt.timedelta(hours=1),
            entered_by=self.staff,
            submission_key=f"demo:sitting:{topic.pk}",
        )
        session = TopicSession.objects.create(topic=topic, booking=booking, agenda="听大家说", invited="物业")
        topics.keep_minutes(session, minutes=MINUTES)
        poll = polls.open_poll(topic, question=question)
        for index, home in enumerate(self.homes[:10]):
            channel = ("web", "web", "phone", "paper")[index % 4]
            choice = "" if channel == "paper" else "no" if index == 5 else "yes"
            by = None if channel == "web" else self.staff
            polls.vote(poll, home, channel=channel, choice=choice, by=by)
        return poll

    def count(self, topic, *, days_ago):
        """The vote ended; two have signed, and its outcome was published so many days ago."""
        poll, shift = topic.poll, (days_ago + 1) * ONE_DAY
        Poll.objects.filter(pk=poll.pk).update(
            opens_at=self.now - shift - 7 * ONE_DAY, closes_at=self.now - shift
        )
        polls.close_polls()
        poll.refresh_from_db()
        papers = topic.voters.filter(channel="paper").count()
        polls.count_poll(poll, yes=papers, no=0, abstain=0, by=self.staff)
        polls.check_poll(poll, by=self.manager)
        topics.publish_outcome(topic, outcome="大多数同意，照办。", dissent="一户担心费用，说好由物业出。")
        topic.outcome_on = timezone.localdate(self.now) - days_ago * ONE_DAY
        opened_at = timezone.localtime(poll.opens_at)
        sat_at = _open_day(opened_at.replace(hour=9, minute=0, second=0, microsecond=0) - ONE_DAY)
        self._date_back(topic, poll, sat_at)

    def _date_back(self, topic, poll, sat_at):
        """The calls to a vote that is over lie in nobody's inbox, and the sitting was before it."""
        Topic.objects.filter(pk=topic.pk).update(outcome_on=topic.outcome_on)
        Poll.objects.filter(pk=poll.pk).update(closed_at=poll.closes_at)
        topic.voters.update(voted_on=timezone.localdate(poll.opens_at) + 2 * ONE_DAY)
        session = topic.sessions.select_related("booking").get()
        Booking.objects.filter(pk=session.booking_id).update(
            starts_at=sat_at, ends_at=sat_at + dt.timedelta(hours=1)
        )
        TopicSession.objects.filter(pk=session.pk).update(held_on=timezone.localdate(sat_at))
        Reminder.objects.filter(dedupe_key__startswith=f"topic:{topic.pk}:home:").delete()

    def do(self, topic, *tasks):
        """What is to be done after the notice; a task with a result is done."""
        due_on = timezone.localdate(self.now) + 10 * ONE_DAY
        topics.begin_doing(topic, tasks=[(text, "物业", due_on) for text, _result in tasks])
        for task, (_text, result) in zip(topic.tasks.order_by("pk"), tasks, strict=True):
            if result:
                topics.finish_task(task, result=result)
