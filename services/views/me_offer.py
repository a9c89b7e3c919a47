"""The helper's side of an order: answer an offer from a signed link or after login, then go, do it and say so.

A GET changes nothing, for chat programs and mail scanners open links too (features.md J4). Before acceptance the
place ends at the building. Acceptance is the reason to see name, door and phone of the one order, its event the
trace of it; with the end of the order the sight ends too.
"""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from haimengyuan.lib.ics import Entry, calendar
from haimengyuan.lib.moments import say_half_day
from people.doors import door
from people.models import Person
from people.visits import visited_community_or_404
from services import links
from services.actions import accept, can_undo, check_seen, decline, return_to_desk, set_visit, solve, undo
from services.errors import LinkExpired, OfferRefused, TransitionRefused
from services.forms.halfdays import half_day_choices, read_half_day
from services.forms.minutes import read_minutes
from services.forms.widgets import say_wish
from services.models import Offer, OrderEvent, OrderStatus, ServiceOrder

_S = OrderStatus
CARRIED = {_S.ACCEPTED, _S.WAITING}
MAX_WORDS = 200
# What an offer that cannot be answered any more says.
OVER = {
    Offer.Answer.ACCEPTED: gettext_lazy("这张单子您已经办完了，谢谢您。"),
    Offer.Answer.DECLINED: gettext_lazy("您说过这次不方便，社区另找人了，没关系。"),
    Offer.Answer.TIMED_OUT: gettext_lazy("过了四个工作小时，社区另找人了，没关系。"),
    Offer.Answer.WITHDRAWN: gettext_lazy("社区已另外安排，这次不用您去了，谢谢您。"),
    Offer.Answer.TAKEN: gettext_lazy("这张单子别人先接了，您不用去了，谢谢您。"),
    Offer.Answer.CLOSED: gettext_lazy("这张单子后来退回重新安排了，您不用去了，谢谢您。"),
    Offer.Answer.NONE: gettext_lazy("这张单子有了变化，这次不用您去了，谢谢您。"),
}
HALF_DAYS = {"am": (dt.time(9), dt.time(11, 30)), "pm": (dt.time(14), dt.time(17))}


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offer_page(request, token):
    """The page of a signed link: the question, then the task, then a word of thanks."""
    community = visited_community_or_404(request)
    try:
        made = _offer(community, token)
    except LinkExpired as expired:
        return render(request, "me/link_expired.html", {"message": str(expired)}, status=410)
    if request.method == "POST":
        return _act(request, made.order, made.person, made, request.path)
    return _show(request, made.order, made.person, made)


@door("enter_me_door")
@require_http_methods(["GET", "HEAD", "POST"])
def task_page(request, number):
    """The same for who has logged in and carries the order, with or without an offer before."""
    order = _own_order(request, number)
    if request.method == "POST":
        return _act(request, order, request.user.person, None, request.path)
    return _show(request, order, request.user.person, None)


def _offer(community, token):
    pk = links.offer_pk_of(token)
    rows = Offer.objects.filter(order__community=community).select_related("person", "offered_by__person")
    made = rows.filter(pk=pk).first()
    if made is None:
        raise LinkExpired(_("没有这次派单了，要问请打社区值班电话"))
    made.order = ServiceOrder.objects.with_related().get(pk=made.order_id)
    return made


def _own_order(request, number):
    """The order that this person carries or carried last; anybody else's is a 404."""
    community = visited_community_or_404(request)
    if request.user.person_id is None:
        raise Http404(_("没有这张单子"))
    mine = ServiceOrder.objects.filter(community=community, assigned_to=request.user.person_id)
    order = mine.with_related().filter(number=number).first()
    if order is None:
        raise Http404(_("没有这张单子，也许已经退回或者换了人"))
    return order


def _is_question(order, made):
    return (
        made is not None
        and made.answer == Offer.Answer.NONE
        and order.status == _S.OFFERED
        and made.person.state == Person.State.ALIVE
    )


def _is_task(order, person, made):
    return (
        order.status in CARRIED
        and order.assigned_to_id == person.pk
        and person.state == Person.State.ALIVE
        and (made is None or made.answer == Offer.Answer.ACCEPTED)
    )


def _act(request, order, person, made, address):
    """Do one thing and come back; a refusal shows the page as it is now, with what was typed still there."""
    data = {name: value.strip()[:MAX_WORDS] for name, value in request.POST.items()}
    action = data.get("action", "")
    try:
        thanks = _do(order, person, made, action, data)
    except (OfferRefused, TransitionRefused) as refused:
        order = ServiceOrder.objects.with_related().get(pk=order.pk)
        if made is not None:
            made.refresh_from_db(fields=["answer", "answered_at"])
        told = {"action": action, "sentence": str(refused), "typed": data}
        return _show(request, order, person, made, refused=told, status=409)
    messages.success(request, thanks)
    gone = made is None and action == "return"  # whoever gave it back does not see it any more
    return HttpResponseRedirect(reverse("me:home") if gone else address)


def _do(order, person, made, action, data):
    """Call the action that the button named. Returns the sentence of thanks."""
    if person.state != Person.State.ALIVE:
        raise OfferRefused(_("登记的是已经迁出，这一单不能办，要问请打社区值班电话"))
    if made is not None and action in _ANSWERS:
        return _ANSWERS[action](made, data)
    if action == "undo":
        undo(order, actor=person)
        return _("撤回了。")
    if action not in _DEEDS:
        raise TransitionRefused(_("没看懂您要做什么，请再点一次按钮"))
    if not _is_task(order, person, made):
        raise TransitionRefused(_("这张单子现在不在您手上，不用办了"))
    check_seen(order, data.get("seen", ""))
    return _DEEDS[action](order, person, data)


def _accept(made, data):
    accept(made)
    return _("谢谢您！下面是地址和电话，去之前先打个电话。")


def _accept_at(made, data):
    on, half = _half_day(data)
    accept(made, visit_on=on, visit_half=half)
    if made.order.visit_agreed:
        return _("谢谢您！就这个时间。下面是地址和电话，去之前先打个电话。")
    return _("谢谢您！这个时间要等居民点头，去之前先打个电话。")


def _decline(made, data):
    reason = data.get("reason", "")
    decline(made, reason=reason if reason in Offer.Reason.values else Offer.Reason.NONE)
    return _("没关系，社区另找人。谢谢您告诉我们。")


def _done(order, person, data):
    solve(order, actor=person, result=data.get("words", ""), minutes=read_minutes(data.get("minutes", "")))
    return _("辛苦了！接下来请居民说一声解决没有。")


def _visit(order, person, data):
    on, half = _half_day(data)
    set_visit(order, actor=person, on=on, half=half)
    if order.visit_agreed:
        return _("时间改好了，去之前先打个电话。")
    return _("时间记下了，要等居民点头，去之前先打个电话。")


def _return(order, person, data):
    return_to_desk(order, actor=person, reason=data.get("words", ""))
    return _("退给社区了，社区另找人，谢谢您告诉我们。")


_ANSWERS = {"accept": _accept, "accept_at": _accept_at, "decline": _decline}
_DEEDS = {"done": _done, "visit": _visit, "return": _return}


def _half_day(data):
    chosen = read_half_day(data.get("visit", ""))
    if chosen is None:
        raise OfferRefused(_("请选一个半天"))
    return chosen


def _show(request, order, person, made, *, refused=None, status=200):
    question, task = _is_question(order, made), _is_task(order, person, made)
    context = {
        "order": order,
        "made": made,
        "person": person,
        "question": question,
        "task": task,
        "over": "" if question or task else _over(order, made),
        "wish": say_wish(order.wish, order.wish_on, order.wish_half),
        "visit": say_half_day(order.visit_on, order.visit_half) if order.visit_on else "",
        "half_days": half_day_choices() if question or task else [],
        "reasons": [(key, words) for key, words in Offer.Reason.choices if key],
        "seen": order.moved_at.isoformat(),
        "undoable": not question and _undoable(order, person),
        "refused": refused,
        "typed": refused["typed"] if refused else {},
    }
    return render(request, "me/task.html", context, status=status)


def _over(order, made):
    if made is None:
        return _("这张单子办完了，谢谢您。")
    if made.person.state != Person.State.ALIVE:
        return str(OVER[Offer.Answer.NONE])
    if made.answer == Offer.Answer.ACCEPTED and order.status == _S.ESCALATED:
        return _("这张单子转给上级办了，您不用再去，谢谢您。")
    if made.answer == Offer.Answer.ACCEPTED and order.status == _S.CANCELLED:
        return _("居民撤了这张单子，您不用去了，谢谢您。")
    return str(OVER[made.answer])


def _undoable(order, person):
    kinds = [OrderEvent.Kind.MOVE, OrderEvent.Kind.UNDO]
    return can_undo(order, order.events.filter(kind__in=kinds).order_by("-pk").first(), person)


@login_not_required
@never_cache
@require_safe
def offer_ics(request, token):
    """The visit for the calendar of a phone; like the page it lives as long as the link."""
    try:
        made = _offer(visited_community_or_404(request), token)
    except LinkExpired as expired:
        return render(request, "me/link_expired.html", {"message": str(expired)}, status=410)
    if not _is_task(made.order, made.person, made):
        raise Http404(_("这张单子现在不在您手上"))
    return _calendar(made.order, reverse("me:offer", args=[token]))


@door("enter_me_door")
@require_safe
def task_ics(request, number):
    order = _own_order(request, number)
    if order.status not in CARRIED:
        raise Http404(_("这张单子办完了"))
    return _calendar(order, reverse("me:task", args=[order.number]))


def _calendar(order, path):
    """The file. Calendars are copied to other companies' servers, so it holds no name, no door and no phone."""
    if order.visit_on is None:
        raise Http404(_("还没有约好时间"))
    starts, ends = (
        timezone.make_aware(dt.datetime.combine(order.visit_on, at)) for at in HALF_DAYS[order.visit_half]
    )
    entry = Entry(
        uid=f"order-{order.number}@haimengyuan-portal",
        starts=starts,
        ends=ends,
        changed=timezone.now(),
        title=order.service.name_zh,
        place=order.place_to_building,
        note=_("单号 %(number)s。地址和电话在这里看：%(link)s")
        % {"number": order.spoken_number, "link": f"{settings.PUBLIC_BASE_URL}{path}"},
    )
    response = HttpResponse(calendar([entry]), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{order.number}.ics"'
    return response
