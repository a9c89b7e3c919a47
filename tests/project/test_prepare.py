"""Preparing does what is missing and nothing twice."""

import os

import pytest
from django.contrib.auth import get_user_model

from haimengyuan.lib.catalogues import compile_catalogues
from haimengyuan.management import prepare as preparing
from tests.makers import make_person


@pytest.fixture
def commands(monkeypatch, settings, tmp_path):
    """The management commands that were called, in order; none of them runs."""
    called = []
    monkeypatch.setattr(preparing, "call_command", lambda name, **options: called.append(name))
    monkeypatch.setattr(preparing.connections, "close_all", lambda: None)
    settings.VAR_DIR = tmp_path
    return called


def say_nothing(sentence):
    pass


def test_a_first_start_loads_demo_data(db, commands):
    preparing.prepare(demo=True, say=say_nothing)
    assert commands == ["migrate", "load_reference", "load_demo"]


def test_an_installation_with_accounts_never_gets_demo_data(db, commands):
    get_user_model().objects.create_user("desk-one", "right-horse-battery")
    preparing.prepare(demo=True, say=say_nothing)
    assert commands == ["migrate", "load_reference"]


def test_an_installation_that_a_resident_has_used_never_gets_demo_data(db, commands):
    make_person()
    preparing.prepare(demo=True, say=say_nothing)
    assert commands == ["migrate", "load_reference"]


def test_demo_data_can_be_left_out(db, commands):
    preparing.prepare(demo=False, say=say_nothing)
    assert commands == ["migrate", "load_reference"]


def test_static_files_are_collected_again_only_after_a_change(commands, settings, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a{}")
    settings.STATICFILES_DIRS = [source]
    settings.HASHED_STATIC_NAMES = True
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    preparing.collect_static(say_nothing)
    preparing.collect_static(say_nothing)
    assert commands == ["collectstatic"]
    (source / "a.css").write_text("a{color:red}")
    preparing.collect_static(say_nothing)
    assert commands == ["collectstatic", "collectstatic"]


def test_catalogues_are_compiled_when_they_are_newer(tmp_path):
    source = tmp_path / "en" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "点单"\nmsgstr "Order"\n'
    )
    compiled = source.with_suffix(".mo")
    assert compile_catalogues(tmp_path) == [compiled]
    assert b"Order" in compiled.read_bytes()
    os.utime(compiled, (source.stat().st_mtime + 5,) * 2)
    assert compile_catalogues(tmp_path) == []
    os.utime(source, (compiled.stat().st_mtime + 5,) * 2)
    assert compile_catalogues(tmp_path) == [compiled]
