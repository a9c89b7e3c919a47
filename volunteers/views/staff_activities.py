"""The desk's pages of activities: what is planned, announcing, the list of who comes, changing and calling off."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from haimengyuan.lib.keys import row_key
from people.actions import reveal
from people.doors import door
from people.errors import RevealRefused
from people.visits import visited_community_or_404
from volunteers.actions import (
    add_shift,
    cancel_activity,
    change_activity,
    change_from_here,
    create_activity,
    end_series,
    publish_activity,
    set_capacity,
    set_capacity_from_here,
    sign_up,
    start_series,
    withdraw,
    write_to,
)
from volunteers.actions.activities import same_next_month
from volunteers.errands import warning_for
from volunteers.errors import ActivityRefused, SignupClash, SignupRefused
from volunteers.forms.activities import (
    ActivityForm,
    MessageForm,
    NewActivityForm,
    ShiftForm,
    chosen_day,
    initial_of,
)
from volunteers.forms.signups import DeskSignupForm
from volunteers.links import staff_activity_path
from volunteers.models import Activity, ActivitySeries, ActivityStatus, Companion, Shift, Signup
from volunteers.recurrence import say_rule

SHOWN = 50
READ, WRITE = "enter_staff_door", "manage_activities"


@door(READ)
@require_safe
def activity_list(request):
    """What is planned, the soonest first, with drafts; `past=1` shows what was, the newest first."""
    community = visited_community_or_404(request)
    rows = Activity.objects.for_user(request.user).in_community(community.pk)
    planned = rows.real().with_counts().select_related("grid", "venue")
    is_past, now = request.GET.get("past") == "1", timezone.now()
    if is_past:
        planned = planned.filter(ends_at__lte=now).order_by("-starts_at", "-pk")
    else:
        planned = planned.upcoming(now)
    if (last := row_key(request.GET.get("after", ""))) and (row := planned.filter(pk=last).first()):
        beyond, same = ("starts_at__lt", "pk__lt") if is_past else ("starts_at__gt", "pk__gt")
        planned = planned.filter(
            Q(**{beyond: row.starts_at}) | Q(**{"starts_at": row.starts_at, same: row.pk})
        )
    found = list(planned[: SHOWN + 1])
    context = {
        "activities": found[:SHOWN],
        "more": found[SHOWN - 1].pk if len(found) > SHOWN else None,
        "templates": [] if is_past else list(rows.templates()[:SHOWN]),
        "is_past": is_past,
        "may_write": request.user.may(WRITE),
    }
    return render(request, "staff/activities.html", context)


@door(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """A new one. `like` takes everything from another one or a template, on the same weekday of the next month."""
    community = visited_community_or_404(request)
    form = NewActivityForm(request.POST or None, community=community, initial=_proposal(request, community))
    if request.method == "POST" and form.is_valid():
        how = request.POST.get("how", "")
        try:
            made = _create(request, community, form, how)
        except ActivityRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _SAVED.get(how, _("先存着了，居民还看不到。")))
            return HttpResponseRedirect(
                reverse("staff:activities") if made.is_template else staff_activity_path(made)
            )
    return render(request, "staff/activity_form.html", {"form": form, "activity": None})


def _create(request, community, form, how):
    """The new activity, or the first date of a new series."""
    values = {"shifts": form.as_shifts(), "by": request.user, **form.as_columns()}
    if not (rule := form.rule()):
        return create_activity(community, publish=how == "publish", is_template=how == "template", **values)
    if how != "publish":
        raise ActivityRefused(_("系列活动请直接发布；想先存着的，“多久办一次”请选“只办这一次”"))
    day_off = form.cleaned_data["on_day_off"] or ActivitySeries.DayOff.NEXT
    series = start_series(community, rule=rule, on_day_off=day_off, **values)
    return series.activities.order_by("original_start").first()


_SAVED = {
    "publish": gettext_lazy("发布了，居民可以报名了。"),
    "template": gettext_lazy("存成模板了，下次点一下就能用。"),
}


def _proposal(request, community):
    """What an empty form shows; `day` is what somebody chose in the calendar."""
    like = row_key(request.GET.get("like", ""))
    rows = Activity.objects.for_user(request.user).in_community(community.pk)
    known = rows.filter(pk=like).prefetch_related("shifts").first() if like else None
    if known is None:
        return {"day": chosen_day(request.GET.get("day", "")), "guests": 30, "helpers": 0}
    places = {Shift.Kind.GUEST: 0, Shift.Kind.HELPER: 0}
    for shift in known.shifts.all():
        places[shift.kind] += shift.capacity
    moment = same_next_month(known.starts_at, timezone.localdate())
    return initial_of(known, starts_at=moment) | {
        "guests": places[Shift.Kind.GUEST],
        "helpers": places[Shift.Kind.HELPER],
    }


def _found(request, pk):
    community = visited_community_or_404(request)
    rows = Activity.objects.for_user(request.user).in_community(community.pk).real().with_related()
    return get_object_or_404(rows, pk=pk)


@door(READ, to_write=WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def activity(request, pk):
    """One activity: its shifts, who comes and who waits, and what can be done with it."""
    found = _found(request, pk)
    page = _Page(request, found)
    if request.method == "POST" and page.do(request.POST.get("action", "")):
        return HttpResponseRedirect(request.path)
    return render(request, "staff/activity.html", page.context())


class _Page:
    """The forms of one page, and which of them was sent."""

    def __init__(self, request, activity):
        self.request, self.activity = request, activity
        self.shifts = list(activity.shifts.select_related("skill"))
        for shift in self.shifts:
            shift.activity = activity
        sent = request.POST if request.method == "POST" else None
        self.action = sent.get("action", "") if sent else ""
        self.message = MessageForm(self._sent("message"), shifts=self.shifts, prefix="message")
        self.shift = ShiftForm(self._sent("shift"), activity=activity, prefix="shift")
        self.signup = DeskSignupForm(self._sent("signup"), shifts=self.shifts, prefix="signup")
        self.phones, self.clash = {}, ""

    def _sent(self, action):
        return self.request.POST if self.action == action else None

    def do(self, action):
        """Whether the deed is done and the page is to be loaded anew; a refusal stands on it."""
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
        return bool(thanks)

    def _do_publish(self):
        publish_activity(self.activity)
        return _("发布了，居民可以报名了。")

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
            raise ActivityRefused(_("没有这一组了，请刷新看看"))
        return found

    def context(self):
        now, may_write = timezone.now(), self.request.user.may(WRITE)
        return {
            "activity": self.activity,
            "now": now,
            "rule": say_rule(self.activity.series.rule) if self.activity.series else "",
            "groups": _groups(self.shifts, full_names=may_write, phones=self.phones),
            "sent": self.activity.messages.select_related("shift")[:10],
            "message": self.message,
            "shift_form": self.shift,
            "signup_form": self.signup,
            "clash": self.clash,
            "may_write": may_write,
            "is_open": self.activity.is_published and self.activity.starts_at > now,
            "can_change": self.activity.status in (ActivityStatus.DRAFT, ActivityStatus.PUBLISHED),
        }


def _groups(shifts, *, full_names, phones=()):
    """Each shift with its sign-ups: who comes in the order of sign-up, then who waits, then who left. Two queries.

    `full_names` is for those who keep the list: it is read out at the door.
    """
    rows = Signup.objects.filter(shift__in=shifts).select_related("person").prefetch_related("party")
    by_shift = {shift.pk: [] for shift in shifts}
    for row in rows.order_by("ticket"):
        row.shown_phone = dict(phones).get(row.pk, "")
        row.name = row.person.name if full_names else str(row.person)
        party = row.party.all()
        row.who = "、".join(companion.get_relation_display() for companion in party)
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


@door(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    """Change what, when or where; whoever signed up is asked again when time or place are others."""
    found = _found(request, pk)
    form = ActivityForm(request.POST or None, community=found.community, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            if found.series_id and request.POST.get("which") == "later":
                change_from_here(found, **form.as_columns())
                messages.success(request, _("这次和以后的都改好了，时间地点变了的已经再问大家。"))
                return HttpResponseRedirect(staff_activity_path(found))
            asked = change_activity(found, **form.as_columns())
        except ActivityRefused as refused:
            form.add_error(None, str(refused))
        else:
            words = _("改好了，已经再问大家还来不来。") if asked else _("改好了。")
            messages.success(request, words)
            return HttpResponseRedirect(staff_activity_path(found))
    return render(request, "staff/activity_form.html", {"form": form, "activity": found})


@door(READ)
@require_safe
def paper(request, pk):
    """The list on paper: names as they are called out, room for ticks and for who comes without a sign-up."""
    found = _found(request, pk)
    groups = _groups(list(found.shifts.all()), full_names=request.user.may(WRITE))
    return render(request, "staff/activity_paper.html", {"activity": found, "groups": groups})
