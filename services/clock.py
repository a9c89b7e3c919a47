"""Due times of an order, in desk hours of working days (features.md V16, architecture.md §4)."""

from django.utils import timezone

from reminders.workdays import Workdays, after_desk_minutes, after_workdays, desk_minutes_between

DISPATCH_MINUTES = 60  # dispatch within one desk hour
ANSWER_MINUTES = 4 * 60  # an offer unanswered for four working hours returns to the desk
SOON_MINUTES = 4 * 60  # staff hears of an order this long before its due time


def due_times(service, start):
    """The pair (when somebody has to be sent, when a new order should be done), by the calendar of its community."""
    desk = service.community
    calendar = Workdays(timezone.localtime(start).date(), stamp=desk.calendar_stamp)
    return (
        after_desk_minutes(start, DISPATCH_MINUTES, desk, calendar=calendar),
        after_workdays(start, service.time_limit_workdays, desk, calendar=calendar),
    )


def dispatch_due(community, start):
    """When somebody has to be sent: one desk hour after `start` (aware datetime in and out)."""
    return after_desk_minutes(start, DISPATCH_MINUTES, community)


def answer_due(community, start):
    """When an unanswered offer returns to the desk: four desk hours after `start`."""
    return after_desk_minutes(start, ANSWER_MINUTES, community)


def order_due(service, start):
    """When the order should be done: the service's working days after `start`, at the end of desk hours."""
    return after_workdays(start, service.time_limit_workdays, service.community)


def reopened_due(service, start):
    """A reopened order has half the time (features.md V19)."""
    minutes = desk_minutes_between(start, order_due(service, start), service.community)
    return after_desk_minutes(start, max(1, minutes // 2), service.community)


def resumed_due(order, now):
    """The due time after a pause: what was left when the clock stopped is left now."""
    left = desk_minutes_between(order.paused_at, order.due_at, order.community)
    return after_desk_minutes(now, left, order.community) if left > 0 else order.due_at


def soon_after(community, now=None):
    """Orders that are due before this moment are nearly late."""
    return after_desk_minutes(now or timezone.now(), SOON_MINUTES, community)
