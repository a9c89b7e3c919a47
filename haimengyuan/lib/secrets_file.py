"""The secrets of an installation that was given none: made once, kept in a file that belongs to every backup.

Runs without Django, because the settings refuse to load before the secrets are there.
"""

import os
import secrets
from pathlib import Path

import environ
from cryptography.fernet import Fernet

BASE_DIR = Path(__file__).resolve().parents[2]
FILE_NAME = "secrets.env"
MAKERS = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEYS": lambda: Fernet.generate_key().decode(),
    "HASH_KEY": lambda: secrets.token_urlsafe(50),
}


def load_secrets(var_dir: Path) -> None:
    """Put the secrets of the file into the environment, where it has none or an empty one."""
    for name, value in _read(var_dir / FILE_NAME).items():
        if not os.environ.get(name):
            os.environ[name] = value


def ensure_secrets(var_dir: Path) -> list[str]:
    """Write those secrets that are neither in the environment nor in the file; returns their names.

    A secret that is there is never made again: with other FIELD_KEYS every personal column would be unreadable.
    """
    path = var_dir / FILE_NAME
    kept = _read(path)
    missing = [name for name in MAKERS if not os.environ.get(name) and name not in kept]
    if missing:
        var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = "".join(f"{name}={MAKERS[name]()}\n" for name in missing)
        with open(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="ascii"
        ) as file:
            file.write(lines)
    return missing


def _read(path: Path) -> dict[str, str]:
    values: dict[str, str] = {}
    if path.exists():
        for line in path.read_text(encoding="ascii").splitlines():
            name, separator, value = line.partition("=")
            if separator and name in MAKERS:
                # the first of two lines holds: two first starts at once must not end with different keys
                values.setdefault(name, value.strip())
    return values


if __name__ == "__main__":
    environ.Env.read_env(BASE_DIR / ".env")
    ensure_secrets(Path(os.environ.get("VAR_DIR") or BASE_DIR / "var"))
