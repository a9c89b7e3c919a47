from django.contrib.sessions.models import Session
from django.utils import timezone


def forget_old_sessions():
    """Remove the sessions that have expired: nobody can come back to them. Returns how many."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
