"""Who is looked in on, how often and by whom (features.md T05). When somebody is due is computed, see `CarePlan`."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.errors import CarePlanRefused
from grids.models import Appointment, CarePlan
from people.models import Consent, Person


@transaction.atomic
def begin_plan(person, *, category, visitor=None, since=None):
    """Look in on `person` from a day on (default today): `visitor`, or the head of the grid. Returns the `CarePlan`.

    Raises `CarePlanRefused` for somebody who has moved away or died, who has a plan already, or who would visit
    themselves, and for a visitor who is gone or has stopped helping.
    """
    if person.state != Person.State.ALIVE:
        raise CarePlanRefused(_("这位已经迁出或去世，不用走访"))
    plan = CarePlan(person=person, category=category, visitor=visitor, since=since or timezone.localdate())
    return _save(plan)


@transaction.atomic
def change_plan(plan, *, category, visitor, since, until):
    """Write these values into a plan; `until`, a day that has come, ends it, None lets it go on. Returns it.

    Raises `CarePlanRefused`, also for a visitor who has stopped helping since the page was opened.
    """
    plan.category, plan.visitor, plan.since, plan.until = category, visitor, since, until
    return _save(plan)


def _save(plan):
    if reason := _why_not(plan):
        raise CarePlanRefused(reason)
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        raise CarePlanRefused(_("这位已经有走访计划了，请改原来那一条")) from error
    return plan


def _why_not(plan):
    if plan.visitor_id == plan.person_id:
        return _("走访的人和被走访的是同一位")
    if plan.until and plan.until < plan.since:
        return _("结束的日子不能早于开始的日子")
    if plan.until and plan.until > timezone.localdate():
        return _("结束的日子还没到，请到那天再填")
    if plan.visitor and plan.until is None and not _may_visit(plan.visitor):
        return _("请的这一位已经迁出、去世，或者不做志愿者了，请换一位，或者空着由网格长去")
    return ""


def _may_visit(visitor):
    """Whose door is whose is read by nobody who is gone, or who has stopped helping and has no duty in a grid."""
    if visitor.state != Person.State.ALIVE:
        return False
    has_stopped = Person.objects.having_withdrawn(Consent.Purpose.HELP).filter(pk=visitor.pk).exists()
    return not has_stopped or Appointment.objects.current().filter(person=visitor).exists()


def give_back_plans(person):
    """What `person` was to visit goes back to the heads of the grids. Returns how many plans."""
    return CarePlan.objects.filter(visitor=person, until=None).update(visitor=None)


def pass_plans_on(plans, *, to):
    """These plans are `to`'s from now on; one about `to` themselves is left to the grid. Returns how many are `to`'s."""
    going = CarePlan.objects.filter(pk__in=[plan.pk for plan in plans], until=None)
    going.filter(person=to).update(visitor=None)
    return going.exclude(person=to).update(visitor=to)
