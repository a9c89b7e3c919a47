from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.keys import row_key
from haimengyuan.lib.masking import mask_name
from people.actions import withdraw_consent
from people.actions.persons import REVEALABLE
from people.admin_scope import ScopedAdmin, log_withdrawal
from people.admin_tools import FindsPeople, Reveals
from people.forms import PersonForm, UserForm
from people.models import Community, Consent, Person, PersonalDataView, User

# What else ends with a consent, besides the messages; the same sentence everywhere would say too little.
_ENDS_WITH = {
    Consent.Purpose.HELP: _("以后不再请本人接单，也不再推荐。手上没办完的，本人办完或者退回。"),
    Consent.Purpose.ACTIVITY: _("还没开始的活动一并取消报名，名额让给排队的人。"),
    Consent.Purpose.PUBLISH_DUTY: _("公开页面上不再写本人的姓名和电话，改写社区值班电话。"),
}


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

    def get_urls(self):
        view = self.admin_site.admin_view(self.withdraw_view)
        return [path("<path:object_id>/withdraw/", view, name="people_person_withdraw"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = dict(extra_context or {})
        if request.method == "GET" and row_key(object_id) and self.has_withdraw_permission(request):
            consents = Consent.objects.for_user(request.user).current().filter(person=object_id)
            context["consents"] = consents.order_by("given_at", "pk")
        return super().change_view(request, object_id, form_url, context)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        registered = [(field, words) for field, words in REVEALABLE.items() if obj and getattr(obj, field)]
        return super().render_change_form(
            request, context | {"reveal_fields": registered}, add, change, form_url, obj
        )

    def has_withdraw_permission(self, request):
        return request.user.may("edit_register")

    def withdraw_view(self, request, object_id):
        """Take one consent of a person back, for whoever asks: the first POST shows what ends, the second does it."""
        person = self.get_object(request, object_id)
        if request.method != "POST" or person is None or not self.has_withdraw_permission(request):
            raise Http404
        purpose = request.POST.get("purpose", "")
        consent = person.consents.current().filter(purpose=purpose).first()
        page = reverse("admin:people_person_change", args=[person.pk])
        if consent is None:
            messages.info(request, _("这一项已经撤回了"))
            return HttpResponseRedirect(page)
        if "sure" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": _("撤回同意"),
                "person": person,
                "consent": consent,
                "also_ends": _ENDS_WITH.get(purpose, ""),
                "opts": self.opts,
                "original": person,
                "back": page,
            }
            return TemplateResponse(request, "admin/withdraw.html", context)
        if withdraw_consent(person, purpose):
            log_withdrawal(request, consent)
        messages.success(request, _("撤回了，不再为“%s”联系本人") % consent.get_purpose_display())
        return HttpResponseRedirect(page)

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
                log_withdrawal(request, consent)
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
