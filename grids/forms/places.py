"""Where somebody lives: the choice of a building, in the same words at every door."""

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Building

UNKNOWN_BUILDING = "unknown"


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
