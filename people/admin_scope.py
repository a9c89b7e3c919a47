"""What every page of the admin door shares: scope in all channels, verbs of `MAY`, and a log without names.

A row outside the scope does not exist for its viewer: not in lists, filters, choices, autocompletes, actions, history
or exports, and its address answers like that of a row that never was.
"""

import json

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import (
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import BadRequest, FieldDoesNotExist
from django.http import Http404
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from haimengyuan.lib.forms import RowsField
from haimengyuan.lib.keys import row_key


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row that offers only related rows of the viewer's scope."""

    def field_choices(self, field, request, model_admin):
        related = field.remote_field.model._default_manager.all().for_user(request.user)
        ordering = self.field_admin_ordering(field, request, model_admin)
        if ordering:
            related = related.order_by(*ordering)
        return [(row.pk, str(row)) for row in related]

    def has_output(self):
        """One grid is no choice: its head needs no filter by it."""
        return len(self.lookup_choices) > 1


class _KeyedAutocomplete:
    """An autocomplete that shows a form again also when something was sent that can be the key of no row."""

    def optgroups(self, name, value, attr=None):
        """As Django's, which asks the database for whatever was sent."""
        keys = [typed for typed in value if not typed or row_key(str(typed)) is not None]
        return super().optgroups(name, keys, attr)


class _AutocompleteOne(_KeyedAutocomplete, AutocompleteSelect):
    pass


class _AutocompleteSeveral(_KeyedAutocomplete, AutocompleteSelectMultiple):
    pass


class Scoped:
    """For ModelAdmin and inlines alike: rows, choices and permissions by `for_user` and `MAY`.

    Each `may_…` names verbs of `people.models.MAY`, any of which is enough. Reading is open to the community's
    own staff, everything else to nobody, until a class says otherwise.
    """

    may_view = ("see_all_grids",)
    may_add = ()
    may_change = ()
    may_delete = ()

    def scope(self, queryset, user):
        """The rows of `queryset` that exist for `user`."""
        return queryset.for_user(user)

    def get_queryset(self, request):
        return self.scope(super().get_queryset(request), request.user)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        if isinstance(widget, RelatedFieldWidgetWrapper):
            # one sign beside a choice is enough: somebody who is missing may be added where choices are searched for
            widget.can_change_related = widget.can_delete_related = widget.can_view_related = False
            widget.can_add_related &= db_field.name in self.get_autocomplete_fields(request)
        return field

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = db_field.remote_field.model._default_manager.all().for_user(request.user)
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", _AutocompleteOne(db_field, self.admin_site))
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "community":
            field.initial = request.user.community_id
        return field

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["queryset"] = db_field.remote_field.model._default_manager.all().for_user(request.user)
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", _AutocompleteSeveral(db_field, self.admin_site))
        kwargs.setdefault("form_class", RowsField)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @staticmethod
    def _allows(request, verbs):
        return any(request.user.may(verb) for verb in verbs)

    def has_view_permission(self, request, obj=None):
        return self._allows(request, self.may_view)

    def has_add_permission(self, request, obj=None):
        return self._allows(request, self.may_add)

    def has_change_permission(self, request, obj=None):
        return self._allows(request, self.may_change)

    def has_delete_permission(self, request, obj=None):
        return self._allows(request, self.may_delete)

    def has_module_permission(self, request):
        return self.has_view_permission(request)


class ScopedInline(Scoped, admin.TabularInline):
    extra = 0
    max_num = 200  # rows of one parent; a grid has some twenty buildings

    def get_formset(self, request, obj=None, **kwargs):
        # Django would build and draw a thousand rows more for whoever says that they are there: seconds of processor
        return super().get_formset(request, obj, **{"absolute_max": self.max_num, **kwargs})


class OwnedInline(ScopedInline):
    """Rows that have no scope of their own, because they are part of a parent that has one."""

    def scope(self, queryset, user):
        return queryset


class ScopedAdmin(Scoped, admin.ModelAdmin):
    """Base of every admin class of the portal.

    `domain_errors` are exceptions of actions that `save_model` may raise; the form shows their sentence.
    """

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    domain_errors = ()

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        if isinstance(self.list_select_related, list | tuple):
            return queryset.select_related(*self.list_select_related)
        return queryset

    def get_list_filter(self, request):
        return [self._scoped_filter(item) for item in super().get_list_filter(request)]

    def _scoped_filter(self, item):
        if isinstance(item, str) and get_fields_from_path(self.model, item)[-1].is_relation:
            return (item, ScopedRelatedFilter)
        return item

    def lookup_allowed(self, lookup, value, request):
        """Only what the filters of the page ask: any other lookup could be used to guess hidden values."""
        asked = {"pk__in"}
        for item in self.get_list_filter(request):
            name = item[0] if isinstance(item, tuple) else item
            asked.add(getattr(name, "parameter_name", name))
        own = any(lookup == name or lookup.startswith(f"{name}__") for name in asked)
        if lookup.endswith("__in") and None in map(row_key, value.split(",")):
            return False
        return own and self._is_shallow(lookup, asked) and super().lookup_allowed(lookup, value, request)

    def _is_shallow(self, lookup, asked):
        """Whether no further relation follows the filter's own path (`grid__id__exact`, not `grid__heads__…`)."""
        name = max((name for name in asked if lookup.startswith(name)), key=len)
        if lookup == name:
            return True
        try:
            last = get_fields_from_path(self.model, name)[-1]
        except FieldDoesNotExist:
            return False
        steps = lookup[len(name) + 2 :].split("__")
        if last.is_relation and steps[0] in {"id", "pk"}:
            steps = steps[1:]
        return set(steps) <= {"exact", "isnull", "in", "gte", "lt", "gt", "lte"}

    def response_action(self, request, queryset):
        """Do an action with the ticked rows; raises BadRequest for what cannot be the key of a row."""
        if None in map(row_key, request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("a ticked row without a key")
        return super().response_action(request, queryset)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404

    def autocomplete_label(self, obj):
        """What a choice of this model reads in an autocomplete list."""
        return str(obj)

    def changelist_view(self, request, extra_context=None):
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    # --- actions' refusals become errors of the form -------------------------------------------------------

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.domain_errors as refused:
            request.refused = str(refused)  # nothing was saved: the page comes again with what was typed
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if refused := getattr(request, "refused", ""):
            return type(form.__name__, (_Refused, form), {"refused": refused})
        return form

    # --- the log: what happened to which row, without the row's words --------------------------------------

    def construct_change_message(self, request, form, formsets, add=False):
        message = super().construct_change_message(request, form, formsets, add)
        for entry in message:
            for details in entry.values():
                if "object" in details:
                    details["object"] = ""
        return message

    def log_addition(self, request, obj, message):
        return self._log(request, [obj], ADDITION, message)

    def log_change(self, request, obj, message):
        return self._log(request, [obj], CHANGE, message)

    def log_deletions(self, request, queryset):
        return self._log(request, queryset, DELETION)

    def _log(self, request, rows, flag, message=""):
        content_type = ContentType.objects.get_for_model(self.model, for_concrete_model=False)
        words = message if isinstance(message, str) else json.dumps(message)
        return LogEntry.objects.bulk_create(
            LogEntry(
                user_id=request.user.pk,
                content_type=content_type,
                object_id=str(row.pk),
                object_repr=neutral_label(row),
                action_flag=flag,
                change_message=words,
            )
            for row in rows
        )

    def history_view(self, request, object_id, extra_context=None):
        response = super().history_view(request, object_id, extra_context)
        page = response.context_data["action_list"]
        page.object_list = page.object_list.select_related("user__person")
        return response


class _Refused:
    """A form that repeats why the action refused what it asked for."""

    def clean(self):
        cleaned = super().clean()
        self.add_error(None, self.refused)
        return cleaned


def neutral_label(row):
    """The words for a row in the admin's log: its kind and key, never its contents."""
    return f"{capfirst(row._meta.verbose_name)} #{row.pk}"


def log_withdrawal(request, consent):
    """Leave a row in the admin's log: who took which `Consent` back for its person."""
    return LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(consent, for_concrete_model=False),
        object_id=str(consent.pk),
        object_repr=neutral_label(consent),
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"fields": ["withdrawn_at"]}}]),
    )


def log_export(request, model, count):
    """Leave a row in the admin's log: who took how many rows of `model` out of the portal."""
    return LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(model, for_concrete_model=False),
        object_id=None,
        object_repr=str(model._meta.verbose_name_plural)[:200],
        action_flag=CHANGE,
        change_message=_("导出了 %d 行") % count,
    )
