from django.utils import timezone

from reminders.models import Heartbeat


def beat(name):
    """Note that the tick `name` ran just now; `/healthz` and the staff banner report the age of the last one."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": timezone.now()})
