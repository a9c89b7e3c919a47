"""Is the portal well? Asked by load balancers and by the people who run it."""

import shutil

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from haimengyuan.celery import app
from reminders.models import Heartbeat

LEAST_FREE_BYTES = 200 * 1024 * 1024


@never_cache
@login_not_required
@require_safe
def healthz(request):
    """JSON of one "ok" or one reason per part; 200 when all are well, else 503. It names no person and no secret."""
    parts = {"database": _database(), "broker": _broker(), "beat": _beat(), "disk": _disk()}
    well = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if well else "failing", **parts}, status=200 if well else 503)


def _database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _broker():
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return "unreachable"
    return "ok"


def _beat():
    try:
        last = Heartbeat.objects.last_at()
    except DatabaseError:
        return "unknown"
    if last is None:
        return "has not ticked yet"
    if Heartbeat.is_alive(last):
        return "ok"
    return f"last tick {int((timezone.now() - last).total_seconds() // 60)} minutes ago"


def _disk():
    free = shutil.disk_usage(settings.VAR_DIR).free
    return "ok" if free >= LEAST_FREE_BYTES else f"only {free // 2**20} MB free"
