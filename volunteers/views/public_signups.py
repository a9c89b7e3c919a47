"""A sign-up by its signed link: the receipt, the answer to a question, a change, a check-in, a word afterwards."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from haimengyuan.lib.client import client_ip
from haimengyuan.lib.keys import row_key
from people.errors import TooOften
from people.too_often import too_often
from people.visits import visited_community_or_404
from volunteers.actions import (
    answer,
    change_party,
    check_in_by_code,
    explain_absence,
    say_how_it_was,
    withdraw,
)
from volunteers.actions.activity_messages import ASK_BEFORE
from volunteers.actions.check_in import may_arrive
from volunteers.actions.waiting import answer_until
from volunteers.errors import LinkExpired, SignupRefused
from volunteers.forms.check_in import CodeForm
from volunteers.forms.signups import PartyForm, party_keys, say_party
from volunteers.links import signup_path, signup_pk_of, signup_token
from volunteers.models import Signup, SignupStatus


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signup(request, token):
    """One sign-up by its signed link: the receipt, the answer to a question, a change, a withdrawal.

    A GET changes nothing, for chat programs and mail scanners open links too.
    """
    community = visited_community_or_404(request)
    try:
        pk = signup_pk_of(token)
    except LinkExpired as expired:
        return _gone(request, str(expired))
    found = Signup.objects.in_community(community.pk).with_related().filter(pk=pk).first()
    if found is None:
        return _gone(request, _("没有这次报名了，请打电话问"))
    form, refused = PartyForm(initial={"party": party_keys(_party(found))}), ""
    if request.method == "POST":
        try:
            form, refused, thanks = _act(request, found, form)
        except TooOften as often:
            return too_often(request, often)
        if thanks:
            messages.success(request, thanks)
            return HttpResponseRedirect(signup_path(found))
    return render(request, "public/signup.html", _signup_context(found, form, refused))


def _party(signup):
    return [companion.relation for companion in signup.party.all()]


def _act(request, found, form):
    """Do what the pressed button names. Returns (form, why it was refused, words of thanks)."""
    action = request.POST.get("action", "")
    if action == "party":
        form = PartyForm(request.POST)
        if not form.is_valid():
            return form, "", ""
    if action == "check_in":
        return _check_in(request, found, form)
    if action == "explain":
        return _explain(request, found, form)
    if action == "face":
        return _say_face(request, found, form)
    try:
        return form, "", _DEEDS.get(action, _not_understood)(found, form)
    except SignupRefused as sentence:
        return form, str(sentence), ""


def _check_in(request, found, form):
    code = CodeForm(request.POST)
    if not code.is_valid():
        return form, code.errors["code"][0], ""
    try:
        check_in_by_code(found, code.cleaned_data["code"], address=client_ip(request))
    except SignupRefused as sentence:
        return form, str(sentence), ""
    return form, "", _("签到成功，欢迎！")


def _explain(request, found, form):
    try:
        explain_absence(found, request.POST.get("words", ""))
    except SignupRefused as sentence:
        return form, str(sentence), ""
    return form, "", _("收到了，谢谢您告诉我们。")


def _say_face(request, found, form):
    try:
        say_how_it_was(found, row_key(request.POST.get("face", "")))
    except SignupRefused as sentence:
        return form, str(sentence), ""
    return form, "", _("收到了，谢谢！")


def _coming(found, form):
    answer(found, coming=True)
    return _("好的，到时候见！")


def _lift(found, form):
    answer(found, coming=True, needs_lift=True)
    return _("记下了，社区会打电话跟您约接送。")


def _not_coming(found, form):
    answer(found, coming=False)
    return _("谢谢您告诉我们，名额让给别人了。")


def _withdraw(found, form):
    withdraw(found)
    return _("取消了，名额让给别人了。谢谢您告诉我们。")


def _change(found, form):
    change_party(found, form.relations())
    return _("改好了。")


def _not_understood(found, form):
    raise SignupRefused(_("没看懂您要做什么，请再点一次按钮"))


_DEEDS = {
    "coming": _coming,
    "lift": _lift,
    "not": _not_coming,
    "withdraw": _withdraw,
    "party": _change,
}

# what another page, the desk or the clock may have changed while this one was answered
_READ_AGAIN = (
    "status", "seats", "offered_until", "needs_lift", "ended_by", "arrived_at", "absence_words", "face",
)  # fmt: skip


def _signup_context(found, form, refused):
    found.refresh_from_db(fields=_READ_AGAIN)
    shift, activity, now = found.shift, found.shift.activity, timezone.now()
    is_over, waiting = shift.ends_at <= now, found.status == SignupStatus.WAITING
    begins = activity.is_published and shift.starts_at > now
    return {
        "signup": found,
        "shift": shift,
        "activity": activity,
        "party": say_party(found),
        "position": shift.signups.in_line().filter(ticket__lte=found.ticket).count() if waiting else 0,
        **_question(found, begins, now),
        "is_in": begins and found.is_coming,
        "code": CodeForm() if found.is_coming and may_arrive(shift, now) else None,
        "faces": Signup.Face.choices if is_over and found.status == SignupStatus.ATTENDED else [],
        "is_over": is_over,
        "may_change": begins and found.is_active,
        "may_return": begins and found.status in (SignupStatus.WITHDRAWN, SignupStatus.DECLINED),
        "is_line_closed": waiting and answer_until(now, shift.starts_at) is None,
        "form": form,
        "refused": refused,
        "link": settings.PUBLIC_BASE_URL + signup_path(found),
        "token": signup_token(found),
    }


def _question(found, begins, now):
    """Whether the page asks if they come, and what it says with that.

    Who has just signed up is not asked at once: the question belongs to the day before, or to a change.
    """
    starts_at, activity = found.shift.starts_at, found.shift.activity
    near, offered = starts_at - now <= ASK_BEFORE, found.status == SignupStatus.OFFERED
    was_changed = activity.sequence > 0 and activity.changed_at > found.created_at
    has_just_said = near and found.created_at > max(starts_at - ASK_BEFORE, activity.changed_at)
    holds_unasked = found.status == SignupStatus.PLACE
    return {
        "may_answer": begins and (offered or (found.is_coming and (near or was_changed))),
        "was_changed": was_changed and holds_unasked,
        "has_just_said": has_just_said and holds_unasked,
    }


def _gone(request, sentence):
    context = {"message": sentence, "back": "activities", "back_words": _("看近期活动")}
    return render(request, "public/link_expired.html", context, status=410)
