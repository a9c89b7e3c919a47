"""The lock files install the same packages everywhere, from wherever a machine gets its packages."""

import os
import re
import subprocess
import sys

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


# Imports all of the portal as production would, but nothing that only development installs.
IMPORT_ALL = """
import pkgutil, sys
from importlib import import_module, metadata
installed_by_name = metadata.packages_distributions()
allowed = set(sys.argv[1].split())
normal = lambda name: name.lower().replace("_", "-").replace(".", "-")
class OnlyWhatIsLocked:
    def find_spec(self, name, path=None, target=None):
        owners = installed_by_name.get(name, [])
        if owners and not allowed & set(map(normal, owners)):
            raise ModuleNotFoundError(f"{name} is not in requirements.txt", name=name)
sys.meta_path.insert(0, OnlyWhatIsLocked())
import django
django.setup()
from django.conf import settings
for package in ["haimengyuan", "people", "reminders", "grids", "branches", "volunteers", "services"]:
    for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
        import_module(found.name)
import_module("gunicorn.workers.gthread")
import_module("haimengyuan.celery").app.connection_for_write()
if settings.REDIS_URL:
    import_module("django.core.cache").cache._cache.get_client()
print("imported")
"""


@pytest.mark.once
@pytest.mark.parametrize("redis_url", ["", "redis://127.0.0.1:1/0"])
def test_production_imports_nothing_that_only_development_installs(redis_url, tmp_path):
    locked = " ".join(normal(e.partition("==")[0]) for e in entries("requirements.txt"))
    database = "postgres://nobody@127.0.0.1:1/nothing" if redis_url else ""
    environment = os.environ | {"VAR_DIR": str(tmp_path), "REDIS_URL": redis_url, "DATABASE_URL": database}
    environment["DJANGO_SETTINGS_MODULE"] = "haimengyuan.settings"
    command = [sys.executable, "-c", IMPORT_ALL, locked]
    run = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=300
    )
    assert (run.stdout.split(), run.stderr) == (["imported"], "")
