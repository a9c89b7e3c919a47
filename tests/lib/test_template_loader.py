"""Templates whose fixed parts are written out say the same as Django's, in each language."""

import pytest
from django.core.cache import cache
from django.template import Context, Engine
from django.template.base import TextNode
from django.utils import translation

from tests.makers import make_activity, make_service

PLAIN = "django.template.loaders.cached.Loader"
FIXED = "haimengyuan.lib.template_loader.Loader"
TAGS = {"i18n": "django.templatetags.i18n", "static": "django.templatetags.static"}
TAGS["portal"] = "haimengyuan.templatetags.portal"

TEMPLATES = {
    "base": '{% load i18n %}<title>{% block title %}{% translate "Log in" %}{% endblock %}</title>'
    '{% block main %}{% endblock %}{% translate "Log out" %}',
    "page": '{% extends "base" %}{% load i18n %}{% block title %}{{ block.super }}: {{ name }}{% endblock %}'
    '{% block main %}{% if name %}{% translate "Yes" %}{% else %}{% translate "No" %}{% endif %}'
    '{% for n in numbers %}{% translate "Monday" %}{{ n }}{% empty %}{% translate "None" %}{% endfor %}'
    '{% include "part" with word=name %}{% endblock %}',
    "part": '{% load i18n portal static %}{% comment %}no{% endcomment %}{% icon "go" %}{% icon word|default:"home" %}{# no #}'
    '<a href="{% url "home" %}">{% static "css/base.css" %}</a>{% url "services:detail" code as there %}{{ there }}',
    "words": "{% load i18n %}{% blocktranslate %}100% of <b>{% endblocktranslate %}|{% blocktranslate trimmed %}\n a\n b\n"
    "{% endblocktranslate %}|{% blocktranslate with x=name %}{{ x }}{% endblocktranslate %}|"
    "{% blocktranslate count n=numbers|length %}one{% plural %}{{ n }}{% endblocktranslate %}|"
    '{% translate "Yes" as yes %}{{ yes }}|{% translate "Yes"|upper %}|{% translate name %}|{% translate "a \'<\' %" %}|'
    '{% translate "May" context "abbr. month" %}|{% translate "Sunday" noop %}',
    "other": '{% load i18n %}{% translate "Yes" %}{% language "en" %}{% translate "Yes" %}{% endlanguage %}',
    "missing": '{% load i18n %}{% if name %}{% else %}{% url "no_such_page" %}{% endif %}{% translate "Yes" %}',
}


def engine(loader):
    loaders = [(loader, [("django.template.loaders.locmem.Loader", TEMPLATES)])]
    return Engine(loaders=loaders, libraries=TAGS)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_says_the_same_in_each_language(name):
    plain, fixed = engine(PLAIN), engine(FIXED)
    context = {"name": "home", "numbers": [1, 2], "code": "B02"}
    said = {}
    for language in (
        "zh-hans",
        "en",
        "zh-hans",
    ):  # one engine for all of them: the memory of one is not that of another
        with translation.override(language):
            said[language] = fixed.get_template(name).render(Context(context))
            assert said[language] == plain.get_template(name).render(Context(context))
    assert name in {"part", "words"} or said["en"] != said["zh-hans"]


def test_what_no_request_changes_is_one_text():
    with translation.override("en"):
        nodes = engine(FIXED).get_template("words").nodelist
        assert isinstance(nodes[0], TextNode)
        assert nodes[0].s == "100% of <b>|a b|"
        first, *rest = engine(FIXED).get_template("base").nodelist
        assert (first.s, [type(node).__name__ for node in rest]) == (
            "<title>",
            ["BlockNode", "TextNode", "BlockNode", "TextNode"],
        )


@pytest.mark.django_db
def test_whole_pages_are_the_same(client, settings):
    service = make_service()
    make_activity(community=service.community)
    paths = ["/", "/services/", f"/services/{service.code}/", "/activities/", "/grids/", "/no-such-page/"]
    fixed = {path: client.get(path).content for path in paths}
    assert settings.TEMPLATES[0]["OPTIONS"]["loaders"][0][0] == FIXED
    own = settings.TEMPLATES[0]
    (_name, inner), *_rest = own["OPTIONS"]["loaders"]
    settings.TEMPLATES = [own | {"OPTIONS": own["OPTIONS"] | {"loaders": [(PLAIN, inner)]}}]
    cache.clear()
    assert {path: client.get(path).content for path in paths} == fixed
