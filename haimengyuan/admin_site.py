"""The admin door: grid heads see "my grid today" first, the staff what they maintain."""

import datetime as dt
from functools import update_wrapper

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from branches.models import AHEAD, OPEN_RECORD, Meeting, Topic, TopicStatus
from grids.models import CarePlan, Grid
from haimengyuan.lib.moments import say_day, say_moment
from people.admin_scope import ScopedAdmin
from services.models import OrderStatus, ServiceOrder

BRANCH_DAYS = 14  # what the branch has ahead is shown so many days before
BRANCH_ROWS = 4
ROWS_SHOWN = 7  # a home page is a list of what to do next, not a second order list (features.md D01)


class PortalAutocomplete(AutocompleteJsonView):
    """Choices for a field. Asked by POST too, so that the name of a person stands in no address."""

    def post(self, request, *args, **kwargs):
        request.GET = request.POST
        return self.get(request, *args, **kwargs)

    def serialize_result(self, obj, to_field_name):
        return {"id": str(getattr(obj, to_field_name)), "text": self.model_admin.autocomplete_label(obj)}


class PortalAdminSite(admin.AdminSite):
    site_title = _("网格和资料后台")
    site_header = _("网格和资料后台")
    index_title = _("资料")
    enable_nav_sidebar = False  # the frame has a menu of its own
    empty_value_display = "—"

    def register(self, model_or_iterable, admin_class=None, **options):
        """Pages without a scope, such as the groups of Django's own permissions, have no place here."""
        if admin_class and issubclass(admin_class, ScopedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def each_context(self, request):
        """Beside Django's: the menu, without orders, which stand at its top."""
        context = super().each_context(request)
        rest = [
            (app["name"], [model for model in app["models"] if model["model"] is not ServiceOrder])
            for app in context["available_apps"]
        ]
        return {**context, "menu": [(name, models) for name, models in rest if models]}

    def admin_view(self, view, cacheable=False):
        """What somebody may not see answers exactly like what is not there."""

        def closed(request, *args, **kwargs):
            try:
                return view(request, *args, **kwargs)
            except (PermissionDenied, Http404):
                raise Http404 from None

        # every page names who is signed in; what Django calls cacheable would stay behind on a shared computer
        words_only = getattr(view, "__func__", view) is PortalAdminSite.i18n_javascript
        return super().admin_view(update_wrapper(closed, view), cacheable and words_only)

    def get_urls(self):
        # its answers tell which rows exist, and no row of ours has a page on the site
        return [route for route in super().get_urls() if getattr(route, "name", "") != "view_on_site"]

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request, extra_context=None):
        """There is one login page, with one lock-out: the portal's."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            raise PermissionDenied
        after = request.GET.get("next", reverse("admin:index"))
        return redirect_to_login(after, settings.LOGIN_URL)

    def autocomplete_view(self, request):
        return PortalAutocomplete.as_view(admin_site=self)(request)

    def index(self, request, extra_context=None):
        """A grid head's day; for the staff what they maintain comes with it."""
        context = today(request.user) if request.user.may("handle_orders") else {}
        if request.user.may("keep_branch_records") and not request.user.may("see_all_grids"):
            context["branch_rows"] = branch_today(request.user)
        return super().index(request, {**context, **(extra_context or {})})


def today(user):
    """What the home page shows: the user's grids, five counts with links, and the orders that press most."""
    orders = ServiceOrder.objects.for_user(user)
    listed = reverse("admin:services_serviceorder_changelist")
    day = timezone.localdate()
    counts = [
        (_("新单子"), orders.waiting_for_desk(), "status=submitted", "new"),
        (_("已超时"), orders.overdue(), "due=late", "late"),
        (_("今天上门"), orders.open().filter(visit_on=day), "due=visit", "visit"),
        (_("等人接单"), orders.filter(status=OrderStatus.OFFERED), "status=offered", "offered"),
    ]
    pressing = orders.open().exclude(status=OrderStatus.WAITING).with_related().order_by("due_at", "pk")
    care = CarePlan.objects.for_user(user).due()
    visits = (_("该走访的"), care, "visits", f"{reverse('admin:grids_careplan_changelist')}?due=now")
    tiles = [*((label, rows, key, f"{listed}?{query}") for label, rows, query, key in counts), visits]
    return {
        "grids": [] if user.may("see_all_grids") else list(Grid.objects.for_user(user).order_by("number")),
        "tiles": [
            {"label": label, "count": rows.count(), "url": url, "key": key} for label, rows, key, url in tiles
        ],
        "pressing": [_row(order) for order in pressing[:ROWS_SHOWN]],
        "orders_url": f"{listed}?due=open",
    }


def _row(order):
    return {
        "order": order,
        "url": reverse("admin:services_serviceorder_change", args=[order.pk]),
        "due": say_moment(order.due_at),
        "who": str(order.contact or "—"),
    }


def branch_today(user):
    """What a secretary or grid head owes the branch: records to finish, what is late or soon, topics to decide.

    Dicts with name, status, facts, url and whether it is late. Two queries.
    """
    soon = timezone.localdate() + dt.timedelta(days=BRANCH_DAYS)
    open_or_soon = Q(status__in=OPEN_RECORD) | Q(status__in=AHEAD, on__lte=soon)
    meetings = Meeting.objects.for_user(user).filter(open_or_soon).with_related().order_by("on", "at", "pk")
    topics = Topic.objects.for_user(user).filter(status=TopicStatus.RAISED).order_by("decide_due_at", "pk")
    return [
        *(_meeting_row(meeting) for meeting in meetings[:BRANCH_ROWS]),
        *(_topic_row(topic) for topic in topics[:BRANCH_ROWS]),
    ]


def _meeting_row(meeting):
    return {
        "name": meeting.name,
        "status": _("等登记") if meeting.is_late else meeting.get_status_display(),
        "late": meeting.is_late,
        "facts": f"{say_day(meeting.on)} {meeting.at:%H:%M} · {meeting.place or _('还没定地点')}",
        "url": reverse("admin:branches_meeting_change", args=[meeting.pk]),
    }


def _topic_row(topic):
    return {
        "name": topic.title,
        "status": _("等支部定议不议"),
        "late": topic.decide_due_at < timezone.now(),
        "facts": _("最晚 %s") % say_moment(topic.decide_due_at),
        "url": reverse("admin:branches_topic_change", args=[topic.pk]),
    }
