"""Who is told what about a topic: whoever must decide, its proposer, and the households that have not voted."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Post
from branches.topic_links import admin_path, desk_path, home_path, topic_path
from grids.models import Appointment, Household, Residency
from people.models import Consent, Person
from reminders.actions import plan, to_desk, to_person
from reminders.models import Reminder

_DAY = dt.timedelta(days=1)
_EVENING = dt.time(18)
_KIND = Reminder.Kind.TOPIC
_AGREED = Consent.Purpose.TOPIC


def tell_raised(topic):
    """The branch hears of it at once, a day before the five working days end, and when they have ended."""
    words = _("最晚 %s 前要定议不议，并写明原因。") % f"{timezone.localtime(topic.decide_due_at):%m-%d %H:%M}"
    plan(
        [
            *_to_branch(topic, "raised", _("居民提了一件事：%s") % topic.title, words),
            *_to_branch(
                topic, "decide:soon", _("明天要定：%s") % topic.title, words, topic.decide_due_at - _DAY
            ),
            *_to_branch(
                topic, "decide:late", _("过了 5 个工作日还没定：%s") % topic.title, words, topic.decide_due_at
            ),
        ]
    )


def tell_enough_seconds(topic):
    """As many households second it as are needed: the branch owes it a decision."""
    text = _("满 %d 户附议了，请定下来议不议。") % topic.SECONDS_NEEDED
    plan(_to_branch(topic, "seconds", _("附议够了：%s") % topic.title, text))


def tell_moved(topic):
    """The proposer hears of every step."""
    if topic.proposer:
        text = f"{topic.get_status_display()}。{topic.outcome or topic.reason}"[:300]
        plan([_to_proposer(topic, f"step:{topic.status}:{topic.moved_at:%Y%m%d%H%M%S}", text)])


def tell_session(session):
    """Proposer and seconding households are invited."""
    subject = _("请您来议：%s") % session.topic.title
    text = _("%(when)s在%(where)s。议程：%(agenda)s") % {**_where(session), "agenda": session.agenda}
    plan([*_to_invited(session, "invited", subject, text), *_eve_of(session)])


def tell_session_moved(session, *, was_at):
    """Those who were invited for `was_at` (aware) read the new day and place."""
    subject = _("议事会改时间地点了：%s") % session.topic.title
    text = _("改到 %(when)s，在%(where)s。") % _where(session)
    urgent = _is_near(was_at) or _is_near(session.booking.starts_at)
    told = _to_invited(session, f"moved:{session.booking_id}", subject, text, urgent=urgent)
    plan([*told, *_eve_of(session)])


def tell_session_off(session, reason):
    """Those who were invited read that the sitting does not take place, and why."""
    subject = _("议事会不开了：%s") % session.topic.title
    text = _("%(when)s在%(where)s的议事会不开了。%(why)s") % {**_where(session), "why": reason}
    plan(_to_invited(session, "off", subject, text, urgent=_is_near(session.booking.starts_at)))


def _is_near(starts_at):
    """Within a day a message breaks the quiet hours: nobody should cross the town for nothing."""
    return starts_at - timezone.now() < _DAY


def _eve_of(session):
    """The same people once more on the evening before; nothing where that evening is over."""
    starts_at = session.booking.starts_at
    day = timezone.localdate(starts_at) - _DAY
    eve = timezone.make_aware(dt.datetime.combine(day, _EVENING))
    if eve <= timezone.now():
        return []
    subject = _("明天来议：%s") % session.topic.title
    text = _("%(when)s在%(where)s。") % _where(session)
    options = {"due_at": eve, "expires_at": starts_at}
    return _to_invited(session, f"eve:{session.booking_id}", subject, text, **options)


def _where(session):
    return {"when": session.booking.when, "where": session.booking.venue}


def _to_invited(session, occasion, subject, text, **options):
    """To everybody at home in the households that second the topic, and to the proposer where they are not among them."""
    topic, key = session.topic, f"session:{session.pk}:{occasion}"
    told = [
        _to_person(
            topic,
            resident.person,
            f"{key}:{resident.household_id}",
            subject,
            text,
            home_path(topic, resident.household),
            **options,
        )
        for resident in _residents(topic.seconds.values("household"))
    ]
    if topic.proposer_id and topic.proposer_id not in {row.person_id for row in told}:
        told.append(_to_person(topic, topic.proposer, key, _about(topic), text, home_path(topic), **options))
    return told


def tell_poll(poll, homes, *, occasion):
    """Every household of `homes` hears that it may vote, or that there is more time; each with a link of its own."""
    topic = poll.topic
    until = timezone.localtime(poll.closes_at)
    subject = _("请您家表决：%s") % topic.title if occasion == "open" else _("表决延期：%s") % topic.title
    text = _("%(question)s 一户一票，最晚 %(until)s。点开按一下就行，也可以打电话、投纸票。") % {
        "question": poll.question,
        "until": f"{until.month}月{until.day}日 {until:%H:%M}",
    }
    plan(
        _to_home(
            topic, resident, f"{resident.household_id}:{occasion}", subject, text, expires_at=poll.closes_at
        )
        for resident in _residents(homes)
    )


def plan_last_call(poll, homes):
    """A day before the end, to households that have not voted; a vote silences its own."""
    topic, due = poll.topic, poll.closes_at - _DAY
    if due <= timezone.now():
        return
    subject, text = _("明天截止：%s") % topic.title, _("您家还没有表决。点开按一下就行。")
    key = f"last:{poll.closes_at:%Y%m%d%H%M}"
    options = {"due_at": due, "expires_at": poll.closes_at}
    plan(
        _to_home(topic, resident, f"{resident.household_id}:{key}", subject, text, **options)
        for resident in _residents(homes)
    )


def tell_poll_closed(poll):
    """The branch opens the paper box, counts, and two sign."""
    text = _("请开纸票箱，两个人计票、签字，再写结果。")
    plan(_to_branch(poll.topic, "poll:closed", _("表决截止了：%s") % poll.topic.title, text))


def tell_comment_answered(comment):
    """Whoever commented reads the answer."""
    plan(
        [
            to_person(
                comment.person,
                kind=_KIND,
                rests_on=_AGREED,
                dedupe_key=f"topic:{comment.topic_id}:comment:{comment.pk}",
                subject=_("您的意见有答复了"),
                text=comment.answer,
                link=topic_path(comment.topic),
            )
        ]
    )


def tell_comment(comment):
    """Somebody objects to an outcome: the branch owes an answer."""
    topic = comment.topic
    subject = _("对结果有意见：%s") % topic.title
    plan(_to_branch(topic, f"commented:{comment.pk}", subject, _("请在公示期内答复。")))


def households_of(topic):
    """The households that may vote on `topic`: all that live in its grid now."""
    return Household.objects.current().filter(dwelling__building__grid=topic.grid_id)


def _residents(homes):
    rows = Residency.objects.current().filter(household__in=homes, person__state=Person.State.ALIVE)
    return rows.select_related("person", "household").order_by("pk")


def _to_home(topic, resident, name, subject, text, **options):
    link = home_path(topic, resident.household)
    return _to_person(topic, resident.person, f"home:{name}", subject, text, link, **options)


def _to_proposer(topic, name, text):
    return _to_person(topic, topic.proposer, name, _about(topic), text, home_path(topic))


def _about(topic):
    return _("您提的“%s”") % topic.title


def _to_person(topic, person, name, subject, text, link, **options):
    return to_person(
        person,
        kind=_KIND,
        rests_on=_AGREED,
        dedupe_key=f"topic:{topic.pk}:{name}",
        subject=subject[:80],
        text=text[:300],
        link=link,
        **options,
    )


def _to_branch(topic, name, subject, text, due_at=None):
    """To the desk, the secretary and the grid head."""
    words = {
        "kind": _KIND,
        "dedupe_key": f"topic:{topic.pk}:{name}",
        "subject": subject[:80],
        "text": text,
        "due_at": due_at,
    }
    heads = Appointment.objects.current().heads().filter(grid=topic.grid_id).select_related("person")
    posts = Post.objects.current().filter(branch=topic.branch_id, kind=Post.Kind.SECRETARY)
    persons = {row.person.pk: row.person for row in heads}
    persons |= {row.member.person.pk: row.member.person for row in posts.select_related("member__person")}
    return [
        to_desk(topic.grid.community, link=desk_path(topic), **words),
        *(to_person(person, link=admin_path(topic), **words) for person in persons.values()),
    ]
