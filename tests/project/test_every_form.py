"""Every form of every page, sent back with values that no keyboard would give it: the answer is a page or a sentence.

`test_rubbish` tries a few forms with everything; this one finds all forms by itself, those of new pages too.
"""

from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

import pytest
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client

from tests.project.routing import make_world, routes

pytestmark = pytest.mark.django_db

# too long for a column, no text at all, the last number that fits
VALUES = ("9" * 30, "长\ud800", str(2**63 - 1))
STAYS = {"csrfmiddlewaretoken", "action", "do", "verb"}


class FormReader(HTMLParser):
    """The forms of a page: (where they go, how, {field: what it holds}, the first button with a name)."""

    def __init__(self, html):
        super().__init__()
        self.forms, self._form = [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = {"to": values.get("action", ""), "by": values.get("method", "get").lower()}
            self._form |= {"fields": {}, "button": None}
            self.forms.append(self._form)
        elif self._form and (name := values.get("name")):
            if tag == "button":
                self._form["button"] = self._form["button"] or (name, values.get("value", ""))
            elif tag in {"input", "textarea", "select"}:
                self._form["fields"].setdefault(name, values.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None


def forms_of(client, world):
    """Each form once that this visitor can see: the address it goes to, its method, its fields and button."""
    found = {}
    for route, _view in routes():
        page = world.address(route)
        answer = client.get(page)
        if answer.status_code == 200 and "html" in answer.headers.get("Content-Type", ""):
            for form in FormReader(answer.content.decode()).forms:
                to = urljoin(page, form["to"] or page).partition("#")[0]
                found.setdefault(
                    (to, form["by"], *sorted(form["fields"]), form["button"]), {**form, "to": to}
                )
    return [form for form in found.values() if form["to"] != "/logout/"]


def test_the_reader_finds_what_a_browser_would_send():
    html = (
        '<form action="/a/" method="POST"><input name="x" value="1"><select name="y"></select>'
        '<textarea name="z"></textarea><button name="do" value="go">Go</button></form>'
        '<form><input name="q"></form>'
    )
    sent, asked = FormReader(html).forms
    assert sent == {
        "to": "/a/",
        "by": "post",
        "fields": {"x": "1", "y": "", "z": ""},
        "button": ("do", "go"),
    }
    assert (asked["by"], asked["fields"]) == ("get", {"q": ""})


@pytest.mark.parametrize("role", ["", "manager", "grid", "helper"])
def test_no_form_of_any_page_ends_in_a_server_error(role):
    world, client, wrong = make_world(), Client(raise_request_exception=False), []
    if role:
        client.force_login(world.users[role])
    tried = None

    def note(sender, **_more):
        wrong.append(tried)

    got_request_exception.connect(note)
    try:
        for form in forms_of(client, world):
            for value in VALUES:
                tried = (form["to"], form["button"], value)
                typed = {name: held if name in STAYS else value for name, held in form["fields"].items()}
                if form["button"]:
                    typed.setdefault(*form["button"])
                body = urlencode(typed, encoding="utf-8", errors="surrogatepass")
                with transaction.atomic():
                    if form["by"] == "post":
                        kind = "application/x-www-form-urlencoded"
                        client.generic("POST", form["to"], body, content_type=kind)
                    else:
                        client.get(form["to"].partition("?")[0], QUERY_STRING=body)
                    transaction.set_rollback(True)
    finally:
        got_request_exception.disconnect(note)
    assert wrong == []
