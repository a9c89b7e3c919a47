from django.contrib import admin

from people.admin_scope import ScopedAdmin
from people.admin_tools import Exports, FindsPeople
from volunteers.models import HourEntry

PLACE = ("see_all_grids", "see_own_grid")


@admin.register(HourEntry)
class HourEntryAdmin(FindsPeople, Exports, ScopedAdmin):
    """Read-only: hours come from orders and activities (`volunteers.actions.record_hours`)."""

    list_display = ("person", "served_on", "minutes", "what")
    list_filter = ("served_on",)
    list_select_related = ("person",)
    ordering = ("-served_on", "-pk")
    export_columns = list_display
    may_view = PLACE
