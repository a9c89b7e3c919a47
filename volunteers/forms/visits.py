"""Writing down a care visit: three inputs, and two more that nobody has to open (features.md T06)."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.actions.visits import NOTE_LENGTH
from grids.models import Visit
from haimengyuan.lib.crypto import lookup_hash
from haimengyuan.lib.forms import KeyedForm, new_key, said_on
from volunteers.actions.hours import MINUTES_OF_A_DAY

NOTE_HINT = _("例如：气色不错，想换个灯泡。不写病名")


def _person(label, missing):
    return forms.TypedChoiceField(
        label=label,
        coerce=int,
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"required": missing, "invalid_choice": _("名单刚刚变了，请重新选")},
    )


def minutes_field():
    """Real minutes, not asked for."""
    sentence = _("时长要在 1 分钟到 24 小时之间")
    return forms.IntegerField(
        label=_("用了几分钟"),
        required=False,
        min_value=1,
        max_value=MINUTES_OF_A_DAY,
        help_text=_("空着：登记过的志愿者按一般的算，别人不算；不算路上"),
        widget=forms.TextInput(attrs={"class": "input w-s", "inputmode": "numeric", "maxlength": 4}),
        error_messages={
            "invalid": _("请只写数字，例如 30"),
            "min_value": sentence,
            "max_value": sentence,
        },
    )


class VisitForm(KeyedForm):
    """How it went; the day is today and the minutes are the usual ones unless somebody writes others."""

    key_purpose = "visit"

    way = forms.ChoiceField(
        label=_("怎么见的"),
        choices=Visit.Way.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("请选是上门、打电话还是在外面碰见"),
            "invalid_choice": _("请选是上门、打电话还是在外面碰见"),
        },
    )
    note = forms.CharField(
        label=_("记一句"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=NOTE_HINT,
        widget=forms.Textarea(attrs={"class": "textarea textarea--s", "rows": 2, "maxlength": NOTE_LENGTH}),
    )
    on = forms.DateField(
        label=_("哪天"),
        required=False,
        help_text=_("空着就是今天；晚上也算"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "input w-m", "type": "date"}),
        error_messages={"invalid": _("请把日期写成 2026-11-25 这样")},
    )
    minutes = minutes_field()

    def words(self):
        """What the action asks for, beside the people."""
        names = ("way", "note", "on", "minutes")
        return {**{name: self.cleaned_data[name] for name in names}, "submission_key": self.key()}


class OwnVisitForm(VisitForm):
    """The visitor's own page: whom they looked in on, of those who are theirs."""

    plan = _person(_("看了谁"), _("请选看了谁"))
    field_order = ("plan", "way", "note")

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = people if len(people) == 1 else [("", _("请选")), *people]


class PlannedVisitForm(VisitForm):
    """On the page of a plan: who went."""

    visitor = _person(_("谁去的"), _("请选谁去的"))
    field_order = ("visitor", "way", "note")

    def __init__(self, *args, visitors, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["visitor"].choices = visitors if len(visitors) == 1 else [("", _("请选")), *visitors]


class AnyVisitForm(forms.ModelForm):
    """A visit from paper or by telephone, to anybody, with a plan or without (the desk's form of the admin)."""

    minutes = minutes_field()
    page = forms.CharField(label=_("这一页"), max_length=64, initial=new_key, widget=forms.HiddenInput)

    class Meta:
        model = Visit
        fields = ("person", "visitor", "way", "visited_on", "note")
        help_texts = {"note": NOTE_HINT}
        widgets = {"note": forms.Textarea(attrs={"rows": 2, "maxlength": NOTE_LENGTH})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "visited_on" in self.fields:
            self.fields["visited_on"].initial = timezone.localdate

    def key(self):
        """One key for the same words sent from the same page."""
        return lookup_hash("\x1f".join(said_on(self)), purpose="visit.any")
