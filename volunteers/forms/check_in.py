"""What is typed in the room and at the door."""

from django import forms
from django.utils.translation import gettext_lazy

from haimengyuan.lib.forms import PhoneField, SpokenForm

_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789", " \u3000-")


class CodeField(forms.CharField):
    """Four digits as they are typed on a telephone, with spaces or in full width; cleans to the digits."""

    widget = forms.TextInput(
        attrs={"class": "input num w-s", "inputmode": "numeric", "autocomplete": "off", "maxlength": 12}
    )
    default_error_messages = {"required": gettext_lazy("请写屏幕上的四个数字")}

    def clean(self, value):
        value = super().clean(value).translate(_FULL_WIDTH)
        if not (len(value) == 4 and value.isascii() and value.isdigit()):
            raise forms.ValidationError(gettext_lazy("签到码是四个数字，请看现场的屏幕"))
        return value


class CodeForm(SpokenForm):
    """Of somebody whose sign-up is known by the link: one entry."""

    code = CodeField(label=gettext_lazy("现场屏幕上的四个数字"))


class PhoneCodeForm(CodeForm):
    """Of somebody without the link."""

    phone = PhoneField(
        label=gettext_lazy("报名时写的电话"),
        error_messages={"required": gettext_lazy("请写报名时写的电话")},
    )
    field_order = ["code", "phone"]
