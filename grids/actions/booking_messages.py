"""Who is told what about a booking: the desk of a request, whoever booked of the answer. One notice for a group."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grids.links import booking_path, staff_venue_path
from grids.models import Appointment, Booking
from haimengyuan.lib.moments import say_dated_moment
from people.models import Consent
from reminders.actions import plan, to_desk, to_person
from reminders.models import Reminder
from reminders.workdays import Workdays

_EVENING = dt.time(18, 0)
_NUDGE_BEFORE = dt.timedelta(hours=2)  # the answer is due
_DAY = dt.timedelta(days=1)


def tell_requested(booking):
    """A resident's request waits: the desk and the head of the venue's grid hear of it, the desk again before its end."""
    due = say_dated_moment(booking.answer_due_at)
    words = {
        "kind": Reminder.Kind.BOOKING,
        "dedupe_key": f"booking:{booking.pk}:requested",
        "subject": _("有人想订%s") % booking.venue,
        "text": _("%(when)s，%(what)s。点一下就能答复，最晚 %(due)s，过了时间就放开了。")
        % {"when": booking.when, "what": booking.title, "due": due},
        "expires_at": booking.ends_at,
    }
    grid = booking.venue.grid
    heads = Appointment.objects.current().heads().filter(grid=grid).select_related("person")
    plan(
        [
            to_desk(grid.community, link=staff_venue_path(booking), **words),
            *_nudge(booking, due),
            *(
                to_person(head.person, link=f"/admin/grids/booking/{booking.pk}/change/", **words)
                for head in heads
            ),
        ]
    )


def _nudge(booking, due):
    """The desk once more, while it is open: two hours before the answer is due, at closing time at the latest."""
    community, now = booking.venue.grid.community, timezone.now()
    when = nudge_at(now, booking.answer_due_at, community)
    if when is not None:
        yield to_desk(
            community,
            kind=Reminder.Kind.BOOKING,
            dedupe_key=f"booking:{booking.pk}:nudge",
            subject=_("%s的预订还没答复") % booking.venue,
            text=_("%(when)s，%(what)s。%(due)s还没答复，时间就放开了。")
            % {"when": booking.when, "what": booking.title, "due": due},
            link=staff_venue_path(booking),
            due_at=when,
            expires_at=booking.answer_due_at,
        )


def nudge_at(now, due, desk):
    """The last moment of desk hours that lies two hours before `due` and an hour before closing; None when it is past.

    `desk` has `desk_opens` and `desk_closes`.
    """
    latest = timezone.localtime(due - _NUDGE_BEFORE)
    first, day = timezone.localdate(now), latest.date()
    calendar = Workdays(first, max(first, day))
    while day >= first:
        closing = timezone.make_aware(dt.datetime.combine(day, desk.desk_closes)) - dt.timedelta(hours=1)
        opening = timezone.make_aware(dt.datetime.combine(day, desk.desk_opens))
        when = min(latest, closing)
        if calendar.has(day) and opening <= when:
            return when if when > now else None
        day -= _DAY
    return None


def tell_expired(booking):
    """Nobody answered in time: who asked hears it, with where to go now."""
    if booking.contact:
        subject = _("%s没有订成，抱歉") % booking.venue
        text = _(
            "%(when)s：社区没有来得及答复，时间已经放开。还要用请重新订，或者打社区值班电话 %(phone)s。"
        ) % {
            "when": booking.when,
            "phone": booking.venue.grid.community.desk_phone,
        }
        plan([_to_contact(booking, "expired", subject, text, urgent=True)])


def tell_confirmed(bookings):
    """The time is held: whoever booked hears it once for the group, and again on each evening before."""
    first = bookings[0]
    more = (
        ngettext("，一共 %d 次", "，一共 %d 次", len(bookings)) % len(bookings) if len(bookings) > 1 else ""
    )
    told = [
        _to_contact(
            first,
            "confirmed",
            _("%s订好了") % first.venue,
            _("%(when)s%(more)s，%(place)s。用完请关灯关窗。")
            % {"when": first.when, "more": more, "place": first.venue.place},
        )
    ]
    for booking in bookings:
        day = timezone.localdate(booking.starts_at) - dt.timedelta(days=1)
        eve = timezone.make_aware(dt.datetime.combine(day, _EVENING))
        if eve > timezone.now():
            subject, text = _("明天用%s") % booking.venue, _("不来了请点开取消，让给别人用。")
            told.append(_to_contact(booking, "eve", subject, text, due_at=eve, expires_at=booking.ends_at))
    plan(told)


def tell_answer(booking):
    """The request was declined: the reason, and that another time can be asked for."""
    if booking.contact:
        subject = _("%s这次没有订成") % booking.venue
        text = _("%(when)s：%(why)s。可以换个时间再订。") % {"when": booking.when, "why": booking.reason}
        plan([_to_contact(booking, "declined", subject, text)])


def tell_cancelled(bookings, *, by):
    """The time was given back: the other side hears it, in one notice for all of them."""
    first, grid = bookings[0], bookings[0].venue.grid
    count = len(bookings)
    times = first.when if count == 1 else _("%(when)s起 %(count)d 次") % {"when": first.when, "count": count}
    subject = _("%s的预订取消了") % first.venue
    text = f"{times}：{first.reason}。"
    if by is None:
        key = f"booking:{first.pk}:cancelled"
        told = to_desk(
            grid.community,
            kind=Reminder.Kind.BOOKING,
            dedupe_key=key,
            subject=subject,
            text=text,
            link=staff_venue_path(first),
        )
        plan([told])
    elif first.contact and first.contact_id != by.person_id:
        plan([_to_contact(first, "cancelled", subject, text, urgent=True)])


def _to_contact(booking, name, subject, text, **options):
    return to_person(
        booking.contact,
        kind=Reminder.Kind.BOOKING,
        rests_on=Consent.Purpose.BOOKING if booking.kind == Booking.Kind.RESIDENT else "",
        dedupe_key=f"booking:{booking.pk}:{name}",
        subject=subject,
        text=text[:300],
        link=booking_path(booking),
        **options,
    )
