"""Forms of the admin for persons and accounts: personal values go in and never come out."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haimengyuan.lib.phones import PhoneProblem, normalise_phone
from people.models import Person, Role, User

UNCHANGED = gettext_lazy("空着表示不改")
_OFF = {"autocomplete": "off", "spellcheck": "false"}


def _write_only(label, **kwargs):
    return forms.CharField(
        label=label, required=False, help_text=UNCHANGED, widget=forms.TextInput(attrs=_OFF), **kwargs
    )


class PersonForm(forms.ModelForm):
    """A person; what identifies them is typed anew or left as it is, but not shown."""

    WRITTEN = ("name", "phone", "id_number", "email")

    new_name = _write_only(gettext_lazy("姓名"), max_length=40)
    new_phone = _write_only(gettext_lazy("电话"), max_length=30)
    new_id_number = _write_only(gettext_lazy("公民身份号码"), max_length=18)
    new_email = forms.EmailField(
        label=gettext_lazy("邮箱"), required=False, help_text=UNCHANGED, widget=forms.EmailInput(attrs=_OFF)
    )
    remove = forms.MultipleChoiceField(
        label=gettext_lazy("删掉哪几项"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("phone", gettext_lazy("电话")),
            ("id_number", gettext_lazy("公民身份号码")),
            ("email", gettext_lazy("邮箱")),
        ],
    )

    class Meta:
        model = Person
        fields = (
            "community",
            "birth_date",
            "gender",
            "state",
            "state_since",
            "reach_by",
            "prefers_phone_call",
        )

    def clean_new_name(self):
        name = self.cleaned_data["new_name"].strip()
        if not name and self.instance.pk is None:
            raise ValidationError(_("请写姓名"))
        return name

    def clean_new_phone(self):
        typed = self.cleaned_data["new_phone"]
        try:
            return normalise_phone(typed) if typed.strip() else ""
        except PhoneProblem as problem:
            raise ValidationError(str(problem)) from problem

    def clean_new_id_number(self):
        number = self.cleaned_data["new_id_number"].strip().upper()
        if number and not is_id_number(number):
            raise ValidationError(_("号码对不上，请对着证件再看一遍：18 位，最后一位可能是 X"))
        return number

    def _post_clean(self):
        for name in self.WRITTEN:
            if value := self.cleaned_data.get(f"new_{name}"):
                setattr(self.instance, name, value)
            elif name in self.cleaned_data.get("remove", ()):
                setattr(self.instance, name, "")
        super()._post_clean()
        self.instance.set_lookups()
        if self.instance.phone_hash and self._twins().exists():
            self.add_error(None, _("已经登记过同名同电话的人员了，请先查一下"))

    def _twins(self):
        """Others of the community with the same name and phone: they would be one person twice."""
        person = self.instance
        same = Person.objects.filter(
            community=person.community_id, name=person.name, phone_hash=person.phone_hash
        )
        return same.exclude(pk=person.pk)


def is_id_number(number):
    """Whether 18 signs are a citizen identity number by its check digit (GB 11643, domain.md §10)."""
    if len(number) != 18 or not number[:17].isascii() or not number[:17].isdigit():
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(digit) for weight, digit in zip(weights, number[:17], strict=True))
    return number[17] == "10X98765432"[total % 11]


class UserForm(forms.ModelForm):
    """An account; the login is kept as a hash, so it can be typed anew but not shown."""

    new_login = _write_only(gettext_lazy("登录名"), max_length=60)
    new_password = forms.CharField(
        label=gettext_lazy("新密码"),
        required=False,
        strip=False,
        help_text=UNCHANGED,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("再写一遍新密码"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = ("person", "community", "role", "is_active")

    def clean_new_login(self):
        login = self.cleaned_data["new_login"].strip()
        if not login and self.instance.pk is None:
            raise ValidationError(_("请写登录名"))
        same = User.objects.filter(login_hash=User.hash_login(login)).exclude(pk=self.instance.pk)
        if login and same.exists():
            raise ValidationError(_("这个登录名已经有人用了，请换一个"))
        return login

    def clean(self):
        cleaned = super().clean()
        password, again = cleaned.get("new_password", ""), cleaned.get("again", "")
        if password != again:
            self.add_error("again", _("两次写的密码不一样，请再写一遍"))
        elif password:
            try:
                validate_password(password, self.instance)
            except ValidationError as problem:
                self.add_error("new_password", problem)
        elif self.instance.pk is None:
            self.add_error("new_password", _("请写密码"))
        if not cleaned.get("person") and cleaned.get("role") in {Role.GRID, Role.HELPER}:
            self.add_error("person", _("网格长、书记和志愿者的账号要选是哪位人员"))
        return cleaned

    def save(self, commit=True):
        if login := self.cleaned_data["new_login"]:
            self.instance.login_hash = User.hash_login(login)
        if password := self.cleaned_data["new_password"]:
            self.instance.set_password(password)
        return super().save(commit)
