"""The container set-up, read as text: what it promises about users, secrets, health and variables."""

import re

import pytest
import yaml
from django.conf import settings

TEXT = (settings.BASE_DIR / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
DOCKERFILE = (settings.BASE_DIR / "Dockerfile").read_text()
OURS = ["prepare", "web", "worker", "beat"]


def example_variables():
    """The variables of .env.example, those that are commented out because they have a default included."""
    lines = (settings.BASE_DIR / ".env.example").read_text().splitlines()
    return {found[1] for line in lines if (found := re.match(r"(?:# )?([A-Z_]+)=", line))}


def test_the_processes_are_there():
    assert set(SERVICES) == {"postgres", "redis", "prepare", "web", "worker", "beat", "proxy"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"prepare"}))
def test_every_lasting_service_is_watched_and_comes_back(name):
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert len(service["healthcheck"]["test"]) > 1
    assert {"interval", "timeout", "retries"} <= set(service["healthcheck"])
    assert service["restart"] == "unless-stopped"


def test_the_preparation_runs_once_and_before_the_others():
    assert SERVICES["prepare"]["command"] == ["python", "manage.py", "prepare"]
    assert SERVICES["prepare"]["restart"] == "no"
    waits = {name: SERVICES[name]["depends_on"]["prepare"]["condition"] for name in ("web", "worker", "beat")}
    assert set(waits.values()) == {"service_completed_successfully"}


@pytest.mark.parametrize("name", OURS)
def test_our_processes_have_no_privileges(name):
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in SERVICES[name]
    assert "privileged" not in SERVICES[name]
    assert "ports" not in SERVICES[name]


def test_the_image_ends_as_an_ordinary_user():
    final_stage = DOCKERFILE.split("\nFROM ")[-1]
    assert re.findall(r"^USER (\S+)", final_stage, re.MULTILINE) == ["portal"]
    assert final_stage.index("useradd ") < final_stage.index("\nUSER portal") < final_stage.index("\nCMD ")


def test_the_image_is_slim_and_installs_the_lock_with_hashes():
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.12-slim"}
    assert "pip install --no-cache-dir --require-hashes -r requirements.txt" in DOCKERFILE


def test_neither_secrets_nor_data_enter_the_image():
    ignored = (settings.BASE_DIR / ".dockerignore").read_text().split()
    assert {".env", "var", ".git"} <= set(ignored)


def test_only_the_proxy_is_reachable_and_only_it_speaks_to_the_outside():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}


def test_no_secret_is_written_down():
    assert re.findall(r"(?i)(?:password|secret|key)\w*['\"]?\s*[:=]\s*(?!\$\{)['\"]?[\w-]+", TEXT) == []
    assert set(re.findall(r"://\w+:(\$\{[^}]+\}|[^@/\s]+)@", TEXT)) == {
        "${POSTGRES_PASSWORD:?set it in .env}"
    }


def test_compose_asks_for_no_variable_that_the_example_does_not_show():
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", TEXT))
    assert asked == {"POSTGRES_PASSWORD", "SITE_HOST"}
    assert asked - example_variables() == set()


def test_every_variable_of_the_example_is_read_by_something_and_the_other_way_round():
    source = (settings.BASE_DIR / "haimengyuan" / "settings.py").read_text()
    of_settings = set(re.findall(r"(?:env\.\w+|required_secret|whole_number)\(\s*\"([A-Z_]+)\"", source))
    of_compose = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", TEXT))
    of_first_start = {"DEMO", "DEMO_PASSWORD"}
    assert example_variables() == of_settings | of_compose | of_first_start


def test_the_example_holds_no_value_for_a_secret():
    text = (settings.BASE_DIR / ".env.example").read_text()
    for name in ("SECRET_KEY", "FIELD_KEYS", "HASH_KEY", "POSTGRES_PASSWORD", "DEMO_PASSWORD"):
        assert re.search(rf"^{name}=$", text, re.MULTILINE), name


def test_volumes_keep_what_must_survive():
    volumes = {name: service.get("volumes", []) for name, service in SERVICES.items()}
    assert volumes["postgres"] == ["postgres:/var/lib/postgresql/data"]
    assert volumes["redis"] == ["redis:/data"]
    assert {tuple(volumes[name]) for name in OURS} == {("var:/srv/portal/var", "static:/srv/portal/static")}
    named = set(yaml.safe_load(TEXT)["volumes"])
    assert {volume.split(":")[0] for group in volumes.values() for volume in group} == named


def test_the_proxy_terminates_tls_serves_static_files_and_is_counted_as_one():
    caddyfile = yaml.safe_load(TEXT)["configs"]["caddyfile"]["content"]
    assert caddyfile.startswith(
        "{$$SITE_HOST} {\n"
    )  # no http:// and no port: Caddy gets a certificate for it
    assert "handle_path /static/* {\n        root * /srv/static\n" in caddyfile
    assert "static:/srv/static:ro" in SERVICES["proxy"]["volumes"]
    assert "reverse_proxy web:8000" in caddyfile
    assert caddyfile.count("{") == caddyfile.count("}")
    assert SERVICES["web"]["environment"]["TRUSTED_PROXY_COUNT"] == "1"
    assert SERVICES["web"]["environment"]["PUBLIC_BASE_URL"].startswith("https://")
