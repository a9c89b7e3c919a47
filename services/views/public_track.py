"""Residents follow their order: find it, read it, answer, confirm, rate, reopen. GET changes nothing."""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from haimengyuan.lib import qr
from haimengyuan.lib.back import kept_for_back
from haimengyuan.lib.client import client_ip
from haimengyuan.lib.moments import say_half_day
from people.actions import spend
from people.devices import last_user_of
from people.errors import TooOften
from people.too_often import too_often
from people.visits import visited_community_or_404
from services import links
from services.actions import (
    RESIDENT,
    add_information,
    agree_visit,
    answer_question,
    cancel_order,
    confirm,
    find_order,
    rate,
    refuse_visit,
    reopen,
)
from services.errors import LinkExpired, OrderNotFound, RatingRefused, TransitionRefused
from services.forms.public import TrackForm
from services.forms.widgets import say_wish
from services.models import OrderEvent, OrderStatus, Rating, events_for_resident, order_for_its_resident
from services.models.states import CLOSED_STATUSES, ENDED_STATUSES
from services.timeline import timeline

_S = OrderStatus
ACTS_PER_ORDER = 30  # an hour: each word of a resident is told to somebody
# Until somebody stands at the door the resident may take the order back alone.
CANCELLABLE = {_S.SUBMITTED, _S.OFFERED, _S.ACCEPTED, _S.WAITING}


@login_not_required
@kept_for_back
@require_http_methods(["GET", "HEAD", "POST"])
def track(request):
    """Number and last four digits of the phone lead to the signed address of the order."""
    community = visited_community_or_404(request)
    form = TrackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            found = find_order(
                community, number=data["number"], tail=data["tail"], address=client_ip(request)
            )
        except TooOften as refused:
            return too_often(request, refused)
        except OrderNotFound as missing:
            form.add_error("number", str(missing))
        else:
            return HttpResponseRedirect(links.resident_path(found))
    return render(request, "public/track.html", {"form": form})


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_page(request, token):
    """One order's timeline, and what its resident may do with it now."""
    community = visited_community_or_404(request)
    try:
        pk = links.order_pk_of(token)
    except LinkExpired as expired:
        return _gone(request, str(expired))
    order = order_for_its_resident(community, pk)
    if order is None:
        return _gone(request, _("没有这张单子了，请打电话问"))
    if request.method == "POST":
        return _act(request, order)
    return _show(request, order)


def _gone(request, sentence):
    return render(request, "public/link_expired.html", {"message": sentence}, status=410)


def _act(request, order):
    """Do one thing and come back; a refusal is told on the page with what was typed still there."""
    action = request.POST.get("action", "")
    words = request.POST.get("words", "").strip()[:200]
    try:
        spend("order.act", order.pk, limit=ACTS_PER_ORDER, window=dt.timedelta(hours=1))
        _check_resident(request, order, action)
        _check_visit(order, action, request.POST.get("visit", ""))
        thanks = _do(order, action, words, request.POST.get("score", ""))
    except TooOften as refused:
        return too_often(request, refused)
    except (TransitionRefused, RatingRefused) as refused:
        order.refresh_from_db()
        return _show(request, order, refused={"action": action, "sentence": str(refused), "words": words})
    messages.success(request, thanks)
    return HttpResponseRedirect(links.resident_path(order))


def _check_resident(request, order, action):
    """Who handles orders prints receipts with this very address, but may not confirm or rate in a resident's name.

    Nor may whoever carries the order, who has its number and the resident's phone. Signing out does not help: the
    device stays theirs for as long as the session could have lasted.
    """
    if action not in {"confirm", "rate"}:
        return
    user = request.user
    if not user.is_authenticated:
        user = last_user_of(request, within=dt.timedelta(seconds=settings.SESSION_COOKIE_AGE))
    if user is None:
        return
    carries = order.assigned_to_id is not None and user.person_id == order.assigned_to_id
    if not (carries or user.may("handle_orders")):
        return
    if order.contact_id is None or user.person_id != order.contact_id:
        raise RatingRefused(_("办单的人不能替居民确认和评价，请居民用自己的手机点，或者打值班电话说"))


def _asked_visit(order):
    """The half-day that the resident is asked about, as the form of the page carries it; "" for none."""
    return "" if order.visit_agreed or order.visit_on is None else f"{order.visit_on}:{order.visit_half}"


def _check_visit(order, action, seen):
    """A yes or no means the half-day that the page showed, not one that was named since."""
    if action in {"agree", "refuse"} and (not seen or seen != _asked_visit(order)):
        raise TransitionRefused(_("约的时间刚刚变了，请看看现在的时间再点"))


def _do(order, action, words, score):
    """Call the action that the button named. Returns the sentence of thanks; raises what the action raises."""
    actor = order.contact or RESIDENT
    verbs = {
        "confirm": (confirm, {}, _("谢谢您。请再评一评，点一下就好。")),
        "reopen": (reopen, {"words": words}, _("已经告诉社区，会另外派人来。单号不变。")),
        "answer": (answer_question, {"text": words}, _("收到您的补充了，接着办。")),
        "add": (add_information, {"text": words}, _("补充的内容已经转给办事的人。")),
        "cancel": (cancel_order, {"words": words}, _("单子撤销了，不会再有人来。以后要办，重新点就行。")),
        "agree": (agree_visit, {}, _("好的，就这个时间来。")),
        "refuse": (refuse_visit, {"words": words}, _("知道了，会打电话跟您另约时间。")),
    }
    if action == "rate":
        rate(order, score=int(score) if score in {"1", "2", "3", "4", "5"} else 0, words=words)
        return _("谢谢您的评价。")
    if action not in verbs:
        raise TransitionRefused(_("没看懂您要做什么，请再点一次按钮"))
    if action == "cancel" and order.status not in CANCELLABLE:
        raise TransitionRefused(_("这张单子已经转出去或者办完了，现在撤不了，请打电话说"))
    verb, options, thanks = verbs[action]
    verb(order, actor=actor, **options)
    return thanks


def _show(request, order, refused=None):
    events = events_for_resident(order)
    rating = Rating.objects.one_or_none(order=order) if order.status in CLOSED_STATUSES else None
    context = {
        "order": order,
        "token": links.order_token(order),
        "entries": timeline(order, events),
        "question": _question(order, events),
        "rating": rating,
        "scores": Rating.Score.choices,
        "ask_solved": order.status in {*ENDED_STATUSES, _S.UNCONFIRMED},
        "may_rate": order.status == _S.CONFIRMED,
        "may_cancel": order.status in CANCELLABLE,
        "dispatch_is_late": order.dispatch_due_at < timezone.now(),
        "wish": say_wish(order.wish, order.wish_on, order.wish_half),
        "visit": say_half_day(order.visit_on, order.visit_half) if order.visit_on else "",
        "asked_visit": _asked_visit(order),
        "refused": refused,
    }
    return render(request, "public/order_page.html", context, status=200)


def _question(order, events):
    """What the desk last asked, while it waits for the answer."""
    if order.status != _S.WAITING:
        return ""
    asked = [
        e
        for e in events
        if e.note and not e.actor_person_id and e.kind in (OrderEvent.Kind.MOVE, OrderEvent.Kind.NOTE)
    ]
    return asked[-1].note if asked else ""


@login_not_required
@never_cache
@require_safe
def order_qr(request, token):
    """The code that leads to the order, as an image for saving or long-pressing."""
    try:
        links.order_pk_of(token)
    except LinkExpired as expired:
        return _gone(request, str(expired))
    link = f"{settings.PUBLIC_BASE_URL}/o/{token}/"
    return HttpResponse(qr.qr_document(link), content_type="image/svg+xml")
