"""What residents fill in. Forms judge the shape; what the world allows is judged by the actions."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.forms.places import UNKNOWN_BUILDING, BuildingField, BuildingSelect
from haimengyuan.lib.forms import CalledField, KeyedForm, PhoneField, SpokenForm
from services.forms.widgets import WishField

NEED_MAX = 200


class OrderForm(KeyedForm):
    """An order of a service without an account (features.md V05, V06)."""

    key_purpose = "order.submission"

    need = forms.CharField(
        label=gettext_lazy("是什么事？"),
        max_length=NEED_MAX,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 4, "maxlength": NEED_MAX}),
        error_messages={
            "required": gettext_lazy("请写一下是什么事"),
            "max_length": gettext_lazy("写得太长了，请缩到 %(limit_value)d 字以内，现在是 %(show_value)d 字"),
        },
    )
    wish = WishField()
    name = CalledField()
    phone = PhoneField(
        label=gettext_lazy("电话"),
        help_text=gettext_lazy("来办的人会打这个号码。没有手机可以写座机或家人的号码。"),
        error_messages={"required": gettext_lazy("请写一个能打通的电话")},
    )
    building = BuildingField(
        label=gettext_lazy("您家在几号楼？"),
        help_text=gettext_lazy("选好后，系统自动找到您的网格。"),
        widget=BuildingSelect(attrs={"class": "select", "data-tells": "grid-found"}),
        error_messages={"required": gettext_lazy("请选您家在几号楼，不知道就选最后一项")},
    )
    place_text = forms.CharField(
        label=gettext_lazy("大概在哪儿？"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("选了“不知道几号楼”才写。例如：幸福食堂东边那栋"),
        widget=forms.TextInput(attrs={"class": "input"}),
    )
    door = forms.CharField(
        label=gettext_lazy("单元和门牌号"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("例如：2 单元 301"),
        widget=forms.TextInput(attrs={"class": "input w-m", "autocomplete": "address-line2"}),
        error_messages={"max_length": gettext_lazy("门牌号太长了，写几单元几号就行")},
    )
    behalf = forms.BooleanField(
        label=gettext_lazy("我是替家人或邻居点的"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "on"}),
    )
    for_name = forms.CharField(
        label=gettext_lazy("替谁点的？"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("替别人点才写他的姓名，去的时候好称呼。电话还是打给您。"),
        widget=forms.TextInput(attrs={"class": "input w-m", "autocomplete": "section-other name"}),
    )

    def __init__(self, *args, service, **kwargs):
        super().__init__(*args, **kwargs)
        self.service = service
        self.fields["building"].offer(service.community, door=self.data.get(self.add_prefix("door"), ""))
        if service.home_visit:
            self.fields["door"].error_messages["required"] = _("请写单元和门牌号，不然找不到您家")

    @property
    def door_is_needed(self):
        return self.service.home_visit

    def clean(self):
        data = super().clean()
        building = data.get("building")
        if building == UNKNOWN_BUILDING and not data.get("place_text"):
            self.add_error("place_text", _("请写一下大概在哪儿，我们好找"))
        at_home = building and building != UNKNOWN_BUILDING
        if at_home and self.door_is_needed and not data.get("door") and "door" not in self.errors:
            self.add_error("door", self.fields["door"].error_messages["required"])
        if data.get("behalf") and not data.get("for_name") and "for_name" not in self.errors:
            self.add_error("for_name", _("请写一下是替谁点的"))
        return data

    def chosen_building(self):
        """The `Building` of a valid form with its grid, or None when the resident does not know it."""
        return self.fields["building"].chosen

    def as_order(self, building):
        """The keyword arguments of `services.actions.submit` for a valid form."""
        data = self.cleaned_data
        return {
            "submission_key": self.key(),
            "need": data["need"],
            "name": data["name"],
            "phone": data["phone"],
            "for_name": data["for_name"] if data["behalf"] else "",
            "building": building,
            "door": data["door"],
            "place_text": "" if building else data["place_text"],
            **data["wish"],
        }

    def _said(self):
        return [self.service.code, *super()._said()]


class ComplaintForm(KeyedForm):
    """A complaint about this system or about how somebody was treated; name and phone are not needed (R-g)."""

    key_purpose = "order.submission"

    need = forms.CharField(
        label=gettext_lazy("您的意见"),
        max_length=NEED_MAX,
        help_text=gettext_lazy("哪里不好用、谁没把事办好、信息被乱用了，都可以写"),
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 5, "maxlength": NEED_MAX}),
        error_messages={
            "required": gettext_lazy("请写一下您的意见"),
            "max_length": gettext_lazy("写得太长了，请缩到 %(limit_value)d 字以内，现在是 %(show_value)d 字"),
        },
    )
    name = CalledField(required=False)
    phone = PhoneField(
        label=gettext_lazy("电话"),
        required=False,
        help_text=gettext_lazy("想让我们回电话就写；不写也会办，凭单号的链接看答复。"),
    )

    def clean(self):
        data = super().clean()
        if data.get("phone") and not data.get("name") and "name" not in self.errors:
            self.add_error("name", _("留了电话，也请写一下怎么称呼您"))
        return data

    def as_order(self):
        """The keyword arguments of `services.actions.submit` for a valid form."""
        data = self.cleaned_data
        return {
            "submission_key": self.key(),
            "need": data["need"],
            "name": data["name"],
            "phone": data["phone"],
        }


class TrackForm(SpokenForm):
    """Number and tail of the phone; what they mean is judged by `find_order`.

    Not `autocomplete="off"`: the browser would empty the fields on the way back too. Nothing is suggested either way.
    """

    number = forms.CharField(
        label=gettext_lazy("单号"),
        max_length=30,
        help_text=gettext_lazy("8 位数字，在点单成功那一页和纸条上。例如：2706 4183"),
        widget=forms.TextInput(
            attrs={"class": "input num w-m code-in", "inputmode": "numeric", "autocomplete": "one-time-code"}
        ),
        error_messages={"required": gettext_lazy("请写 8 位单号")},
    )
    tail = forms.CharField(
        label=gettext_lazy("电话最后 4 位"),
        max_length=10,
        help_text=gettext_lazy("点单时留的那个电话"),
        widget=forms.TextInput(
            attrs={"class": "input num w-s code-in", "inputmode": "numeric", "autocomplete": "one-time-code"}
        ),
        error_messages={"required": gettext_lazy("请写点单时留的电话的最后 4 位")},
    )
