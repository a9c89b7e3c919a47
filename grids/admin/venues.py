"""Venues and bookings for grid heads: the facts are fields, every step of a booking is an action."""

from uuid import uuid4

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.actions import book, cancel_booking, confirm_booking, decline_booking
from grids.errors import BookingRefused
from grids.forms.admin_venues import BookingAddForm, BookingAnswerForm
from grids.models import Booking, OpeningHours, Venue
from haimengyuan.lib.keys import row_key
from people.actions.persons import REVEALABLE
from people.admin_scope import ScopedAdmin, ScopedInline
from people.admin_tools import Reveals

PLACE = ("see_all_grids", "see_own_grid")
MANAGE = ("manage_venues",)


class OpeningHoursInline(ScopedInline):
    model = OpeningHours
    fields = ("weekday", "day", "opens", "closes")
    may_view = PLACE
    may_add = may_change = may_delete = MANAGE


@admin.register(Venue)
class VenueAdmin(ScopedAdmin):
    list_display = ("name", "kind", "grid", "step_free", "bookable", "is_open")
    list_filter = ("grid", "kind")
    list_select_related = ("grid",)
    search_fields = ("name", "place")
    ordering = ("grid__number", "name")
    inlines = [OpeningHoursInline]
    may_view = PLACE
    may_add = may_change = MANAGE


@admin.register(Booking)
class BookingAdmin(Reveals, ScopedAdmin):
    """Bookings of the venues in one's grids. A change is an answer with its reason; rows are never deleted."""

    list_display = ("venue", "starts_at", "ends_at", "title", "kind", "status", "contact")
    list_display_links = ("venue", "starts_at")
    list_filter = ("venue", "status", "kind")
    list_select_related = ("venue", "contact")
    ordering = ("-starts_at", "-pk")
    date_hierarchy = None
    domain_errors = BookingRefused
    may_view = PLACE
    may_add = may_change = MANAGE
    actions = ("confirm_selected",)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("venue", "kind", "title", "starts_at", "minutes", "weeks")
        facts = ("venue", "kind", "status", "title", "starts_at", "ends_at", "contact", "reason")
        asks = obj.is_holding and self.has_change_permission(request, obj)
        return (*facts, "answer", "words") if asks else facts

    def get_readonly_fields(self, request, obj=None):
        return (
            ("venue", "kind", "status", "title", "starts_at", "ends_at", "contact", "reason") if obj else ()
        )

    def get_form(self, request, obj=None, change=False, **kwargs):
        asks = obj is not None and obj.is_holding and self.has_change_permission(request, obj)
        if obj is None or asks:
            kwargs["form"] = BookingAnswerForm if obj else BookingAddForm
        return super().get_form(request, obj, change, **kwargs)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {
            "reveal_fields": [(name, REVEALABLE[name]) for name in ("phone", "name")],
            "is_silent": Booking.objects.silent().filter(pk=row_key(object_id)).exists(),
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def revealable(self, obj):
        return {"contact": obj.contact} if obj.contact else {}

    def save_model(self, request, obj, form, change):
        if change:
            self._answer(request, obj, form.cleaned_data)
            return
        data = form.cleaned_data
        made = book(
            obj.venue,
            kind=data["kind"],
            title=data["title"],
            starts_at=data["starts_at"],
            minutes=data["minutes"],
            weeks=data["weeks"],
            entered_by=request.user,
            submission_key=f"admin:{uuid4().hex}",
        )
        obj.__dict__.update(made.__dict__)

    def _answer(self, request, booking, data):
        answer, reason = data.get("answer"), data.get("words", "")
        if answer == "confirm":
            confirm_booking(booking)
        elif answer == "decline":
            decline_booking(booking, reason=reason)
        elif answer in {"cancel", "cancel_all"}:
            whole = answer == "cancel_all"
            cancel_booking(booking, reason=reason, by=request.user, whole_group=whole)

    @admin.action(description=gettext_lazy("答应选中的预订"), permissions=["change"])
    def confirm_selected(self, request, queryset):
        """One click for several requests; what somebody else answered first is said once each."""
        done = 0
        for booking in self.scope(queryset, request.user).with_related():
            try:
                confirm_booking(booking)
                done += 1
            except BookingRefused as refused:
                messages.warning(request, str(refused))
        if done:
            messages.success(request, _("答应了 %d 个，已经告诉订的人") % done)
