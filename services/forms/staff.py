"""What the desk fills in: an order for somebody on the phone or at the counter, and the place of an order."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.forms.places import BuildingField, BuildingSelect
from grids.models import Grid, Residency
from haimengyuan.lib.forms import PhoneField
from people.models import Person
from services.forms.public import NEED_MAX, OrderForm
from services.forms.widgets import WishField
from services.models import ServiceOrder

CHANNELS = [
    (ServiceOrder.Channel.PHONE.value, ServiceOrder.Channel.PHONE.label),
    (ServiceOrder.Channel.WALK_IN.value, ServiceOrder.Channel.WALK_IN.label),
    (ServiceOrder.Channel.ON_BEHALF.value, ServiceOrder.Channel.ON_BEHALF.label),
]


class StaffOrderForm(OrderForm):
    """An order that the desk writes down (features.md V06): who calls is kept apart from whom it is for.

    `known` is the person whom the look-up by phone has found and the desk has chosen; then neither name nor, with a
    registered home, the address is typed again, and neither is shown in full.
    """

    channel = forms.ChoiceField(
        label=gettext_lazy("居民怎么找来的？"),
        choices=CHANNELS,
        initial=ServiceOrder.Channel.PHONE.value,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选居民是打电话、来窗口，还是在外面碰到的")},
    )
    phone = PhoneField(
        label=gettext_lazy("来电的人的电话"),
        help_text=gettext_lazy("先查一下，登记过的就不用再写姓名和楼号。"),
        error_messages={"required": gettext_lazy("请写一个能打通的电话")},
    )
    known = forms.CharField(required=False)
    need = forms.CharField(
        label=gettext_lazy("居民说什么？"),
        max_length=NEED_MAX,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 3, "maxlength": NEED_MAX}),
        error_messages={
            "required": gettext_lazy("请写一下是什么事"),
            "max_length": gettext_lazy("写得太长了，请缩到 %(limit_value)d 字以内，现在是 %(show_value)d 字"),
        },
    )
    wish = WishField(label=gettext_lazy("居民希望什么时候来？"))
    building = BuildingField(
        label=gettext_lazy("居民家在几号楼？"),
        widget=BuildingSelect(attrs={"class": "select", "data-tells": "grid-found"}),
        error_messages={"required": gettext_lazy("请选居民家在几号楼，不知道就选最后一项")},
    )
    for_name = forms.CharField(
        label=gettext_lazy("替谁点的？"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("上门找谁就写谁，电话还是打给来电的人。"),
        widget=forms.TextInput(attrs={"class": "input w-m", "autocomplete": "off"}),
    )
    for_phone = PhoneField(label=gettext_lazy("他的电话"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("来电的人怎么称呼？")
        for name in ("name", "door"):  # the desk's browser is not to remember residents
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["behalf"].label = _("这事是替别人办的")
        self.fields["name"].error_messages["required"] = _("请问一下来电的人怎么称呼")
        self.fields["door"].error_messages["required"] = _("请问一下单元和门牌号，不然找不到居民家")
        self.person = None
        if self.is_bound and self.data.get("known"):
            self.fields["name"].required = False
            self.fields["building"].required = False

    def clean(self):
        data = super().clean()
        if data.get("known"):
            self._use_known(data)
        return data

    def _use_known(self, data):
        found = {
            str(person.pk): person for person in known_persons(self.service.community, data.get("phone"))
        }
        self.person = found.get(data["known"])
        if self.person is None:
            self.add_error("name", _("这个电话对不上刚才查到的人，请重新查一下或者写姓名"))
            return
        data["name"] = self.person.name
        if not data.get("building"):
            self._use_home(data)

    def _use_home(self, data):
        home = home_of(self.person)
        if home is None:
            self.add_error("building", _("没有登记住址，请选楼号"))
            return
        data["building"] = str(home.building_id)
        self.fields["building"].chosen = home.building
        data["door"] = data.get("door") or home.door
        self.errors.pop("door", None)

    def for_desk(self, user):
        """The keyword arguments of `services.actions.submit` for a valid form; `user` is who writes it down."""
        data = self.cleaned_data
        return self.as_order(self.chosen_building()) | {
            "for_phone": data["for_phone"] if data["behalf"] else "",
            "channel": data["channel"],
            "entered_by": user,
        }


def known_persons(community, phone):
    """Who is known under this normalised phone number, at most five (families share one)."""
    if not phone:
        return []
    return list(Person.objects.filter(community=community).reachable().with_phone(phone).order_by("pk")[:5])


def home_of(person):
    """The dwelling where somebody is registered now, with its building; None for nobody's."""
    residency = (
        Residency.objects.current()
        .filter(person=person)
        .select_related("household__dwelling__building__grid")
        .first()
    )
    return residency.household.dwelling if residency else None


class PlaceForm(forms.Form):
    """Where an order belongs: a building, or a grid alone."""

    building = BuildingField(
        label=gettext_lazy("楼栋"),
        required=False,
        widget=BuildingSelect(attrs={"class": "select"}),
        error_messages={"invalid_choice": gettext_lazy("这栋楼不在名单里，请重新选一下")},
    )
    grid = forms.ModelChoiceField(
        label=gettext_lazy("或者只定网格"),
        queryset=Grid.objects.none(),
        required=False,
        empty_label=gettext_lazy("请选网格"),
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"invalid_choice": gettext_lazy("没有这个网格，请重新选一下")},
    )

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["building"].offer(community, unknown=False)
        self.fields["grid"].queryset = Grid.objects.in_community(community.pk)

    def clean(self):
        data = super().clean()
        if not self.errors and not data.get("building") and not data.get("grid"):
            raise forms.ValidationError(_("请选楼栋，不知道就选网格"))
        return data

    def place(self):
        """(grid, building or None) of a valid form."""
        if building := self.fields["building"].chosen:
            return building.grid, building
        return self.cleaned_data["grid"], None
