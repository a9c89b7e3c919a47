"""Private notices: before meetings and when nobody said that they took place, before the end of terms, birthdays.

To the secretary first, then to the community's desk; never a list, never a comparison (features.md B09).
"""

import datetime as dt
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

from branches import links
from branches.models import Meeting, MeetingStatus, PartyMember, Post
from branches.rules.terms import ANNOUNCED_AT, stage_reached
from haimengyuan.lib.moments import say_full_day
from people.models import Person
from reminders.actions import plan, to_desk, to_person
from reminders.models import Reminder

FIRST_NOTICE, SECOND_NOTICE = 10, 3  # days before
DESK_AFTER = 7  # days after the day of the meeting
FORGET_AFTER = 60
BIRTHDAY_GRACE = 3  # days in which a card is still sent when the tick did not run
_DAY = dt.timedelta(days=1)


def remind_meetings(today=None):
    """Plan the notices that are due for meetings ahead; each occasion once, however often it runs."""
    today = today or timezone.localdate()
    meetings = (
        Meeting.objects.ahead()
        .filter(on__gte=today - FORGET_AFTER * _DAY, on__lte=today + FIRST_NOTICE * _DAY)
        .with_related()
    )
    meetings = list(meetings)
    secretaries = _secretaries({meeting.branch_id for meeting in meetings})
    plan(
        [row for meeting in meetings for row in _notices(meeting, secretaries.get(meeting.branch_id), today)]
    )


def _secretaries(branches):
    """branch → the person to tell: the secretary, else the deputy; a branch without either is missing."""
    posts = (
        Post.objects.current()
        .filter(
            branch__in=branches,
            kind__in=[Post.Kind.SECRETARY, Post.Kind.DEPUTY],
            member__person__state=Person.State.ALIVE,
        )
        .select_related("member__person")
        .order_by("kind")  # "deputy" before "secretary": the later one stands
    )
    return {post.branch_id: post.member.person for post in posts}


def _notices(meeting, secretary, today):
    stage = _stage(meeting, (meeting.on - today).days)
    if stage is None:
        return
    words = {
        "kind": Reminder.Kind.MEETING,
        "dedupe_key": f"meeting:{meeting.pk}:{stage}:{meeting.on:%Y%m%d}",
        "subject": _subject(stage) % meeting.name,
        "text": _text(stage, meeting),
        "expires_at": timezone.now() + 14 * _DAY,
    }
    if secretary is not None:
        yield to_person(secretary, link=links.secretary_path(meeting), **words)
    if secretary is None or (stage == "late" and (today - meeting.on).days >= DESK_AFTER):
        yield to_desk(meeting.branch.community, link=links.desk_path(meeting), **words)


def _stage(meeting, days_left):
    if days_left < 0:
        return "late"
    if days_left <= SECOND_NOTICE:
        return "t3"
    # an announced meeting has its day and its invitations: nothing is left to be done ten days before
    return "t10" if meeting.status == MeetingStatus.PLANNED else None


def _subject(stage):
    return {
        "t10": _("请定日子发通知：%s"),
        "t3": _("快开会了：%s"),
        "late": _("还没登记：%s"),
    }[stage]


def _text(stage, meeting):
    day, branch = say_full_day(meeting.on), meeting.branch.name
    if stage == "t10":
        return _("%(branch)s，排在 %(day)s。看看日子合不合适，定了地点就可以发通知。") % {
            "branch": branch,
            "day": day,
        }
    if stage == "t3":
        return _("%(branch)s，%(day)s。议程里已经放好上次没办完的事。") % {"branch": branch, "day": day}
    return _("%(branch)s，原定 %(day)s。开过了请补记录，没开请写原因或者改日子。") % {
        "branch": branch,
        "day": day,
    }


def announce_terms(today=None):
    """Tell whoever holds a post, and the desk once for each branch, 180, 90 and 30 days before a term ends.

    A committee is elected together, so its posts are one line at the desk (domain.md §1.1 no. 11; features.md B03).
    """
    today = today or timezone.localdate()
    posts = (
        Post.objects.current(today)
        .filter(ended_on=None, ends_on__gte=today, ends_on__lte=today + max(ANNOUNCED_AT) * _DAY)
        .select_related("branch__community", "member__person")
        .order_by("branch", "ends_on", "pk")
    )
    rows = []
    for (branch, ends_on), together in groupby(posts, key=lambda post: (post.branch, post.ends_on)):
        together = list(together)
        stage = stage_reached((ends_on - today).days)
        rows += [
            to_person(post.member.person, **_term_notice([post], f"term:{post.pk}", stage))
            for post in together
        ]
        rows.append(to_desk(branch.community, **_term_notice(together, f"term:branch{branch.pk}", stage)))
    plan(rows)


def _term_notice(posts, key, stage):
    branch, ends_on = posts[0].branch, posts[0].ends_on
    words = {
        "branch": branch.name,
        "posts": "、".join(dict.fromkeys(post.get_kind_display() for post in posts)),
        "day": say_full_day(ends_on),
    }
    return {
        "kind": Reminder.Kind.TERM,
        "dedupe_key": f"{key}:{ends_on:%Y%m%d}:{stage}",
        "subject": _("任期快到了：%s") % (branch.name if len(posts) > 1 else words["posts"]),
        "text": _("%(branch)s的%(posts)s任期到 %(day)s，请准备换届；提前或延期要报上级批准。") % words,
        "expires_at": timezone.now() + 14 * _DAY,
    }


def send_birthday_cards(today=None):
    """A word from the branch on the day of joining the party (features.md M07); not to those who opted out."""
    today = today or timezone.localdate()
    days = [today - n * _DAY for n in range(BIRTHDAY_GRACE + 1)]
    members = (
        PartyMember.objects.reachable()
        .filter(wants_birthday_card=True, joined_on__isnull=False)
        .select_related("person", "branch")
    )
    plan([_card(member, day) for member in members for day in days if _is_birthday(member.joined_on, day)])


def _is_birthday(joined_on, day):
    years = day.year - joined_on.year
    if years < 1:
        return False
    try:
        return joined_on.replace(year=day.year) == day
    except ValueError:  # 29 February
        return day == dt.date(day.year, 2, 28)


def _card(member, day):
    return to_person(
        member.person,
        kind=Reminder.Kind.BIRTHDAY,
        dedupe_key=f"birthday:{member.pk}:{day.year}",
        subject=_("政治生日快乐"),
        text=_("%(month)d月%(day)d日是您入党 %(years)d 周年的日子。%(branch)s祝您身体健康、万事如意。")
        % {
            "month": day.month,
            "day": day.day,
            "years": day.year - member.joined_on.year,
            "branch": member.branch.name,
        },
    )
