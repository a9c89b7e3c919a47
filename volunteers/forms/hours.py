"""What helpers fill in: themselves, a doubt about their hours, the days of a certificate."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.forms import KeyedForm, RowsField, SpokenForm
from volunteers.actions.helpers import SKILLS_AT_MOST
from volunteers.models import FreeHalfDay, Skill


def _day(label, **options):
    return forms.DateField(
        label=label,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "input w-m", "type": "date"}),
        error_messages={"required": _("请选日期"), "invalid": _("请把日期写成 2026-11-25 这样")},
        **options,
    )


def _minutes(label, **options):
    return forms.IntegerField(
        label=label,
        widget=forms.TextInput(attrs={"class": "input w-s", "inputmode": "numeric", "maxlength": 4}),
        error_messages={"required": _("请写几分钟"), "invalid": _("请只写数字，例如 90")},
        **options,
    )


def _words(label, missing, *, most, required=True, help_text=""):
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off", "maxlength": most}),
        error_messages={"required": missing},
    )


class MissingForm(KeyedForm):
    """A service that is not in the ledger."""

    key_purpose = "helper.submission"

    what = _words(_("做了什么"), _("请写做了什么"), most=80, help_text=_("例如：10 月 18 日清滩"))
    served_on = _day(_("哪天"))
    minutes = _minutes(_("做了几分钟"), help_text=_("不算路上的时间。一个半小时写 90"))
    words = _words(_("谁能证明"), "", most=200, required=False, help_text=_("例如：队长老姜在场"))


class WrongForm(KeyedForm):
    """Minutes that are not right."""

    key_purpose = "helper.submission"

    minutes = _minutes(_("应该是几分钟"), help_text=_("不是您做的就写 0"))
    words = _words(_("哪里不对"), _("请写一句哪里不对"), most=200)


class PeriodForm(SpokenForm):
    """The days of a certificate: this year up to today, unless somebody wants others."""

    since = _day(_("从哪天"))
    until = _day(_("到哪天"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["since"].initial = dt.date(today.year, 1, 1)
        self.fields["until"].initial = today


class ProfileForm(SpokenForm):
    """What a helper says of themselves (features.md M03): skills, the week's half-days, limits. One page."""

    skills = RowsField(
        label=_("我会做什么"),
        queryset=Skill.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("最多选 12 样"),
    )
    free = forms.MultipleChoiceField(required=False, label=_("哪个半天一般有空"))
    no_stairs = forms.BooleanField(
        label=_("不方便爬楼（只派一楼和有电梯的）"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "on"}),
    )
    limits = _words(_("还有什么不方便"), "", most=100, required=False, help_text=_("例如：晚上要接孩子"))
    max_open_tasks = forms.TypedChoiceField(
        label=_("手上最多同时几件事"),
        coerce=int,
        choices=[(n, str(n)) for n in range(1, 21)],
        widget=forms.Select(attrs={"class": "select w-s"}),
    )
    is_active = forms.BooleanField(
        label=_("现在可以派给我"), required=False, widget=forms.CheckboxInput(attrs={"value": "on"})
    )

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["skills"].queryset = Skill.objects.filter(community=community).order_by("code")
        self.fields["free"].choices = [
            (f"{day}-{half}", "") for day in FreeHalfDay.Weekday.values for half in FreeHalfDay.Half.values
        ]

    def clean_skills(self):
        chosen = list(self.cleaned_data["skills"])
        if len(chosen) > SKILLS_AT_MOST:
            raise forms.ValidationError(_("最多选 12 样，挑您最拿手的"))
        return chosen

    def clean_free(self):
        pairs = (value.split("-") for value in self.cleaned_data["free"])
        return [(int(day), half) for day, half in pairs]

    def week(self):
        """The grid of half-days: (name of the day, [(value, label, is ticked), …]) for each day."""
        ticked = set(self["free"].value() or ())
        return [
            (
                day.label,
                [(f"{day}-{half}", half.label, f"{day}-{half}" in ticked) for half in FreeHalfDay.Half],
            )
            for day in FreeHalfDay.Weekday
        ]
