"""The treasurer's pages: fourteen branches, one branch, one member, receipts."""

from decimal import Decimal

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from branches import actions, dues_page
from branches.errors import DuesRefused
from branches.forms.dues import AssessForm, ReceiveForm, VoidForm, WaiverForm
from branches.models import DuesPayment, PartyMember
from branches.views.staff_branches import find_branch
from haimengyuan.lib.keys import row_key, row_keys
from people.doors import door
from people.visits import visited_community_or_404


@door("enter_staff_door", to_write="handle_dues")
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request):
    """All branches in counts; a POST writes the draft of the yearly publication and leads to it."""
    community, today = visited_community_or_404(request), timezone.localdate()
    year = actions.publication_year(today)
    if request.method == "POST":
        draft = actions.draft_dues_notice(community, year, by=request.user)
        if draft.is_draft:
            messages.success(request, _("草稿写好了。看一看，取消勾选“还是草稿”再保存，就公示了。"))
        else:
            messages.info(request, _("这一年的已经公示过了。"))
        return HttpResponseRedirect(reverse("admin:branches_notice_change", args=[draft.pk]))
    context = {
        "rows": dues_page.branches_of(request.user, community, today),
        "today": today,
        "year": year,
        "may_publish": request.user.may("handle_dues"),
    }
    return render(request, "staff/branches/dues.html", context)


@door("enter_staff_door", to_write="handle_dues")
@require_http_methods(["GET", "HEAD", "POST"])
def branch(request, number):
    """The members of one branch; ticking several and one button gives each a receipt."""
    found = find_branch(request, number)
    refused = ""
    if request.method == "POST":
        try:
            made = _receive(request, found)
        except DuesRefused as error:
            refused = str(error)
        else:
            messages.success(request, _("收到 %(n)d 位，收据开好了。") % {"n": len(made)})
            keys = ",".join(str(payment.pk) for payment in made)
            return HttpResponseRedirect(f"{reverse('staff:dues_receipts', args=[number])}?of={keys}")
    today = timezone.localdate()
    rows = dues_page.members_of(found, today, full_names=request.user.may("handle_dues"))
    context = {
        "branch": found,
        "number": number,
        "rows": rows,
        "refused": refused,
        "ticked": request.POST.getlist("member"),
        "ways": DuesPayment.Way.choices,
        "today": today,
        "recent": DuesPayment.objects.filter(branch=found).order_by("-pk")[:10],
    }
    return render(request, "staff/branches/dues_branch.html", context, status=409 if refused else 200)


def _receive(request, branch):
    """All ticked members or none: one that is refused gives no receipt to the others either."""
    form = ReceiveForm(request.POST)
    picks = form.picks() if form.is_valid() else []
    if not picks:
        raise DuesRefused(_("请勾选交了党费的人，写清收几个月"))
    extra = form.cleaned_data["extra"] or Decimal(0)
    if extra and len(picks) > 1:
        raise DuesRefused(_("自愿多交的请一位一位登记"))
    members = PartyMember.objects.of_branch_life().filter(branch=branch).select_related("branch")
    by_key = members.in_bulk([key for key, _months in picks])
    with transaction.atomic():
        return [
            actions.receive(
                by_key[key], months=months, by=request.user, way=form.cleaned_data["way"], extra=extra
            )
            for key, months in picks
            if key in by_key
        ]


@door("enter_staff_door")
@require_safe
def receipts(request, number):
    """Receipts to print: one per payment, numbered."""
    found = find_branch(request, number)
    rows = dues_page.receipts_of(found, row_keys(request.GET.get("of", "").split(",")[:100]))
    if not rows:
        raise Http404(_("没有这张收据"))
    context = {
        "branch": found,
        "number": number,
        "rows": [(row, actions.is_large_gift(row)) for row in rows],
        "full": request.user.may("handle_dues"),
    }
    return render(request, "staff/branches/receipts.html", context)


@door("enter_staff_door", to_write="handle_dues")
@require_http_methods(["GET", "HEAD", "POST"])
def member(request, number, pk):
    """One member: assess, waive, take a receipt back."""
    found = find_branch(request, number)
    one = get_object_or_404(
        PartyMember.objects.filter(branch=found).select_related("person", "branch"), pk=pk
    )
    month = {"since": timezone.localdate(), "until": timezone.localdate()}
    forms = {"assess": AssessForm(initial=month), "waive": WaiverForm(initial=month), "void": VoidForm()}
    if request.method == "POST":
        form = _do(request, one, forms)
        if form is None:
            return HttpResponseRedirect(reverse("staff:dues_member", args=[number, pk]))
    context = {
        "branch": found,
        "number": number,
        "member": one,
        "forms": forms,
        "full": request.user.may("handle_dues"),
        "assessments": one.assessments.order_by("-since"),
        "waivers": one.waivers.order_by("-since"),
        "payments": one.dues_payments.prefetch_related("months").order_by("-pk"),
        "open": one.dues_months.unpaid().order_by("month"),
    }
    return render(request, "staff/branches/dues_member.html", context, status=422 if request.POST else 200)


def _do(request, one, forms):
    """Do what was posted; None when it is done, else the form that says why not (it takes its place in `forms`)."""
    what = request.POST.get("do", "")
    if what not in forms:
        raise Http404
    form = forms[what] = type(forms[what])(request.POST)
    if not form.is_valid():
        return form
    try:
        if what == "assess":
            made = actions.assess(one, **form.cleaned_data)
            messages.success(request, _("核定好了，每月 %s 元。") % made.amount)
        elif what == "waive":
            actions.waive(one, **form.cleaned_data)
            messages.success(request, _("减免记下了。"))
        else:
            payment = get_object_or_404(one.dues_payments, pk=row_key(request.POST.get("payment", "")))
            actions.void(payment, **form.cleaned_data)
            messages.success(request, _("收据作废了，那几个月重新算没交。"))
    except DuesRefused as refused:
        form.add_error(None, str(refused))
        return form
    return None
