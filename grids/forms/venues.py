"""What residents and the desk fill in to book a venue. Shape only: whether a time can be had, the action says."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from grids.free_times import at
from grids.models import Booking
from haimengyuan.lib.forms import CalledField, KeyedForm, PhoneField

TITLE_MAX = 60


def length_choices(least, most):
    """(minutes, words) for every length from `least` to `most` in half-hours."""
    return [(str(minutes), say_length(minutes)) for minutes in range(least, most + 1, 30)]


def say_length(minutes):
    """30 分钟, 1 小时, 1 个半小时."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%d 分钟") % minutes
    if rest:
        return ngettext("%d 个半小时", "%d 个半小时", hours) % hours
    return ngettext("%d 小时", "%d 小时", hours) % hours


class _BookingForm(KeyedForm):
    """A start and a length."""

    key_purpose = "booking.submission"


class ResidentBookingForm(_BookingForm):
    """A resident's request for one of the free starts of a day."""

    starts = forms.ChoiceField(
        label=gettext_lazy("几点开始？"),
        widget=forms.Select(attrs={"class": "select w-m"}),
        error_messages={
            "required": gettext_lazy("请选几点开始"),
            "invalid_choice": gettext_lazy("这个时间刚刚有人订了或者不开放，请重新选"),
        },
    )
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("用多久？"),
        coerce=int,
        widget=forms.Select(attrs={"class": "select w-m"}),
        error_messages={
            "required": gettext_lazy("请选用多久"),
            "invalid_choice": gettext_lazy("请重新选用多久"),
        },
    )
    title = forms.CharField(
        label=gettext_lazy("做什么用？"),
        max_length=TITLE_MAX,
        help_text=gettext_lazy("例如：合唱队排练。别人只看得到“有人用”"),
        widget=forms.TextInput(attrs={"class": "input"}),
        error_messages={
            "required": gettext_lazy("请写一下做什么用"),
            "max_length": gettext_lazy("写得太长了，请缩到 %(limit_value)d 字以内"),
        },
    )
    name = CalledField()
    phone = PhoneField(
        label=gettext_lazy("电话"),
        help_text=gettext_lazy("有变化打这个号码，不公开。"),
        error_messages={"required": gettext_lazy("请写一个能打通的电话")},
    )

    def __init__(self, *args, venue, starts, **kwargs):
        """`starts` are the free starts of the day that the page shows, as aware moments."""
        super().__init__(*args, **kwargs)
        self.fields["starts"].choices = [("", _("请选几点开始"))] + [
            (start.isoformat(), f"{timezone.localtime(start):%H:%M}") for start in starts
        ]
        self.fields["minutes"].choices = length_choices(venue.min_minutes, venue.max_minutes)

    def as_booking(self):
        """The keyword arguments of `grids.actions.book` for a valid form."""
        data = self.cleaned_data
        return {
            "kind": Booking.Kind.RESIDENT,
            "title": data["title"],
            "starts_at": dt.datetime.fromisoformat(data["starts"]),
            "minutes": data["minutes"],
            "name": data["name"],
            "phone": data["phone"],
            "submission_key": self.key(),
        }


class StaffBookingForm(_BookingForm):
    """What the desk enters: for the branch, for a resident on the telephone, or to block the time."""

    kind = forms.ChoiceField(
        label=gettext_lazy("谁用"),
        choices=Booking.Kind.choices,
        initial=Booking.Kind.BRANCH,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选谁用")},
    )
    title = forms.CharField(
        label=gettext_lazy("做什么用；停用的写原因"),
        max_length=TITLE_MAX,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请写做什么用，停用的写原因")},
    )
    day = forms.DateField(
        label=gettext_lazy("哪天"),
        widget=forms.DateInput(attrs={"type": "date", "class": "input w-m"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("请选哪天"),
            "invalid": gettext_lazy("日期没看懂，请重新选"),
        },
    )
    clock = forms.TimeField(
        label=gettext_lazy("几点开始"),
        widget=forms.TimeInput(attrs={"type": "time", "step": 1800, "class": "input w-m"}, format="%H:%M"),
        error_messages={
            "required": gettext_lazy("请写几点开始"),
            "invalid": gettext_lazy("时间没看懂，例如 9:30"),
        },
    )
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("用多久"), coerce=int, widget=forms.Select(attrs={"class": "select w-m"})
    )
    weeks = forms.IntegerField(
        label=gettext_lazy("连着几周"),
        min_value=1,
        max_value=26,
        initial=1,
        help_text=gettext_lazy("每周同一时间，算一组，可以一起取消"),
        widget=forms.NumberInput(attrs={"class": "input w-s", "min": 1, "max": 26, "inputmode": "numeric"}),
        error_messages={
            "min_value": gettext_lazy("最少 1 周"),
            "max_value": gettext_lazy("最多 26 周"),
            "invalid": gettext_lazy("只写数字就行"),
            "required": gettext_lazy("请写连着几周，只用一次就写 1"),
        },
    )
    name = forms.CharField(
        label=gettext_lazy("居民怎么称呼"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"class": "input w-m", "autocomplete": "off"}),
    )
    phone = PhoneField(label=gettext_lazy("居民的电话"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["minutes"].choices = length_choices(30, 12 * 60)
        self.fields["minutes"].initial = "60"

    def as_booking(self, user):
        """The keyword arguments of `grids.actions.book` for a valid form; `user` enters it."""
        data = self.cleaned_data
        is_resident = data["kind"] == Booking.Kind.RESIDENT
        return {
            "kind": data["kind"],
            "title": data["title"],
            "starts_at": at(data["day"], data["clock"].replace(second=0, microsecond=0)),
            "minutes": data["minutes"],
            "weeks": data["weeks"],
            "name": data["name"] if is_resident else "",
            "phone": data["phone"] if is_resident else "",
            "entered_by": user,
            "submission_key": self.key(),
        }
