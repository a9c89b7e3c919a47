"""Moments of local time, and a clock that the engine believes."""

import datetime as dt
from contextlib import contextmanager

from django.utils import timezone

from tests.makers import patch_now


def at(text):
    """An aware moment of local time: "2026-11-24 08:30"."""
    return timezone.make_aware(dt.datetime.fromisoformat(text))


@contextmanager
def it_is(text):
    with patch_now(at(text)):
        yield at(text)
