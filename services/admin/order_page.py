"""The page of one order: facts, what can be done now with one thumb, and what happened so far."""

import datetime as dt

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from people.actions.persons import REVEALABLE
from people.admin_tools import Reveals
from services.actions import RESIDENT, can_undo
from services.admin.verbs import VERBS
from services.errors import ServiceError
from services.models import OrderEvent, OrderStatus, ServiceOrder
from services.timeline import staff_title

_SAME_CLICK = dt.timedelta(minutes=1)
BEFORE_SHOWN = 3
REVEALED_HERE = ("phone", "name")  # what an order needs; the rest stays in the register


def working_words(status):
    """A status as those read it who work on the order."""
    return _("等居民补充") if status == OrderStatus.WAITING else OrderStatus(status).label


def status_words(order):
    """The same for an order."""
    return working_words(order.status)


class OrderPage(Reveals):
    """Mixin of the order's admin class: its change page, the pages of its verbs, and reveal."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.verb_view)
        mine = path("<path:object_id>/do/<slug:key>/", view, name="services_serviceorder_do")
        return [mine, *super().get_urls()]

    def _order(self, request, object_id):
        order = self.get_object(request, object_id)
        if order is None or not self.has_view_permission(request, order):
            raise Http404
        return ServiceOrder.objects.with_related().get(pk=order.pk)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        order = self._order(request, object_id)
        if request.method != "GET":
            raise Http404  # facts of an order are not edited; verbs have addresses of their own
        events = history(order)
        acts = self.has_handle_permission(request)
        context = {
            "verbs": self._verbs(order) if acts else [],
            "finish": self._finish_form(request, order) if acts else None,
            "undo": acts and can_undo(order, _last_move(events), request.user),
            "events": [_line(event) for event in reversed(events)],
            "before": [(earlier, status_words(earlier)) for earlier in self._before(request, order)],
            "reveal_fields": [(field, REVEALABLE[field]) for field in REVEALED_HERE],
            "may_reveal": request.user.may("reveal_personal_data"),
            "is_silent": order.is_silent(),
            "people": [(key, *value) for key, value in self._people(order).items()],
        }
        return self._render(request, "admin/services/serviceorder/page.html", order, context)

    def verb_view(self, request, object_id, key):
        """One verb: GET asks for its words, POST does it and leads back to the order."""
        order = self._order(request, object_id)
        verb = VERBS.get(key)
        if verb is None or not self.has_handle_permission(request):
            raise Http404
        if request.method != "POST" and not verb.needs_words:
            return HttpResponseRedirect(self._page_of(order))
        form = verb.form(request.POST if request.method == "POST" else None, order=order, user=request.user)
        if form.is_bound and form.is_valid():
            try:
                if not _clicked_twice(verb, order, request.user, form):
                    verb.act(order, request.user, form)
                messages.success(request, str(verb.done))
                return HttpResponseRedirect(self._page_of(order))
            except ServiceError as refused:
                if not verb.needs_words:
                    messages.error(request, str(refused))
                    return HttpResponseRedirect(self._page_of(order))
                form.add_error(None, str(refused))
        return self._render(
            request, "admin/services/serviceorder/verb.html", order, {"verb": verb, "form": form}
        )

    def revealable(self, order):
        return {key: person for key, (_label, person) in self._people(order).items()}

    def reveal_view(self, request, object_id):
        if request.POST.get("field") not in REVEALED_HERE:
            raise Http404
        return super().reveal_view(request, object_id)

    def reveal_about(self, order):
        return f"order:{order.number}"

    @staticmethod
    def _people(order):
        """Whom the page may reveal: `{"contact": (words, person)}`."""
        people = {
            "contact": (_("联系人"), order.contact),
            "for_person": (_("替谁点的"), order.for_person),
            "assigned_to": (_("谁在办"), order.assigned_to),
        }
        return {key: value for key, value in people.items() if value[1]}

    @staticmethod
    def _verbs(order):
        """The buttons of this status; finishing has its form on the page itself once the order is in work."""
        shown = [verb for verb in VERBS.values() if order.status in verb.statuses]
        return [verb for verb in shown if verb.key != "finish" or order.status == OrderStatus.SUBMITTED]

    @staticmethod
    def _finish_form(request, order):
        verb = VERBS["finish"]
        if order.status in verb.statuses and order.status != OrderStatus.SUBMITTED:
            return verb.form(order=order, user=request.user)
        return None

    @staticmethod
    def _before(request, order):
        """Earlier orders of the same home or person, as far as the viewer may see them."""
        same = Q(contact=order.contact) if order.contact_id else Q(pk=None)
        if order.dwelling_id:
            same |= Q(dwelling=order.dwelling)
        orders = ServiceOrder.objects.for_user(request.user).filter(same).exclude(pk=order.pk)
        return orders.select_related("service").order_by("-submitted_at", "-pk")[:BEFORE_SHOWN]

    @staticmethod
    def _page_of(order):
        return reverse("admin:services_serviceorder_change", args=[order.pk])

    def _render(self, request, template, order, context):
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            template,
            {
                **self.admin_site.each_context(request),
                "title": f"{order.service.name_zh} {order.spoken_number}",
                "order": order,
                "original": order,
                "opts": self.opts,
                "page_url": self._page_of(order),
                "status": status_words(order),
                **context,
            },
        )


def history(order):
    """All events of an order, oldest first, with their actors."""
    return list(order.events.in_order().select_related("actor_user__person", "actor_person"))


def _last_move(events):
    moves = [e for e in events if e.kind in (OrderEvent.Kind.MOVE, OrderEvent.Kind.UNDO)]
    return moves[-1] if moves else None


def _line(event):
    """One event as those read it who work on the order; persons are masked."""
    resident = _("居民") if event.actor_timer == RESIDENT else _("系统")
    who = event.actor_user or event.actor_person or resident
    return {
        "title": staff_title(event),
        "who": str(who),
        "at": event.at,
        "note": event.note,
        "internal": event.is_internal,
    }


def _clicked_twice(verb, order, user, form):
    """Whether the newest event is the very same thing, done by the same user a moment ago."""
    last = order.events.order_by("-at", "-pk").first()
    if last is None or last.actor_user_id != user.pk or timezone.now() - last.at > _SAME_CLICK:
        return False
    return verb.is_repeated(last, form)
