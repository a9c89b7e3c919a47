import datetime as dt

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.moments import say_moment
from people.admin_scope import ScopedAdmin
from people.admin_tools import Exports
from services.actions import take
from services.admin.order_page import OrderPage, status_words, working_words
from services.errors import ServiceError
from services.models import Category, OrderStatus, ServiceOrder
from services.numbers import clean_number


class DueFilter(admin.SimpleListFilter):
    """By what presses today; the index links here."""

    title = _("时限")
    parameter_name = "due"

    def lookups(self, request, model_admin):
        return [
            ("late", _("已超时")),
            ("today", _("今天到期")),
            ("visit", _("今天上门")),
            ("open", _("还没办完")),
        ]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        midnight = timezone.make_aware(dt.datetime.combine(today + dt.timedelta(days=1), dt.time()))
        return {
            "late": queryset.overdue,
            "today": lambda: queryset.due_within(timezone.now(), midnight),
            "visit": lambda: queryset.open().filter(visit_on=today),
            "open": queryset.open,
        }.get(self.value(), lambda: queryset)()


class StatusFilter(admin.SimpleListFilter):
    """By status, in the words of those who work on the orders."""

    title = _("状态")
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return [(status.value, working_words(status)) for status in OrderStatus]

    def queryset(self, request, queryset):
        return queryset.filter(status=self.value()) if self.value() else queryset


class GroupFilter(admin.SimpleListFilter):
    """By group of the service: the eight that residents choose from, the same in every community."""

    title = _("服务类别")
    parameter_name = "group"

    def lookups(self, request, model_admin):
        return Category.Group.choices

    def queryset(self, request, queryset):
        known = self.value() in Category.Group.values
        return queryset.filter(service__category__group=self.value()) if known else queryset


@admin.register(ServiceOrder)
class OrderAdmin(OrderPage, Exports, ScopedAdmin):
    """The orders of a grid, for its head. Rows are read here and changed by verbs alone."""

    list_display = ("spoken", "service", "status_shown", "contact", "building", "due_shown")
    list_filter = (StatusFilter, DueFilter, GroupFilter, "grid")
    list_select_related = ("service", "contact", "building", "grid")
    search_fields = ("number", "building__estate", "building__name", "service__name_zh")
    search_help_text = _("可以写单号、楼号或服务名称")
    ordering = ("-submitted_at", "-pk")
    sortable_by = ("spoken", "due_shown")
    actions = ("take_selected", "export_csv", "export_xlsx")
    export_columns = (
        "number",
        "service",
        "status",
        "contact",
        "building",
        "grid",
        "submitted_at",
        "due_at",
        "ended_at",
    )
    may_view = ("see_all_grids", "see_own_grid")

    @admin.display(description=_("单号"), ordering="submitted_at")
    def spoken(self, order):
        return order.spoken_number

    @admin.display(description=_("状态"))
    def status_shown(self, order):
        return format_html('<span class="st st--{}">{}</span>', order.status, status_words(order))

    @admin.display(description=_("最晚办完"), ordering="due_at")
    def due_shown(self, order):
        if not order.is_open:
            return "—"
        if order.paused_at:
            return _("停着")
        if order.is_overdue:
            return format_html(
                '<span class="st st--late">{}</span> {}', gettext("已超时"), say_moment(order.due_at)
            )
        return say_moment(order.due_at)

    def get_search_results(self, request, queryset, search_term):
        digits = clean_number(search_term)
        bare = "".join(search_term.split())
        return super().get_search_results(request, queryset, digits if digits == bare else search_term)

    def has_handle_permission(self, request):
        return request.user.may("handle_orders")

    @admin.action(description=_("我来办"), permissions=["handle"])
    def take_selected(self, request, queryset):
        """Take each of the selected orders; those that somebody else has are named."""
        taken = 0
        for order in queryset.with_related():
            try:
                take(order, by=request.user, person=request.user.person)
                taken += 1
            except ServiceError as refused:
                self.message_user(request, f"{order.spoken_number}：{refused}", "warning")
        if taken:
            self.message_user(request, gettext("%d 单由您来办") % taken, "success")
