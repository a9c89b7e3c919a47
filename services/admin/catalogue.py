from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.icons import is_drawn
from haimengyuan.lib.pinyin import initials, pinyin
from people.admin_scope import ScopedAdmin
from services.actions.catalogue import bump_catalogue, mark_words_handled
from services.models import Category, Service, UnmetWord

EDIT = ("edit_reference_data",)


class ChangesCatalogue(ScopedAdmin):
    """Saving a row of the catalogue turns over what is cached of it."""

    may_add = may_change = EDIT

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        bump_catalogue(form.instance.community)


@admin.register(Category)
class CategoryAdmin(ChangesCatalogue):
    list_display = ("code", "name_zh", "group", "name_en")
    list_display_links = ("code", "name_zh")
    list_filter = ("group",)
    search_fields = ("name_zh", "code")
    ordering = ("code",)


class ServiceForm(forms.ModelForm):
    CHANNELS = [
        ("window", _("窗口")),
        ("phone", _("电话")),
        ("online", _("网上")),
        ("home", _("上门")),
    ]
    channels = forms.MultipleChoiceField(
        label=_("办理方式"), choices=CHANNELS, required=False, widget=forms.CheckboxSelectMultiple
    )
    situations = forms.CharField(
        label=_("什么情况下用"), required=False, help_text=_("情况的代码，用 | 隔开"), max_length=200
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["situations"] = "|".join(self.instance.situations or [])

    def clean_icon(self):
        """A name that nobody drew would show on every page that lists the service."""
        icon = self.cleaned_data["icon"].strip()
        if icon and not is_drawn(icon):
            raise ValidationError(gettext("没有叫“%s”的图标。空着就用通用的那个") % icon)
        return icon

    def clean_situations(self):
        return [word.strip() for word in self.cleaned_data["situations"].split("|") if word.strip()]


@admin.register(Service)
class ServiceAdmin(ChangesCatalogue):
    form = ServiceForm
    list_display = ("code", "name_zh", "category", "time_limit_workdays", "bookable", "is_open")
    list_display_links = ("code", "name_zh")
    list_filter = ("category", "delivery", "is_open", "bookable")
    list_select_related = ("category",)
    search_fields = ("code", "name_zh", "aliases_zh", "pinyin", "initials")
    search_help_text = _("可以写名称、别的叫法、拼音或代码")
    ordering = ("code",)
    autocomplete_fields = ("skills",)
    fieldsets = (
        (None, {"fields": ("community", "category", "code", "name_zh", "is_open", "bookable")}),
        (
            _("居民看到的"),
            {
                "fields": (
                    "description_zh",
                    "eligible_zh",
                    "materials_zh",
                    "time_limit_workdays",
                    "time_limit_note_zh",
                    "channels",
                    "home_visit",
                    "fee_zh",
                    "stopper_zh",
                    "responsible_body_zh",
                )
            },
        ),
        (
            _("谁来办"),
            {"fields": ("delivery", "lead_duty", "lead_name_zh", "skills", "personal_info", "evidence")},
        ),
        (_("怎么找到"), {"fields": ("aliases_zh", "situations", "icon")}),
        (
            _("英文"),
            {
                "classes": ("collapse",),
                "fields": (
                    "name_en",
                    "description_en",
                    "eligible_en",
                    "materials_en",
                    "time_limit_note_en",
                    "fee_en",
                    "lead_name_en",
                    "stopper_en",
                    "aliases_en",
                ),
            },
        ),
    )

    def save_model(self, request, obj, form, change):
        obj.pinyin, obj.initials = pinyin(obj.name_zh), initials(obj.name_zh)
        super().save_model(request, obj, form, change)

    def get_readonly_fields(self, request, obj=None):
        return ("community", "code") if obj else ()  # printed codes and orders rely on them


@admin.register(UnmetWord)
class UnmetWordAdmin(ScopedAdmin):
    list_display = ("word", "times", "first_at", "last_at", "handled_at")
    list_filter = (("handled_at", admin.EmptyFieldListFilter),)
    search_fields = ("word",)
    ordering = ("-times", "-last_at")
    actions = ("mark_handled",)
    may_delete = EDIT

    @admin.action(description=_("记为已处理"), permissions=["delete"])
    def mark_handled(self, request, queryset):
        """Take the words off the list of open demand."""
        count = mark_words_handled(queryset)
        self.message_user(request, gettext("%d 个词记为已处理") % count)
