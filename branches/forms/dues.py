"""What the treasurer fills in. The base is used for the sum and is kept nowhere."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import DuesPayment, DuesWaiver
from branches.rules.dues import Payer
from haimengyuan.lib.keys import row_key

BOX = {"class": "input", "inputmode": "decimal", "autocomplete": "off"}


class MonthField(forms.DateField):
    """A month, as browsers send it: 2026-11."""

    widget = forms.DateInput(
        attrs={"type": "month", "class": "input", "placeholder": "2026-11"}, format="%Y-%m"
    )

    def __init__(self, **kwargs):
        super().__init__(input_formats=["%Y-%m", "%Y-%m-%d"], **kwargs)


class AssessForm(forms.Form):
    basis = forms.ChoiceField(
        label=_("按哪一类算"), choices=Payer.choices, widget=forms.Select(attrs={"class": "select"})
    )
    base = forms.DecimalField(
        label=_("计算基数（元／月）"),
        required=False,
        min_value=Decimal(0),
        max_digits=9,
        decimal_places=2,
        widget=forms.TextInput(attrs=BOX),
        help_text=_("工资、养老金等，只用来算出应交多少，不保存"),
    )
    amount = forms.DecimalField(
        label=_("农民党员每月交多少（元）"),
        required=False,
        max_digits=5,
        decimal_places=2,
        widget=forms.TextInput(attrs=BOX),
        help_text=_("0.20 到 1.00，别的类别不用填"),
    )
    since = MonthField(label=_("从哪个月起"))


class WaiverForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("怎么减免"), choices=DuesWaiver.Kind.choices, widget=forms.Select(attrs={"class": "select"})
    )
    since = MonthField(label=_("从哪个月起"))
    until = MonthField(label=_("到哪个月止"))
    amount = forms.DecimalField(
        label=_("少交时每月交（元）"),
        required=False,
        min_value=Decimal(0),
        max_digits=7,
        decimal_places=2,
        widget=forms.TextInput(attrs=BOX),
    )
    approved_by = forms.CharField(
        label=_("哪个组织批准的"), max_length=60, widget=forms.TextInput(attrs={"class": "input"})
    )


class ReceiveForm(forms.Form):
    """Several members of one branch at once: each ticked one with a number of months."""

    way = forms.ChoiceField(choices=DuesPayment.Way.choices)
    extra = forms.DecimalField(required=False, min_value=Decimal(0), max_digits=9, decimal_places=2)

    def picks(self):
        """Pairs (key of the member, months) of the ticked rows; a number that cannot be read counts as none."""
        found = []
        for typed in self.data.getlist("member"):
            key, months = row_key(typed), row_key(self.data.get(f"months-{typed}", ""))
            if key is not None and months is not None:
                found.append((key, months))
        return found


class VoidForm(forms.Form):
    why = forms.CharField(
        label=_("为什么作废"), max_length=100, widget=forms.TextInput(attrs={"class": "input"})
    )
