"""One field of a form as every door shows it: what stands there, in which order, and escaped."""

import re

import pytest
from django import forms
from django.template import engines

from haimengyuan.lib.forms import SpokenForm

NASTY = "<b>\"'&</b>"


class Form(SpokenForm):
    name = forms.CharField(label=NASTY, help_text=NASTY, max_length=3)
    words = forms.CharField(label="说明", required=False, max_length=1200, widget=forms.Textarea)
    kind = forms.ChoiceField(
        label="哪种", choices=[("a", "一"), ("b", "二")], widget=forms.RadioSelect, help_text="选"
    )


def written(form, name, arguments="", **context):
    text = f'{{% include "components/field.html" with field=form.{name} {arguments} %}}'
    return engines["django"].from_string(text).render({"form": form} | context)


def described_by(html):
    return re.findall('aria-describedby="([^"]*)"', html)


def test_label_hint_and_input():
    html = written(Form(), "name")
    assert re.findall("<b>", html) == []
    assert html.count("&lt;b&gt;&quot;&#x27;&amp;&lt;/b&gt;") == 2
    assert [*re.findall('(?:id|for)="([^"]*)"', html)] == ["id_name", "id_name-hint", "id_name"]
    assert described_by(html) == ["id_name-hint"]


def test_a_problem_is_shown_and_said_with_the_field():
    form = Form({"name": "<i>四个字"})
    form.add_error("name", NASTY)
    html = written(form, "name")
    assert re.match('<div class="field field--err">', html)
    assert re.findall('class="err-msg" id="([^"]*)"', html) == ["id_name-error", "id_name-error2"]
    assert described_by(html) == ["id_name-hint id_name-error"]
    assert re.findall("<[bi]>", html) == []
    assert 'aria-invalid="true"' in html


@pytest.mark.parametrize(
    ("arguments", "is_marked"), [("", True), ("no_optional=True", False), ("no_optional=no", True)]
)
def test_a_field_that_may_stay_empty_says_so(arguments, is_marked):
    assert ("（可不填）" in written(Form(), "words", arguments, no=False)) == is_marked


def test_a_counter_says_how_much_fits():
    html = written(Form(), "words", "counter=True")
    assert '<p class="hint mt1" id="id_words-count" data-left="还可以写 {n} 字">最多写 1200 字</p>' in html
    assert described_by(html) == ["id_words-count"]


def test_what_hides_and_what_follows():
    html = written(Form(), "words", 'when="kind=b" extra="field--flat" after="components/call_line.html"')
    assert html.startswith('<div class="field field--flat" data-when="kind=b">')
    assert html.index("</textarea>") < html.index('href="tel:') < html.index("</div>")


def test_each_button_of_a_choice_says_the_hint():
    html = str(Form()["kind"])
    assert described_by(html) == ["id_kind-hint", "id_kind-hint"]
