"""How often people are looked in on, as data. Plans and visits have their pages where the hours are known."""

from django.contrib import admin

from grids.models import CareCategory
from people.admin_scope import ScopedAdmin


@admin.register(CareCategory)
class CareCategoryAdmin(ScopedAdmin):
    list_display = ("name_zh", "every_days", "whom_zh")
    ordering = ("order", "code")
    may_add = may_change = ("edit_reference_data",)

    def get_readonly_fields(self, request, obj=None):
        return ("community", "code") if obj else ()
