"""Forms of the pages that belong to no app: the login, and the search for one's grid."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from grids.forms.places import BuildingField, BuildingSelect
from haimengyuan.lib.forms import SpokenForm


class LoginForm(AuthenticationForm):
    """Login name and password; the sentences say what to do next."""

    username = forms.CharField(
        label=_("登录名"),
        error_messages={"required": _("请写登录名")},
        widget=forms.TextInput(
            attrs={
                "class": "input",
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    password = forms.CharField(
        label=_("密码"),
        strip=False,
        error_messages={"required": _("请写密码")},
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": _("登录名或密码对不上，请再写一遍，注意大小写"),
        "inactive": _("这个账号已经停用，请找社区负责人"),
    }


class FindGridForm(SpokenForm):
    """Which building somebody lives in."""

    building = BuildingField(
        label=_("您家在几号楼？"),
        widget=BuildingSelect(attrs={"class": "select"}),
        error_messages={
            "required": _("请先选您家在几号楼"),
            "invalid_choice": _("这栋楼不在名单里，请重新选一下"),
        },
    )

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["building"].offer(community, unknown=False)
