"""The helper's own ledger: hours by year, doubts, certificates, the time account. Nobody else's, no comparison."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.db.models.functions import ExtractYear
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from haimengyuan.lib.keys import row_key
from haimengyuan.lib.moments import say_day
from people.doors import door
from volunteers.actions import ask_for_certificate, claim_missing, claim_wrong, open_account, stars_of
from volunteers.actions.time_bank import is_open
from volunteers.certificate_paper import paper_of, pdf_of, say_hours
from volunteers.errors import CertificateRefused, HoursRefused, TimeBankRefused
from volunteers.forms.hours import MissingForm, PeriodForm, WrongForm
from volunteers.models import (
    Certificate,
    CertificateRequest,
    HourClaim,
    HourEntry,
    TimeAccount,
    TimeTransfer,
)

PAGE_ROWS = 50
SHOWN = 20


@dataclass(frozen=True)
class Row:
    """One line of the ledger; `why` is said of corrections, `link` leads to doubting a service."""

    what: str
    day: str
    minutes: int
    why: str
    link: str
    waiting: bool


@door("enter_me_door")
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request):
    """The own minutes of a year, newest first; a POST says what is missing, asks for a certificate, opens an account."""
    person = request.user.person
    if person is None:
        return render(request, "me/hours.html", {"person": None})
    forms = {"missing": MissingForm(), "certificate": PeriodForm()}
    if request.method == "POST":
        answer = _act(request, person, forms)
        if answer is not None:
            return answer
    mine = HourEntry.objects.filter(person=person)
    years, year = _years(mine, request.GET.get("year", ""))
    total = sum(each["minutes"] for each in years)
    last_request = CertificateRequest.objects.filter(person=person).order_by("-pk").first()
    stars, next_star = stars_of(person.community_id, total)
    context = {
        "person": person,
        "years": years,
        "year": year,
        "stars": range(stars),
        "star_count": stars,
        "next_star": next_star,
        "total": say_hours(total),
        **_page(mine.filter(served_on__year=year["year"]), request.GET.get("before", ""), year["year"]),
        "claims": HourClaim.objects.filter(person=person).order_by("-filed_at", "-pk")[:SHOWN],
        "requests": [last_request] if last_request and last_request.status == "asked" else [],
        "declined": [last_request] if last_request and last_request.status == "declined" else [],
        "certificates": Certificate.objects.filter(person=person)
        .select_related("community")
        .order_by("-issued_at", "-pk")[:SHOWN],
        "forms": forms,
        "bank": _bank(person),
    }
    return render(request, "me/hours.html", context)


def _years(mine, wanted):
    """([{year, hours, minutes, times}] newest first with this year in it, the one of them that is read)."""
    today = timezone.localdate().year
    rows = (
        mine.annotate(year=ExtractYear("served_on"))
        .values("year")
        .annotate(n=Sum("minutes"), times=Count("pk", filter=Q(corrects=None)))
        .order_by("-year")
    )
    years = {
        row["year"]: {
            "year": row["year"],
            "hours": say_hours(row["n"]),
            "minutes": row["n"],
            "times": row["times"],
        }
        for row in rows
    }
    years.setdefault(today, {"year": today, "hours": "0", "minutes": 0, "times": 0})
    chosen = years.get(row_key(wanted), years[today])
    return [years[key] for key in sorted(years, reverse=True)], chosen


def _page(rows, before, year):
    """A page of the year's rows and the address of the older ones; `before` is the key of the last row seen."""
    if before and (last := rows.filter(pk=row_key(before)).first()):
        rows = rows.filter(Q(served_on__lt=last.served_on) | Q(served_on=last.served_on, pk__lt=last.pk))
    rows = rows.annotate(waiting=Count("claims", filter=Q(claims__status="filed")))
    found = list(rows.order_by("-served_on", "-pk")[: PAGE_ROWS + 1])
    older = (
        f"{reverse('me:hours')}?year={year}&before={found[PAGE_ROWS - 1].pk}"
        if len(found) > PAGE_ROWS
        else ""
    )
    return {"rows": [_row(entry) for entry in found[:PAGE_ROWS]], "older": older}


def _row(entry):
    link = "" if entry.corrects_id else reverse("me:hour_entry", args=[entry.pk])
    waiting = entry.waiting > 0
    return Row(entry.what, say_day(entry.served_on), entry.minutes, entry.why, link, waiting)


def _bank(person):
    """The passbook of the time bank, None where the community runs none."""
    account = TimeAccount.objects.filter(person=person, community__time_bank__is_open=True).first()
    if account is None:
        return {"account": None} if is_open(person.community_id) else None
    rows = [
        {
            "what": row.what,
            "kind": row.get_kind_display(),
            "day": say_day(timezone.localdate(row.at)),
            "minutes": row.minutes if row.taker_id == account.pk else -row.minutes,
        }
        for row in TimeTransfer.objects.of(account)[:SHOWN]
    ]
    return {"account": account, "balance": TimeAccount.objects.balance_of(account), "rows": rows}


def _act(request, person, forms):
    """Do what a form of the page asks; the answer, or None when the page is shown again with what to mend."""
    what = request.POST.get("action", "")
    try:
        if what == "missing":
            forms[what] = form = MissingForm(request.POST)
            if not form.is_valid():
                return None
            data = {name: form.cleaned_data[name] for name in ("what", "served_on", "minutes", "words")}
            claim_missing(person, submission_key=form.key(), **data)
            messages.success(request, _("收到了，社区核对后答复您。"))
        elif what == "certificate":
            forms[what] = form = PeriodForm(request.POST)
            if not form.is_valid():
                return None
            ask_for_certificate(person, **form.cleaned_data)
            messages.success(request, _("申请收到了，开好了会告诉您。"))
        elif what == "account":
            open_account(person)
            messages.success(request, _("时间账户开好了，从今天起的服务时长会存进来。"))
    except (HoursRefused, CertificateRefused) as refused:
        forms[what].add_error(None, str(refused))
        return None
    except TimeBankRefused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(reverse("me:hours"))


@door("enter_me_door")
@require_http_methods(["GET", "HEAD", "POST"])
def hour_entry(request, pk):
    """One own service with its corrections and doubts; a POST doubts it."""
    rows = HourEntry.objects.services().with_net().filter(person=request.user.person_id or 0)
    entry = get_object_or_404(rows, pk=pk)
    form = WrongForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            claim_wrong(
                request.user.person,
                entry,
                minutes=data["minutes"],
                words=data["words"],
                submission_key=form.key(),
            )
        except HoursRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("收到了，社区核对后答复您。"))
            return HttpResponseRedirect(reverse("me:hours"))
    claims = list(entry.claims.order_by("-filed_at", "-pk")[:SHOWN])
    context = {
        "entry": entry,
        "day": say_day(entry.served_on),
        "corrections": entry.corrections.order_by("pk"),
        "claims": claims,
        "waiting": any(claim.status == "filed" for claim in claims),
        "form": form,
    }
    return render(request, "me/hour_entry.html", context)


def own_certificate(request, pk):
    """The viewer's certificate; Http404 for anybody else's."""
    rows = Certificate.objects.select_related("community", "person__helper", "issued_by__person")
    return get_object_or_404(rows, pk=pk, person=request.user.person_id or 0)


@door("enter_me_door")
@require_safe
def certificate(request, pk):
    """The own certificate as an A4 page."""
    found = own_certificate(request, pk)
    context = {
        "paper": paper_of(found),
        "back": reverse("me:hours"),
        "pdf": reverse("me:certificate_pdf", args=[pk]),
    }
    return render(request, "volunteers/certificate.html", context)


@door("enter_me_door")
@require_safe
def certificate_pdf(request, pk):
    """The own certificate as a PDF."""
    return as_pdf(request, own_certificate(request, pk), reverse("me:certificate", args=[pk]))


def as_pdf(request, found, page):
    """The PDF, or the way back to `page` with the reason why there is none."""
    try:
        content = pdf_of(paper_of(found))
    except CertificateRefused as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(page)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return response
