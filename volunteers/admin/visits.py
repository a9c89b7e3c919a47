"""Care plans and visits for grid heads and the desk: who is due, a visit in three inputs, what was wrong struck out."""

from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.actions import begin_plan, change_plan
from grids.errors import CarePlanRefused, VisitRefused
from grids.models import Appointment, CarePlan, Grid, Visit, home_of
from haimengyuan.lib.keys import row_key
from haimengyuan.lib.moments import say_day
from people.actions.persons import REVEALABLE
from people.admin_scope import ScopedAdmin
from people.admin_tools import Exports, FindsPeople, Reveals
from people.models import Person
from volunteers.actions import record_visit, strike_out_visit, take_back_visit
from volunteers.errors import HoursRefused
from volunteers.forms.visits import AnyVisitForm, PlannedVisitForm
from volunteers.models import HelperProfile

PLACE = ("see_all_grids", "see_own_grid")
KEEP = ("edit_register",)
LOG = "log_visits"
LAST_SHOWN = 5
REFUSALS = (VisitRefused, HoursRefused)
REVEALED_HERE = ("phone", "name")


class DueFilter(admin.SimpleListFilter):
    """Those that go on unless somebody asks for others; the list begins with what is most overdue."""

    title = gettext_lazy("什么时候去")
    parameter_name = "due"

    def lookups(self, request, model_admin):
        return [("now", _("该去了")), ("ended", _("不用再去的"))]

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        return [{**first, "display": _("正在走访的")}, *rest]

    def queryset(self, request, queryset):
        going_on = CarePlan.objects.going_on().values("pk")
        if self.value() == "ended":
            return queryset.exclude(pk__in=going_on)
        due = CarePlan.objects.due().values("pk")
        return queryset.filter(pk__in=due if self.value() == "now" else going_on)


class GridFilter(admin.SimpleListFilter):
    """Where the visited live now; one grid is no choice."""

    title = gettext_lazy("网格")
    parameter_name = "grid"

    def lookups(self, request, model_admin):
        grids = [(grid.pk, str(grid)) for grid in Grid.objects.for_user(request.user).order_by("number")]
        return grids if len(grids) > 1 else []

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.living_in(Grid.objects.for_user(request.user).filter(pk=row_key(self.value())))


class _VisitAdminBase(FindsPeople, Exports, ScopedAdmin):
    may_view = PLACE

    @admin.display(description=gettext_lazy("住哪儿"))
    def home_shown(self, row):
        return str(home_of(row.person) or "—")

    @admin.display(description=gettext_lazy("楼号"))
    def building_shown(self, row):
        """For exports: a list that leaves the portal leads to no door (domain.md §9.1)."""
        home = home_of(row.person)
        return str(home.building) if home else "—"

    def has_log_permission(self, request):
        return request.user.may(LOG)

    def _found(self, request, object_id):
        row = self.get_object(request, object_id)
        if row is None or not self.has_log_permission(request):
            raise Http404
        return row

    def _to(self, row):
        return HttpResponseRedirect(reverse(f"admin:grids_{row._meta.model_name}_change", args=[row.pk]))


@admin.register(CarePlan)
class CarePlanAdmin(Reveals, _VisitAdminBase):
    """Who is looked in on, the most overdue first. The desk makes plans; whoever looks after the grid writes visits."""

    list_display = ("person", "home_shown", "category", "due_shown", "visitor_shown")
    export_columns = ("person", "building_shown", "category", "due_shown", "visitor_shown")
    list_filter = (DueFilter, GridFilter, "category")
    sortable_by = ()
    autocomplete_fields = ("person", "visitor")
    change_form_template = "admin/grids/careplan/change_form.html"
    domain_errors = CarePlanRefused
    may_add = may_change = KEEP

    def get_queryset(self, request):
        return super().get_queryset(request).with_related().with_due().most_overdue_first()

    @admin.display(description=gettext_lazy("下次"))
    def due_shown(self, plan):
        """In words; nothing is due of who is gone."""
        if plan.until:
            return _("不用再去")
        if plan.person.state != Person.State.ALIVE:
            return plan.person.get_state_display()
        late = plan.waiting.days
        return _("晚了 %d 天") % late if late > 0 else say_day(plan.due_on)

    @admin.display(description=gettext_lazy("请谁去"))
    def visitor_shown(self, plan):
        return str(plan.visitor or _("网格长"))

    def get_fields(self, request, obj=None):
        return ("person", "category", "visitor", "since", *(["until"] if obj else []))

    def get_readonly_fields(self, request, obj=None):
        return ("person",) if obj else ()

    def save_model(self, request, obj, form, change):
        values = {"category": obj.category, "visitor": obj.visitor, "since": obj.since}
        if change:
            change_plan(obj, until=obj.until, **values)
        else:
            obj.__dict__.update(begin_plan(obj.person, **values).__dict__)

    def get_urls(self):
        view = self.admin_site.admin_view(self.visit_view)
        return [path("<path:object_id>/visit/", view, name="grids_careplan_visit"), *super().get_urls()]

    def revealable(self, plan):
        return {"person": plan.person}

    def reveal_view(self, request, object_id):
        if request.POST.get("field") not in REVEALED_HERE:
            raise Http404
        return super().reveal_view(request, object_id)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        plan = self.get_object(request, object_id)
        context = {"reveal_fields": [(name, REVEALABLE[name]) for name in REVEALED_HERE]}
        if plan is not None:
            made = Visit.objects.filter(person=plan.person_id).select_related("visitor")
            context |= {
                "home": home_of(plan.person),
                "due": self.due_shown(plan),
                "visits": made.order_by("-visited_on", "-pk")[:LAST_SHOWN],
                "may_log": self.has_log_permission(request) and _is_open(plan),
                "may_reveal": request.user.may("reveal_personal_data"),
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def visit_view(self, request, object_id):
        """A visit to somebody of the plan: three inputs, then back to the plan."""
        plan = self._found(request, object_id)
        people = _visitors(plan, request.user)
        first = request.user.person_id if not request.user.may("see_all_grids") else plan.visitor_id
        names = [(person.pk, str(person)) for person in people]
        form = PlannedVisitForm(request.POST or None, visitors=names, initial={"visitor": first})
        if request.method == "POST" and form.is_valid():
            chosen = next(person for person in people if person.pk == form.cleaned_data["visitor"])
            try:
                record_visit(plan.person, visitor=chosen, by=request.user, **form.words())
            except REFUSALS as refused:
                form.add_error(None, str(refused))
            else:
                self.log_change(request, plan, _("记了一次走访"))
                messages.success(request, _("走访记好了"))
                return self._to(plan)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": _("记一次走访"),
            "opts": self.opts,
            "original": plan,
            "home": home_of(plan.person),
            "form": form,
        }
        return TemplateResponse(request, "admin/grids/careplan/visit.html", context)


def _is_open(plan):
    return plan.until is None and plan.person.state == Person.State.ALIVE


def _visitors(plan, user):
    """Who may have made a visit of this plan: the user, who is named, the grid's duty holders and its helpers."""
    home = home_of(plan.person)
    keys = {user.person_id, plan.visitor_id}
    if home is not None:
        grid = home.building.grid
        keys |= set(Appointment.objects.current().filter(grid=grid).values_list("person", flat=True))
        keys |= set(HelperProfile.objects.filter(grid=grid, is_active=True).values_list("person", flat=True))
    alive = Person.objects.reachable().filter(pk__in=keys - {None, plan.person_id})
    return list(alive.order_by("pinyin", "pk"))


@admin.register(Visit)
class VisitAdmin(_VisitAdminBase):
    """What was written down. Notes stand on a row's own page alone; nobody is compared by visits."""

    form = AnyVisitForm
    list_display = ("person", "visited_on", "way", "visitor", "home_shown", "counts_shown")
    export_columns = ("person", "visited_on", "way", "visitor", "building_shown", "counts_shown")
    list_filter = ("visited_on", "way", GridFilter)
    list_select_related = ("visitor",)
    sortable_by = ("visited_on",)
    ordering = ("-visited_on", "-pk")
    autocomplete_fields = ("person", "visitor")
    domain_errors = REFUSALS
    change_form_template = "admin/grids/visit/change_form.html"
    may_add = KEEP

    def get_queryset(self, request):
        return super().get_queryset(request).with_related()

    @admin.display(description=gettext_lazy("算不算"))
    def counts_shown(self, visit):
        return _("已作废") if visit.is_struck else _("算")

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("person", "visitor", "way", "note", "visited_on", "minutes", "page")
        fields = ("person", "visitor", "way", "note", "visited_on", "entered_by", "entered_at")
        return (*fields, "struck_by", "struck_at", "struck_why") if obj.is_struck else fields

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj) if obj else ()

    def get_urls(self):
        def page(name, view):
            guarded = self.admin_site.admin_view(view)
            return path(f"<path:object_id>/{name}/", guarded, name=f"grids_visit_{name}")

        return [page("undo", self.undo_view), page("strike", self.strike_view), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        visit = self.get_object(request, object_id)
        context = {}
        if visit is not None and self.has_log_permission(request):
            undo = visit.can_undo(request.user)
            context = {"may_undo": undo, "may_strike": not undo and not visit.is_struck}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def save_model(self, request, obj, form, change):
        made = record_visit(
            obj.person,
            visitor=obj.visitor,
            way=obj.way,
            by=request.user,
            note=obj.note,
            on=obj.visited_on,
            minutes=form.cleaned_data["minutes"],
            submission_key=form.key(),
        )
        obj.__dict__.update(made.__dict__)

    def undo_view(self, request, object_id):
        """Within ten minutes, by who entered it: as if it had never been."""
        visit = self._posted(request, object_id)
        try:
            take_back_visit(visit, by=request.user)
        except REFUSALS as refused:
            messages.error(request, str(refused))
            return self._to(visit)
        self.log_deletions(request, [visit])
        messages.success(request, _("撤回了，就当没记过"))
        return HttpResponseRedirect(reverse("admin:grids_visit_changelist"))

    def strike_view(self, request, object_id):
        """Later, by whoever looks after the grid, with a word: it stays and counts no more."""
        visit = self._posted(request, object_id)
        try:
            strike_out_visit(visit, by=request.user, why=request.POST.get("why", ""))
        except REFUSALS as refused:
            messages.error(request, str(refused))
        else:
            self.log_change(request, visit, _("作废了"))
            messages.success(request, _("作废了，时长也不算了"))
        return self._to(visit)

    def _posted(self, request, object_id):
        if request.method != "POST":
            raise Http404
        return self._found(request, object_id)
