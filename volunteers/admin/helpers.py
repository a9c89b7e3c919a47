from django.contrib import admin

from people.admin_scope import OwnedInline, ScopedAdmin
from people.admin_tools import Exports, FindsPeople
from volunteers.actions import register_helper
from volunteers.errors import RegistrationRefused
from volunteers.forms.registration import RegistrationForm
from volunteers.models import FreeHalfDay, HelperProfile, Skill, Team

PLACE = ("see_all_grids", "see_own_grid")


@admin.register(Skill)
class SkillAdmin(ScopedAdmin):
    list_display = ("name_zh", "name_en", "code")
    search_fields = ("name_zh", "code")
    ordering = ("code",)
    may_add = may_change = ("edit_reference_data",)


@admin.register(Team)
class TeamAdmin(ScopedAdmin):
    list_display = ("name", "what", "grid", "leader", "is_public", "is_active")
    list_filter = ("grid", "is_active")
    list_select_related = ("grid", "leader")
    search_fields = ("name",)
    autocomplete_fields = ("leader",)
    ordering = ("name",)
    may_view = PLACE
    may_add = may_change = ("edit_register",)


class FreeHalfDayInline(OwnedInline):
    model = FreeHalfDay
    may_view = PLACE
    may_add = may_change = may_delete = ("edit_register",)


@admin.register(HelperProfile)
class HelperProfileAdmin(FindsPeople, Exports, ScopedAdmin):
    list_display = ("person", "grid", "team", "max_open_tasks", "no_stairs", "is_active")
    list_filter = ("grid", "team", "is_active", "skills")
    list_select_related = ("person", "grid", "team")
    ordering = ("grid__number", "person__pinyin", "pk")
    autocomplete_fields = ("person", "skills", "guardian")
    inlines = [FreeHalfDayInline]
    export_columns = list_display
    domain_errors = RegistrationRefused
    may_view = PLACE
    may_add = may_change = ("edit_register",)

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = RegistrationForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request, obj=None):
        columns = ("person", "grid", "team", "skills", "no_stairs", "limits", "max_open_tasks", "external_no")
        if obj:
            return (*columns, "is_active", "guardian", "guardian_channel")
        return (*columns, "consent_channel", "guardian", "guardian_channel")

    def get_readonly_fields(self, request, obj=None):
        # the consents are this person's and this guardian's; another one is a registration anew
        return ("person", "guardian", "guardian_channel") if obj else ()

    def save_model(self, request, obj, form, change):
        if change:
            return super().save_model(request, obj, form, change)
        made = register_helper(
            obj.person,
            consent_channel=form.cleaned_data["consent_channel"],
            grid=obj.grid,
            skills=list(form.cleaned_data["skills"]),
            guardian=obj.guardian,
            guardian_channel=obj.guardian_channel,
            team=obj.team,
            external_no=obj.external_no,
            no_stairs=obj.no_stairs,
            limits=obj.limits,
            max_open_tasks=obj.max_open_tasks,
        )
        obj.__dict__.update(made.__dict__)
