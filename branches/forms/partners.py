"""What the desk fills in about partner units."""

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import PartnerLine, PartnerUnit, PartyBranch
from haimengyuan.lib.forms import SpokenForm


class _Sides(SpokenForm):
    """The unit and the branch of the visited community."""

    unit = forms.ModelChoiceField(
        label=_("哪个单位"),
        queryset=PartnerUnit.objects.none(),
        required=False,
        empty_label=_("先不选"),
        widget=forms.Select(attrs={"class": "select w-m"}),
    )
    branch = forms.ModelChoiceField(
        label=_("哪个支部"),
        queryset=PartyBranch.objects.none(),
        required=False,
        empty_label=_("先不选"),
        widget=forms.Select(attrs={"class": "select w-m"}),
    )

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = PartnerUnit.objects.in_community(community.pk).filter(active=True)
        self.fields["branch"].queryset = PartyBranch.objects.in_community(community.pk).order_by("name")


class LineForm(_Sides):
    kind = forms.ChoiceField(
        label=_("哪张清单"),
        choices=PartnerLine.Kind.choices,
        initial=PartnerLine.Kind.DEMAND,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选哪张清单")},
    )
    text = forms.CharField(
        label=_("是什么"),
        max_length=100,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"required": _("请写是什么")},
    )
    due_on = forms.DateField(
        label=_("哪天前"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "input w-m"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("日期没看懂，请重新选")},
    )
    field_order = ["kind", "text", "unit", "branch", "due_on"]


class StepForm(_Sides):
    """One step of a line; only the table of arrows decides which."""

    status = forms.CharField(max_length=10)
    note = forms.CharField(max_length=200, required=False)
