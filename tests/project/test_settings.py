"""Settings refuse to guess, and say what they miss."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

SECRETS = {"SECRET_KEY": "a", "FIELD_KEYS": "b", "HASH_KEY": "c"}
PRINT = "import json; from haimengyuan import settings as s; print(json.dumps([{}], default=str))"


def load(tmp_path, expression="s.DEBUG", **environment):
    """Load the settings in a process of their own, whose environment has nothing of the suite's."""
    clean = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    # empty, not absent: a developer's own .env must not answer for them
    known = dict.fromkeys(
        [*SECRETS, "DATABASE_URL", "REDIS_URL", "PUBLIC_BASE_URL", "DEBUG", "EMAIL_URL"], ""
    )
    return subprocess.run(
        [sys.executable, "-c", PRINT.format(expression)],
        cwd=settings.BASE_DIR,
        env=clean | known | {"DEBUG": "0", "VAR_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_stops_the_start_and_is_named(tmp_path, missing):
    result = load(tmp_path, **{name: value for name, value in SECRETS.items() if name != missing})
    assert result.returncode == 1
    assert f"{missing} is not set" in result.stderr.splitlines()[-1]


def test_debug_does_not_bring_default_secrets(tmp_path):
    assert load(tmp_path, DEBUG="1").returncode == 1


def test_secrets_of_the_file_are_enough(tmp_path):
    (tmp_path / "secrets.env").write_text("".join(f"{name}={value}\n" for name, value in SECRETS.items()))
    result = load(tmp_path, "s.SECRET_KEY, s.FIELD_KEYS, s.HASH_KEY")
    assert json.loads(result.stdout) == ["a", ["b"], "c"]


@pytest.mark.parametrize(("given", "port"), [("", 8000), (" ", 8000), ("8123", 8123), ("65535", 65535)])
def test_an_empty_port_is_the_default(tmp_path, given, port):
    result = load(tmp_path, "s.PORT, s.PUBLIC_BASE_URL", PORT=given, **SECRETS)
    assert json.loads(result.stdout) == [port, f"http://127.0.0.1:{port}"]


@pytest.mark.parametrize("given", ["eighty", "8000.5", "-1", "0", "65536", "８０００"])
def test_a_port_that_is_none_is_said_in_one_sentence(tmp_path, given):
    result = load(tmp_path, PORT=given, **SECRETS)
    sentence = f"ImproperlyConfigured: PORT is {given!r}: it must be a whole number from 1 to 65535"
    assert (result.returncode, result.stderr.splitlines()[-1]) == (
        1,
        f"django.core.exceptions.{sentence}",
    )


@pytest.mark.parametrize("given", ["abc", "0"])
def test_a_start_with_a_port_that_is_none_ends_with_that_sentence_alone(tmp_path, given):
    clean = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    result = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=settings.BASE_DIR,
        env=clean | SECRETS | {"DEBUG": "0", "VAR_DIR": str(tmp_path), "PORT": given},
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = f"PORT is {given!r}: it must be a whole number from 1 to 65535\n"
    assert (result.returncode, result.stdout, result.stderr) == (2, "", said)


def test_the_embedded_default_is_sqlite_and_files(tmp_path):
    result = load(tmp_path, "s.DATABASES['default']['NAME'], s.CELERY_BROKER_URL, s.DEBUG", **SECRETS)
    assert json.loads(result.stdout) == [str(tmp_path / "portal.sqlite3"), "files://localhost", False]


def test_addresses_choose_postgresql_and_redis(tmp_path):
    result = load(
        tmp_path,
        "s.DATABASES['default']['ENGINE'], s.DATABASES['default']['CONN_MAX_AGE'], s.CELERY_BROKER_URL",
        DATABASE_URL="postgres://u:p@h/n",
        REDIS_URL="redis://h/1",
        **SECRETS,
    )
    assert json.loads(result.stdout) == ["django.db.backends.postgresql", 600, "redis://h/1"]


@pytest.mark.parametrize(
    ("url", "secure"), [("https://portal.example", True), ("http://127.0.0.1:8000", False)]
)
def test_tls_turns_on_secure_cookies_and_hsts(tmp_path, url, secure):
    result = load(
        tmp_path,
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, getattr(s, 'SECURE_HSTS_SECONDS', 0) > 0",
        PUBLIC_BASE_URL=url,
        **SECRETS,
    )
    assert json.loads(result.stdout) == [secure] * 3


def test_passwords_are_hashed_with_argon2(tmp_path):
    result = load(tmp_path, "s.PASSWORD_HASHERS[0]", **SECRETS)
    assert json.loads(result.stdout) == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def test_robots_are_read_by_name(tmp_path):
    result = load(
        tmp_path, "s.APPRISE_URLS", APPRISE_URLS="grid-6=wecombot://k,desk=feishu://t?a=b", **SECRETS
    )
    assert json.loads(result.stdout) == [{"grid-6": "wecombot://k", "desk": "feishu://t?a=b"}]


def test_the_deployment_check_has_nothing_to_say(tmp_path):
    environment = {"PUBLIC_BASE_URL": "https://portal.example", "TRUSTED_PROXY_COUNT": "1"}
    secrets = SECRETS | {"SECRET_KEY": "x7Qv0bR-long-and-mixed-enough-for-the-check-of-django-59213"}
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=settings.BASE_DIR,
        env=inherited | {"VAR_DIR": str(tmp_path), "HASHED_STATIC_NAMES": "0"} | secrets | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
