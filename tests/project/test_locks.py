"""The lock files install the same packages everywhere, from wherever a machine gets its packages."""

import re

import pytest
from django.conf import settings

LOCKS = ["requirements.txt", "requirements-dev.txt"]


def entries(name):
    """One string per pinned package, with its hashes."""
    lines = (settings.BASE_DIR / name).read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return text.replace("\\\n", " ").splitlines()


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes(name):
    bare = [e for e in entries(name) if not re.match(r"^[a-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", e)]
    assert bare == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_address_and_no_option_but_hashes(name):
    text = (settings.BASE_DIR / name).read_text()
    assert (
        re.findall(
            r"://|^\s*-\S+|file:|/home/|/tmp/|/root/", text.replace("    --hash", "hash"), re.MULTILINE
        )
        == []
    )


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_asked_for_is_locked(name):
    asked = (settings.BASE_DIR / name.replace(".txt", ".in")).read_text().splitlines()
    wanted = {normal(re.match(r"[A-Za-z0-9._-]+", line)[0]) for line in asked if line[:1].isalpha()}
    locked = {normal(e.partition("==")[0]) for e in entries(name)}
    assert wanted - locked == set()


def test_development_runs_on_the_versions_of_production():
    assert set(entries("requirements.txt")) <= set(entries("requirements-dev.txt"))
