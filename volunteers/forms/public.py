"""What strangers fill in: wanting to help, and checking a certificate."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from grids.forms.places import BuildingField, BuildingSelect
from grids.models import Building
from haimengyuan.lib.forms import KeyedForm, PhoneField, SpokenForm

ADULT, TEEN, CHILD = "adult", "teen", "child"


class JoinForm(KeyedForm):
    """A wish to help. Whoever is under 18 names a guardian; under 14 the guardian comes to the desk (PIPL art. 31)."""

    key_purpose = "helper.submission"

    name = forms.CharField(
        label=_("您的姓名"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "input w-m", "autocomplete": "name"}),
        error_messages={"required": _("请写姓名")},
    )
    phone = PhoneField(
        label=_("电话"),
        help_text=_("社区打这个电话跟您确认，不公开。"),
        error_messages={"required": _("请写一个能打通的电话")},
    )
    age = forms.ChoiceField(
        label=_("您的年龄"),
        choices=[
            (ADULT, _("满 18 岁")),
            (TEEN, _("14 到 17 岁，家长同意")),
            (CHILD, _("不满 14 岁")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选一下年龄")},
    )
    guardian_name = forms.CharField(
        label=_("家长（监护人）的姓名"),
        max_length=40,
        required=False,
        help_text=_("14 到 17 岁才写，电话也是。"),
        widget=forms.TextInput(attrs={"class": "input w-m", "autocomplete": "section-guardian name"}),
    )
    guardian_phone = PhoneField(
        label=_("家长（监护人）的电话"), required=False, help_text=_("社区会先打电话问家长。")
    )
    building = BuildingField(
        label=_("您家在几号楼"), required=False, widget=BuildingSelect(attrs={"class": "select"})
    )
    wish = forms.CharField(
        label=_("想帮什么"),
        max_length=100,
        required=False,
        help_text=_("例如：修水电、陪老人看病、周末清滩"),
        widget=forms.TextInput(attrs={"class": "input", "maxlength": 100}),
    )
    agree = forms.BooleanField(
        label=_("是我自己愿意的；同意社区用我的姓名、电话和住处来登记和派活，随时可以收回"),
        widget=forms.CheckboxInput(attrs={"value": "on"}),
        error_messages={"required": _("要您本人愿意才登记，请勾一下")},
    )
    field_order = ["name", "phone", "age", "guardian_name", "guardian_phone", "building", "wish", "agree"]

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["building"].offer(community, unknown=False)

    def clean(self):
        cleaned = super().clean()
        age = cleaned.get("age")
        if age == CHILD:
            self.add_error("age", _now("不满 14 岁的，请家长带孩子到社区来登记，或让家长打电话"))
        elif age == TEEN:
            for name, sentence in (
                ("guardian_name", _now("请写家长的姓名")),
                ("guardian_phone", _now("请写家长的电话")),
            ):
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, sentence)
        elif age == ADULT:
            cleaned["guardian_name"] = cleaned["guardian_phone"] = ""
        return cleaned

    def as_application(self):
        """The keyword arguments of `volunteers.actions.apply_to_help` for a valid form."""
        data = self.cleaned_data
        building = data["building"]
        return {
            "name": data["name"],
            "phone": data["phone"],
            "guardian_name": data["guardian_name"],
            "guardian_phone": data["guardian_phone"],
            "building": Building.objects.get(pk=building) if building else None,
            "wish": data["wish"],
            "submission_key": self.key(),
        }


class VerifyForm(SpokenForm):
    """The number and the code that stand on a certificate."""

    number = forms.CharField(
        label=_("编号"),
        max_length=40,
        help_text=_("例如：370614001014-2026-00012"),
        widget=forms.TextInput(attrs={"class": "input num", "autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": _("请写编号")},
    )
    code = forms.CharField(
        label=_("校验码"),
        max_length=40,
        help_text=_("二维码旁边的 10 位字母和数字"),
        widget=forms.TextInput(
            attrs={"class": "input num w-m", "autocomplete": "off", "autocapitalize": "characters"}
        ),
        error_messages={"required": _("请写校验码")},
    )

    def clean_number(self):
        """As it stands on the paper, also when it was typed without its dashes or in full-width signs."""
        typed = unicodedata.normalize("NFKC", self.cleaned_data["number"])
        digits = re.sub(r"\D", "", typed, flags=re.ASCII)
        plain = re.fullmatch(r"(\d{12})(\d{4})(\d{5,9})", digits, flags=re.ASCII)
        return "-".join(plain.groups()) if plain else typed.strip()

    def clean_code(self):
        code = unicodedata.normalize("NFKC", self.cleaned_data["code"]).strip().upper().replace(" ", "")
        if not code.isascii() or not code.isalnum():
            raise ValidationError(_now("校验码只有字母和数字"))
        return code
