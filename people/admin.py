from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.masking import mask_name
from people.actions import withdraw_consent
from people.actions.persons import REVEALABLE
from people.admin_scope import ScopedAdmin
from people.admin_tools import FindsPeople, Reveals
from people.forms import PersonForm, UserForm
from people.models import Community, Consent, Person, PersonalDataView, User


@admin.register(Community)
class CommunityAdmin(ScopedAdmin):
    list_display = ("name", "code", "street", "district", "desk_phone")
    may_change = ("edit_reference_data",)
    readonly_fields = ("code",)


@admin.register(Person)
class PersonAdmin(FindsPeople, Reveals, ScopedAdmin):
    """The register. Grid heads have no part of it: they see persons through rows of their grid."""

    form = PersonForm
    person_path = ""
    list_display = ("masked", "masked_phone", "state", "birth_year", "community")
    list_filter = ("state", "reach_by", "prefers_phone_call")
    list_select_related = ("community",)
    ordering = ("pinyin", "pk")
    may_view = ("edit_register", "see_data_views")
    may_add = may_change = ("edit_register",)
    change_form_template = "admin/person_form.html"
    fieldsets = (
        (
            _("现在登记的"),
            {"fields": ("masked", "masked_phone", "masked_id_number", "masked_email")},
        ),
        (
            _("重新填写"),
            {"fields": ("new_name", "new_phone", "new_id_number", "new_email", "remove")},
        ),
        (
            _("其他"),
            {
                "fields": (
                    "community",
                    "birth_date",
                    "gender",
                    "state",
                    "state_since",
                    "reach_by",
                    "prefers_phone_call",
                )
            },
        ),
    )
    readonly_fields = ("masked", "masked_phone", "masked_id_number", "masked_email")

    @admin.display(description=_("姓名"), ordering="pinyin")
    def masked(self, person):
        return mask_name(person.name) or "—"

    @admin.display(description=_("电话"))
    def masked_phone(self, person):
        return person.masked_phone or "—"

    @admin.display(description=_("公民身份号码"))
    def masked_id_number(self, person):
        return person.masked_id_number or "—"

    @admin.display(description=_("邮箱"))
    def masked_email(self, person):
        return person.masked_email or "—"

    @admin.display(description=_("出生年份"), ordering="birth_date")
    def birth_year(self, person):
        return person.birth_date.year if person.birth_date else "—"

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if obj else self.fieldsets[1:]

    def autocomplete_label(self, person):
        return f"{person} {person.masked_phone}".strip()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {"reveal_fields": list(REVEALABLE.items()), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def revealable(self, person):
        return {"self": person}


@admin.register(User)
class UserAdmin(FindsPeople, ScopedAdmin):
    form = UserForm
    list_display = ("__str__", "role", "community", "is_active", "last_login")
    list_filter = ("role", "is_active", "community")
    list_select_related = ("person", "community")
    ordering = ("role", "pk")
    autocomplete_fields = ("person",)
    fields = ("person", "community", "role", "is_active", "new_login", "new_password", "again")
    may_view = may_add = may_change = ("manage_users",)

    def scope(self, queryset, user):
        """Nobody but a superuser touches a superuser: a new password for one would be a way up."""
        queryset = super().scope(queryset, user)
        return queryset if user.is_superuser else queryset.filter(is_superuser=False)

    def get_fields(self, request, obj=None):
        """An account without a community rules the whole installation: only such a one may make another."""
        return [name for name in self.fields if name != "community" or request.user.community_id is None]

    def get_readonly_fields(self, request, obj=None):
        return ("role", "is_active") if obj == request.user else ()

    def save_model(self, request, obj, form, change):
        if not change and request.user.community_id:
            obj.community_id = request.user.community_id
        obj.save()


@admin.register(Consent)
class ConsentAdmin(FindsPeople, ScopedAdmin):
    """What people agreed to; the desk takes it back for whoever asks."""

    actions = ("withdraw",)
    list_display = ("person", "purpose", "channel", "given_at", "withdrawn_at")
    list_filter = ("purpose", "channel")
    list_select_related = ("person",)
    ordering = ("-given_at", "-pk")

    def has_withdraw_permission(self, request):
        return request.user.may("edit_register")

    @admin.action(description=_("本人要求撤回选中的同意"), permissions=["withdraw"])
    def withdraw(self, request, queryset):
        count = 0
        for consent in queryset.current():
            if withdraw_consent(consent.person, consent.purpose):
                self.log_change(request, consent, [{"changed": {"fields": ["withdrawn_at"]}}])
                count += 1
        self.message_user(request, _("撤回了 %d 项，不再为这些用途联系本人") % count)


@admin.register(PersonalDataView)
class PersonalDataViewAdmin(ScopedAdmin):
    list_display = ("at", "viewer", "person", "what", "reason", "about")
    list_select_related = ("viewer__person", "person")
    ordering = ("-at", "-pk")
    fields = list_display
    readonly_fields = ("what",)
    may_view = ("see_data_views",)

    @admin.display(description=_("内容"), ordering="field")
    def what(self, view):
        return REVEALABLE.get(view.field, view.field)
