import io

from django.apps import apps
from django.conf import settings
from django.core.management import call_command


def own_apps():
    return [
        a
        for a in apps.get_app_configs()
        if a.path.startswith(f"{settings.BASE_DIR}/") and ".venv" not in a.path
    ]


def test_models_and_migrations_agree(db):
    out = io.StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=out)
    except SystemExit:
        raise AssertionError(out.getvalue()) from None


def test_migrations_have_names_that_say_what_they_do():
    names = [
        path.stem for app in own_apps() for path in (settings.BASE_DIR / app.label).glob("migrations/0*.py")
    ]
    assert names
    assert [name for name in names if "_auto_" in name or name[5:].isdigit()] == []
