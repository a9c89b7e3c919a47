"""What residents and the desk fill in about topics. Shape only; what may be done now, the actions say."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Poll, Topic
from grids.forms.places import BuildingField, BuildingSelect
from grids.forms.venues import length_choices
from grids.free_times import at
from grids.models import Building, Venue
from haimengyuan.lib.forms import CalledField, KeyedForm, PhoneField, SpokenForm

TEXT_MAX = 300


def _line(label, missing, *, most=100, help_text="", css="input", required=True):
    return forms.CharField(
        label=label,
        max_length=most,
        help_text=help_text,
        required=required,
        widget=forms.TextInput(attrs={"class": css, "autocomplete": "off"}),
        error_messages={"required": missing},
    )


def _words(label, missing, *, most=300, help_text="", rows=3):
    return forms.CharField(
        label=label,
        max_length=most,
        help_text=help_text,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": rows, "maxlength": most}),
        error_messages={"required": missing},
    )


class _Keyed(KeyedForm):
    key_purpose = "topic.submission"


class _Named(_Keyed):
    name = CalledField()
    phone = PhoneField(
        label=_("电话"),
        help_text=_("告诉您结果用，不公开。"),
        error_messages={"required": _("请写一个能打通的电话")},
    )


class RaiseForm(_Named):
    """点事: what, where, who may answer the phone."""

    text = _words(
        _("想让大家一起议什么事？"),
        _("请写一下是什么事"),
        most=TEXT_MAX,
        help_text=_("例如：3 号楼门口想装一个电动车充电棚"),
    )
    building = BuildingField(
        label=_("您家在几号楼？"),
        widget=BuildingSelect(attrs={"class": "select"}),
        error_messages={
            "required": _("请选您家在几号楼"),
            "invalid_choice": _("这栋楼不在名单里，请重新选一下"),
        },
    )
    may_publish = forms.BooleanField(
        label=_("可以公开我写的内容（不写姓名），让邻居附议"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "on"}),
    )
    field_order = ["text", "building", "name", "phone", "may_publish"]

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["building"].offer(community, unknown=False)

    def grid(self):
        """The grid of the chosen building of a valid form."""
        chosen = Building.objects.select_related("grid__community", "grid__branch_grid__branch")
        return chosen.get(pk=self.cleaned_data["building"]).grid

    def as_topic(self):
        """The keyword arguments of `branches.actions.topics.raise_topic` for a valid form."""
        data = self.cleaned_data
        return {
            "text": data["text"],
            "name": data["name"],
            "phone": data["phone"],
            "may_publish": data["may_publish"],
            "submission_key": self.key(),
        }


class StaffRaiseForm(RaiseForm):
    """The same from a telephone call or a slip of paper."""

    channel = forms.ChoiceField(
        label=_("怎么提的"),
        choices=[c for c in Topic.Channel.choices if c[0] != Topic.Channel.WEB],
        initial=Topic.Channel.PHONE,
        widget=forms.RadioSelect,
    )


class HomeForm(SpokenForm):
    """Which household speaks, and the proof: a telephone known there, or the code on its paper."""

    building = BuildingField(
        label=_("您家在几号楼？"),
        widget=BuildingSelect(attrs={"class": "select"}),
        error_messages={
            "required": _("请选您家在几号楼"),
            "invalid_choice": _("这栋楼不在名单里，请重新选一下"),
        },
    )
    door = _line(
        _("单元和门牌号"), _("请写单元和门牌号"), most=20, help_text=_("例如：2 单元 301"), css="input w-m"
    )
    door.widget.attrs["autocomplete"] = "address-line2"  # "off" would also empty it on the way back
    proof = _line(
        _("您家登记过的电话，或者纸上的 8 位码"),
        _("请写您家登记过的电话，或者纸上的 8 位码"),
        most=30,
        css="input num w-m",
    )
    proof.widget.attrs["autocomplete"] = "tel"

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["building"].offer(community, unknown=False)

    def chosen_building(self):
        """The `Building` of a valid form with its grid."""
        return self.fields["building"].chosen


class DeskVoteForm(HomeForm):
    """A vote that the desk enters: by telephone with its choice, or a paper that is only checked in."""

    proof = None
    channel = forms.ChoiceField(
        label=_("怎么投的"),
        choices=[("paper", _("交了纸票（只登记，不拆）")), ("phone", _("打电话"))],
        initial="paper",
        widget=forms.RadioSelect,
    )
    choice = forms.ChoiceField(
        label=_("电话里说"), choices=Poll.Choice.choices, required=False, widget=forms.RadioSelect
    )

    def clean(self):
        data = super().clean()
        if data.get("channel") == "paper":
            data["choice"] = ""
        return data


class CommentForm(_Named):
    text = _words(_("对结果有什么意见？"), _("请写一下您的意见"), most=200)
    field_order = ["text", "name", "phone"]


# --- the desk's verbs: one small form each ------------------------------------------------------------------


class ReasonForm(SpokenForm):
    reason = _words(_("为什么（居民会看到）"), _("请写一句为什么，居民会看到"), most=200, rows=2)
    title = _line(_("公开的题目"), "", most=40, required=False, help_text=_("空着就用居民写的"))


class WordsForm(SpokenForm):
    words = _words(_("写一句（居民会看到）"), _("请写一句，居民会看到"), most=200, rows=2)


class SessionForm(SpokenForm):
    venue = forms.ModelChoiceField(
        label=_("在哪儿开"),
        queryset=Venue.objects.none(),
        empty_label=_("请选场地"),
        widget=forms.Select(attrs={"class": "select w-m"}),
        error_messages={"required": _("请选场地")},
    )
    day = forms.DateField(
        label=_("哪天"),
        widget=forms.DateInput(attrs={"type": "date", "class": "input w-m"}, format="%Y-%m-%d"),
        error_messages={"required": _("请选哪天"), "invalid": _("日期没看懂，请重新选")},
    )
    clock = forms.TimeField(
        label=_("几点开始"),
        widget=forms.TimeInput(attrs={"type": "time", "step": 1800, "class": "input w-m"}, format="%H:%M"),
        error_messages={"required": _("请写几点开始"), "invalid": _("时间没看懂，例如 9:30")},
    )
    minutes = forms.TypedChoiceField(
        label=_("开多久"),
        coerce=int,
        choices=lambda: length_choices(30, 240),
        initial="60",
        widget=forms.Select(attrs={"class": "select w-m"}),
    )
    agenda = _words(_("议程"), _("请写一下议程"), rows=2)
    invited = _line(_("还请谁"), "", most=200, required=False, help_text=_("例如：物业、业委会、社区民警"))

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["venue"].queryset = Venue.objects.in_community(community.pk).open()

    def as_session(self):
        """The keyword arguments of `branches.actions.topics.call_session` or `move_session` for a valid form."""
        data = dict(self.cleaned_data)
        clock = data.pop("clock").replace(second=0, microsecond=0)
        return data | {"starts_at": at(data.pop("day"), clock)}


class MoveSessionForm(SessionForm):
    """Another day, time or place for a sitting; agenda and guests stay."""

    agenda = invited = None

    @staticmethod
    def facts_of(session):
        """What the form shows first: when and where the sitting is now."""
        booking = session.booking
        starts_at = timezone.localtime(booking.starts_at)
        return {
            "venue": booking.venue_id,
            "day": starts_at.date(),
            "clock": starts_at.time(),
            "minutes": round((booking.ends_at - booking.starts_at).total_seconds() / 60),
        }


class MinutesForm(SpokenForm):
    minutes = _words(_("议了什么"), _("请写一下议了什么"), most=2000, rows=6)


class PollForm(SpokenForm):
    question = _line(_("表决什么"), _("请写表决什么"), help_text=_("一句话，能答同意、不同意"))
    days = forms.IntegerField(
        label=_("几天"),
        min_value=1,
        max_value=60,
        initial=7,
        widget=forms.NumberInput(attrs={"class": "input w-s", "min": 1, "max": 60}),
    )


class ExtendForm(SpokenForm):
    days = PollForm.base_fields["days"]


class CountForm(SpokenForm):
    """The paper box, opened by two people."""

    yes = forms.IntegerField(
        label=_("纸票：同意"), min_value=0, widget=forms.NumberInput(attrs={"class": "input w-s"})
    )
    no = forms.IntegerField(
        label=_("纸票：不同意"), min_value=0, widget=forms.NumberInput(attrs={"class": "input w-s"})
    )
    abstain = forms.IntegerField(
        label=_("纸票：弃权和废票"), min_value=0, widget=forms.NumberInput(attrs={"class": "input w-s"})
    )


class OutcomeForm(SpokenForm):
    outcome = _words(_("结果（居民会看到）"), _("请写结果"), most=500)
    dissent = _words(
        _("不同意见（居民会看到）"),
        _("请写不同意见；没有的话写“没有不同意见”"),
        most=500,
        help_text=_("少数人的理由也留下来"),
    )


class TaskForm(SpokenForm):
    text = _line(_("要办什么"), _("请写要办什么"))
    owner = _line(_("谁来办"), _("请写谁来办"), most=40, css="input w-m")
    due_on = forms.DateField(
        label=_("哪天前办好"),
        initial=lambda: timezone.localdate() + dt.timedelta(days=30),
        widget=forms.DateInput(attrs={"type": "date", "class": "input w-m"}, format="%Y-%m-%d"),
        error_messages={"required": _("请选哪天前"), "invalid": _("日期没看懂，请重新选")},
    )


class EmptyForm(SpokenForm):
    pass
