"""What staff fill in to announce an activity. Shape only; what the world allows is judged by the actions."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.free_times import at
from grids.models import Grid, Venue
from haimengyuan.lib.forms import KeyedForm, SpokenForm
from volunteers.models import Activity, ActivityMessage, ActivitySeries, Shift, Skill
from volunteers.models.activities import MOST_PLACES, say_place
from volunteers.recurrence import REPEATS, rule_for

_LINE = {"class": "input", "autocomplete": "off"}


def _line(label, *, most, missing="", **options):
    return forms.CharField(
        label=label,
        max_length=most,
        widget=forms.TextInput(attrs=_LINE),
        error_messages={
            "required": missing,
            "max_length": gettext_lazy("写得太长了，请缩到 %(limit_value)d 字以内"),
        },
        **options,
    )


def _words(label, *, most, rows, **options):
    return forms.CharField(
        label=label,
        max_length=most,
        required=False,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": rows, "maxlength": most}),
        error_messages={"max_length": gettext_lazy("写得太长了，请缩到 %(limit_value)d 字以内")},
        **options,
    )


def _clock(label, missing, **options):
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time", "class": "input w-m"}, format="%H:%M"),
        error_messages={"required": missing, "invalid": gettext_lazy("时间没看懂，例如 9:30")},
        **options,
    )


def _number(label, *, least=0, **options):
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=MOST_PLACES,
        widget=forms.NumberInput(attrs={"class": "input num w-s", "inputmode": "numeric", "min": least}),
        error_messages={
            "invalid": gettext_lazy("只写数字就行"),
            "min_value": gettext_lazy("不能少于 %(limit_value)d"),
            "max_value": gettext_lazy("不能多于 %(limit_value)d"),
            "required": gettext_lazy("请写几位"),
        },
        **options,
    )


class VenueField(forms.ModelChoiceField):
    """A venue as residents will read it, with where it is."""

    def label_from_instance(self, venue):
        return say_place(venue.name, venue.place)


class ActivityForm(SpokenForm):
    """What, when, where and for whom. The same for a new one and for one that changes."""

    title = _line(gettext_lazy("活动名称"), most=40, missing=gettext_lazy("请写活动名称"))
    kind = forms.ChoiceField(
        label=gettext_lazy("哪一类"),
        choices=Activity.Kind.choices,
        initial=Activity.Kind.SERVICE,
        widget=forms.RadioSelect,
    )
    for_whom = forms.ChoiceField(
        label=gettext_lazy("给谁办"),
        choices=Activity.ForWhom.choices,
        initial=Activity.ForWhom.EVERYBODY,
        widget=forms.Select(attrs={"class": "select w-m"}),
    )
    day = forms.DateField(
        label=gettext_lazy("哪天"),
        widget=forms.DateInput(attrs={"type": "date", "class": "input w-m"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("请选哪天"),
            "invalid": gettext_lazy("日期没看懂，请重新选"),
        },
    )
    begins = _clock(gettext_lazy("几点开始"), gettext_lazy("请写几点开始"))
    ends = _clock(gettext_lazy("几点结束"), gettext_lazy("请写几点结束"))
    venue = VenueField(
        Venue.objects.none(),
        label=gettext_lazy("在社区的场地"),
        required=False,
        empty_label=gettext_lazy("不在社区场地"),
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"invalid_choice": gettext_lazy("请重新选场地")},
    )
    place_text = _line(
        gettext_lazy("别的地点"),
        most=60,
        required=False,
        help_text=gettext_lazy("例如：八仙渡海滩东口红帆下面"),
    )
    grid = forms.ModelChoiceField(
        Grid.objects.none(),
        label=gettext_lazy("哪个网格办"),
        required=False,
        empty_label=gettext_lazy("全社区"),
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"invalid_choice": gettext_lazy("请重新选网格")},
    )
    organiser = _line(
        gettext_lazy("谁组织"), most=40, required=False, help_text=gettext_lazy("例如：第 6 网格党支部")
    )
    what = _words(gettext_lazy("做什么"), most=600, rows=3)
    notes = _words(gettext_lazy("请大家注意"), most=300, rows=3, help_text=gettext_lazy("一行写一条"))

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["venue"].queryset = (
            Venue.objects.in_community(community.pk).filter(is_open=True).order_by("name")
        )
        self.fields["grid"].queryset = Grid.objects.in_community(community.pk).order_by("number")

    def clean(self):
        data = super().clean()
        if not data.get("venue") and not data.get("place_text") and "place_text" not in self.errors:
            self.add_error("place_text", _("请选场地，或者写在哪儿"))
        begins, ends = data.get("begins"), data.get("ends")
        if begins and ends and ends <= begins:
            self.add_error("ends", _("结束的时间要晚于开始"))
        return data

    def as_columns(self):
        """The columns of the activity for a valid form."""
        data = self.cleaned_data
        names = ("title", "kind", "for_whom", "venue", "grid", "organiser", "what", "notes")
        return {name: data[name] for name in names} | {
            "place_text": "" if data["venue"] else data["place_text"],
            "starts_at": at(data["day"], data["begins"].replace(second=0, microsecond=0)),
            "ends_at": at(data["day"], data["ends"].replace(second=0, microsecond=0)),
        }


def initial_of(activity, *, starts_at=None):
    """What the form shows of a known activity, at another time if wanted."""
    begins = timezone.localtime(starts_at or activity.starts_at)
    ends = begins + (activity.ends_at - activity.starts_at)
    names = ("title", "kind", "for_whom", "place_text", "organiser", "what", "notes")
    return {name: getattr(activity, name) for name in names} | {
        "venue": activity.venue_id,
        "grid": activity.grid_id,
        "day": begins.date(),
        "begins": begins.time(),
        "ends": ends.time(),
    }


class NewActivityForm(ActivityForm):
    """A new one with its places: so many who come, so many who help. Further shifts are added on its page."""

    repeat = forms.ChoiceField(
        label=gettext_lazy("多久办一次"),
        choices=list(REPEATS.items()),
        required=False,
        widget=forms.Select(attrs={"class": "select"}),
        help_text=gettext_lazy("系列活动会提前八周自动排好"),
    )
    on_day_off = forms.ChoiceField(
        label=gettext_lazy("遇到休息日"),
        choices=ActivitySeries.DayOff.choices,
        initial=ActivitySeries.DayOff.NEXT,
        required=False,
        widget=forms.Select(attrs={"class": "select"}),
    )
    guests = _number(gettext_lazy("居民名额"), initial=30)
    helpers = _number(gettext_lazy("要几名志愿者"), initial=0)

    def clean(self):
        data = super().clean()
        if data.get("guests") == 0 and data.get("helpers") == 0:
            self.add_error("guests", _("居民名额和志愿者，至少写一项"))
        day, begins = data.get("day"), data.get("begins")
        if day and day < timezone.localdate():
            self.add_error("day", _("这一天已经过去了"))
        elif day and begins and at(day, begins) <= timezone.now():
            self.add_error("begins", _("这个时间已经过去了"))
        return data

    def rule(self):
        """The rule of RFC 5545 that was chosen for a valid form, "" for once."""
        return rule_for(self.cleaned_data["repeat"], self.cleaned_data["day"])

    def as_shifts(self):
        """The shifts for `volunteers.actions.create_activity`."""
        asked = ((Shift.Kind.GUEST, "guests"), (Shift.Kind.HELPER, "helpers"))
        return [
            {"kind": kind, "capacity": self.cleaned_data[name]}
            for kind, name in asked
            if self.cleaned_data[name]
        ]


class ShiftForm(SpokenForm):
    """A further role or time slot inside an activity (features.md E04)."""

    kind = forms.ChoiceField(
        label=gettext_lazy("来做什么"),
        choices=Shift.Kind.choices,
        initial=Shift.Kind.HELPER,
        widget=forms.Select(attrs={"class": "select w-m"}),
    )
    name = _line(
        gettext_lazy("哪一组"),
        most=30,
        missing=gettext_lazy("请写哪一组"),
        help_text=gettext_lazy("例如：搬桌椅"),
    )
    capacity = _number(gettext_lazy("几位"), least=1)
    begins = _clock(gettext_lazy("几点开始"), "", required=False)
    ends = _clock(gettext_lazy("几点结束"), "", required=False)
    skill = forms.ModelChoiceField(
        Skill.objects.none(),
        label=gettext_lazy("要会什么"),
        required=False,
        empty_label=gettext_lazy("谁都行"),
        widget=forms.Select(attrs={"class": "select w-m"}),
    )

    def __init__(self, *args, activity, **kwargs):
        super().__init__(*args, **kwargs)
        self.activity = activity
        self.fields["skill"].queryset = Skill.objects.in_community(activity.community_id).order_by("name_zh")

    def as_shift(self):
        """The keyword arguments of `volunteers.actions.add_shift` for a valid form."""
        data, day = self.cleaned_data, timezone.localtime(self.activity.starts_at).date()
        return {
            "kind": data["kind"],
            "name": data["name"],
            "capacity": data["capacity"],
            "skill": data["skill"],
            "starts_at": at(day, data["begins"]) if data["begins"] else None,
            "ends_at": at(day, data["ends"]) if data["ends"] else None,
        }


class MessageForm(KeyedForm):
    """One box to everybody, to one group or to those who wait (features.md E09)."""

    key_purpose = "activity.message"

    to = forms.ChoiceField(label=gettext_lazy("发给谁"), widget=forms.Select(attrs={"class": "select w-m"}))
    text = forms.CharField(
        label=gettext_lazy("说什么"),
        max_length=200,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 2, "maxlength": 200}),
        error_messages={"required": gettext_lazy("请写一下要告诉大家什么")},
    )

    def __init__(self, *args, shifts, **kwargs):
        super().__init__(*args, **kwargs)
        self.shifts = {f"shift-{shift.pk}": shift for shift in shifts}
        roles = [(key, _("只发给：%s") % shift) for key, shift in self.shifts.items()]
        self.fields["to"].choices = ActivityMessage.To.choices + (roles if len(roles) > 1 else [])

    def as_message(self):
        """The keyword arguments of `volunteers.actions.write_to` for a valid form."""
        data = self.cleaned_data
        shift = self.shifts.get(data["to"])
        return {
            "text": data["text"],
            "shift": shift,
            "to": ActivityMessage.To.ALL if shift else data["to"],
            "submission_key": self.key(),
        }


def chosen_day(typed, days=7):
    """The day that an empty form proposes: the one that `typed` names, unless it is over, else one in a week."""
    today = timezone.localdate()
    try:
        return max(today, dt.date.fromisoformat(typed))
    except ValueError:
        return today + dt.timedelta(days=days)
