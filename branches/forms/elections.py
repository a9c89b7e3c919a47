"""What is filled in about an election. A form that is about one election gets its key with the form."""

from django import forms
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from branches.forms.meetings import DayInput, MeetingForm, MemberField
from branches.models import COMMITTEE_SEATS, MOST_SEATS, Candidate, Election, Post
from haimengyuan.lib.keys import row_key


def elections_in(meeting):
    """The elections of a meeting in the order of their keys, each with `shown`: its candidates, with their `name`.

    One query, none where the meeting is known to have no election; kept on the meeting.
    """
    if not hasattr(meeting, "_elections"):
        known = getattr(meeting, "has_elections", True)
        meeting._elections = _with_candidates(meeting.elections.order_by("pk", "candidates")) if known else []
    return meeting._elections


def _with_candidates(rows):
    columns = {f"of_{name}": F(f"candidates__{name}") for name in _COLUMNS}
    found = {}
    for row in rows.annotate(of_name=F("candidates__member__person__name"), **columns):
        election = found.setdefault(row.pk, row)
        if election is row:
            election.shown = []
        if row.of_pk is not None:
            values = {name: getattr(row, f"of_{name}") for name in _COLUMNS}
            candidate = Candidate(election=election, **values)
            candidate.name = row.of_name
            election.shown.append(candidate)
    return list(found.values())


_COLUMNS = ("pk", "member_id", "written_in", "votes", "ballots", "outcome")


def _number(label, **fields):
    return forms.IntegerField(label=label, min_value=0, max_value=9999, **fields)


class ElectionForm(MeetingForm):
    prefix_id = "elect"
    post = forms.ChoiceField(label=_("选什么"), choices=Election.Seat.choices)
    seats = forms.IntegerField(label=_("选几名"), min_value=1, max_value=MOST_SEATS, initial=1)


class OneElectionForm(MeetingForm):
    """Base of forms about one election of the meeting: `election` is found by the key that came with the form."""

    def __init__(self, *args, meeting, election=None, **kwargs):
        super().__init__(*args, meeting=meeting, **kwargs)
        self.election = election
        if self.is_bound:
            key = row_key(self.data.get("key", ""))
            self.election = next((row for row in elections_in(meeting) if row.pk == key), None)
        if self.election is not None:
            self.auto_id = f"{self.prefix_id}{self.election.pk}-%s"

    def clean(self):
        if self.election is None:
            raise forms.ValidationError(_("没看懂您点的是哪一项，请刷新再试"))
        return {**super().clean(), "election": self.election}


class NomineeForm(OneElectionForm):
    prefix_id = "nominee"
    member = MemberField(label=_("候选人"))
    written_in = forms.BooleanField(label=_("不是候选人，票上另写的"), required=False)

    def __init__(self, *args, meeting, **kwargs):
        super().__init__(*args, meeting=meeting, **kwargs)
        self.fields["member"].offer(meeting, _("请选"))


class CountForm(OneElectionForm):
    """Ballots, and one field of votes for each candidate."""

    prefix_id = "count"
    issued = _number(_("发出选票"))
    returned = _number(_("收回选票"))
    void = _number(_("其中废票"), initial=0)

    def __init__(self, *args, meeting, **kwargs):
        super().__init__(*args, meeting=meeting, **kwargs)
        self.candidates = self.election.shown if self.election else []
        for each in self.candidates:
            field = _number(_("%s 得票") % each.name)
            field.widget.attrs["class"] = "input"
            self.fields[f"votes_{each.pk}"] = field

    def clean(self):
        cleaned = super().clean()
        votes = {each.pk: cleaned.pop(f"votes_{each.pk}", 0) for each in self.candidates}
        return {**cleaned, "votes": votes}


class SeatForm(OneElectionForm):
    """From when, for how long, who approved it; on the committee who does what."""

    prefix_id = "seat"
    since = forms.DateField(label=_("哪天起任职"), widget=DayInput)
    ends_on = forms.DateField(label=_("任期到"), widget=DayInput, required=False, help_text=_("空着就是五年"))
    approved_by = forms.CharField(
        label=_("哪个组织批准的"), max_length=60, required=False, help_text=_("书记、副书记要写")
    )

    def __init__(self, *args, meeting, **kwargs):
        super().__init__(*args, meeting=meeting, **kwargs)
        self.elected = self._elected()
        for each in self.elected:
            choices = [(kind.value, kind.label) for kind in (Post.Kind.MEMBER, *COMMITTEE_SEATS[:3])]
            field = forms.ChoiceField(label=_("%s 的分工") % each.name, choices=choices)
            field.widget.attrs["class"] = "select"
            self.fields[f"duty_{each.member_id}"] = field

    def _elected(self):
        """Those elected to the committee in all rounds; other posts have no duties to divide."""
        if self.election is None or self.election.post != Election.Seat.MEMBER:
            return []
        rounds = [row for row in elections_in(self.meeting) if row.post == self.election.post]
        found = [each for row in rounds for each in row.shown]
        return [each for each in found if each.outcome == "elected"]

    def clean(self):
        cleaned = super().clean()
        duties = {
            each.member_id: cleaned.pop(f"duty_{each.member_id}", Post.Kind.MEMBER) for each in self.elected
        }
        return {**cleaned, "duties": duties}
