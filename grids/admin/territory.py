from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget

from grids.actions import appoint, cover, end_appointment, remove_cover
from grids.errors import AppointmentRefused
from grids.forms import AppointmentForm
from grids.models import Appointment, Building, Cover, Duty, Dwelling, Grid, Household, Residency
from people.admin_scope import OwnedInline, ScopedAdmin, ScopedInline
from people.admin_tools import Exports, FindsPeople

PLACE = ("see_all_grids", "see_own_grid")
EDIT = ("edit_reference_data",)
REGISTER = ("edit_register",)


class BuildingInline(ScopedInline):
    model = Building
    fields = ("estate", "name", "number")
    show_change_link = True
    may_view = PLACE
    may_add = may_change = EDIT


@admin.register(Grid)
class GridAdmin(ScopedAdmin):
    list_display = ("number", "name", "area", "kind", "code")
    list_display_links = ("number", "name")
    list_filter = ("kind",)
    search_fields = ("name", "area")
    ordering = ("number",)
    inlines = [BuildingInline]
    may_view = PLACE
    may_add = may_change = EDIT


@admin.register(Building)
class BuildingAdmin(Exports, ScopedAdmin):
    list_display = ("name", "estate", "grid")
    list_filter = ("grid",)
    list_select_related = ("grid",)
    search_fields = ("estate", "name")
    export_columns = ("estate", "name", "grid")
    may_view = PLACE
    may_add = may_change = may_delete = EDIT


@admin.register(Dwelling)
class DwellingAdmin(ScopedAdmin):
    list_display = ("door", "building", "floor")
    list_filter = ("building__grid",)
    list_select_related = ("building",)
    search_fields = ("room", "building__name", "building__estate")
    autocomplete_fields = ("building",)
    may_view = PLACE
    may_add = may_change = may_delete = EDIT

    @admin.display(description=Dwelling._meta.get_field("room").verbose_name, ordering="room")
    def door(self, dwelling):
        return dwelling.door


class ResidencyInline(OwnedInline):
    model = Residency
    fields = ("person", "relation", "since", "until")
    autocomplete_fields = ("person",)
    may_view = PLACE
    may_add = may_change = REGISTER


@admin.register(Household)
class HouseholdAdmin(FindsPeople, ScopedAdmin):
    list_display = ("dwelling", "since", "until")
    list_filter = ("dwelling__building__grid",)
    list_select_related = ("dwelling__building",)
    autocomplete_fields = ("dwelling",)
    ordering = ("dwelling__building", "dwelling__unit", "dwelling__room")
    person_path = "residencies__person"
    inlines = [ResidencyInline]
    may_view = PLACE
    may_add = may_change = REGISTER

    def get_search_results(self, request, queryset, search_term):
        found, _distinct = super().get_search_results(request, queryset, search_term)
        return found.distinct(), False


@admin.register(Duty)
class DutyAdmin(ScopedAdmin):
    list_display = ("name_zh", "kind", "min_per_grid", "max_per_grid", "is_public", "is_confirmed")
    list_filter = ("kind", "is_confirmed")
    search_fields = ("name_zh", "code")
    ordering = ("order", "code")
    may_add = may_change = EDIT

    def get_readonly_fields(self, request, obj=None):
        return ("community", "code", "kind") if obj else ()  # copied into appointments, asked for by the code


class CoverInline(OwnedInline):
    model = Cover
    fields = ("person", "since", "until")
    can_delete = False
    may_view = PLACE


@admin.register(Appointment)
class AppointmentAdmin(FindsPeople, Exports, ScopedAdmin):
    """Who holds which duty where. Rows are opened and ended by actions, and never deleted."""

    form = AppointmentForm
    list_display = ("person", "duty", "grid", "since", "ends_on", "ended_on")
    list_filter = ("grid", "duty", "kind")
    list_select_related = ("person", "duty", "grid")
    ordering = ("grid__number", "duty__order", "since")
    autocomplete_fields = ("person",)
    export_columns = list_display
    domain_errors = AppointmentRefused
    may_view = PLACE
    may_add = may_change = EDIT

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("duty", "grid", "person", "since", "ends_on", "work_phone")
        ending = () if obj.ended_on or not self.has_change_permission(request, obj) else ("leave_on",)
        return ("duty", "grid", "person", "since", "ended_on", "ends_on", "work_phone", *ending)

    def get_readonly_fields(self, request, obj=None):
        return ("duty", "grid", "person", "since", "ended_on") if obj else ()

    def get_inlines(self, request, obj):
        return [CoverInline] if obj else []

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if "leave_on" in form.base_fields:
            form.base_fields["leave_on"].widget = AdminDateWidget()
        return form

    def autocomplete_label(self, appointment):
        return f"{appointment.grid} {appointment.duty} {appointment.person}"

    def save_model(self, request, obj, form, change):
        if change:
            obj.save(update_fields=["work_phone", "ends_on"])
            if leave_on := form.cleaned_data.get("leave_on"):
                end_appointment(obj, on=leave_on)
            return
        made = appoint(
            obj.duty,
            grid=obj.grid,
            person=obj.person,
            since=obj.since,
            ends_on=obj.ends_on,
            work_phone=obj.work_phone,
        )
        obj.__dict__.update(made.__dict__)


@admin.register(Cover)
class CoverAdmin(FindsPeople, ScopedAdmin):
    list_display = ("person", "appointment", "since", "until")
    list_filter = ("appointment__grid",)
    list_select_related = ("person", "appointment__grid", "appointment__duty", "appointment__person")
    ordering = ("-until", "-pk")
    autocomplete_fields = ("appointment", "person")
    domain_errors = AppointmentRefused
    may_view = PLACE
    may_add = may_delete = EDIT

    def save_model(self, request, obj, form, change):
        made = cover(obj.appointment, person=obj.person, since=obj.since, until=obj.until)
        obj.__dict__.update(made.__dict__)

    def delete_model(self, request, obj):
        remove_cover(obj)

    def delete_queryset(self, request, queryset):
        for row in queryset:
            remove_cover(row)
