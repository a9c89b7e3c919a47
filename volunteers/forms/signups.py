"""What residents fill in to come to an activity. Shape only: whether there is a place, the action says."""

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haimengyuan.lib.forms import CalledField, KeyedForm, PhoneField, SpokenForm
from volunteers.models import Companion

_R = Companion.Relation
# A box for each who may come along; two of a kind have boxes of their own, so nobody types a number.
PARTY = {
    "self": (_R.SELF, gettext_lazy("我自己")),
    "spouse": (_R.SPOUSE, gettext_lazy("爱人")),
    "parent": (_R.PARENT, gettext_lazy("父亲或母亲")),
    "parent2": (_R.PARENT, gettext_lazy("还有一位老人")),
    "child": (_R.CHILD, gettext_lazy("孩子")),
    "child2": (_R.CHILD, gettext_lazy("还有一个孩子")),
    "other": (_R.OTHER, gettext_lazy("别的家人邻居")),
    "other2": (_R.OTHER, gettext_lazy("再加一位")),
}
THEMSELVES = gettext_lazy("本人")  # "self" for whoever writes or reads of somebody else


class PartyForm(SpokenForm):
    """Who comes: me, my mother, my child (features.md E03)."""

    party = forms.MultipleChoiceField(
        label=gettext_lazy("谁来？"),
        choices=[(key, words) for key, (_relation, words) in PARTY.items()],
        initial=["self"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("请选谁来"),
            "invalid_choice": gettext_lazy("请重新选谁来"),
        },
    )

    def relations(self):
        """The party of a valid form as a list of `Companion.Relation`."""
        return [PARTY[key][0] for key in self.cleaned_data["party"]]


def party_keys(relations):
    """The boxes to tick for a known party: the reverse of `PartyForm.relations`."""
    left, keys = list(relations), []
    for key, (relation, _words) in PARTY.items():
        if relation in left:
            left.remove(relation)
            keys.append(key)
    return keys


def say_party(signup, *, of_another=False):
    """Who comes by a sign-up, in the words that were ticked: 我自己、父亲或母亲.

    `of_another` is for those who keep the list: 本人、父亲或母亲.
    """
    words = {key: said for key, (_relation, said) in PARTY.items()} | (
        {"self": THEMSELVES} if of_another else {}
    )
    return "、".join(str(words[key]) for key in party_keys(each.relation for each in signup.party.all()))


class SignupForm(PartyForm, KeyedForm):
    """A sign-up without an account."""

    key_purpose = "signup.submission"

    shift = forms.ChoiceField(
        label=gettext_lazy("报哪一组？"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选报哪一组"),
            "invalid_choice": gettext_lazy("这一组不能报了，请重新选"),
        },
    )
    name = CalledField()
    phone = PhoneField(
        label=gettext_lazy("电话"),
        help_text=gettext_lazy("有变化给这个号码发短信，座机打电话。不公开。"),
        error_messages={"required": gettext_lazy("请写一个能打通的电话")},
    )
    field_order = ["shift", "party", "name", "phone", "submission_key"]

    def __init__(self, *args, shifts, **kwargs):
        """`shifts` are those that can still be signed up for; a single one is not asked for."""
        super().__init__(*args, **kwargs)
        self.shifts = {str(shift.pk): shift for shift in shifts}
        if len(self.shifts) == 1:
            del self.fields["shift"]
            return
        self.fields["shift"].choices = [(key, _say_when_shown(shift)) for key, shift in self.shifts.items()]

    def chosen_shift(self):
        """The `Shift` of a valid form."""
        if "shift" in self.fields:
            return self.shifts[self.cleaned_data["shift"]]
        return next(iter(self.shifts.values()))

    def as_signup(self):
        """The keyword arguments of `volunteers.actions.sign_up` for a valid form."""
        return {
            "name": self.cleaned_data["name"],
            "phone": self.cleaned_data["phone"],
            "party": self.relations(),
            "submission_key": self.key(),
        }


class DeskSignupForm(SignupForm):
    """The same, entered by the desk for somebody on the telephone; a clash of times may be overridden."""

    override = forms.BooleanField(
        label=gettext_lazy("时间撞了也照样报"), required=False, widget=forms.CheckboxInput
    )
    name = CalledField(
        label=gettext_lazy("报名的人怎么称呼？"),
        error_messages={"required": gettext_lazy("请问一下报名的人怎么称呼")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        choices = self.fields["party"].choices
        self.fields["party"].choices = [
            (key, THEMSELVES if key == "self" else words) for key, words in choices
        ]


def say_shift(shift):
    """来参加，还有 6 位 / 来帮忙（搬桌椅）8:00–9:00，报满了，可以排队."""
    words = shift.get_kind_display() + (_("（%s）") % shift.name if shift.name else "")
    if (shift.starts_at, shift.ends_at) != (shift.activity.starts_at, shift.activity.ends_at):
        words += f" {shift.hours}"
    return words + (_("，报满了，可以排队") if shift.is_full else _("，还有 %d 位") % shift.free)


_say_when_shown = lazy(say_shift, str)  # a form that is sent and right is not shown
