"""Forms of the admin for bookings."""

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.forms.venues import length_choices
from grids.models import Booking

ANSWERS = [
    ("", _("不变")),
    ("confirm", _("答应")),
    ("decline", _("不答应")),
    ("cancel", _("取消这一次")),
    ("cancel_all", _("取消整组")),
]


class BookingAddForm(forms.ModelForm):
    """What a grid head enters: for the branch, or to block the time; residents book for themselves or by phone."""

    kind = forms.ChoiceField(
        label=_("谁用"),
        choices=[c for c in Booking.Kind.choices if c[0] != Booking.Kind.RESIDENT],
        initial=Booking.Kind.BRANCH,
    )
    minutes = forms.TypedChoiceField(
        label=_("用多久"), coerce=int, choices=lambda: length_choices(30, 720), initial="60"
    )
    weeks = forms.IntegerField(
        label=_("连着几周"),
        min_value=1,
        max_value=26,
        initial=1,
        help_text=_("每周同一时间，算一组，可以一起取消"),
    )

    class Meta:
        model = Booking
        fields = ("venue", "kind", "title", "starts_at")


class BookingAnswerForm(forms.ModelForm):
    answer = forms.ChoiceField(label=_("怎么办"), choices=ANSWERS, required=False)
    words = forms.CharField(
        label=_("原因"), max_length=100, required=False, help_text=_("不答应、取消都要写一句，订的人会看到")
    )

    class Meta:
        model = Booking
        fields = ()
