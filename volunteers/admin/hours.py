from django.contrib import admin

from people.admin_scope import ScopedAdmin
from people.admin_tools import Exports, FindsPeople
from volunteers.models import HourEntry, StarRule, TimeBank

PLACE = ("see_all_grids", "see_own_grid")


@admin.register(HourEntry)
class HourEntryAdmin(FindsPeople, Exports, ScopedAdmin):
    """Read-only: hours come from orders and activities (`volunteers.actions.record_hours`)."""

    list_display = ("person", "served_on", "minutes", "what", "why")
    sortable_by = ("served_on",)  # neither by person nor by minutes: nobody is compared
    list_filter = ("served_on",)
    list_select_related = ("person",)
    ordering = ("-served_on", "-pk")
    export_columns = list_display
    may_view = PLACE


@admin.register(StarRule)
class StarRuleAdmin(ScopedAdmin):
    list_display = ("stars", "hours", "community")
    list_select_related = ("community",)
    ordering = ("community", "stars")
    may_add = may_change = ("edit_reference_data",)


@admin.register(TimeBank)
class TimeBankAdmin(ScopedAdmin):
    """The switch; without a row there is no time bank."""

    list_display = ("community", "is_open")
    list_select_related = ("community",)
    ordering = ("community",)
    may_add = may_change = ("edit_reference_data",)
