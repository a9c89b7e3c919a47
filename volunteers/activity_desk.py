"""One activity for whoever keeps it: its shifts with who comes, and what can be done with it. The same at both doors."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haimengyuan.lib.keys import row_key
from people.actions import reveal
from people.errors import RevealRefused
from volunteers.actions import (
    add_shift,
    answer,
    cancel_activity,
    change_activity,
    change_from_here,
    create_activity,
    draft_recap,
    end_series,
    faces_of,
    publish_activity,
    set_capacity,
    set_capacity_from_here,
    sign_up,
    start_series,
    withdraw,
    write_to,
)
from volunteers.actions.activities import same_next_month
from volunteers.beside import say_beside
from volunteers.errands import warning_for
from volunteers.errors import ActivityRefused, SignupClash, SignupRefused
from volunteers.forms.activities import MessageForm, ShiftForm, chosen_day, initial_of
from volunteers.forms.signups import DeskSignupForm, say_party
from volunteers.models import ActivitySeries, ActivityStatus, Companion, Shift, Signup
from volunteers.recurrence import say_rule

_SAVED = {
    "publish": gettext_lazy("发布了，居民可以报名了。"),
    "template": gettext_lazy("存成模板了，下次点一下就能用。"),
}


def proposed(rows, asked):
    """What the form of a new activity shows. `asked` is the query of its page.

    `like` names one of `rows`, which is taken over on the same weekday of a later month; `day` is what somebody chose
    in the calendar.
    """
    like = row_key(asked.get("like", ""))
    known = rows.filter(pk=like).prefetch_related("shifts").first() if like else None
    if known is None:
        return {"day": chosen_day(asked.get("day", "")), "guests": 30, "helpers": 0}
    places = {Shift.Kind.GUEST: 0, Shift.Kind.HELPER: 0}
    for shift in known.shifts.all():
        places[shift.kind] += shift.capacity
    moment = same_next_month(known.starts_at, timezone.localdate(), from_today=known.is_template)
    return initial_of(known, starts_at=moment) | {
        "guests": places[Shift.Kind.GUEST],
        "helpers": places[Shift.Kind.HELPER],
    }


def create(community, form, how, *, by):
    """What a valid `NewActivityForm` asks for: the new activity, or the first date of a new series.

    `how` is "publish", "template" or anything else for a draft. Raises `ActivityRefused`.
    """
    values = {"shifts": form.as_shifts(), "by": by, **form.as_columns()}
    if not (rule := form.rule()):
        return create_activity(community, publish=how == "publish", is_template=how == "template", **values)
    if how != "publish":
        raise ActivityRefused(_("系列活动请直接发布；想先存着的，“多久办一次”请选“只办这一次”"))
    day_off = form.cleaned_data["on_day_off"] or ActivitySeries.DayOff.NEXT
    series = start_series(community, rule=rule, on_day_off=day_off, **values)
    return series.activities.order_by("original_start").first()


def say_saved(how):
    """What is said after `create`."""
    return _SAVED.get(how, _("先存着了，居民还看不到。"))


def change(activity, form, *, later):
    """Make `activity` what a valid `ActivityForm` says, with `later` all that follow it. Returns what is said then.

    Raises `ActivityRefused`.
    """
    if activity.series_id and later:
        _series, asked = change_from_here(activity, **form.as_columns())
        return _("这次和以后的都改好了。") + _say_asked(asked)
    return _("改好了。") + _say_asked(change_activity(activity, **form.as_columns()))


def _say_asked(asked):
    """Who is asked "still coming?": so many sign-ups, nobody where nobody has a place, no word (None) where nothing moved."""
    if asked is None:
        return ""
    if not asked:
        return _("时间地点变了，还没有人报上名，不用再问。")
    return _("时间地点变了，已经再问 %d 个报名的还来不来。") % asked


def say(request, activity, words):
    """Show what was done, and what else lies at that time; a template lies nowhere."""
    messages.success(request, words)
    if not activity.is_template and (beside := say_beside(activity)):
        messages.warning(request, beside)


class ActivityDesk:
    """The forms of one activity's page, which of them was sent, and its deeds: the same at the desk and in the admin.

    `request.user` must see the activity; `may_write` says whether the page has forms at all.
    """

    def __init__(self, request, activity, *, may_write):
        self.request, self.activity, self.may_write = request, activity, may_write
        self.shifts = list(activity.shifts.select_related("skill"))
        for shift in self.shifts:
            shift.activity = activity
        sent = request.POST if request.method == "POST" else None
        self.action = sent.get("action", "") if sent else ""
        self.message = MessageForm(self._sent("message"), shifts=self.shifts, prefix="message")
        self.shift = ShiftForm(self._sent("shift"), activity=activity, prefix="shift")
        self.signup = DeskSignupForm(self._sent("signup"), shifts=self.shifts, prefix="signup")
        self.phones, self.clash, self.is_done = {}, "", False

    def _sent(self, action):
        return self.request.POST if self.action == action else None

    def do(self, action):
        """Whether the page is to be loaded anew, after a deed (`is_done`) or with the sentence of a refusal on it."""
        deed = getattr(self, f"_do_{action}", None) if action.isascii() and action.isidentifier() else None
        if deed is None:
            messages.error(self.request, _("没看懂您要做什么，请再点一次按钮"))
            return True
        try:
            thanks = deed()
        except (ActivityRefused, SignupRefused) as refused:
            messages.error(self.request, str(refused))
            return True
        if thanks:
            messages.success(self.request, thanks)
        self.is_done = bool(thanks)
        return self.is_done

    def _do_publish(self):
        publish_activity(self.activity)
        return _("发布了，居民可以报名了。")

    def _do_recap(self):
        draft_recap(self.activity, by=self.request.user)
        return _("小结写好了，是草稿。看过、改好，再发出去。")

    def _do_cancel(self):
        cancel_activity(self.activity, reason=self.request.POST.get("reason", ""))
        return _("取消了，报名和排队的人都会收到消息。")

    def _do_end(self):
        count = end_series(self.activity, reason=self.request.POST.get("reason", ""))
        return _("这一次和以后的 %d 次都取消了，报名的人会收到消息。") % count

    def _do_capacity(self):
        shift = self._named("shift", self.shifts)
        typed = row_key(self.request.POST.get("capacity", ""))
        if not typed or typed > 2000:
            raise ActivityRefused(_("名额请写 1 到 2000 的数字"))
        set_capacity(shift, typed)
        return _("名额改好了，有空位就轮到排队的人。")

    def _do_capacity_later(self):
        shift = self._named("shift", self.shifts)
        typed = row_key(self.request.POST.get("capacity", ""))
        if not typed or typed > 2000:
            raise ActivityRefused(_("名额请写 1 到 2000 的数字"))
        count = set_capacity_from_here(shift, typed)
        return _("这次和以后的 %d 次，名额都改好了；再往后排的也按这个数。") % count

    def _do_shift(self):
        if not self.shift.is_valid():
            return ""
        add_shift(self.activity, **self.shift.as_shift())
        return _("加了一组。")

    def _do_message(self):
        if not self.message.is_valid():
            return ""
        sent = write_to(self.activity, by=self.request.user, **self.message.as_message())
        return _("发给 %d 个报名的了。") % sent.count

    def _do_signup(self):
        if not self.signup.is_valid():
            return ""
        data = self.signup.cleaned_data
        try:
            made = sign_up(
                self.signup.chosen_shift(),
                entered_by=self.request.user,
                override=data["override"],
                **self.signup.as_signup(),
            )
        except SignupClash as clash:  # a warning, not a wall (features.md E04)
            self.clash = str(clash)
            return ""
        except SignupRefused as refused:
            self.signup.add_error(None, str(refused))
            return ""
        if Companion.Relation.SELF in self.signup.relations() and (
            beside := warning_for(made.person, made.shift)
        ):
            messages.warning(self.request, beside)
        return _("记下了：%s") % made.get_status_display()

    def _do_withdraw(self):
        withdraw(self._signup(), by=self.request.user)
        return _("取消了这个报名，已经告诉本人。")

    def _do_accept(self):
        """Who is asked by telephone says so to the desk (features.md E02): not everybody has a page to tap on."""
        signup = self._signup()
        answer(signup, coming=True)
        return _("记下了：%s 来。") % signup.person.name

    def _do_reveal(self):
        signup = self._signup()
        reason = _("联系活动报名的人")
        try:
            phone = reveal(
                signup.person, "phone", viewer=self.request.user, reason=reason, about=f"signup:{signup.pk}"
            )
        except RevealRefused as refused:
            raise ActivityRefused(str(refused)) from refused
        self.phones[signup.pk] = phone  # the answer to the POST itself: leaving the page hides it again
        return ""

    def _signup(self):
        key = row_key(self.request.POST.get("signup", "")) or 0
        rows = Signup.objects.for_user(self.request.user).with_related()
        return get_object_or_404(rows, pk=key, shift__activity=self.activity)

    def _named(self, name, rows):
        key = row_key(self.request.POST.get(name, ""))
        found = next((row for row in rows if row.pk == key), None)
        if found is None:
            raise ActivityRefused(_("没有这一组了，请看看最新情况"))
        return found

    def context(self):
        now, may_write = timezone.now(), self.may_write
        return {
            "activity": self.activity,
            "now": now,
            "rule": say_rule(self.activity.series.rule) if self.activity.series else "",
            "groups": groups_of(self.shifts, full_names=may_write, phones=self.phones),
            "sent": self.activity.messages.select_related("shift")[:10],
            "message": self.message,
            "shift_form": self.shift,
            "signup_form": self.signup,
            "clash": self.clash,
            "may_write": may_write,
            "faces": faces_of(self.activity) if self.activity.ends_at <= now else [],
            "may_recap": may_write and self.activity.announced_at and self.activity.ends_at <= now,
            "is_open": self.activity.is_published and self.activity.starts_at > now,
            "can_change": self.activity.status in (ActivityStatus.DRAFT, ActivityStatus.PUBLISHED),
        }


def groups_of(shifts, *, full_names, phones=()):
    """Each shift with its sign-ups: who comes in the order of sign-up, then who waits, then who left. Two queries.

    `full_names` is for those who keep the list: it is read out at the door.
    """
    rows = Signup.objects.filter(shift__in=shifts).select_related("person").prefetch_related("party")
    by_shift = {shift.pk: [] for shift in shifts}
    for row in rows.order_by("ticket"):
        row.shown_phone = dict(phones).get(row.pk, "")
        row.name = row.person.name if full_names else str(row.person)
        party = row.party.all()
        row.who = say_party(row, of_another=True)
        row.is_with_others = [companion.relation for companion in party] != [Companion.Relation.SELF]
        by_shift[row.shift_id].append(row)
    return [
        {
            "shift": shift,
            "coming": [row for row in by_shift[shift.pk] if row.is_holding],
            "waiting": [row for row in by_shift[shift.pk] if row.status == "waiting"],
            "left": [row for row in by_shift[shift.pk] if row.status in ("withdrawn", "declined")],
        }
        for shift in shifts
    ]
