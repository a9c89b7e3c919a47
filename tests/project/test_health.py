import datetime as dt
import shutil
from collections import namedtuple

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from haimengyuan.views import health
from reminders.models import Heartbeat

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def a_disk_with_room(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, 10**12))


def beat(**age):
    Heartbeat.objects.update_or_create(
        name="test", defaults={"beat_at": timezone.now() - dt.timedelta(**age)}
    )


def test_all_is_well(client, db):
    beat(minutes=1)
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "broker": "ok", "beat": "ok", "disk": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_a_scheduler_that_fell_silent_is_told_with_its_age(client, db):
    beat(minutes=11, seconds=5)
    response = client.get("/healthz")
    assert (response.status_code, response.json()["status"]) == (503, "failing")
    assert response.json()["beat"] == "last tick 11 minutes ago"


def test_a_scheduler_that_never_ticked(client, db):
    assert client.get("/healthz").json()["beat"] == "has not ticked yet"


def test_a_broker_that_is_away(client, db, monkeypatch):
    def away():
        raise OperationalError("redis://user:password@host")

    monkeypatch.setattr(health.app, "connection_for_write", away)
    beat(minutes=1)
    response = client.get("/healthz")
    assert (response.status_code, response.json()["broker"]) == (503, "unreachable")
    assert "password" not in response.text


def test_a_disk_that_is_nearly_full(client, db, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, 5 * 2**20))
    beat(minutes=1)
    response = client.get("/healthz")
    assert (response.status_code, response.json()["disk"]) == (503, "only 5 MB free")


def test_a_database_that_is_away_is_an_answer_and_not_an_error(client, db, monkeypatch):
    def away(*args, **kwargs):
        raise health.DatabaseError("no such host")

    with monkeypatch.context() as patch:
        patch.setattr(health.connection, "cursor", away)
        patch.setattr(Heartbeat.objects, "last_at", away)
        response = client.get("/healthz")
    assert response.status_code == 503
    assert (response.json()["database"], response.json()["beat"]) == ("unreachable", "unknown")


def test_it_only_reads(client, db):
    assert client.post("/healthz").status_code == 405
