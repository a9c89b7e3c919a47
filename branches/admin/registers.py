from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from branches.actions import end_post, open_post, shift_term
from branches.errors import PostRefused
from branches.forms import PostForm
from branches.models import BranchGrid, PartyBranch, PartyGroup, PartyMember, Post, TermShift
from branches.year import facts_of
from haimengyuan.lib.moments import say_full_day
from people.admin_scope import ScopedAdmin, ScopedInline
from people.admin_tools import Exports, FindsPeople

PLACE = ("see_all_grids", "see_own_grid")
EDIT = ("edit_reference_data",)
REGISTER = ("edit_register",)


class BranchGridInline(ScopedInline):
    model = BranchGrid
    may_view = PLACE
    may_add = may_change = may_delete = EDIT


class PartyGroupInline(ScopedInline):
    model = PartyGroup
    autocomplete_fields = ("leader",)
    may_view = PLACE
    may_add = may_change = may_delete = EDIT


@admin.register(PartyBranch)
class PartyBranchAdmin(ScopedAdmin):
    list_display = ("name", "kind", "parent", "founded_on")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    search_fields = ("name",)
    ordering = ("name",)
    inlines = [BranchGridInline, PartyGroupInline]
    readonly_fields = ("leaders", "counted", "advice")
    may_view = PLACE
    may_add = may_change = EDIT

    def get_fields(self, request, obj=None):
        own = ("community", "parent", "kind", "name", "founded_on", "theme_day")
        return (*own, *self.readonly_fields) if obj else own

    def get_changeform_initial_data(self, request):
        """A new branch stands under the committee of the community."""
        above = PartyBranch.objects.for_user(request.user).filter(kind=PartyBranch.Kind.COMMITTEE).first()
        return {"parent": above and above.pk} | super().get_changeform_initial_data(request)

    def get_object(self, request, object_id, from_field=None):
        branch = super().get_object(request, object_id, from_field)
        if branch is not None:
            branch.facts = facts_of(branch, timezone.localdate())
        return branch

    @admin.display(description=_("谁在任"))
    def leaders(self, branch):
        """Posts and names, with the countdown to the next election."""
        named = [f"{post.get_kind_display()} {post.member.person.name}" for post in branch.facts["posts"]]
        shift = branch.facts["shift"]
        moved = shift and _("任期改到 %(day)s：%(why)s（%(who)s批准）") % {
            "day": say_full_day(shift.until),
            "why": shift.reason,
            "who": shift.approved_by,
        }
        return " · ".join([*named, *filter(None, [branch.facts["term"], moved])]) or _("没有书记")

    @admin.display(description=_("党员"))
    def counted(self, branch):
        """Computed, never typed."""
        counts = branch.facts["counts"]
        return _("%(all)d 名，其中正式党员 %(full)d 名，流动党员 %(mobile)d 名") % counts

    @admin.display(description=_("设置建议"))
    def advice(self, branch):
        """What the counts suggest, with its clause; it blocks nothing."""
        lines = ((f"{one.text}（{one.clause}）",) for one in branch.facts["advice"])
        return format_html_join(mark_safe("<br>"), "{}", lines) or _("没有要提醒的")


@admin.register(BranchGrid)
class BranchGridAdmin(ScopedAdmin):
    list_display = ("grid", "branch")
    list_filter = ("branch",)
    list_select_related = ("grid", "branch")
    ordering = ("grid__number",)
    may_view = PLACE
    may_add = may_change = may_delete = EDIT


@admin.register(PartyGroup)
class PartyGroupAdmin(ScopedAdmin):
    list_display = ("name", "branch", "leader")
    list_filter = ("branch",)
    list_select_related = ("branch", "leader__person", "leader__branch")
    autocomplete_fields = ("leader",)
    search_fields = ("name", "branch__name")
    ordering = ("branch__name", "name")
    may_view = PLACE
    may_add = may_change = may_delete = EDIT


@admin.register(PartyMember)
class PartyMemberAdmin(FindsPeople, Exports, ScopedAdmin):
    list_display = ("person", "branch", "group_name", "kind", "is_mobile", "left_on")
    list_filter = ("branch", "kind", "is_mobile")
    list_select_related = ("person", "branch", "group")
    ordering = ("branch__name", "person__pinyin", "pk")
    autocomplete_fields = ("person", "group")
    export_columns = ("person", "branch", "group_name", "kind", "is_mobile", "entered_on", "left_on")
    may_view = PLACE
    may_add = may_change = REGISTER

    @admin.display(description=PartyGroup._meta.verbose_name, ordering="group__name")
    def group_name(self, member):
        return member.group.name if member.group else "—"


@admin.register(Post)
class PostAdmin(FindsPeople, ScopedAdmin):
    """Who holds which post. Rows are opened and ended by actions, and never deleted."""

    form = PostForm
    person_path = "member__person"
    list_display = ("member", "kind", "branch", "since", "ends_on", "ended_on")
    list_filter = ("branch", "kind")
    list_select_related = ("branch", "member__person", "member__branch")
    ordering = ("branch__name", "kind", "since")
    autocomplete_fields = ("member",)
    domain_errors = PostRefused
    may_view = PLACE
    may_add = may_change = EDIT

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("member", "kind", "since", "ends_on")
        ending = () if obj.ended_on or not self.has_change_permission(request, obj) else ("leave_on",)
        return ("branch", "member", "kind", "since", "ended_on", "ends_on", *ending)

    def get_readonly_fields(self, request, obj=None):
        """A term that is written down is moved by a `TermShift`, with reason and approval."""
        if obj is None:
            return ()
        return ("branch", "member", "kind", "since", "ended_on", *(["ends_on"] if obj.ends_on else []))

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if "leave_on" in form.base_fields:
            form.base_fields["leave_on"].widget = AdminDateWidget()
        return form

    def save_model(self, request, obj, form, change):
        if change:
            if "ends_on" in form.cleaned_data:
                obj.save(update_fields=["ends_on"])
            if leave_on := form.cleaned_data.get("leave_on"):
                end_post(obj, on=leave_on)
            return
        made = open_post(obj.member, obj.kind, since=obj.since, ends_on=obj.ends_on)
        obj.__dict__.update(made.__dict__)


@admin.register(TermShift)
class TermShiftAdmin(ScopedAdmin):
    """Early and late re-elections that the organisation above approved: added once, never changed."""

    list_display = ("branch", "was_until", "until", "reason", "approved_by", "approved_on")
    list_filter = ("branch",)
    list_select_related = ("branch",)
    ordering = ("-at",)
    fields = ("branch", "until", "reason", "approved_by", "approved_on")
    domain_errors = PostRefused
    may_view = PLACE
    may_add = EDIT

    def get_changeform_initial_data(self, request):
        """The branch that the link of its page names."""
        return {"branch": request.GET.get("branch")}

    def save_model(self, request, obj, form, change):
        made = shift_term(by=request.user, **form.cleaned_data)
        obj.__dict__.update(made.__dict__)
        if made.is_unusual:
            messages.warning(request, _("提前或延期一般不超过一年，请核对批复。"))
