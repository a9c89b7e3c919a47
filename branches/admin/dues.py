"""Dues and the papers of the register in the admin: a secretary reads those of the own branch, the desk writes them."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.models import CheckIn, DuesMonth, DuesPayment, MembershipTransfer
from people.admin_scope import ScopedAdmin
from people.admin_tools import Exports, FindsPeople

PLACE = ("see_all_grids", "see_own_grid")


class PaidFilter(admin.SimpleListFilter):
    title = gettext_lazy("交了没有")
    parameter_name = "paid"

    def lookups(self, request, model_admin):
        return [("no", _("没交")), ("yes", _("交了"))]

    def queryset(self, request, queryset):
        if self.value() == "no":
            return queryset.unpaid()
        return queryset.exclude(payment=None) if self.value() == "yes" else queryset


@admin.register(DuesMonth)
class DuesMonthAdmin(FindsPeople, Exports, ScopedAdmin):
    """What was asked for, month by month; the treasurer takes the money and gives the receipt."""

    person_path = "member__person"
    list_display = ("member", "month_shown", "amount", "payment")
    list_filter = (PaidFilter, "member__branch")
    list_select_related = ("member__person", "member__branch", "payment")
    ordering = ("-month", "member__branch__name", "member__person__pinyin", "pk")
    export_columns = ("member", "month_shown", "amount", "payment")
    may_view = PLACE

    @admin.display(description=gettext_lazy("月份"), ordering="month")
    def month_shown(self, row):
        return f"{row.month:%Y-%m}"


@admin.register(DuesPayment)
class DuesPaymentAdmin(FindsPeople, Exports, ScopedAdmin):
    """Receipts, in the order of their numbers."""

    person_path = "member__person"
    list_display = ("number", "member", "amount", "way", "received_on", "voided_at")
    list_filter = ("branch", "way")
    list_select_related = ("member__person", "member__branch", "branch")
    ordering = ("-pk",)
    export_columns = ("number", "member", "amount", "way", "received_on", "voided_at")
    may_view = PLACE


@admin.register(MembershipTransfer)
class MembershipTransferAdmin(FindsPeople, ScopedAdmin):
    """Letters that leave or reach the own branch, and how far they are."""

    list_display = ("person", "origin", "goal", "status", "issued_on", "received_on")
    list_filter = ("status",)
    list_select_related = ("person", "from_branch", "to_branch")
    ordering = ("-created_at", "-pk")
    may_view = PLACE

    @admin.display(description=gettext_lazy("从"))
    def origin(self, letter):
        return letter.origin

    @admin.display(description=gettext_lazy("到"))
    def goal(self, letter):
        return letter.goal


@admin.register(CheckIn)
class CheckInAdmin(FindsPeople, ScopedAdmin):
    """Serving members who report to the own branch; units report to the community."""

    person_path = "member__person"
    list_display = ("code", "kind", "member", "unit_words", "on", "ended_on")
    list_filter = ("kind",)
    list_select_related = ("unit", "member__person", "member__branch")
    ordering = ("-year", "-number")
    may_view = PLACE

    @admin.display(description=gettext_lazy("编号"), ordering="number")
    def code(self, row):
        return row.code

    @admin.display(description=gettext_lazy("单位"))
    def unit_words(self, row):
        return row.unit_words
