"""What forms of every door share: fields that a screen reader hears whole, and telephone numbers as people type them."""

import secrets

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.crypto import lookup_hash
from haimengyuan.lib.keys import row_key
from haimengyuan.lib.phones import PhoneProblem, normalise_phone


def new_key():
    """A key for a page with a form, so that sending it twice does one thing."""
    return secrets.token_urlsafe(12)


class SpokenBoundField(forms.BoundField):
    """A field that tells screen readers where its hint, its counter and its error stand (`field_block`)."""

    aria_describedby = ""  # Django would name elements that our pages do not have

    def build_widget_attrs(self, attrs, widget=None):
        attrs = super().build_widget_attrs(attrs, widget)
        parts = (
            ("hint", self.field.help_text),
            ("count", isinstance(self.field.widget, forms.Textarea)),
            ("error", self.errors),
        )
        if spoken := [f"{self.auto_id}-{part}" for part, is_there in parts if is_there]:
            known = self.field.widget.attrs.get("aria-describedby", "").split()
            attrs["aria-describedby"] = " ".join([*known, *spoken])
        return attrs


class SpokenForm(forms.Form):
    """Fields know their hint and error for screen readers; the templates print both."""

    use_required_attribute = False
    bound_field_class = SpokenBoundField


class KeyedForm(SpokenForm):
    """A form whose page carries a random part, so that sending it twice does one thing.

    The key is a hash over that part and everything typed: the same page sent twice is one row, the same page changed
    and sent again is another one. `key_purpose` keeps the keys of different forms apart.
    """

    key_purpose = ""

    submission_key = forms.CharField(max_length=64, initial=new_key, widget=forms.HiddenInput)

    def key(self):
        """One key for the same words sent from the same page."""
        return lookup_hash("\x1f".join(self._said()), purpose=self.key_purpose)

    def _said(self):
        return said_on(self)


def said_on(form):
    """What stands in each field of a form that was sent, as texts; every ticked box is among it."""
    return [str(form[name].value()) for name in form.fields]


class CalledField(forms.CharField):
    """How somebody wants to be called, in the same words wherever a resident leaves a name."""

    widget = forms.TextInput(attrs={"class": "input w-m", "autocomplete": "name"})
    default_error_messages = {
        "required": _("请写一下怎么称呼您"),
        "max_length": _("称呼太长了，写姓名就行"),
    }

    def __init__(self, **kwargs):
        super().__init__(**{"label": _("怎么称呼您？"), "max_length": 40} | kwargs)


class PhoneField(forms.CharField):
    """A number that can be dialled; cleans to its digits. Spaces, dashes and full-width digits are accepted."""

    widget = forms.TextInput(
        attrs={
            "class": "input num w-m",
            "type": "tel",
            "inputmode": "tel",
            "autocomplete": "tel",
            "maxlength": 30,
        }
    )

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return ""
        try:
            return normalise_phone(value)
        except PhoneProblem as problem:
            raise ValidationError(str(problem)) from problem


class RowsField(forms.ModelMultipleChoiceField):
    """Several rows to choose; a number that fits in no column is a wrong choice and no error of the database."""

    def clean(self, value):
        for typed in value or ():
            if row_key(str(typed)) is None:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": typed}
                )
        return super().clean(value)
