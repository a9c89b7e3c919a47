import stat

import pytest
from cryptography.fernet import Fernet

from haimengyuan.lib.secrets_file import MAKERS, ensure_secrets


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch):
    for name in MAKERS:
        monkeypatch.delenv(name)


def test_the_first_start_makes_all_secrets_for_its_owner_only(tmp_path):
    var_dir = tmp_path / "var"
    assert ensure_secrets(var_dir) == ["SECRET_KEY", "FIELD_KEYS", "HASH_KEY"]
    assert stat.S_IMODE((var_dir / "secrets.env").stat().st_mode) == 0o600
    made = dict(line.split("=", 1) for line in (var_dir / "secrets.env").read_text().splitlines())
    Fernet(made["FIELD_KEYS"])  # raises on a key of the wrong form
    assert min(map(len, made.values())) >= 40


def test_a_second_start_changes_nothing(tmp_path):
    ensure_secrets(tmp_path)
    before = (tmp_path / "secrets.env").read_bytes()
    assert ensure_secrets(tmp_path) == []
    assert (tmp_path / "secrets.env").read_bytes() == before


def test_only_what_is_missing_is_made(tmp_path, monkeypatch):
    (tmp_path / "secrets.env").write_text("FIELD_KEYS=kept\n")
    monkeypatch.setenv("HASH_KEY", "given")
    assert ensure_secrets(tmp_path) == ["SECRET_KEY"]
    assert (tmp_path / "secrets.env").read_text().splitlines()[0] == "FIELD_KEYS=kept"
