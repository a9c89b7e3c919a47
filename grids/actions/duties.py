"""Opening, ending and handing over appointments. The role of an account follows from the duties that its person holds."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.errors import AppointmentRefused
from grids.models import Appointment, Cover, Duty, Handover
from people.actions import gives, update_role
from people.models import Person, Role

ENTERED_AFTER_AT_MOST = 31  # days between a handover on paper and its entry
_DAY = dt.timedelta(days=1)


@transaction.atomic
def appoint(duty, *, grid, person, since=None, ends_on=None, work_phone=""):
    """Give `person` a duty in `grid` from `since` (default today). Returns the `Appointment`.

    Raises `AppointmentRefused` when the person cannot serve, the grid has its head already, the person holds the
    duty already, or the grid has as many holders as the duty allows.
    """
    if person.state != Person.State.ALIVE:
        raise AppointmentRefused(_("这位已经迁出或去世，不能任职"))
    holders = Appointment.objects.filter(duty=duty, grid=grid, ended_on=None)
    if holders.count() >= duty.max_per_grid:
        raise AppointmentRefused(
            _("%(grid)s的%(duty)s已经有 %(count)d 位，请先办离任")
            % {"grid": grid, "duty": duty, "count": duty.max_per_grid}
        )
    try:
        with transaction.atomic():
            appointment = Appointment.objects.create(
                duty=duty,
                kind=duty.kind,
                grid=grid,
                person=person,
                since=since or timezone.localdate(),
                ends_on=ends_on,
                work_phone=work_phone,
            )
    except IntegrityError as error:
        raise AppointmentRefused(_("这个职务刚刚已经有人登记了，请看看最新情况")) from error
    update_role(person)
    return appointment


@transaction.atomic
def end_appointment(appointment, *, on=None):
    """End an appointment on a day (default today); its holder loses the grid's rows at once.

    Raises `AppointmentRefused` when it has ended already.
    """
    on = max(on or timezone.localdate(), appointment.since)
    if not Appointment.objects.filter(pk=appointment.pk, ended_on=None).update(ended_on=on):
        raise AppointmentRefused(_("这个任职已经结束了"))
    appointment.ended_on = on
    _end_covers(appointment, on)
    update_role(appointment.person)


def _end_covers(appointment, on):
    """Nobody stands in for a duty that has ended: covers to come go, running ones end on the day before."""
    appointment.covers.filter(since__gte=on).delete()
    for made in appointment.covers.filter(until__gte=on).select_related("person"):
        Cover.objects.filter(pk=made.pk).update(until=on - _DAY)
        update_role(made.person)


@transaction.atomic
def hand_over(appointment, *, to, by, on=None, things="", note="", tasks=(), work_phone=""):
    """A grid head's duty goes from one to the next on one day (default today). Returns the `Handover`.

    The old head's rows end and the new one's begin with that day, so the grid is never without a head and never has
    two. `tasks` is what the sheet lists. Raises `AppointmentRefused` for another kind of duty, a day to come or too
    long ago, and whenever ending or opening is refused; then nothing has changed.
    """
    today = timezone.localdate()
    on = on or today
    if appointment.kind != Duty.Kind.HEAD:
        raise AppointmentRefused(_("只有网格长要办交接，别的职务直接办离任"))
    if to.pk == appointment.person_id:
        raise AppointmentRefused(_("接的人和交的人是同一位"))
    if not today - ENTERED_AFTER_AT_MOST * _DAY <= on <= today or on < appointment.since:
        raise AppointmentRefused(
            _("交接日期只能是今天，或者最近 %d 天里、上任以后的一天。以后的交接到那天再办")
            % ENTERED_AFTER_AT_MOST
        )
    end_appointment(appointment, on=on)
    taken = appoint(appointment.duty, grid=appointment.grid, person=to, since=on, work_phone=work_phone)
    return Handover.objects.create(
        left=appointment,
        taken=taken,
        things=things.strip()[:1000],
        note=note.strip()[:300],
        tasks=list(tasks),
        by=by,
    )


@transaction.atomic
def cover(appointment, *, person, since, until):
    """Let `person` stand in from `since` to `until`, both included. Returns the `Cover`.

    Raises `AppointmentRefused` for a cover by the holder themselves or one that ends before it begins.
    """
    if person == appointment.person:
        raise AppointmentRefused(_("代岗的人不能是本人"))
    if until < since:
        raise AppointmentRefused(_("代岗的结束日期早于开始日期"))
    made = Cover.objects.create(appointment=appointment, person=person, since=since, until=until)
    update_role(person)
    return made


@transaction.atomic
def remove_cover(made):
    """Take a `Cover` back; who stood in loses the grid's rows at once, unless a duty of their own keeps them."""
    made.delete()
    update_role(made.person)


@gives(Role.GRID)
def leads_a_grid(person):
    """Whether `person` is head or worker of a grid, or stands in for one, now or on a day to come."""
    today = timezone.localdate()
    held = Appointment.objects.filter(Q(ended_on=None) | Q(ended_on__gt=today), person=person)
    if held.filter(kind__in=[Duty.Kind.HEAD, Duty.Kind.WORKER]).exists():
        return True
    return Cover.objects.filter(person=person, until__gte=today).exists()


@gives(Role.HELPER)
def is_one_of_six(person):
    """Whether `person` is one of the six members of a grid."""
    today = timezone.localdate()
    return Appointment.objects.filter(Q(ended_on=None) | Q(ended_on__gt=today), person=person).exists()
