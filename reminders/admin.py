from django.contrib import admin

from people.admin_scope import ScopedAdmin
from reminders.models import CalendarOverride


@admin.register(CalendarOverride)
class CalendarOverrideAdmin(ScopedAdmin):
    """Days off hold for the whole installation, so there is no scope to narrow."""

    list_display = ("day", "is_workday", "name")
    list_filter = ("is_workday",)
    ordering = ("-day",)
    may_view = ("edit_calendar",)
    may_add = may_change = may_delete = ("edit_calendar",)

    def scope(self, queryset, user):
        return queryset if user.may("edit_calendar") else queryset.none()
