"""The import contracts hold, and they would notice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

APPS = ["haimengyuan", "services", "volunteers", "branches", "grids", "reminders", "people"]
LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def checkout(tmp_path):
    """The Python files of the project in a folder where they may be spoilt."""
    shutil.copy(settings.BASE_DIR / "pyproject.toml", tmp_path)
    for app in APPS:
        shutil.copytree(settings.BASE_DIR / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def lint(folder):
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        [LINT, "--no-cache", "--no-logo"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_contracts_hold(checkout):
    result = lint(checkout)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("people/planted.py", "import services.models", "Apps import downwards only"),
        ("reminders/planted.py", "from haimengyuan import urls", "Apps import downwards only"),
        ("haimengyuan/lib/planted.py", "import people.models", "haimengyuan.lib is a leaf"),
        ("haimengyuan/lib/planted.py", "import haimengyuan.broker", "haimengyuan.lib is a leaf"),
        ("grids/errors.py", "import grids.models", "Inside an app"),
        ("services/actions/tracking.py", "import services.forms.public", "Inside an app"),
        ("services/views/staff_words.py", "import services.admin.verbs", "Inside an app"),
        ("haimengyuan/overviews/coverage.py", "import haimengyuan.views.staff", "Inside an app"),
        ("haimengyuan/lib/planted.py", "import haimengyuan.overviews.coverage", "haimengyuan.lib is a leaf"),
    ],
)
def test_a_planted_import_turns_them_red(checkout, module, line, contract):
    with (checkout / module).open("a") as file:
        file.write(f"\n{line}\n")
    result = lint(checkout)
    assert result.returncode == 1
    assert f"{contract}" in result.stdout.split("Broken contracts")[1]
