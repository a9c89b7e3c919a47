"""Where somebody lives: the choice of a building, in the same words at every door."""

import functools

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from grids.models import Building, building_with_home
from haimengyuan.lib.compiled import compiled_once
from haimengyuan.lib.keys import row_key

UNKNOWN_BUILDING = "unknown"


class BuildingSelect(forms.Select):
    """A select whose options carry the name of their grid, so that the page can tell it at once.

    The buildings are asked for when the select is printed, and the options are written once for the same buildings,
    not per page: there are hundreds.
    """

    community, unknown = None, True  # whose buildings; whether there is a way out for those who do not know

    def render(self, name, value, attrs=None, renderer=None):
        attrs = self.build_attrs(self.attrs, (attrs or {}) | {"name": name})
        options = self._options() if self.community else ""
        # the mark cannot be met in a text: every text of the options is escaped
        mark = f'<option value="{escape("" if value is None else value)}"'
        options = options.replace(mark, f"{mark} selected", 1)
        return mark_safe(f"<select{flatatt(attrs)}>{options}</select>")

    def _options(self):
        rows = _buildings.rows(community=self.community.pk)
        return _options_of(tuple(rows), self.unknown, get_language())


@compiled_once(community=int)
def _buildings(community):
    rows = Building.objects.in_community(community).in_order()
    return rows.values_list("pk", "estate", "name", "grid__number", "grid__name")


@functools.lru_cache(maxsize=64)
def _options_of(rows, unknown, _language):
    """The options for these rows (pk, estate, name, number and name of the grid), in the language that is spoken."""
    estates = {}
    for pk, estate, name, number, grid in rows:
        words, belongs = f"{estate} {name}", _say_grid(number, grid)
        option = format_html('<option value="{}" data-grid="{}">{}</option>', pk, belongs, words)
        estates.setdefault(estate, []).append(option)
    if unknown:
        way_out = _("不知道几号楼，我写在下面")
        option = format_html('<option value="{}">{}</option>', UNKNOWN_BUILDING, way_out)
        estates[_("不知道")] = [option]
    groups = [
        format_html('<optgroup label="{}">{}</optgroup>', estate, mark_safe("".join(options)))
        for estate, options in estates.items()
    ]
    first = format_html('<option value="">{}</option>', _("请选小区和楼号"))
    return mark_safe("".join([first, *groups]))


def _say_grid(number, name):
    return _("第 %(number)d 网格（%(name)s）") % {"number": number, "name": name}


class BuildingField(forms.ChoiceField):
    """A building of the community, grouped by estate. Cleans to its primary key as text, UNKNOWN_BUILDING or "".

    `chosen` is the `Building` of a cleaned value, with its grid; None for the others.
    """

    widget = BuildingSelect
    default_error_messages = {
        "invalid_choice": gettext_lazy("这栋楼不在名单里，请重新选，或选“不知道几号楼”")
    }
    chosen, door = None, ""

    def offer(self, community, *, unknown=True, door=""):
        """Offer the buildings of `community`; `unknown` adds the way out.

        With what was typed as the `door` the dwelling behind it is read in the same query as the building.
        """
        self.widget.community, self.widget.unknown = community, unknown
        self.door = door

    def valid_value(self, value):
        """Whether it is offered: judged by that one row, since whoever chose well need not see the others again."""
        if value == UNKNOWN_BUILDING:
            return self.widget.unknown
        if key := row_key(value):
            self.chosen = building_with_home(key, self.widget.community.pk, self.door)
        return self.chosen is not None

    @property
    def grid_of_chosen(self):
        """The words for the grid of the chosen building, "" for none."""
        return _say_grid(self.chosen.grid.number, self.chosen.grid.name) if self.chosen else ""
