"""Forms of the admin for helpers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from volunteers.models import HelperProfile


class RegistrationForm(forms.ModelForm):
    """A new helper. Nobody is registered against their will, so the desk says how the person agreed (domain.md §6)."""

    consent_channel = forms.ChoiceField(
        label=_("本人怎么同意的"),
        choices=[("", "—"), ("paper", _("书面")), ("phone", _("电话"))],
        help_text=_("没有本人同意，不登记"),
        error_messages={"required": _("请选本人是怎么同意的；没有同意就不能登记")},
    )

    class Meta:
        model = HelperProfile
        fields = ("person", "grid", "skills", "no_stairs", "limits", "max_open_tasks")
