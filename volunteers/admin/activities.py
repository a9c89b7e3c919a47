"""Activities in the admin: grid heads announce and keep those of their own grids; what is for all is the desk's."""

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Grid, Venue
from haimengyuan.lib.forms import new_key
from people.admin_scope import ScopedAdmin
from volunteers import activity_desk, roll
from volunteers.errors import ActivityRefused
from volunteers.forms.activities import ActivityForm, NewActivityForm, initial_of
from volunteers.models import Activity, ActivityStatus

KEEP = "keep_grid_activities"
TEMPLATES_SHOWN = 20
_LOOK = {ActivityStatus.PUBLISHED: "solved", ActivityStatus.DRAFT: "submitted"}


class WhenFilter(admin.SimpleListFilter):
    """What is to come or has been; the list begins with what is newest."""

    title = gettext_lazy("什么时候")
    parameter_name = "when"

    def lookups(self, request, model_admin):
        return [("ahead", _("还没办的")), ("past", _("办过的"))]

    def queryset(self, request, queryset):
        now = timezone.now()
        return {
            "ahead": queryset.filter(ends_at__gt=now),
            "past": queryset.filter(ends_at__lte=now),
        }.get(self.value(), queryset)


@admin.register(Activity)
class ActivityAdmin(ScopedAdmin):
    """The activities of one's own grids. Rows are never deleted; what is done to them are the actions of the portal."""

    list_display = ("title", "when_shown", "place_shown", "counts_shown", "status_shown")
    list_filter = (WhenFilter, "status", "kind", "grid")
    list_select_related = ("grid", "venue")
    search_fields = ("title",)
    ordering = ("-starts_at", "-pk")
    sortable_by = ()
    may_view = ("see_all_grids", "see_own_grid")
    may_add = may_change = (KEEP,)

    def get_queryset(self, request):
        return super().get_queryset(request).real().with_counts()

    @admin.display(description=gettext_lazy("什么时候"))
    def when_shown(self, activity):
        return activity.when

    @admin.display(description=gettext_lazy("在哪儿"))
    def place_shown(self, activity):
        return activity.place

    @admin.display(description=gettext_lazy("报名"))
    def counts_shown(self, activity):
        return f"{activity.taken} / {activity.places}"

    @admin.display(description=gettext_lazy("状态"))
    def status_shown(self, activity):
        look = _LOOK.get(activity.status, "cancelled")
        return format_html('<span class="st st--{}">{}</span>', look, activity.get_status_display())

    def get_urls(self):
        def page(name, view):
            guarded = self.admin_site.admin_view(view)
            return path(f"<path:object_id>/{name}/", guarded, name=f"volunteers_activity_{name}")

        own = [page("edit", self.edit_view), page("roll", self.roll_view)]
        own += [page("paper", self.paper_view), page("code", self.code_view)]
        return [*own, *super().get_urls()]

    def _found(self, request, object_id, *, to_write=False):
        activity = self.get_object(request, object_id)
        if activity is None or (to_write and not self.has_change_permission(request, activity)):
            raise Http404
        return Activity.objects.with_related().get(pk=activity.pk)

    def _limit(self, request, form):
        """Whoever keeps some grids alone announces for those, in their rooms or anywhere outside."""
        if not request.user.may("see_all_grids"):
            own = Grid.objects.for_user(request.user).order_by("number")
            grid = form.fields["grid"]
            grid.queryset, grid.required, grid.empty_label = own, True, None
            grid.error_messages["required"] = _("请选哪个网格办")
            form.fields["venue"].queryset = Venue.objects.for_user(request.user).open()
        return form

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request) or request.user.person is None:
            raise Http404
        community, how = request.user.person.community, request.POST.get("how", "")
        rows = Activity.objects.for_user(request.user).in_community(community.pk)
        initial = activity_desk.proposed(rows, request.GET)
        form = self._limit(
            request, NewActivityForm(request.POST or None, community=community, initial=initial)
        )
        if request.method == "POST" and form.is_valid():
            try:
                made = activity_desk.create(community, form, how, by=request.user)
            except ActivityRefused as refused:
                form.add_error(None, str(refused))
            else:
                self.log_addition(request, made, "")
                activity_desk.say(request, made, activity_desk.say_saved(how))
                listed = reverse("admin:volunteers_activity_changelist")
                return HttpResponseRedirect(listed if made.is_template else self._address(made))
        context = {"form": form, "activity": None, "templates": rows.templates()[:TEMPLATES_SHOWN]}
        return self._page(request, None, "activity_form", context, _("安排活动"))

    def edit_view(self, request, object_id):
        """Change what, when or where; whoever signed up is asked again when time or place are others."""
        found = self._found(request, object_id, to_write=True)
        form = ActivityForm(request.POST or None, community=found.community, initial=initial_of(found))
        form = self._limit(request, form)
        if request.method == "POST" and form.is_valid():
            try:
                said = activity_desk.change(found, form, later=request.POST.get("which") == "later")
            except ActivityRefused as refused:
                form.add_error(None, str(refused))
            else:
                self.log_change(request, found, "edit")
                activity_desk.say(request, found, said)
                return HttpResponseRedirect(self._address(found))
        return self._page(request, found, "activity_form", {"form": form, "activity": found}, _("改内容"))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The activity with who comes; each form of the page is an action."""
        found = self._found(request, object_id, to_write=request.method == "POST")
        may_write = self.has_change_permission(request, found)
        page = activity_desk.ActivityDesk(request, found, may_write=may_write)
        if request.method == "POST" and page.do(request.POST.get("action", "")):
            if page.is_done:
                self.log_change(request, found, page.action)
            return HttpResponseRedirect(request.path)
        return self._page(request, found, "activity", page.context(), found.title)

    def roll_view(self, request, object_id):
        """Who is there: a tap per name, or ticks from the printed list."""
        found = self._found(request, object_id, to_write=request.method == "POST")
        if request.method == "POST":
            roll.do(request, found)
            return HttpResponseRedirect(request.get_full_path())
        may_write = self.has_change_permission(request, found)
        context = {
            "activity": found,
            "groups": roll.roll_of(found, full_names=may_write, now=timezone.now()),
            "is_paper": request.GET.get("paper") == "1",
            "may_write": may_write,
            "key": new_key(),
        }
        return self._page(request, found, "activity_roll", context, _("点名"))

    def paper_view(self, request, object_id):
        """The list on paper."""
        found = self._found(request, object_id)
        may_write = self.has_change_permission(request, found)
        groups = activity_desk.groups_of(list(found.shifts.all()), full_names=may_write)
        return self._page(
            request, found, "activity_paper", {"activity": found, "groups": groups}, _("签到名单")
        )

    def code_view(self, request, object_id):
        """The screen in the room; it loads itself anew when the minute ends."""
        found, now = self._found(request, object_id, to_write=True), timezone.now()
        context = {
            "activity": found,
            "codes": roll.codes_of(found, now),
            "arrived": roll.seats_here(found),
            "link": settings.PUBLIC_BASE_URL + reverse("activity_check_in", args=[found.pk]),
        }
        response = self._page(request, found, "activity_code", context, _("签到屏"))
        response.headers["Refresh"] = str(60 - now.second)
        return response

    @staticmethod
    def _address(activity):
        return reverse("admin:volunteers_activity_change", args=[activity.pk])

    def _page(self, request, activity, name, context, title):
        request.current_app = self.admin_site.name
        base = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "original": activity,
        }
        return TemplateResponse(request, f"admin/volunteers/{name}.html", {**base, **context})
