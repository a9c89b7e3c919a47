"""Where somebody lives: the choice of a building, in the same words at every door."""

import functools
from dataclasses import dataclass

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from grids.models import Building

UNKNOWN_BUILDING = "unknown"


class BuildingSelect(forms.Select):
    """A select whose options carry the name of their grid, so that the page can tell it at once.

    `offered` is what `BuildingField.offer` found; its options are written once for the same buildings, and not per
    page: there are hundreds.
    """

    offered = None

    def render(self, name, value, attrs=None, renderer=None):
        attrs = self.build_attrs(self.attrs, (attrs or {}) | {"name": name})
        options = self.offered.options if self.offered else ""
        # the mark cannot be met in a text: every text of the options is escaped
        mark = f'<option value="{escape("" if value is None else value)}"'
        options = options.replace(mark, f"{mark} selected", 1)
        return mark_safe(f"<select{flatatt(attrs)}>{options}</select>")


@dataclass(frozen=True)
class Offered:
    """The buildings that a field offers: as choices, the words for the grid of each, and as options of a select."""

    choices: list
    grids: dict
    options: str


@functools.lru_cache(maxsize=64)
def _offered(rows, unknown, _language):
    """The `Offered` of these rows (pk, estate, name, number and name of the grid), in the language that is spoken."""
    estates, grids = {}, {}
    for pk, estate, name, number, grid in rows:
        estates.setdefault(estate, []).append((str(pk), f"{estate} {name}"))
        grids[str(pk)] = _("第 %(number)d 网格（%(name)s）") % {"number": number, "name": grid}
    choices = [("", _("请选小区和楼号")), *estates.items()]
    if unknown:
        choices.append((_("不知道"), [(UNKNOWN_BUILDING, _("不知道几号楼，我写在下面"))]))
    return Offered(choices, grids, _options(choices, grids))


def _options(choices, grids):
    parts = [
        format_html('<optgroup label="{}">{}</optgroup>', key, _options(words, grids))
        if isinstance(words, list) and key
        else _options(words, grids)
        if isinstance(words, list)
        else _option(key, words, grids)
        for key, words in choices
    ]
    return mark_safe("".join(parts))


def _option(key, words, grids):
    grid = format_html(' data-grid="{}"', grids[key]) if key in grids else ""
    return format_html('<option value="{}"{}>{}</option>', key, grid, words)


class BuildingField(forms.ChoiceField):
    """A building of the community, grouped by estate. Cleans to its primary key as text, UNKNOWN_BUILDING or ""."""

    widget = BuildingSelect
    default_error_messages = {
        "invalid_choice": gettext_lazy("这栋楼不在名单里，请重新选，或选“不知道几号楼”")
    }

    def offer(self, community, *, unknown=True):
        """Fill the choices with the buildings of `community`; `unknown` adds the way out. One query."""
        rows = Building.objects.in_community(community.pk).in_order()
        rows = rows.values_list("pk", "estate", "name", "grid__number", "grid__name")
        self.widget.offered = _offered(tuple(rows), unknown, get_language())
        self.choices = self.widget.offered.choices

    def grid_of(self, value):
        """The words for the grid of a chosen building, "" for none."""
        return self.widget.offered.grids.get(str(value), "")
