"""The helper's own pages: what waits for an answer, what they carry, their messages."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages as notices
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from branches.models import Attendance, MeetingStatus, PartyMember
from grids.free_times import at
from grids.models import CarePlan
from haimengyuan.lib.keys import row_key
from haimengyuan.lib.moments import WEEKDAYS, say_half_day, say_moment
from people.doors import door
from reminders.actions import mark_read
from reminders.models import Reminder
from services import links
from services.forms.widgets import say_wish
from services.models import Offer, OrderStatus, ServiceOrder
from volunteers.actions.check_in import may_arrive
from volunteers.certificate_paper import say_hours
from volunteers.links import signup_path
from volunteers.models import ActivityStatus, HourEntry, Signup

PAGE_ROWS = 50
SHOWN = 30
DATES_SHOWN = 4


@dataclass(frozen=True)
class Asked:
    """An offer that waits for an answer; the place ends at the building."""

    link: str
    service: str
    need: str
    where: str
    when: str
    resident: str
    words: str
    until: str


@dataclass(frozen=True)
class Date:
    """Something to come that this person goes to."""

    starts_at: dt.datetime
    title: str
    where: str
    href: str
    status: str
    is_sure: bool
    may_arrive: bool = False

    @property
    def local(self):
        return timezone.localtime(self.starts_at)

    @property
    def clock(self):
        return f"{WEEKDAYS[self.local.weekday()]} {self.local.hour}:{self.local:%M}"


@dataclass(frozen=True)
class Task:
    """An order that this person carries, with what they need to go there."""

    href: str
    number: str
    status: str
    service: str
    place: str
    who: str
    phone: str
    when: str
    agreed: bool


@door("enter_me_door")
@require_safe
def home(request):
    """Everything that waits for this person, the most pressing first."""
    person = request.user.person
    year = timezone.localdate().replace(month=1, day=1)
    context = {"person": person, "asked": [], "tasks": [], "dates": [], "minutes": 0, "unread": 0, "of": ""}
    if person is not None:
        minutes = HourEntry.objects.filter(person=person, served_on__gte=year).total_minutes()
        membership = PartyMember.objects.current().filter(person=person).select_related("branch").first()
        context |= {
            "asked": _asked(person),
            "tasks": _tasks(person),
            "dates": _dates(person),
            "visits": _visits(person),
            "hours": say_hours(minutes),
            "unread": Reminder.objects.inbox_of(person).unread()[:100].count(),
            "of": membership.branch.name if membership else "",
        }
    return render(request, "me/home.html", context)


def _visits(person):
    """How many people they look in on and how many of them are due, None for nobody."""
    waiting = list(CarePlan.objects.of_visitor(person).values_list("waiting", flat=True))
    due = sum(each >= dt.timedelta() for each in waiting)
    return {"all": len(waiting), "due": due} if waiting else None


def _asked(person):
    rows = (
        Offer.objects.unanswered()
        .filter(person=person, order__status=OrderStatus.OFFERED)
        .select_related("order__service", "order__building", "order__contact", "order__community")
        .order_by("answer_due_at", "pk")
    )
    return [
        Asked(
            link=links.offer_path(made),
            service=made.order.service.name_zh,
            need=made.order.need,
            where=made.order.place_to_building,
            when=say_wish(made.order.wish, made.order.wish_on, made.order.wish_half),
            resident=made.order.contact.masked_name if made.order.contact else "",
            words=made.note,
            until=say_moment(made.answer_due_at),
        )
        for made in rows[:SHOWN]
    ]


def _tasks(person):
    rows = ServiceOrder.objects.carried_by(person).with_related().order_by("due_at", "pk")
    return [_task(order) for order in rows[:SHOWN]]


def _dates(person):
    """The next activities they signed up for and meetings they are invited to, the soonest first. Two queries."""
    now, today = timezone.now(), timezone.localdate()
    signups = Signup.objects.active().filter(person=person, shift__ends_at__gt=now)
    signups = signups.filter(shift__activity__status=ActivityStatus.PUBLISHED).with_related()
    found = [
        Date(
            starts_at=row.shift.starts_at,
            title=row.shift.activity.title,
            where=row.shift.activity.place,
            href=signup_path(row),
            status=row.get_status_display(),
            is_sure=row.is_holding,
            may_arrive=row.is_coming and may_arrive(row.shift, now),
        )
        for row in signups.order_by("shift__starts_at", "pk")[:DATES_SHOWN]
    ]
    invited = Attendance.objects.filter(member__person=person, meeting__on__gte=today)
    invited = invited.filter(meeting__status=MeetingStatus.ANNOUNCED).select_related("meeting__group")
    found += [
        Date(
            starts_at=at(row.meeting.on, row.meeting.at),
            title=row.meeting.name,
            where=row.meeting.place,
            href=reverse("me:meetings"),
            status=_("请了假") if row.state == Attendance.State.LEAVE else _("要参加"),
            is_sure=row.state != Attendance.State.LEAVE,
        )
        for row in invited.order_by("meeting__on", "meeting__at")[:DATES_SHOWN]
    ]
    return sorted(found, key=lambda date: date.starts_at)[:DATES_SHOWN]


def _task(order):
    who = order.beneficiary
    return Task(
        href=reverse("me:task", args=[order.number]),
        number=order.spoken_number,
        status=order.status,
        service=order.service.name_zh,
        place=order.place,
        who=who.name if who else "",
        phone=order.contact.phone if order.contact else "",
        when=say_half_day(order.visit_on, order.visit_half) if order.visit_on else _("还没约时间"),
        agreed=order.visit_agreed,
    )


@door("enter_me_door")
@require_http_methods(["GET", "HEAD", "POST"])
def messages(request):
    """The inbox. Reading it does not mark it; a button does, so that nothing is lost by a pre-fetch."""
    person = request.user.person
    if person is None:
        return render(request, "me/messages.html", {"rows": [], "unread": False, "older": ""})
    inbox = Reminder.objects.inbox_of(person)
    if request.method == "POST":  # what has come since the page was shown, nobody has seen yet
        newest = inbox.filter(pk=row_key(request.POST.get("row", ""))).first()
        mark_read(inbox.older_than(newest, or_equal=True))
        notices.success(request, _("都看过了。"))
        return HttpResponseRedirect(reverse("me:messages"))
    before = inbox.filter(pk=row_key(request.GET.get("before", ""))).first()
    page = list(inbox.older_than(before)[: PAGE_ROWS + 1])
    rows = [
        {
            "pk": row.pk,
            "subject": row.subject,
            "text": row.text,
            "link": row.link,
            "when": say_moment(row.due_at),
            "unread": row.read_at is None,
        }
        for row in page[:PAGE_ROWS]
    ]
    older = f"{reverse('me:messages')}?before={page[PAGE_ROWS - 1].pk}" if len(page) > PAGE_ROWS else ""
    context = {"rows": rows, "unread": any(row["unread"] for row in rows), "older": older}
    return render(request, "me/messages.html", context)
