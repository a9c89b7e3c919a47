"""Forms of the admin for helpers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from volunteers.actions.helpers import SKILLS_AT_MOST
from volunteers.models import HelperProfile

CHANNELS = [("", "—"), ("paper", _("书面")), ("phone", _("电话"))]


class RegistrationForm(forms.ModelForm):
    """A new helper. Nobody is registered against their will, so the desk says how the person agreed (domain.md §6)."""

    consent_channel = forms.ChoiceField(
        label=_("本人怎么同意的"),
        choices=CHANNELS,
        help_text=_("没有本人同意，不登记"),
        error_messages={"required": _("请选本人是怎么同意的；没有同意就不能登记")},
    )

    guardian_channel = forms.ChoiceField(label=_("监护人怎么同意的"), choices=CHANNELS, required=False)

    class Meta:
        model = HelperProfile
        fields = (
            "person",
            "grid",
            "team",
            "skills",
            "no_stairs",
            "limits",
            "max_open_tasks",
            "external_no",
            "guardian",
        )

    def clean(self):
        cleaned = super().clean()
        if (skills := cleaned.get("skills")) is not None and skills.count() > SKILLS_AT_MOST:
            self.add_error("skills", _("最多选 12 样，挑最拿手的"))
        if cleaned.get("guardian") and not cleaned.get("guardian_channel"):
            self.add_error("guardian_channel", _("请选监护人是怎么同意的"))
        self.instance.guardian_channel = cleaned.get("guardian_channel", "")
        return cleaned
