"""Templates that would fail, or break the browser policy, before anybody opens the page."""

import re
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError
from django.template.loader import get_template

RULES = (
    (re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE), "inline script, which the policy refuses"),
    (re.compile(r"<style[\s>]|\sstyle\s*=", re.IGNORECASE), "inline style, which the policy refuses"),
    (re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE), "inline event handler, which the policy refuses"),
    (re.compile(r"\s(?:src|action)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE), "address of a foreign host"),
    (re.compile(r"<link[^>]*\shref\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE), "address of a foreign host"),
    (
        re.compile(
            r"{%\s*blocktrans(?:late)?\b(?![^%]*\btrimmed\b)[^%]*%}(?:(?!{%\s*endblocktrans)[^\n])*\n"
        ),
        "blocktranslate of several lines without trimmed",
    ),
    (
        re.compile(r"(?<!help_text)\|\s*safe\b|{%\s*autoescape off"),
        "unescaped output",
    ),  # help texts are our own, and Django writes links into some
)


class Command(BaseCommand):
    help = "Compile every template of the project and look for what the Content-Security-Policy refuses."

    def handle(self, *args, **options):
        faults = [fault for name, path in project_templates() for fault in faults_of(name, path)]
        if faults:
            raise CommandError("\n".join(faults))


def project_templates():
    """(template name, path) of each template file that belongs to this project, not to a package."""
    own = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    folders = [settings.BASE_DIR / "templates", *(path / "templates" for path in own)]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(folder)), path


def faults_of(name, path):
    """Sentences, each with the place, about what is wrong with one template; an empty list when nothing is."""
    faults = []
    try:
        get_template(name)
    except TemplateSyntaxError as error:
        faults.append(f"{name}: {error}")
    # a comment may speak of what is forbidden
    text = re.sub(
        r"{#.*?#}|{%\s*comment.*?endcomment\s*%}",
        lambda m: "\n" * m[0].count("\n"),
        path.read_text(),
        flags=re.DOTALL,
    )
    if path.suffix in {".html", ".svg"}:
        faults += [
            f"{name}:{text.count(chr(10), 0, found.start()) + 1}: {sentence}"
            for pattern, sentence in RULES
            for found in pattern.finditer(text)
        ]
    return faults
