"""One order at the desk: read it, send somebody, do what else is to be done, look at a phone with a reason."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from haimengyuan.lib.keys import row_keys
from haimengyuan.lib.moments import say_half_day, say_moment
from people.actions import reveal
from people.doors import door
from people.errors import RevealRefused
from people.visits import visited_community_or_404
from services import board, links, staff_verbs
from services.actions import can_undo, check_seen, offer, place_order_in, undo
from services.counting import capped_counts, say_count
from services.errors import OfferRefused, TransitionRefused
from services.forms.halfdays import half_day_choices
from services.forms.staff import PlaceForm
from services.forms.widgets import say_wish
from services.models import OrderEvent, OrderStatus
from services.models.states import OPEN_STATUSES
from services.suggestions import askable, find_helpers, suggest, suggestions_of
from services.timeline import staff_timeline

MAX_WORDS = 200
BESIDE = 6
REVEALED_HERE = {"phone", "name"}
ANSWERED_LATER = {"note", "reveal", "undo", "find"}  # what an order that has moved meanwhile does not hinder


@door("enter_staff_door", to_write="handle_orders")
@require_http_methods(["GET", "HEAD", "POST"])
def order(request, number):
    """The page of one order; each form of it posts here with the name of what to do."""
    community = visited_community_or_404(request)
    found = board.default_orders(request.user, community).filter(number=number).with_related().first()
    if found is None:
        raise Http404(_("没有这个单号，请再看一遍"))
    if request.method == "POST":
        return _act(request, found)
    return _show(request, found)


def _act(request, found):
    """Do one thing and go on; a refusal shows the fresh page with everything typed still there."""
    action = request.POST.get("action", "")
    doers = {"dispatch": _dispatch, "undo": _undo, "place": _place, "reveal": _reveal, "find": _find}
    try:
        if action not in ANSWERED_LATER:
            check_seen(found, request.POST.get("seen", ""))
        return doers.get(action, _do_verb)(request, found)
    except (TransitionRefused, OfferRefused, RevealRefused) as refused:
        found = type(found).objects.with_related().get(pk=found.pk)
        return _show(request, found, refused={"action": action, "sentence": str(refused)}, status=409)


def _typed(request):
    return {name: value.strip()[:MAX_WORDS] for name, value in request.POST.items()}


def _back(request):
    """The board with the filters that the clerk came from; what is no address of the board is dropped."""
    back = request.POST.get("from") or request.GET.get("from", "")
    start = reverse("staff:orders")
    return back if back == start or back.startswith(f"{start}?") else ""


def _again(request, found):
    address = reverse("staff:order", args=[found.number])
    return HttpResponseRedirect(address)


def _dispatch(request, found):
    persons = askable(found, request.POST.getlist("to"))
    offer(found, persons, by=request.user, words=_typed(request).get("words", ""))
    names = "、".join(person.name for person in persons)
    messages.success(
        request, _("%(number)s 派给了%(who)s，等答复。") % {"number": found.spoken_number, "who": names}
    )
    _dispatch_beside(request, found, persons, names)
    back = _back(request)
    if not back:
        return _again(request, found)
    joint = "&" if "?" in back else "?"
    return HttpResponseRedirect(f"{back}{joint}done={found.number}")


def _dispatch_beside(request, found, persons, names):
    """Send the same helper to the ticked orders of the same building too; each is judged on its own."""
    ticked = request.POST.getlist("also")
    for other in [each for each in _beside(request.user, found) if each.number in ticked]:
        said = {"number": other.spoken_number, "who": names}
        try:
            offer(other, persons, by=request.user)
            messages.success(request, _("%(number)s 也派给了%(who)s，等答复。") % said)
        except (TransitionRefused, OfferRefused) as refused:
            messages.warning(request, f"{other.spoken_number}：{refused}")


def _beside(user, found):
    """Other orders of the same building that wait for the desk (features.md V18)."""
    if found.building_id is None:
        return []
    waiting = (
        board.default_orders(user, found.community).waiting_for_desk().filter(building=found.building_id)
    )
    return list(waiting.exclude(pk=found.pk).with_related().order_by("due_at", "pk")[:BESIDE])


def _undo(request, found):
    undo(found, actor=request.user)
    messages.success(request, _("上一步撤回了。"))
    return _again(request, found)


def _place(request, found):
    form = PlaceForm(request.POST, community=found.community)
    if not form.is_valid():
        return _show(request, found, place_form=form, status=422)
    grid, building = form.place()
    place_order_in(found, grid, actor=request.user, building=building)
    messages.success(request, _("改到%s了，时限不变。") % grid)
    return _again(request, found)


def _find(request, found):
    words = _typed(request).get("find", "")
    return _show(request, found, others=find_helpers(found, words), searched=words)


def _reveal(request, found):
    """Show one value once, on this answer alone; the trace is written before."""
    data = _typed(request)
    whom = found.for_person if data.get("whom") == "for" else found.contact
    if whom is None:
        raise RevealRefused(_("这张单子没有留名"))
    if data.get("field") not in REVEALED_HERE:
        raise RevealRefused(_("办单子用不着看这一项"))
    value = reveal(
        whom,
        data.get("field", ""),
        viewer=request.user,
        reason=data.get("reason", ""),
        about=f"order:{found.number}",
    )
    shown = {"whom": data.get("whom", "contact"), "field": data["field"], "value": value}
    return _show(request, found, revealed=shown)


def _do_verb(request, found):
    verb = staff_verbs.BY_KEY.get(request.POST.get("action", ""))
    if verb is None:
        raise TransitionRefused(_("没看懂您要做什么，请再点一次按钮"))
    if not verb.when(found):
        raise TransitionRefused(_("这张单子现在不能这样办，请看看下面最新的情况"))
    verb.run(found, request.user, {"words": "", **_typed(request)})
    messages.success(request, verb.done)
    return _again(request, found)


def _show(
    request, found, *, refused=None, revealed=None, place_form=None, others=(), searched="", status=200
):
    may_handle = request.user.may("handle_orders")
    events = list(found.events.in_order().select_related("actor_user__person", "actor_person"))
    offers = list(found.offers.select_related("person").order_by("-pk"))
    if place_form is None and may_handle and request.GET.get("do") == "place":
        place_form = PlaceForm(
            community=found.community, initial={"building": found.building_id, "grid": found.grid}
        )
    dispatching = may_handle and found.status == OrderStatus.SUBMITTED and not place_form
    context = {
        "order": found,
        "seen": found.moved_at.isoformat(),
        "from": _back(request),
        "may_handle": may_handle,
        "entries": staff_timeline(events),
        "offers": offers,
        "undoable": may_handle and can_undo(found, _last_move(events), request.user),
        "picks": _picks(request, found, others) if dispatching else [],
        "dispatching": dispatching,
        "beside": _beside(request.user, found) if dispatching else [],
        "ticked": request.POST.getlist("also"),
        "searched": searched,
        "verbs": _shown_verbs(request, found, refused) if may_handle else [],
        "half_days": half_day_choices() if found.status == OrderStatus.ACCEPTED else [],
        "refused": refused,
        "typed": _typed(request) if request.method == "POST" else {},
        "revealed": revealed,
        "place_form": place_form,
        "receipt": _receipt(found) if may_handle else "",
        "consent_page": _consent_page(request, found),
        **_facts(found, may_handle),
    }
    return render(request, "staff/order.html", context, status=status)


def _consent_page(request, found):
    """Where the consents of whoever ordered are taken back, for those who may."""
    if found.contact_id is None or not request.user.may("edit_register"):
        return ""
    return reverse("admin:people_person_change", args=[found.contact_id]) + "#consents"


def _last_move(events):
    kinds = {OrderEvent.Kind.MOVE, OrderEvent.Kind.UNDO}
    return next((event for event in reversed(events) if event.kind in kinds), None)


def _picks(request, found, others):
    """The people to choose from: what the search found, suggestions, and who was chosen on a page shown again."""
    picks = {pick.pk: pick for pick in (*others, *suggest(found))}
    chosen = row_keys(request.POST.getlist("to"))
    missing = [pk for pk in chosen if pk not in picks]
    if missing:
        picks |= {pick.pk: pick for pick in suggestions_of(found, missing)}
    rows = list(picks.values())
    checked = chosen[:1] or ([rows[0].pk] if rows else [])
    return [{"pick": pick, "checked": pick.pk in checked} for pick in rows]


def _shown_verbs(request, found, refused):
    action = refused["action"] if refused else ""
    typed = _typed(request) if action else {}
    return [
        {
            "verb": verb,
            "open": verb.key == action,
            "error": refused["sentence"] if verb.key == action else "",
            "typed": typed if verb.key == action else {},
        }
        for verb in staff_verbs.verbs_of(found)
    ]


def _receipt(found):
    """The paper for somebody who ordered by phone or at the counter; who ordered on the web has it already."""
    if found.entered_by_id is None:
        return ""
    return f"{reverse('services:order', args=[found.service.code])}?receipt={links.order_token(found)}"


def _facts(found, may_handle):
    """What is said of the order, in words; the exact door only to those who may handle it."""
    flag, flag_words = board.flag_of(found, timezone.now())
    return {
        "flag": flag,
        "flag_words": flag_words,
        "place": found.place if may_handle else found.place_to_building,
        "wish": say_wish(found.wish, found.wish_on, found.wish_half),
        "visit": say_half_day(found.visit_on, found.visit_half) if found.visit_on else "",
        "due_words": _due_words(found),
        "history": _history(found),
        "is_silent": found.is_silent(),
    }


def _due_words(found):
    if not found.is_open:
        return ""
    if found.paused_at:
        return _("时间停着，等居民补充")
    if found.status == OrderStatus.SUBMITTED:
        return _("最晚 %(send)s 派出去，%(due)s 前办完") % {
            "send": say_moment(found.dispatch_due_at),
            "due": say_moment(found.due_at),
        }
    return _("%s 前办完") % say_moment(found.due_at)


def _history(found):
    """How often this resident has ordered before, and how much of it is open; counts alone."""
    if found.contact_id is None:
        return {}
    others = (
        type(found)
        .objects.filter(contact=found.contact_id, community=found.community_id)
        .exclude(pk=found.pk)
    )
    all_of_them, open_now = capped_counts(others, others.filter(status__in=OPEN_STATUSES))
    return {"all": say_count(all_of_them) if all_of_them else "", "open": open_now}
