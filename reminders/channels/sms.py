"""Text messages. A gateway is a class with one method; settings.SMS_BACKEND names it."""

import collections
import fcntl
import json
import os
import re
import sys
import threading
from functools import cache
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from haimengyuan.lib.masking import mask_phone
from reminders.errors import Unavailable, Undeliverable

_MOBILE = re.compile(r"1[3-9]\d{9}")


class Gateway(Protocol):
    """What a provider's adapter must do."""

    def send(self, *, key: str, phone: str, text: str) -> None:
        """Send `text`, signature included, to an 11-digit mobile number.

        A message with a `key` that was sent before is dropped. Returns when the provider has taken it, raises
        `Unavailable` or `Undeliverable` when it has not. Called by several threads and processes at once.
        """


def send(message):
    """Send a `channels.Message` as a text message with the community's signature in front."""
    if not _MOBILE.fullmatch(message.to):
        raise Undeliverable(_("没有能收短信的手机号"))
    text = f"【{message.sender}】{message.subject}：{message.text}"
    gateway().send(key=message.key, phone=message.to, text=text)


def gateway():
    """The gateway of settings.SMS_BACKEND: `file`, `console` or the dotted path of a class."""
    return _gateway(settings.SMS_BACKEND, str(settings.VAR_DIR))


@cache
def _gateway(name, var_dir):
    if name == "file":
        return FileGateway(os.path.join(var_dir, "outbox", "sms.jsonl"))
    if name == "console":
        return ConsoleGateway()
    try:
        return import_string(name)()
    except ImportError as error:
        raise ImproperlyConfigured(
            f"SMS_BACKEND is {name!r}: use file, console or the path of a class"
        ) from error


class FileGateway:
    """One JSON line for each message, for trials and tests; phones stand in it, so only its owner may read it.

    A key is written once, whatever thread, process or crash asks again: the file is locked while it is read and
    written, and a line counts when it is whole and on the disk.
    """

    def __init__(self, path):
        self.path = path
        self._file_id, self._read_to, self._keys = None, 0, set()

    def send(self, *, key, phone, text):
        line = {"key": key, "phone": phone, "text": text, "at": timezone.localtime().isoformat()}
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)  # closing the file gives it back, and so does a SIGKILL
                self._learn(file)
                if key not in self._keys:
                    self._append(file, json.dumps(line, ensure_ascii=False).encode() + b"\n")
                    self._keys.add(key)
            finally:
                os.close(file)
        except OSError as error:
            raise Unavailable(_("短信发件箱写不进去")) from error

    def _learn(self, file):
        """Read the keys that others have added since, and cut off the half line of a writer that was killed."""
        status = os.fstat(file)
        if self._file_id != (status.st_dev, status.st_ino) or status.st_size < self._read_to:
            self._file_id, self._read_to, self._keys = (status.st_dev, status.st_ino), 0, set()
        added = os.pread(file, status.st_size - self._read_to, self._read_to)
        whole = added[: added.rfind(b"\n") + 1]
        self._keys.update(json.loads(line)["key"] for line in whole.splitlines())
        self._read_to += len(whole)
        if len(whole) < len(added):
            os.ftruncate(file, self._read_to)

    def _append(self, file, line):
        written = os.pwrite(file, line, self._read_to)
        if written < len(line):
            raise OSError("the disk is full")
        os.fsync(file)
        self._read_to += written


class ConsoleGateway:
    """Prints messages with the phone masked, for developers; it forgets its keys when the process ends."""

    REMEMBERED = 10_000

    def __init__(self):
        self._lock, self._keys = threading.Lock(), collections.OrderedDict()

    def send(self, *, key, phone, text):
        with self._lock:
            if key in self._keys:
                return
            sys.stdout.write(f"短信 {mask_phone(phone)} {text}\n")
            sys.stdout.flush()
            self._keys[key] = None
            if len(self._keys) > self.REMEMBERED:
                self._keys.popitem(last=False)
