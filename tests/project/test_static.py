"""Every file that a style sheet or a script names is there, so that names with hashes can be made."""

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.once
def test_static_files_get_names_with_hashes(tmp_path):
    result = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"HASHED_STATIC_NAMES": "1", "STATIC_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "staticfiles.json").exists()
