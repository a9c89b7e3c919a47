"""What is filled in about a meeting. Every form is small: the page has one for each thing to do."""

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Attendance, Meeting, Minutes, Motion, PartyMember
from branches.rules.cadence import MeetingKind
from grids.forms.venues import length_choices
from grids.models import Venue


class MeetingForm(forms.Form):
    """Base: `meeting` gives the choices; labels come from the model so that nothing is said in two ways."""

    prefix_id = "f"

    def __init__(self, *args, meeting, **kwargs):
        kwargs.setdefault("auto_id", f"{self.prefix_id}-%s")
        super().__init__(*args, **kwargs)
        self.meeting = meeting
        for field in self.fields.values():
            kind = getattr(field.widget, "input_type", "")
            css = {"checkbox": "", "select": "select"}.get(kind, "input")
            css = "textarea textarea--s" if isinstance(field.widget, forms.Textarea) else css
            field.widget.attrs.setdefault("class", css)


def label(model, name):
    return model._meta.get_field(name).verbose_name


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%H:%M")


class RoomFields(forms.Form):
    """Where it is: one of the community's venues, booked in the same step, or any other place in words."""

    venue = forms.ModelChoiceField(
        label=_("订哪个场地"),
        queryset=Venue.objects.none(),
        empty_label=_("不订场地，写地点"),
        required=False,
    )
    minutes = forms.TypedChoiceField(
        label=_("用多久"),
        coerce=int,
        choices=lambda: length_choices(30, 240),
        initial="120",
        required=False,
        empty_value=120,
    )
    place = forms.CharField(
        label=_("地点"), max_length=60, required=False, help_text=_("订了场地就不用写"), empty_value=""
    )

    def offer(self, community_id):
        """Fill in the venues of the community that can be booked."""
        self.fields["venue"].queryset = Venue.objects.in_community(community_id).open().filter(bookable=True)

    def clean(self):
        data = super().clean()
        if not (data.get("venue") or data.get("place") or self.errors):
            self.add_error("place", _("请选一个场地，或者写地点"))
        return data


class ScheduleForm(RoomFields, MeetingForm):
    prefix_id = "plan"
    on = forms.DateField(label=_("日期"), widget=DayInput)
    at = forms.TimeField(label=_("时间"), widget=ClockInput)
    title = forms.CharField(label=_("主题"), max_length=60, required=False)
    field_order = ("on", "at", "venue", "minutes", "place", "title")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.offer(self.meeting.branch.community_id)

    @staticmethod
    def facts_of(meeting):
        """The initial values: how the meeting stands now."""
        facts = {"on": meeting.on, "at": meeting.at, "place": meeting.place, "title": meeting.title}
        if room := meeting.room:
            length = int((room.ends_at - room.starts_at).total_seconds() // 60)
            facts |= {"venue": room.venue_id, "minutes": length, "place": ""}
        return facts


class ReasonForm(MeetingForm):
    prefix_id = "off"
    reason = forms.CharField(label=label(Meeting, "cancel_reason"), max_length=100)


class LeaveForm(MeetingForm):
    prefix_id = "leave"
    member = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=label(Attendance, "reason"), max_length=60)


class ExcludeForm(MeetingForm):
    prefix_id = "exclude"
    member = forms.ChoiceField(label=_("哪位"))
    why = forms.ChoiceField(label=_("原因"), choices=Attendance.Exclusion.choices)
    approved_by = forms.CharField(label=label(Attendance, "approved_by"), max_length=60)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = [row for row in roll_rows(self.meeting) if not row.exclusion]
        self.fields["member"].choices = [(row.member_id, row.member.person.name) for row in rows]


class MotionForm(MeetingForm):
    prefix_id = "motion"
    text = forms.CharField(label=label(Motion, "text"), max_length=200)


class VotesForm(MeetingForm):
    prefix_id = "votes"
    votes_for = forms.IntegerField(label=label(Motion, "votes_for"), min_value=0, max_value=9999)
    votes_against = forms.IntegerField(
        label=label(Motion, "votes_against"), min_value=0, max_value=9999, initial=0
    )
    abstained = forms.IntegerField(label=label(Motion, "abstained"), min_value=0, max_value=9999, initial=0)


class MemberField(forms.TypedChoiceField):
    """A member of the meeting's branch, by full name: those who keep the record know them."""

    widget = forms.Select

    def offer(self, meeting, empty):
        """Fill the choices; the members are fetched once for all fields of a page."""
        members = members_of(meeting)
        self.choices = [("", empty), *((str(key), member.person.name) for key, member in members.items())]
        self.coerce = lambda key: members[int(key)]
        self.empty_value = None

    def prepare_value(self, value):
        return str(value.pk) if isinstance(value, PartyMember) else value


def members_of(meeting):
    """The members of the meeting's branch by key, in the order of names; kept on the meeting."""
    if not hasattr(meeting, "_members"):
        if meeting.kind == MeetingKind.MEMBERS and meeting.is_open_record:
            # its roll was made from all of them and is on the page anyway
            members = [row.member for row in roll_rows(meeting) if row.member.left_on is None]
        else:
            members = PartyMember.objects.of_branch_life().filter(branch=meeting.branch_id)
            members = members.select_related("person").order_by("person__pinyin", "pk")
        meeting._members = {member.pk: member for member in members}
    return meeting._members


def roll_rows(meeting):
    """The attendance rows of the meeting with their persons, in the order of names; kept on the meeting."""
    if not hasattr(meeting, "_roll"):
        rows = meeting.attendances.select_related("member__person")
        meeting._roll = list(rows.order_by("member__person__pinyin", "pk"))
    return meeting._roll


class ItemForm(MeetingForm):
    prefix_id = "item"
    text = forms.CharField(label=_("要做什么"), max_length=120)
    owner = MemberField(label=_("谁来做"))
    due_on = forms.DateField(label=_("哪天前做好"), widget=DayInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].offer(self.meeting, _("请选"))


class ResultForm(MeetingForm):
    prefix_id = "result"
    result = forms.CharField(label=_("一句话结果"), max_length=120)


class MinutesForm(MeetingForm):
    prefix_id = "minutes"
    host = MemberField(label=label(Minutes, "host"), required=False)
    recorder = MemberField(label=label(Minutes, "recorder"), required=False)
    agenda = forms.CharField(
        label=label(Minutes, "agenda"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    points = forms.CharField(
        label=label(Minutes, "points"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    dissent = forms.CharField(
        label=label(Minutes, "dissent"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    conclusion = forms.CharField(
        label=label(Minutes, "conclusion"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("host", "recorder"):
            self.fields[name].offer(self.meeting, _("没写"))


class AmendForm(MinutesForm):
    prefix_id = "amend"
    why = forms.CharField(label=_("为什么更正"), max_length=100)
    host = recorder = None
    field_order = ("why", "agenda", "points", "dissent", "conclusion")

    def __init__(self, *args, **kwargs):
        MeetingForm.__init__(self, *args, **kwargs)


class SignForm(MeetingForm):
    prefix_id = "sign"
    on_paper = forms.BooleanField(label=_("书记已在纸上签字"), required=False)


class RegisterForm(RoomFields):
    """A meeting that is entered at once: what the plan asks for is recognised by kind and day."""

    kind = forms.ChoiceField(
        label=_("项目"), choices=MeetingKind.choices, widget=forms.Select(attrs={"class": "select"})
    )
    group = forms.ChoiceField(
        label=_("党小组"),
        required=False,
        widget=forms.Select(attrs={"class": "select"}),
        help_text=_("只有党小组会要选"),
    )
    on = forms.DateField(label=_("日期"), widget=DayInput(attrs={"class": "input"}))
    at = forms.TimeField(label=_("时间"), widget=ClockInput(attrs={"class": "input"}))
    title = forms.CharField(
        label=_("主题"), max_length=60, required=False, widget=forms.TextInput(attrs={"class": "input"})
    )
    field_order = ("kind", "group", "on", "at", "venue", "minutes", "place", "title")

    def __init__(self, *args, branch, **kwargs):
        super().__init__(*args, **kwargs)
        groups = [(str(group.pk), group.name) for group in branch.groups.order_by("name")]
        self.fields["group"].choices = [("", _("不是小组会")), *groups]
        self.offer(branch.community_id)
        for name, css in (("venue", "select"), ("minutes", "select"), ("place", "input")):
            self.fields[name].widget.attrs["class"] = css
