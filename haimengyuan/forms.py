"""Forms of the pages that belong to no app: the login, the search for one's grid, the roster of a grid."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.forms.places import BuildingField, BuildingSelect
from haimengyuan.lib.forms import PhoneField, SpokenForm


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


def _day(label, **options):
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date", "class": "input w-m"}, format="%Y-%m-%d"),
        error_messages={"required": _("请选日期"), "invalid": _("日期没看懂，请重新选")},
        **options,
    )


class PersonForm(SpokenForm):
    """Base: a duty goes to somebody near the grid, or to somebody who is found by name or telephone."""

    person = forms.TypedChoiceField(
        label=_("谁来任"),
        coerce=int,
        widget=forms.Select(attrs={"class": "select w-m"}),
        error_messages={"required": _("请选一位"), "invalid_choice": _("请重新选一位")},
    )
    find = forms.CharField(
        label=_("名单里没有？写全名或电话来找"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"class": "input w-m", "autocomplete": "off"}),
    )
    work_phone = PhoneField(
        label=_("工作电话"), required=False, help_text=_("可以公开的才写；空着就显示社区值班电话")
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _("请选")), *people]


class AppointForm(PersonForm):
    """One duty of the grid for somebody, from a day on."""

    duty = forms.TypedChoiceField(
        label=_("什么职务"), coerce=int, widget=forms.Select(attrs={"class": "select w-m"})
    )
    since = _day(_("从哪天起"), initial=timezone.localdate)
    ends_on = _day(_("计划到哪天"), required=False)
    agrees = forms.BooleanField(label=_("本人同意向居民公开姓名、职务和工作电话"), required=False)
    field_order = ("duty", "person", "find", "since", "ends_on", "work_phone", "agrees")

    def __init__(self, *args, duties, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["duty"].choices = duties


class CoverForm(SpokenForm):
    """Somebody stands in for a while."""

    person = forms.TypedChoiceField(
        label=_("谁代"), coerce=int, widget=forms.Select(attrs={"class": "select w-m"})
    )
    since = _day(_("从哪天"), initial=timezone.localdate)
    until = _day(_("到哪天"))

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _("请选")), *people]


class HandoverForm(PersonForm):
    """The next head, the day, what goes over."""

    on = _day(_("哪天交接"), initial=timezone.localdate)
    going = forms.MultipleChoiceField(
        label=_("交给接任的人接着办（不勾的，原来的人办完）"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    things = forms.CharField(
        label=_("钥匙和资料，一行一样"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 5}),
    )
    note = forms.CharField(
        label=_("还要交代的"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 2}),
    )
    field_order = ("person", "find", "on", "work_phone", "going", "things", "note")

    def __init__(self, *args, tasks, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].label = _("谁接任网格长")
        self.fields["going"].choices = [
            (task.key, f"{task.kind}：{task.what}" + (f"（{task.until}）" if task.until else ""))
            for task in tasks
        ]
        self.fields["going"].initial = [task.key for task in tasks]
