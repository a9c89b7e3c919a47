"""One grid's roster at the staff door: appointing, ending, leave cover, and handing the grid over to a new head."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from grids.actions import appoint, cover, end_appointment, remove_cover
from grids.errors import AppointmentRefused
from grids.models import Appointment, Cover, Duty, Grid, Handover
from haimengyuan.candidates import candidates
from haimengyuan.forms import AppointForm, CoverForm, HandoverForm
from haimengyuan.handover import OpenTasks, hand_grid_over
from haimengyuan.lib.keys import row_key
from people.actions import give_consent
from people.doors import door
from people.models import Consent, Person
from people.visits import visited_community_or_404
from services.errors import TransitionRefused

USUAL_THINGS = gettext_lazy("单元门和宣传栏钥匙\n网格通讯录\n走访和交接本\n网格章程、上墙牌子")


def _find(request, number):
    community = visited_community_or_404(request)
    grids = Grid.objects.for_user(request.user).filter(community=community).select_related("community")
    return get_object_or_404(grids, number=number)


@door("enter_staff_door", to_write="edit_reference_data")
@require_http_methods(["GET", "HEAD", "POST"])
def grid(request, number):
    """Every duty of one grid with who holds it; a POST appoints, ends, notes a consent or a leave cover."""
    found = _find(request, number)
    do = request.POST.get("do", "")
    people, matched = candidates(found, request.POST.get("find", ""))
    duties = list(Duty.objects.in_community(found.community_id).order_by("order", "code"))
    forms = _forms(request, found, people, matched, duties)
    if request.method == "POST" and do != "find":
        doer = _DOERS.get(do)
        if doer is None:
            messages.error(request, _("没看懂您要做什么，请再点一次按钮"))
            return _back(found)
        try:
            done = doer(request, found, forms)
        except AppointmentRefused as refused:
            messages.error(request, str(refused))
            return _back(found)
        if done:
            messages.success(request, done)
            return _back(found)
    if do == "find" and not matched:
        messages.info(request, _("没有找到这个人。请先在后台登记人员，再来任职。"))
    context = {
        "grid": found,
        "duties": _held(found, duties),
        "forms": forms,
        "may_write": request.user.may("edit_reference_data"),
        "handovers": Handover.objects.filter(left__grid=found).with_related().order_by("-pk")[:5],
    }
    return render(request, "staff/grid.html", context)


def _forms(request, found, people, matched, duties):
    data, do = request.POST, request.POST.get("do", "")
    choices = [(duty.pk, duty.name_zh) for duty in duties]
    wanted = {"duty": row_key(request.GET.get("duty", "")), "since": timezone.localdate()}
    if do == "find":  # what was typed stays, and who was found is chosen
        wanted |= {name: data.get(name, "") for name in ("duty", "since", "ends_on", "work_phone", "find")}
        wanted["person"] = matched[0] if matched else ""
    appointing = AppointForm(
        data if do == "appoint" else None, people=people, duties=choices, initial=wanted, label_suffix=""
    )
    covering = CoverForm(data if do == "cover" else None, people=people, auto_id="cover-%s", label_suffix="")
    return {"appoint": appointing, "cover": covering}


def _held(found, duties):
    """[{"duty", "rows": current and coming appointments, each with `may_be_named` and `shown_covers`}]. Two queries."""
    today = timezone.localdate()
    rows = Appointment.objects.filter(grid=found).exclude(ended_on__lte=today).with_consent_to_publish()
    covers = Cover.objects.filter(appointment__grid=found, until__gte=today).select_related("person")
    by_appointment, by_duty = {}, {}
    for row in covers.order_by("since"):
        by_appointment.setdefault(row.appointment_id, []).append(row)
    for row in rows.order_by("since", "pk"):
        row.shown_covers = by_appointment.get(row.pk, [])
        by_duty.setdefault(row.duty_id, []).append(row)
    return [{"duty": duty, "rows": by_duty.get(duty.pk, [])} for duty in duties]


def _appoint(request, found, forms):
    form = forms["appoint"]
    if not form.is_valid():
        return ""
    data = form.cleaned_data
    duty = get_object_or_404(Duty.objects.in_community(found.community_id), pk=data["duty"])
    person = get_object_or_404(Person.objects.in_community(found.community_id), pk=data["person"])
    try:
        made = appoint(
            duty,
            grid=found,
            person=person,
            since=data["since"],
            ends_on=data["ends_on"],
            work_phone=data["work_phone"],
        )
    except AppointmentRefused as refused:
        form.add_error(None, str(refused))
        return ""
    if data["agrees"]:
        _agree(person)
    return _("登记好了：%(who)s任%(duty)s。") % {"who": made.person.name, "duty": duty.name_zh}


def _agree(person):
    give_consent(person, Consent.Purpose.PUBLISH_DUTY, channel="counter")


def _named(request, found):
    rows = Appointment.objects.filter(grid=found).select_related("person", "duty", "grid")
    return get_object_or_404(rows, pk=row_key(request.POST.get("appointment", "")))


def _end(request, found, forms):
    row = _named(request, found)
    end_appointment(row)
    return _("离任办好了：%(who)s，%(duty)s。") % {"who": row.person.name, "duty": row.duty.name_zh}


def _consent(request, found, forms):
    row = _named(request, found)
    _agree(row.person)
    return _("记下了，居民可以看到%s。") % row.person.name


def _cover(request, found, forms):
    form = forms["cover"]
    if not form.is_valid():
        return ""
    data = form.cleaned_data
    person = get_object_or_404(Person.objects.in_community(found.community_id), pk=data.pop("person"))
    made = cover(_named(request, found), person=person, **data)
    return _("代岗记下了：%s。") % made.person.name


def _uncover(request, found, forms):
    rows = Cover.objects.filter(appointment__grid=found).select_related("person")
    remove_cover(get_object_or_404(rows, pk=row_key(request.POST.get("cover", ""))))
    return _("代岗取消了。")


_DOERS = {"appoint": _appoint, "end": _end, "consent": _consent, "cover": _cover, "uncover": _uncover}


def _back(found):
    return HttpResponseRedirect(reverse("staff:grid", args=[found.number]))


@door("enter_staff_door", to_write="edit_reference_data")
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request, number):
    """The wizard: who takes the grid over, what goes with it; the sheet to sign follows."""
    found = _find(request, number)
    heads = Appointment.objects.current().heads().filter(grid=found, ended_on=None)
    head = heads.select_related("person", "duty", "grid__community").first()
    if head is None:
        messages.info(request, _("这个网格现在没有网格长，直接登记任职就行。"))
        return _back(found)
    tasks, do = OpenTasks(head), request.POST.get("do", "")
    people, matched = candidates(found, request.POST.get("find", ""))
    people = [pair for pair in people if pair[0] != head.person_id]
    form = _handover_form(request, found, tasks, people, matched)
    if do == "hand_over" and form.is_valid():
        try:
            made = _hand_over(request, head, form.cleaned_data)
        except (AppointmentRefused, TransitionRefused) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("交接办好了。请打印两份，两个人签字，各留一份。"))
            return HttpResponseRedirect(reverse("staff:handover_sheet", args=[found.number, made.pk]))
    if do == "find" and not matched:
        messages.info(request, _("没有找到这个人。请先在后台登记人员。"))
    context = {"grid": found, "head": head, "form": form, "listed": tasks.of_the_grid()}
    return render(request, "staff/handover.html", context, status=422 if form.errors else 200)


def _handover_form(request, found, tasks, people, matched):
    do, data = request.POST.get("do", ""), request.POST
    last = Handover.objects.filter(left__grid=found).order_by("-pk").values_list("things", flat=True).first()
    initial = {"things": last or str(USUAL_THINGS), "on": timezone.localdate()}
    if do == "find":
        initial |= {name: data.get(name, "") for name in ("on", "work_phone", "things", "note", "find")}
        initial |= {"going": data.getlist("going"), "person": matched[0] if matched else ""}
    options = {"people": people, "tasks": tasks.of_the_head(), "initial": initial, "label_suffix": ""}
    return HandoverForm(data if do == "hand_over" else None, **options)


def _hand_over(request, head, data):
    data.pop("find")
    person = get_object_or_404(Person.objects.in_community(head.grid.community_id), pk=data.pop("person"))
    return hand_grid_over(head, to=person, by=request.user, **data)


@door("enter_staff_door")
@require_safe
def sheet(request, number, pk):
    """The handover on one A4 sheet, for two signatures."""
    found = _find(request, number)
    made = get_object_or_404(Handover.objects.filter(left__grid=found).with_related(), pk=pk)
    signers = [(_("交的人"), made.left.person.name), (_("接的人"), made.taken.person.name)]
    context = {
        "grid": found,
        "handover": made,
        "things": [line for line in made.things.splitlines() if line.strip()],
        "signers": signers,
    }
    return render(request, "staff/handover_sheet.html", context)
