"""Notices in the admin: the desk for everybody, grid heads and secretaries for their own grids."""

from django import forms
from django.contrib import admin

from branches.actions.disclosure import answer_objection, publish
from branches.errors import NoticeRefused
from branches.forms.notices import AnswerForm, NoticeForm
from branches.models import Notice, NoticeObjection, grids_told_by
from grids.models import Building
from people.admin_scope import ScopedAdmin

PLACE = ("see_all_grids", "see_own_grid")
PUBLISH = ("publish_notices",)


@admin.register(Notice)
class NoticeAdmin(ScopedAdmin):
    """Rows are never deleted: what residents have read stays, and an address of the archive never goes away."""

    form = NoticeForm
    list_display = ("title", "kind", "is_draft", "shows_on", "expires_on", "pinned")
    list_filter = ("kind", "is_draft", "grids")
    search_fields = ("title",)
    ordering = ("-pinned", "-shows_on", "-pk")
    domain_errors = NoticeRefused
    may_view = PLACE
    may_add = may_change = PUBLISH
    fields = (
        "kind",
        "title",
        "meaning",
        "text",
        "grids",
        "buildings",
        "is_draft",
        "pinned",
        "shows_on",
        "expires_on",
    )

    def get_fields(self, request, obj=None):
        if obj is None and request.user.community_id is None:
            return ("community", *self.fields)
        return self.fields

    def get_autocomplete_fields(self, request):
        return ("grids", "buildings") if request.user.may("see_all_grids") else ()

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Secretaries and heads tick their own few; a secretary may head no grid and still tells the branch's."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and not request.user.may("see_all_grids"):
            own = grids_told_by(request.user)
            if db_field.name == "grids":
                field.queryset = own.order_by("number")
            else:
                field.queryset = Building.objects.filter(grid__in=own).order_by("estate", "number", "pk")
            field.widget = forms.CheckboxSelectMultiple(choices=field.widget.choices)
        return field

    def save_model(self, request, obj, form, change):
        if not change and request.user.community_id is not None:
            obj.community_id = request.user.community_id
        data = form.cleaned_data
        publish(obj, by=request.user, grids=data["grids"], buildings=data["buildings"])

    def save_related(self, request, form, formsets, change):
        """`publish` has set grids and buildings already."""


@admin.register(NoticeObjection)
class NoticeObjectionAdmin(ScopedAdmin):
    """What residents said to a disclosure; the answer goes back to whoever said it."""

    form = AnswerForm
    list_display = ("notice", "text", "person", "at", "answer")
    list_filter = ("notice",)
    list_select_related = ("notice", "person")
    ordering = ("-at", "-pk")
    domain_errors = NoticeRefused
    may_view = PLACE
    may_change = PUBLISH
    fields = ("notice", "text", "person", "at", "answer")
    readonly_fields = ("notice", "text", "person", "at")

    def save_model(self, request, obj, form, change):
        answer_objection(obj, answer=form.cleaned_data["answer"])
