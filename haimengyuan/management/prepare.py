"""What must be in place before the portal is served; every step finds out by itself that it has nothing to do."""

import hashlib
import os

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections

from haimengyuan.celery import app
from haimengyuan.lib.catalogues import compile_catalogues
from people.models import Person

DEMO_LOGINS = "demo-logins.txt"


def prepare(*, demo: bool, say) -> None:
    """Translations, tables, reference data, static files, queues; demo data too, if wanted and nobody is known.

    `say` gets one sentence per slow step.
    """
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    compile_catalogues(settings.BASE_DIR / "locale")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_reference", verbosity=0)
    collect_static(say)
    declare_queues()
    if demo and not get_user_model().objects.exists() and not Person.objects.exists():
        say("正在写入演示数据，大约需要半分钟……")
        call_command("load_demo", force=True)
    connections.close_all()


def collect_static(say) -> None:
    """Copy, hash and compress the static files, unless they are those of the last time."""
    if not settings.HASHED_STATIC_NAMES:
        return
    stamp = settings.STATIC_ROOT / ".fingerprint"
    fingerprint = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    say("正在整理静态文件……")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint)


def declare_queues() -> None:
    """Make every queue before three programs start at once: two first writers of one file exchange would collide."""
    with app.connection_for_write() as broker, broker.channel() as channel:
        for queue in settings.CELERY_TASK_QUEUES:
            queue.bind(channel).declare()


def _static_fingerprint():
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            file = os.stat(storage.path(name))
            digest.update(f"{name}:{file.st_size}:{file.st_mtime_ns}\n".encode())
    return digest.hexdigest()
