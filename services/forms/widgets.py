"""Fields that several doors ask for in the same words."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Building
from haimengyuan.lib.moments import say_day
from haimengyuan.lib.phones import PhoneProblem, normalise_phone
from services.models import ServiceOrder

UNKNOWN_BUILDING = "unknown"
DAYS_AHEAD = 2  # half-days that are offered as buttons; later ones are agreed by phone
NOON, EVENING = 12, 18  # o'clock
HALF_ENDS = {"am": NOON, "pm": EVENING}


class BuildingSelect(forms.Select):
    """A select whose options carry the name of their grid, so that the page can tell it at once.

    Written in one go: a template per option costs more than everything else on the page, and there are hundreds.
    """

    grids = {}

    def render(self, name, value, attrs=None, renderer=None):
        chosen = "" if value is None else str(value)
        attrs = self.build_attrs(self.attrs, (attrs or {}) | {"name": name})
        parts = [
            self._options(words, chosen) if isinstance(words, list) else self._option(key, words, chosen)
            for key, words in self.choices
        ]
        labels = [key if isinstance(words, list) else "" for key, words in self.choices]
        grouped = (
            format_html('<optgroup label="{}">{}</optgroup>', label, part) if label else part
            for label, part in zip(labels, parts, strict=True)
        )
        return format_html("<select{}>{}</select>", flatatt(attrs), mark_safe("".join(grouped)))

    def _options(self, pairs, chosen):
        return mark_safe("".join(self._option(key, words, chosen) for key, words in pairs))

    def _option(self, key, words, chosen):
        selected = mark_safe(" selected") if key == chosen else ""
        grid = format_html(' data-grid="{}"', self.grids[key]) if key in self.grids else ""
        return format_html('<option value="{}"{}{}>{}</option>', key, selected, grid, words)


class BuildingField(forms.ChoiceField):
    """A building of the community, grouped by estate. Cleans to its primary key as text, UNKNOWN_BUILDING or ""."""

    widget = BuildingSelect
    default_error_messages = {
        "invalid_choice": gettext_lazy("这栋楼不在名单里，请重新选，或选“不知道几号楼”")
    }

    def offer(self, community, *, unknown=True):
        """Fill the choices with the buildings of `community`; `unknown` adds the way out. One query."""
        estates, grids = {}, {}
        rows = Building.objects.in_community(community.pk).in_order()
        for pk, estate, name, number, grid in rows.values_list(
            "pk", "estate", "name", "grid__number", "grid__name"
        ):
            estates.setdefault(estate, []).append((str(pk), f"{estate} {name}"))
            grids[str(pk)] = _("第 %(number)d 网格（%(name)s）") % {"number": number, "name": grid}
        choices = [("", _("请选小区和楼号")), *estates.items()]
        if unknown:
            choices.append((_("不知道"), [(UNKNOWN_BUILDING, _("不知道几号楼，我写在下面"))]))
        self.choices = choices
        self.widget.grids = grids

    def grid_of(self, value):
        """The words for the grid of a chosen building, "" for none."""
        return self.widget.grids.get(str(value), "")


class PhoneField(forms.CharField):
    """A number that can be dialled; cleans to its digits. Spaces, dashes and full-width digits are accepted."""

    widget = forms.TextInput(
        attrs={
            "class": "input num w-m",
            "type": "tel",
            "inputmode": "tel",
            "autocomplete": "tel",
            "maxlength": 30,
        }
    )

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return ""
        try:
            return normalise_phone(value)
        except PhoneProblem as problem:
            raise ValidationError(str(problem)) from problem


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


def say_half_day(day, half):
    """明天上午, 11月27日 周五上午."""
    return f"{say_day(day)}{_('上午') if half == 'am' else _('下午')}"


def say_wish(wish, wish_on=None, wish_half=""):
    """The wish of an order in words."""
    if wish == ServiceOrder.Wish.HALF_DAY and wish_on:
        return say_half_day(wish_on, wish_half)
    return str(ServiceOrder.Wish(wish).label)
