"""The register of party members at the staff door, with the hours that they have served (features.md M01, M02)."""

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from branches import register_page
from branches.actions import membership
from branches.errors import RegisterRefused
from branches.forms.register import CheckInForm, FeedbackForm, InForm, OutForm, StandingForm, StepForm
from branches.models import CheckIn, MembershipTransfer, PartyMember, Standing, TransferStatus
from branches.rules.standing import say_standing
from grids.models import Grid
from haimengyuan.lib.keys import row_key
from haimengyuan.lib.masking import mask_name
from haimengyuan.lib.sheets import csv_lines
from people.admin_scope import log_export
from people.doors import door
from people.visits import visited_community_or_404
from volunteers.certificate_paper import say_hours
from volunteers.models import HourEntry

EXPORTED_AT_MOST = 20_000
SERVICES_SHOWN = 20
LINES_OF_A_CARD = 6
HEADS = ("姓名", "支部", "党小组", "类别", "流动", "党籍状态", "入党日期", "转入", "转出")


def _rows(request):
    community = visited_community_or_404(request)
    return PartyMember.objects.for_user(request.user).filter(branch__community=community)


@door("enter_staff_door")
@require_http_methods(["GET", "HEAD", "POST"])
def members(request):
    """Fifty members with masked names; a POST is a search whose words stand in no address."""
    rows = _rows(request)
    if request.method == "POST":
        keys = register_page.find(rows, request.POST.get("who", "")[:40])
        if not keys:
            messages.info(request, _("没有找到。可以写全名、完整的电话，或者拼音的开头"))
        query = register_page.Filters(of=",".join(map(str, keys))).query()
        return HttpResponseRedirect(f"{reverse('staff:members')}?{query}")
    filters = register_page.Filters.read(request.GET)
    asked = register_page.filtered(rows, filters)
    page, after = register_page.page_of(asked, filters.after)
    context = {
        "rows": page,
        "total": asked.count(),
        "filters": filters,
        "grids": Grid.objects.for_user(request.user).order_by("number").values("number", "name"),
        "kinds": PartyMember.Kind.choices,
        "standings": [*Standing.choices[:3], ("left", _("已经转出、除名"))],
        "next_query": filters.query(after=after) if after else "",
        "first_query": filters.query(after=""),
    }
    return render(request, "staff/members/list.html", context)


@door("enter_staff_door")
@require_POST
def export(request):
    """The members that the filters ask for as a CSV file, names masked; it leaves a row in the log, so it is a POST."""
    rows = register_page.filtered(_rows(request), register_page.Filters.read(request.GET))
    rows = rows.select_related("person", "branch", "group").order_by("branch__name", "pk")[:EXPORTED_AT_MOST]
    log_export(request, PartyMember, rows.count())
    taken = _("党员名册，%(who)s导出于 %(when)s，姓名已遮挡") % {
        "who": request.user.display_name,
        "when": timezone.localtime().strftime("%Y-%m-%d %H:%M"),
    }
    lines = csv_lines(_cells(taken, rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"members-{timezone.localdate():%Y%m%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cells(taken, rows):
    yield [taken]
    yield HEADS
    for member in rows.iterator(chunk_size=500):
        yield [
            mask_name(member.person.name),
            member.branch.name,
            member.group.name if member.group else "",
            member.get_kind_display(),
            "是" if member.is_mobile else "",
            member.get_standing_display(),
            member.joined_on,
            member.entered_on,
            member.left_on,
        ]


# --- one member --------------------------------------------------------------------------------------------


@door("enter_staff_door", to_write="edit_register")
@require_http_methods(["GET", "HEAD", "POST"])
def member(request, pk):
    """One member: facts, standing, letters, check-in, hours. Full name for those who keep the register."""
    found = get_object_or_404(_rows(request).select_related("person", "branch__community", "group"), pk=pk)
    forms = {"standing": StandingForm(member=found), "transfer": OutForm(branch=found.branch)}
    if request.method == "POST" and _do(request, found, forms):
        return HttpResponseRedirect(reverse("staff:member", args=[pk]))
    today = timezone.localdate()
    served = HourEntry.objects.filter(person=found.person)
    may_write = request.user.may("edit_register")
    context = {
        "member": found,
        "name": found.person.name if may_write else mask_name(found.person.name),
        "may_write": may_write and not found.left_on,
        "forms": forms,
        "hint": say_standing(found.standing, found.standing_since, today),
        "posts": found.posts.order_by("-since"),
        "events": found.standing_events.order_by("pk"),
        "letters": register_page.letters_of(request.user, found.branch.community, of=found.person),
        "check_in": found.check_ins.current().select_related("unit").first(),
        "hours": say_hours(served.total_minutes()),
        "services": _services(served),
    }
    return render(request, "staff/members/member.html", context, status=422 if request.POST else 200)


def _services(served):
    """The last services as pairs (entry, hours)."""
    rows = served.order_by("-served_on", "-pk")[:SERVICES_SHOWN]
    return [(entry, say_hours(entry.minutes)) for entry in rows]


def _do(request, found, forms):
    """Do what was posted; False when its form (in `forms`) says why not. Raises Http404 for something else."""
    what = request.POST.get("do", "")
    if what == "standing":
        form = forms[what] = StandingForm(request.POST, member=found)
    elif what == "transfer":
        form = forms[what] = OutForm(request.POST, branch=found.branch)
    else:
        raise Http404
    if not form.is_valid():
        return False
    data = form.cleaned_data
    try:
        if what == "standing":
            membership.set_standing(found, data.pop("new"), by=request.user, **data)
            messages.success(request, _("记下了：%s") % found.get_standing_display())
        else:
            membership.open_transfer(found.person, by=request.user, from_branch=found.branch, **data)
            messages.success(request, _("登记了转接，下一步开介绍信。"))
    except RegisterRefused as refused:
        form.add_error(None, str(refused))
        return False
    return True


# --- letters -----------------------------------------------------------------------------------------------


@door("enter_staff_door", to_write="edit_register")
@require_http_methods(["GET", "HEAD", "POST"])
def transfers(request):
    """Letters with the steps that can be taken now, and a form for one that came from outside."""
    community = visited_community_or_404(request)
    form = InForm(community=community)
    if request.method == "POST" and "letter_row" in request.POST:
        _step(request)
        return HttpResponseRedirect(reverse("staff:transfers"))
    if request.method == "POST":
        form = InForm(request.POST, community=community)
        if _received_from_outside(request, form):
            return HttpResponseRedirect(reverse("staff:transfers"))
    context = {
        "letters": register_page.letters_of(request.user, community),
        "form": form,
        "may_write": request.user.may("edit_register"),
        "today": timezone.localdate(),
    }
    return render(request, "staff/members/transfers.html", context, status=422 if form.errors else 200)


def _step(request):
    rows = MembershipTransfer.objects.for_user(request.user)
    key = row_key(request.POST["letter_row"])
    letter = get_object_or_404(rows.filter(person__community=visited_community_or_404(request)), pk=key or 0)
    form, new = StepForm(request.POST), request.POST.get("new", "")
    if not form.is_valid() or new not in TransferStatus.values:
        messages.error(request, _("没看懂您填的，请再试一次"))
        return
    try:
        membership.move_transfer(letter, new, by=request.user, **form.cleaned_data)
    except RegisterRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("记下了：%s") % letter.get_status_display())


def _received_from_outside(request, form):
    if not form.is_valid():
        return False
    data = form.cleaned_data
    try:
        membership.open_transfer(data.pop("who"), by=request.user, **data)
    except RegisterRefused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("登记好了，收下以后点“对方收下了”。"))
    return True


# --- double check-in ---------------------------------------------------------------------------------------


@door("enter_staff_door", to_write="edit_register")
@require_http_methods(["GET", "HEAD", "POST"])
def check_ins(request):
    """Units and serving members who report here; a POST adds one."""
    community = visited_community_or_404(request)
    form = CheckInForm(request.POST or None, community=community)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        data["member"] = data.pop("who")
        try:
            made = membership.check_in(community, **data)
        except RegisterRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("报到登记好了，编号 %s。") % made.code)
            return HttpResponseRedirect(reverse("staff:check_in", args=[made.pk]))
    context = {
        "rows": register_page.check_ins_of(request.user, community),
        "form": form,
        "may_write": request.user.may("edit_register"),
    }
    return render(request, "staff/members/check_ins.html", context, status=422 if form.errors else 200)


@door("enter_staff_door", to_write="edit_register")
@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request, pk):
    """Slip, form and service record of one check-in, to be printed; hours flow in from orders and activities."""
    rows = CheckIn.objects.for_user(request.user).filter(community=visited_community_or_404(request))
    row = get_object_or_404(
        rows.select_related("unit", "member__person", "member__branch", "community"), pk=pk
    )
    form = FeedbackForm(initial={"text": row.feedback})
    if request.method == "POST":
        form = FeedbackForm(request.POST)
        if _write_check_in(request, row, form):
            return HttpResponseRedirect(reverse("staff:check_in", args=[pk]))
    may_write = request.user.may("edit_register")
    served = _served(row)
    context = {
        "row": row,
        "name": _name_of(row, may_write),
        "form": form,
        "may_write": may_write,
        "hours": say_hours(served.total_minutes()),
        "services": (services := _services(served)),
        "blank": range(max(0, LINES_OF_A_CARD - len(services))),
        "done": row.unit.lines.filter(status__in=["done", "thanked"]) if row.kind == "unit" else (),
    }
    return render(request, "staff/members/check_in.html", context, status=422 if form.errors else 200)


def _name_of(row, full):
    if row.member is None:
        return row.unit_words
    return row.member.person.name if full else mask_name(row.member.person.name)


def _served(row):
    """The services since the check-in: of the person, or of everybody who reported from the unit."""
    if row.member_id:
        who = HourEntry.objects.filter(person=row.member.person_id)
    else:
        persons = CheckIn.objects.filter(unit=row.unit_id, kind=CheckIn.Kind.PERSON).values("member__person")
        who = HourEntry.objects.filter(person__in=persons)
    return who.filter(served_on__gte=row.on, served_on__lte=row.ended_on or dt.date.max)


def _write_check_in(request, row, form):
    try:
        if request.POST.get("do") == "end":
            membership.end_check_in(row)
            messages.success(request, _("记下了，不再报到。"))
            return True
        if not form.is_valid():
            return False
        membership.give_feedback(row, text=form.cleaned_data["text"])
    except RegisterRefused as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("反馈记下了。"))
    return True
