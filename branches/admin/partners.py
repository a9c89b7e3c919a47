"""Partner units in the admin: the desk keeps the units; secretaries see the lines of their own branch."""

from django.contrib import admin

from branches.models import PartnerLine, PartnerUnit
from people.admin_scope import ScopedAdmin

EDIT = ("edit_reference_data",)


@admin.register(PartnerUnit)
class PartnerUnitAdmin(ScopedAdmin):
    list_display = ("name", "place", "contact", "active")
    list_select_related = ("contact",)
    search_fields = ("name",)
    autocomplete_fields = ("contact",)
    ordering = ("name",)
    may_add = may_change = EDIT


@admin.register(PartnerLine)
class PartnerLineAdmin(ScopedAdmin):
    """Rows are read here; each step is an action of the staff door."""

    list_display = ("text", "kind", "unit", "branch", "status", "due_on")
    list_filter = ("kind", "status", "branch")
    list_select_related = ("unit", "branch")
    ordering = ("-moved_at", "-pk")
    may_view = ("see_all_grids", "see_own_grid")
