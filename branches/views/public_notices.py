"""The public pages of notices and disclosure: by grid and building, with an archive whose addresses never change."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from branches.actions.disclosure import object_to
from branches.errors import NoticeRefused
from branches.forms.notices import ObjectionForm, WhereForm
from branches.models import Notice
from grids.models import Building
from haimengyuan.lib.back import kept_for_back
from haimengyuan.lib.client import client_ip
from haimengyuan.lib.keys import row_key
from people.errors import TooOften
from people.too_often import too_often
from people.visits import visited_community_or_404

SHOWN = 30


@login_not_required
@require_safe
def notice_list(request):
    """Current notices, pinned ones first; `kind` and `building` narrow, `past` is the archive, `before` pages it."""
    community = visited_community_or_404(request)
    rows = Notice.objects.in_community(community.pk).shown().prefetch_related("grids", "buildings")
    is_past = request.GET.get("past") == "1"
    rows = rows.past().order_by("-pk") if is_past else rows.current().in_order()
    kind = request.GET.get("kind", "")
    if kind in Notice.Kind.values:
        rows = rows.filter(kind=kind)
    form = WhereForm(request.GET if request.GET.get("building") else None, community=community)
    if form.is_bound and form.is_valid() and form.cleaned_data["building"]:
        rows = rows.concerning(Building.objects.get(pk=form.cleaned_data["building"]))
    before = row_key(request.GET.get("before", ""))
    if is_past and before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: SHOWN + 1])
    context = {
        "notices": found[:SHOWN],
        "more": found[SHOWN - 1].pk if is_past and len(found) > SHOWN else None,
        "is_past": is_past,
        "kind": kind,
        "kinds": Notice.Kind.choices,
        "form": form,
    }
    return render(request, "public/notices.html", context)


@login_not_required
@kept_for_back
@require_http_methods(["GET", "HEAD", "POST"])
def notice_page(request, pk):
    """One notice, current or past; a POST objects to a disclosure within its period."""
    community = visited_community_or_404(request)
    rows = Notice.objects.in_community(community.pk).shown().select_related("community")
    notice = get_object_or_404(rows.prefetch_related("grids", "buildings", "objections"), pk=pk)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        words = {"text": data["text"], "name": data["name"], "phone": data["phone"]}
        try:
            object_to(notice, submission_key=form.key(), address=client_ip(request), **words)
        except TooOften as refused:
            return too_often(request, refused)
        except NoticeRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("意见收到了，公示期内答复您。"))
            return HttpResponseRedirect(f"{request.path}?said")  # the page with the form stays for Back
    objections = list(notice.objections.all())
    context = {
        "notice": notice,
        "form": form,
        "objections": len(objections),
        "answered": sum(bool(row.answer) for row in objections),
        "may_object": notice.is_disclosure and notice.is_current,
        "link": f"{settings.PUBLIC_BASE_URL}/notices/{notice.pk}/",
    }
    return render(request, "public/notice.html", context)
