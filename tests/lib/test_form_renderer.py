"""The form renderer writes what Django's templates write, sign for sign, and escapes what they escape."""

from itertools import product

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from haimengyuan.lib.form_renderer import PlainRenderer

NASTY = "<b>\"'&</b>"
CHOICES = [("", NASTY), ("1", "一"), (NASTY, "二"), ("组 <i>", [("3", "三"), ("4", NASTY)])]
WIDGETS = [
    forms.TextInput(attrs={"class": NASTY, "required": True, "hidden": False, "maxlength": 1000}),
    forms.NumberInput(),
    forms.EmailInput(),
    forms.URLInput(),
    forms.PasswordInput(render_value=True),
    forms.HiddenInput(),
    forms.DateInput(),
    forms.TimeInput(),
    forms.DateTimeInput(),
    forms.CheckboxInput(attrs={"value": "on"}),
    forms.Textarea(attrs={"data-x": NASTY}),
    forms.Select(choices=CHOICES, attrs={"class": "select"}),
    forms.SelectMultiple(choices=CHOICES),
    forms.RadioSelect(choices=CHOICES),
    forms.CheckboxSelectMultiple(choices=CHOICES),
]


@pytest.mark.parametrize(
    ("widget", "value"), product(WIDGETS, [None, "", "1", NASTY, "12000"]), ids=lambda given: repr(given)[:40]
)
def test_a_widget_is_written_as_by_djangos_templates(widget, value):
    value = [value] if isinstance(widget, forms.SelectMultiple | forms.CheckboxSelectMultiple) else value
    attrs = {"id": "id_x", "aria-describedby": NASTY}
    written = widget.render("x", value, attrs, PlainRenderer())
    assert written == widget.render("x", value, attrs, DjangoTemplates())


def test_each_option_of_radio_buttons_is_written_as_by_djangos_templates():
    class Asked(forms.Form):
        answer = forms.ChoiceField(choices=CHOICES[:3], widget=forms.RadioSelect(attrs={"class": NASTY}))

    ours, theirs = (
        Asked({"answer": "1"}, renderer=renderer)["answer"]
        for renderer in (PlainRenderer(), DjangoTemplates())
    )
    assert [(option.tag(), str(option)) for option in ours] == [
        (option.tag(), str(option)) for option in theirs
    ]
