"""Fields that several doors ask for in the same words."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haimengyuan.lib.moments import say_half_day
from services.models import ServiceOrder

DAYS_AHEAD = 2  # half-days that are offered as buttons; later ones are agreed by phone
NOON, EVENING = 12, 18  # o'clock
HALF_ENDS = {"am": NOON, "pm": EVENING}


class WishField(forms.ChoiceField):
    """When somebody should come: at once, a half-day of the next days, or "let us agree by phone".

    Cleans to a dict with the columns `wish`, `wish_on` (date or None) and `wish_half` ("", "am" or "pm").
    """

    widget = forms.RadioSelect

    def __init__(self, **kwargs):
        kwargs.setdefault("label", gettext_lazy("您希望什么时候来？"))
        kwargs.setdefault("initial", ServiceOrder.Wish.SOON)
        super().__init__(choices=half_days, **kwargs)

    def valid_value(self, value):
        return True  # what a page of yesterday offered is judged in clean(), with a better sentence

    def clean(self, value):
        value = super().clean(value) or ServiceOrder.Wish.SOON
        if value in {ServiceOrder.Wish.SOON, ServiceOrder.Wish.CALL}:
            return {"wish": ServiceOrder.Wish(value), "wish_on": None, "wish_half": ""}
        day, _colon, half = value.partition(":")
        try:
            wished = dt.date.fromisoformat(day)
        except ValueError as error:
            raise ValidationError(_("请重新选一下什么时候来")) from error
        today = timezone.localdate()
        if half not in {"am", "pm"} or wished > today + dt.timedelta(days=31):
            raise ValidationError(_("请重新选一下什么时候来"))
        if wished < today or (wished == today and timezone.localtime().hour >= HALF_ENDS[half]):
            raise ValidationError(_("选的时间已经过去了，请重新选一个"))
        return {"wish": ServiceOrder.Wish.HALF_DAY, "wish_on": wished, "wish_half": half}


def half_days():
    """The choices of a wish, from now on: (value, words)."""
    now = timezone.localtime()
    today = now.date()
    halves = [(today, "pm")] if now.hour < NOON else []
    for ahead in range(1, DAYS_AHEAD + 1):
        day = today + dt.timedelta(days=ahead)
        halves += [(day, "am"), (day, "pm")]
    dates = [(f"{day.isoformat()}:{half}", say_half_day(day, half)) for day, half in halves]
    return [
        (ServiceOrder.Wish.SOON.value, _("越快越好")),
        (ServiceOrder.Wish.CALL.value, _("电话里再说")),
        *dates,
    ]


def say_wish(wish, wish_on=None, wish_half=""):
    """The wish of an order in words."""
    if wish == ServiceOrder.Wish.HALF_DAY and wish_on:
        return say_half_day(wish_on, wish_half)
    return str(ServiceOrder.Wish(wish).label)
