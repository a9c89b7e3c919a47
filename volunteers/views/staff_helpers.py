"""The staff pages of helpers: who wants to help, doubts about hours, certificates, and one helper's ledger."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from haimengyuan.lib.forms import new_key
from haimengyuan.lib.keys import row_key
from people.actions import reveal
from people.doors import door
from people.errors import RevealRefused
from people.visits import visited_community_or_404
from volunteers import actions
from volunteers.actions.time_bank import is_open
from volunteers.certificate_paper import paper_of, say_hours
from volunteers.errors import VolunteerError
from volunteers.forms.hours import PeriodForm
from volunteers.models import (
    Certificate,
    CertificateRequest,
    HelperApplication,
    HelperProfile,
    HourClaim,
    HourEntry,
    TimeAccount,
    TimeTransfer,
)
from volunteers.views.me_hours import as_pdf

SHOWN, FOUND, ENTRIES = 50, 20, 60


def _waiting(request, community):
    """The three querysets of what waits for the desk, in the viewer's scope."""
    user = request.user
    related = {
        HelperApplication: ("person", "guardian", "building__grid"),
        HourClaim: ("person", "entry"),
        CertificateRequest: ("person",),
    }
    return {
        model: model.objects.for_user(user).in_community(community.pk).waiting().select_related(*names)
        for model, names in related.items()
    }


@door("enter_staff_door", to_write="edit_register")
@require_http_methods(["GET", "HEAD", "POST"])
def helpers(request):
    """What waits for an answer, the oldest first; a POST answers one, shows a telephone or looks for a helper."""
    community = visited_community_or_404(request)
    waiting = _waiting(request, community)
    phones, found = {}, None
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action == "find":
            found = _find(request, community)
        elif action == "reveal":
            phones = _reveal(request, waiting)
        else:
            _answer(request, waiting, action)
            return HttpResponseRedirect(reverse("staff:helpers"))
    applications = list(waiting[HelperApplication][:SHOWN])
    for row in applications:
        row.shown = phones if phones.get("row") == row.pk else {}
    claims = list(waiting[HourClaim][:SHOWN])
    context = {
        "applications": applications,
        "claims": claims,
        "requests": waiting[CertificateRequest][:SHOWN],
        # a certificate copies the ledger, so theirs comes after the answer
        "in_doubt": {row.person_id for row in claims},
        "found": found,
        "may_write": request.user.may("edit_register"),
    }
    return render(request, "staff/helpers.html", context)


def _find(request, community):
    """Helpers whose name, pinyin or initials begin so; the words are kept nowhere."""
    words = request.POST.get("q", "").strip()
    latin = words.lower().replace(" ", "")
    if not words:
        return []
    wanted = (
        Q(person__name__contains=words)
        | Q(person__pinyin__startswith=latin)
        | Q(person__initials__startswith=latin)
    )
    rows = HelperProfile.objects.for_user(request.user).filter(person__community=community.pk)
    return list(rows.filter(wanted).select_related("person", "grid").order_by("person__pinyin", "pk")[:FOUND])


def _reveal(request, waiting):
    """{row, name, phone, guardian…} of one application, as the answer to the POST; leaving the page hides it again."""
    row = get_object_or_404(waiting[HelperApplication], pk=row_key(request.POST.get("row", "")))
    persons = {"": row.person} | ({"guardian_": row.guardian} if row.guardian else {})
    shown = {"row": row.pk}
    try:
        for prefix, person in persons.items():
            for field in ("name", "phone"):
                shown[prefix + field] = reveal(
                    person,
                    field,
                    viewer=request.user,
                    reason=_("问本人是不是愿意当志愿者"),
                    about=f"helper:{row.pk}",
                )
    except RevealRefused as refused:
        messages.error(request, str(refused))
        return {}
    return shown


def _answer(request, waiting, action):
    """Settle the row that a form names and leave the sentence for the next page."""
    data, by = request.POST, request.user
    models = {"apply": HelperApplication, "claim": HourClaim, "cert": CertificateRequest}
    kind, _line, verb = action.partition("_")
    if kind not in models or verb not in {"accept", "decline"}:
        messages.error(request, _("没看懂您点的，请再试一次"))
        return
    row = get_object_or_404(waiting[models[kind]], pk=row_key(data.get("row", "")))
    words = data.get("words", "")
    try:
        if action == "apply_accept":
            actions.accept_application(row, by=by, guardian_asked=data.get("guardian") == "on")
            thanks = _("登记好了")
        elif action == "apply_decline":
            actions.decline_application(row, by=by, reason=words)
            thanks = _("记下了，没有登记")
        elif action == "claim_accept":
            minutes = row_key(data.get("minutes", ""))
            actions.accept_claim(row, by=by, minutes=-1 if minutes is None else minutes, answer=words)
            thanks = _("时长更正好了")
        elif action == "claim_decline":
            actions.decline_claim(row, by=by, answer=words)
            thanks = _("答复好了")
        elif action == "cert_accept":
            made = actions.grant_request(row, by=by)
            thanks = _("开好了，编号 %s") % made.number
        else:
            actions.decline_request(row, by=by, answer=words)
            thanks = _("答复好了")
    except VolunteerError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, thanks)


@door("enter_staff_door", to_write="edit_register")
@require_http_methods(["GET", "HEAD", "POST"])
def helper(request, pk):
    """One helper: hours, certificates and the time account; a POST corrects, issues, revokes or moves time."""
    community = visited_community_or_404(request)
    rows = HelperProfile.objects.for_user(request.user).filter(person__community=community.pk)
    found = get_object_or_404(rows.select_related("person", "grid", "team"), pk=pk)
    period = PeriodForm()
    if request.method == "POST":
        if request.POST.get("action") == "issue":
            period = PeriodForm(request.POST)
        if _do(request, found.person, period):
            return HttpResponseRedirect(reverse("staff:helper", args=[found.pk]))
    person = found.person
    entries = HourEntry.objects.for_user(request.user).filter(person=person)
    account = TimeAccount.objects.filter(person=person).first()
    context = {
        "helper": found,
        "total": say_hours(entries.total_minutes()),
        "entries": entries.services().with_net().order_by("-served_on", "-pk")[:ENTRIES],
        "certificates": Certificate.objects.for_user(request.user)
        .filter(person=person)
        .select_related("community", "replaced_by")
        .order_by("-issued_at", "-pk")[:SHOWN],
        "period": period,
        "bank_open": is_open(community.pk),
        "account": account,
        "balance": TimeAccount.objects.balance_of(account) if account else 0,
        "transfers": _transfers(account),
        "key": new_key(),
        "may_write": request.user.may("edit_register"),
    }
    return render(request, "staff/helper.html", context)


def _transfers(account):
    if account is None:
        return []
    rows = list(TimeTransfer.objects.of(account).select_related("reversed_by")[:SHOWN])
    for row in rows:
        row.signed = row.minutes if row.taker_id == account.pk else -row.minutes
        row.on = timezone.localdate(row.at)
        row.can_be_countered = row.kind == TimeTransfer.Kind.SPEND and not hasattr(row, "reversed_by")
    return rows


def _do(request, person, period):
    """Whether the deed was done or refused with a sentence; False shows the page again with its form."""
    data, by = request.POST, request.user
    action, words = data.get("action", ""), data.get("words", "")
    minutes = row_key(data.get("minutes", ""))
    minutes = -1 if minutes is None else minutes
    try:
        if action == "correct":
            entry = get_object_or_404(person.hour_entries.services(), pk=row_key(data.get("row", "")))
            actions.correct_hours(entry, to=minutes, why=words)
            thanks = _("时长更正好了")
        elif action == "issue":
            if not period.is_valid():
                return False
            made = actions.issue_certificate(person, by=by, remarks=words, **period.cleaned_data)
            thanks = _("开好了，编号 %s") % made.number
        elif action in {"revoke", "reissue"}:
            thanks = _revise(person, action, row_key(data.get("row", "")), words, by)
        elif action == "spend":
            source_key = f"desk:{data.get('key', '')[:40]}"
            actions.spend_time(person, minutes, what=words or _("享受服务"), source_key=source_key, by=by)
            thanks = _("记好了")
        elif action == "counter":
            mine = TimeTransfer.objects.filter(giver__person=person)
            row = get_object_or_404(mine, pk=row_key(data.get("row", "")))
            actions.counter_transfer(row, why=words, by=by)
            thanks = _("更正好了")
        else:
            thanks = ""
    except VolunteerError as refused:
        messages.error(request, str(refused))
    else:
        if thanks:
            messages.success(request, thanks)
    return True


def _revise(person, action, key, words, by):
    """Revoke a certificate of `person`, or issue a revoked one again for the same days. Returns the thanks."""
    found = get_object_or_404(Certificate, pk=key, person=person)
    if action == "revoke":
        actions.revoke_certificate(found, by=by, why=words)
        return _("作废了，要重开请点“重开”")
    days = {"since": found.since, "until": found.until}
    made = actions.issue_certificate(person, by=by, replaces=found, remarks=words, **days)
    return _("重开好了，编号 %s") % made.number


def _certificate(request, pk):
    rows = Certificate.objects.for_user(request.user)
    related = ("community", "person__helper", "issued_by__person")
    return get_object_or_404(rows.select_related(*related), pk=pk)


@door("enter_staff_door")
@require_safe
def certificate(request, pk):
    """A certificate as an A4 page, to be stamped."""
    found = _certificate(request, pk)
    helper = getattr(found.person, "helper", None)
    back = reverse("staff:helper", args=[helper.pk]) if helper else reverse("staff:helpers")
    pdf = reverse("staff:certificate_pdf", args=[pk])
    return render(
        request, "volunteers/certificate.html", {"paper": paper_of(found), "back": back, "pdf": pdf}
    )


@door("enter_staff_door")
@require_safe
def certificate_pdf(request, pk):
    """The same as a PDF."""
    return as_pdf(request, _certificate(request, pk), reverse("staff:certificate", args=[pk]))
