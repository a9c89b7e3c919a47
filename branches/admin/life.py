"""Organisational life in the admin: the secretary's own branch, one page per meeting, and the community's cadence."""

import datetime as dt

from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches import actions, meeting_page, meeting_verbs
from branches.errors import MeetingRefused
from branches.forms.meetings import RegisterForm
from branches.models import CadenceRule, Meeting, MeetingStatus, PartyBranch, VotingRules
from people.admin_scope import ScopedAdmin
from people.admin_tools import Exports

EDIT = ("edit_reference_data",)


class TodoFilter(admin.SimpleListFilter):
    """What wants something from the secretary; the list begins with it."""

    title = gettext_lazy("要办的")
    parameter_name = "todo"

    def lookups(self, request, model_admin):
        return [("soon", _("近三十天的")), ("late", _("等登记的")), ("record", _("等记录、等签字的"))]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "soon":
            return queryset.ahead().filter(on__gte=today, on__lte=today + dt.timedelta(days=30))
        if self.value() == "late":
            return queryset.ahead().filter(on__lt=today)
        if self.value() == "record":
            return queryset.filter(status__in=[MeetingStatus.HELD, MeetingStatus.MINUTED])
        return queryset


@admin.register(Meeting)
class MeetingAdmin(Exports, ScopedAdmin):
    """The meetings of the own branch. Rows are read here; what is done to them are verbs of their page."""

    list_display = ("on", "name_shown", "branch", "status_shown", "place")
    list_display_links = ("on", "name_shown")
    list_filter = (TodoFilter, "status", "kind", "branch")
    list_select_related = ("branch", "group")
    ordering = ("-on", "-pk")
    sortable_by = ("on",)
    search_fields = ("title", "place")
    export_columns = ("branch", "name_shown", "title", "on", "place", "status")
    change_list_template = "admin/branches/meeting_list.html"
    may_view = ("see_all_grids", "see_own_grid")

    @admin.display(description=gettext_lazy("项目"))
    def name_shown(self, meeting):
        return meeting.name

    @admin.display(description=gettext_lazy("状态"))
    def status_shown(self, meeting):
        if meeting.is_late:
            return format_html('<span class="st st--late">{}</span>', _("等登记"))
        return meeting.get_status_display()

    def get_urls(self):
        def guarded(view):
            return self.admin_site.admin_view(view)

        return [
            path("new/<int:branch>/", guarded(self.register_view), name="branches_meeting_register"),
            path("<int:object_id>/do/", guarded(self.do_view), name="branches_meeting_do"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        keeps = request.user.may("keep_branch_records") and not request.user.may("see_all_grids")
        own = PartyBranch.objects.for_user(request.user).order_by("name") if keeps else ()
        return super().changelist_view(request, {"own_branches": own, **(extra_context or {})})

    def _meeting(self, request, object_id):
        meeting = self.get_object(request, object_id)
        if meeting is None or not self.has_view_permission(request, meeting):
            raise Http404
        return Meeting.objects.with_related().with_signer(request.user).get(pk=meeting.pk)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        meeting = self._meeting(request, object_id)
        if request.method != "GET":
            raise Http404  # facts are not edited; verbs have an address of their own
        return self._page(request, meeting)

    def do_view(self, request, object_id):
        """Do what a form of the page asks; a refusal shows the page again with what was typed."""
        meeting = self._meeting(request, str(object_id))
        if request.method != "POST" or not request.user.may("keep_branch_records"):
            raise Http404
        outcome = meeting_verbs.do(meeting, request.user, request.POST)
        if outcome.refused:
            return self._page(request, self._meeting(request, str(object_id)), outcome)
        if outcome.done:
            messages.success(request, outcome.done)
        return HttpResponseRedirect(f"{self._address(meeting)}#{outcome.part}")

    def register_view(self, request, branch):
        """Enter a meeting of the own branch: what the plan asks for in that period is taken."""
        if not request.user.may("keep_branch_records"):
            raise Http404
        own = PartyBranch.objects.for_user(request.user).select_related("community")
        found = get_object_or_404(own, pk=branch)
        form = RegisterForm(request.POST or None, branch=found, initial={"on": timezone.localdate()})
        if form.is_bound and form.is_valid():
            data = form.cleaned_data
            try:
                data["group"] = actions.group_of(found, data["group"])
                meeting = actions.register(found, data.pop("kind"), by=request.user, **data)
                return HttpResponseRedirect(self._address(meeting))
            except MeetingRefused as refused:
                form.add_error(None, str(refused))
        context = {"form": form, "branch": found, "title": _("登记组织生活")}
        return self._render(request, "admin/branches/register.html", context)

    @staticmethod
    def _address(meeting):
        return reverse("admin:branches_meeting_change", args=[meeting.pk])

    def _page(self, request, meeting, outcome=None):
        context = {
            **meeting_page.context_of(meeting, request.user, outcome),
            "title": f"{meeting.name} {meeting.on}",
            "original": meeting,
            "do_url": reverse("admin:branches_meeting_do", args=[meeting.pk]),
        }
        response = self._render(request, "admin/branches/meeting.html", context)
        response.status_code = 409 if outcome else 200
        return response

    def _render(self, request, template, context):
        request.current_app = self.admin_site.name
        base = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**base, **context})


@admin.register(CadenceRule)
class CadenceRuleAdmin(ScopedAdmin):
    """What the year asks of every branch of the community; the plan follows the next morning."""

    list_display = ("kind", "every", "month", "day", "at")
    list_filter = ("community",)
    ordering = ("community", "kind")
    may_view = ("see_all_grids",)
    may_add = may_change = EDIT

    def get_readonly_fields(self, request, obj=None):
        return ("community", "kind") if obj else ()


@admin.register(VotingRules)
class VotingRulesAdmin(ScopedAdmin):
    """How the community reads the two places where the voting rules leave a choice."""

    list_display = ("community", "quorum_inclusive", "election_base")
    list_select_related = ("community",)
    ordering = ("community",)
    may_view = ("see_all_grids",)
    may_add = may_change = EDIT

    def get_readonly_fields(self, request, obj=None):
        return ("community",) if obj else ()
