from django.contrib import admin

from people.admin_scope import OwnedInline, ScopedAdmin
from people.admin_tools import Exports, FindsPeople
from volunteers.models import FreeHalfDay, HelperProfile, HourEntry, Skill

PLACE = ("see_all_grids", "see_own_grid")


@admin.register(Skill)
class SkillAdmin(ScopedAdmin):
    list_display = ("name_zh", "name_en", "code")
    search_fields = ("name_zh", "code")
    ordering = ("code",)
    may_add = may_change = ("edit_reference_data",)


class FreeHalfDayInline(OwnedInline):
    model = FreeHalfDay
    may_view = PLACE
    may_add = may_change = may_delete = ("edit_register",)


@admin.register(HelperProfile)
class HelperProfileAdmin(FindsPeople, Exports, ScopedAdmin):
    list_display = ("person", "grid", "max_open_tasks", "no_stairs", "is_active")
    list_filter = ("grid", "is_active", "skills")
    list_select_related = ("person", "grid")
    ordering = ("grid__number", "person__pinyin", "pk")
    autocomplete_fields = ("person", "skills")
    inlines = [FreeHalfDayInline]
    export_columns = list_display
    may_view = PLACE
    may_add = may_change = ("edit_register",)


@admin.register(HourEntry)
class HourEntryAdmin(FindsPeople, Exports, ScopedAdmin):
    """Read-only: hours come from orders and activities (`volunteers.actions.record_hours`)."""

    list_display = ("person", "served_on", "minutes", "what")
    list_filter = ("served_on",)
    list_select_related = ("person",)
    ordering = ("-served_on", "-pk")
    export_columns = list_display
    may_view = PLACE
