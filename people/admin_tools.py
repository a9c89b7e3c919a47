"""Three things that several admin pages offer: finding somebody by name or phone, revealing a value, exporting a list.

What is typed to find somebody and what is revealed never stands in an address.
"""

import datetime as dt

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field, lookup_field
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from haimengyuan.lib.phones import PhoneProblem, normalise_phone
from haimengyuan.lib.sheets import csv_lines, xlsx_bytes
from people.actions import reveal
from people.actions.persons import REVEALABLE
from people.admin_scope import log_export
from people.errors import RevealRefused
from people.models import Person

FOUND_AT_MOST = 50
EXPORTED_AT_MOST = 20_000


def persons_like(typed):
    """A condition on `Person`: the beginning of a name or of its pinyin, its initials, or a whole phone number."""
    typed = typed.strip()
    condition = Q(name__startswith=typed) | Q(pinyin__startswith=typed.lower()) | Q(initials=typed.lower())
    try:
        return condition | Q(phone_hash=Person.hash_phone(normalise_phone(typed)))
    except PhoneProblem:
        return condition


def under(condition, path_to_person):
    """The same condition on rows that reach their person by `path_to_person` ("" for persons themselves)."""
    if not path_to_person:
        return condition
    children = [
        under(child, path_to_person) if isinstance(child, Q) else (f"{path_to_person}__{child[0]}", child[1])
        for child in condition.children
    ]
    return Q(*children, _connector=condition.connector, _negated=condition.negated)


class FindsPeople:
    """A list whose search is a POST: the address that it leads to holds the keys of rows, not a name."""

    person_path = "person"
    change_list_template = "admin/find_people_list.html"
    search_fields = ("pk",)  # the autocomplete asks for some; `get_search_results` decides

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        return queryset.filter(under(persons_like(search_term), self.person_path)), False

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_find"
        return [path("find/", self.admin_site.admin_view(self.find_view), name=name), *super().get_urls()]

    def find_view(self, request):
        """Look for rows by name, pinyin or phone; answers with the list of what was found."""
        if request.method != "POST" or not self.has_view_permission(request):
            raise Http404
        listed = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        typed = request.POST.get("who", "").strip()
        if not typed:
            return HttpResponseRedirect(listed)
        found = self.get_search_results(request, self.get_queryset(request), typed)[0]
        keys = list(found.order_by().values_list("pk", flat=True)[:FOUND_AT_MOST])
        if not keys:
            messages.info(request, _("没有找到。可以写全名、完整的电话，或者拼音的开头"))
            return HttpResponseRedirect(listed)
        return HttpResponseRedirect(f"{listed}?pk__in={','.join(map(str, sorted(keys)))}")


class Reveals:
    """A page that shows one personal value once, after a POST with a reason that leaves a `PersonalDataView`."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_reveal"
        view = self.admin_site.admin_view(sensitive_post_parameters()(self.reveal_view))
        return [path("<path:object_id>/reveal/", view, name=name), *super().get_urls()]

    def revealable(self, obj):
        """The persons whose values this row may show, by the word that the form sends: `{"contact": person}`."""
        raise NotImplementedError

    def reveal_about(self, obj):
        """What led here, for the record: "order:27064251"."""
        return f"{self.opts.model_name}:{obj.pk}"

    def reveal_view(self, request, object_id):
        """Show one value, once; a reload asks the browser to send the form again and leaves another row."""
        obj = self.get_object(request, object_id)
        if request.method != "POST" or obj is None or not self.has_view_permission(request, obj):
            raise Http404
        person = self.revealable(obj).get(request.POST.get("who", ""))
        field = request.POST.get("field", "")
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        if person is None:
            raise Http404
        try:
            value = reveal(
                person,
                field,
                viewer=request.user,
                reason=request.POST.get("reason", ""),
                about=self.reveal_about(obj),
            )
        except RevealRefused as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": REVEALABLE[field],
            "value": value,
            "field": field,
            "person": person,
            "opts": self.opts,
            "original": obj,
            "back": back,
        }
        return TemplateResponse(request, "admin/revealed.html", context)


class Exports:
    """A list that leaves as CSV or Excel: the rows in scope, masked as on the page, with a row in the log."""

    export_columns = ()  # like list_display, plain texts only
    actions = ("export_csv", "export_xlsx")

    @admin.action(description=gettext_lazy("导出选中的（CSV）"), permissions=["view"])
    def export_csv(self, request, queryset):
        """The selected rows as a CSV file, row by row."""
        rows = self._export_rows(request, queryset)
        response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
        return self._as_file(response, "csv")

    @admin.action(description=gettext_lazy("导出选中的（Excel）"), permissions=["view"])
    def export_xlsx(self, request, queryset):
        """The selected rows as an Excel file."""
        rows = self._export_rows(request, queryset)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        content = xlsx_bytes(rows, title=str(self.opts.verbose_name_plural))
        return self._as_file(HttpResponse(content, content_type=kind), "xlsx")

    def _export_rows(self, request, queryset):
        """An iterator of rows: who took it and when, the column heads, the cells. Leaves a row in the log."""
        queryset = self.scope(queryset, request.user)[:EXPORTED_AT_MOST]
        log_export(request, self.model, queryset.count())
        taken = _("%(what)s，%(who)s导出于 %(when)s，姓名和电话已遮挡") % {
            "what": self.opts.verbose_name_plural,
            "who": request.user.display_name,
            "when": timezone.localtime().strftime("%Y-%m-%d %H:%M"),
        }
        heads = [label_for_field(name, self.model, self) for name in self.export_columns]
        return self._cells([taken], heads, queryset)

    def _cells(self, taken, heads, queryset):
        yield taken
        yield heads
        for row in queryset.iterator(chunk_size=500):
            yield [self._plain(name, row) for name in self.export_columns]

    def _plain(self, name, row):
        field, _attribute, value = lookup_field(name, row, self)
        if field is not None and field.choices:
            return getattr(row, f"get_{name}_display")()
        if isinstance(value, dt.datetime):
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
        return value

    def _as_file(self, response, ending):
        name = f"{self.opts.model_name}-{timezone.localdate():%Y%m%d}.{ending}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
