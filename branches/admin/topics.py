"""Topics for secretaries and grid heads: their own branch's, one page per topic with what can be done now."""

from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse

from branches import topic_desk
from branches.errors import TopicRefused
from branches.models import Topic
from people.actions.persons import REVEALABLE
from people.admin_scope import ScopedAdmin
from people.admin_tools import Reveals


@admin.register(Topic)
class TopicAdmin(Reveals, ScopedAdmin):
    """Rows are read here; what is done to them are verbs of their page."""

    list_display = ("title", "grid", "status", "raised_at", "decide_due_at")
    list_filter = ("status", "grid")
    list_select_related = ("grid",)
    search_fields = ("title",)
    ordering = ("-raised_at", "-pk")
    may_view = ("see_all_grids", "see_own_grid")

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.with_seconds().prefetch_related("sessions__booking__venue", "tasks", "comments__person")

    def revealable(self, obj):
        return {key: person for key, (person, _what) in topic_desk.named_in(obj).items()}

    def change_view(self, request, object_id, form_url="", extra_context=None):
        topic = self.get_object(request, object_id)
        if topic is None or not self.has_view_permission(request, topic):
            raise Http404
        may_write, verbs = request.user.may("manage_topics"), None
        if request.method == "POST":
            if not may_write:
                raise Http404
            try:
                thanks, verbs = topic_desk.do(topic, request.POST, request.user)
            except TopicRefused as refused:
                messages.error(request, str(refused))
                return HttpResponseRedirect(request.path)
            if thanks:
                self.log_change(request, topic, request.POST.get("verb", ""))
                messages.success(request, thanks)
                return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": topic.title,
            "opts": self.opts,
            "original": topic,
            "verbs": (verbs or topic_desk.verbs_of(topic)) if may_write else [],
            "may_reveal": request.user.may("reveal_personal_data"),
            "reveal_fields": [(name, REVEALABLE[name]) for name in topic_desk.REVEALED_HERE],
            **topic_desk.facts(topic),
        }
        return TemplateResponse(request, "admin/branches/topic.html", context)
