"""Whatever stands in a text column of any row is text on every page: no sign of it becomes markup (ASVS 5.0 1.2.1)."""

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.test import Client

from haimengyuan.lib.fields import EncryptedText
from tests.project.routing import is_open, make_world, routes

pytestmark = pytest.mark.django_db

PAYLOAD = "<x9 y=\"z'"
# what the portal itself writes there or looks rows up by; nobody types it
NOT_TYPED = ("hash", "key", "token", "code", "number", "password", "link", "address", "host", "text_version")
PAGES_AT_LEAST = {"": 15, "manager": 150, "grid": 150, "helper": 5}  # on so many it is seen, as text


def plant():
    """Put the payload into every column that somebody may fill with words. Returns how many cells hold it."""
    cells = 0
    for model in apps.get_models():
        if model._meta.app_label in {"contenttypes", "auth", "sessions", "axes"}:
            continue
        for field in filter(_is_typed, model._meta.concrete_fields):
            for pk in model._base_manager.values_list("pk", flat=True):
                try:
                    with transaction.atomic():
                        words = f"{PAYLOAD}{pk}"  # unique columns stay unique
                        cells += model._base_manager.filter(pk=pk).update(**{field.name: words})
                except IntegrityError:
                    continue  # a constraint says that this row holds no words here
    return cells


def _is_typed(field):
    typed = isinstance(field, models.CharField | models.TextField | EncryptedText)
    has_room = not field.max_length or field.max_length >= len(PAYLOAD) + 4
    return typed and has_room and not field.choices and not any(name in field.name for name in NOT_TYPED)


@pytest.mark.parametrize("role", ["", "manager", "grid", "helper"])
def test_words_are_never_markup(role):
    world = make_world()
    assert plant() > 300
    client = Client()
    if role:
        client.force_login(world.users[role])
    as_text, as_markup = 0, []
    for route, view in routes():
        if role and is_open(view):
            continue
        answer = client.get(world.address(route))
        kind = answer.headers.get("Content-Type", "")
        if answer.streaming or not ("html" in kind or "svg" in kind):
            continue
        page = answer.content.decode()
        as_text += "&lt;x9" in page
        if "<x9" in page or 'y="z' in page or "z'" in page.replace("z&#x27;", ""):
            as_markup.append(route)
    assert as_markup == []
    assert as_text >= PAGES_AT_LEAST[role]
