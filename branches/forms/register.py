"""What the desk fills in for the register: standing, letters, check-ins."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.forms.meetings import DayInput
from branches.models import NEXT_STANDING, PartnerUnit, PartyBranch, PartyMember, Standing
from branches.models.transfers import VALID_DAYS, VALID_DAYS_MAX
from people.admin_tools import persons_like
from people.models import Person

BOX = {"class": "input", "autocomplete": "off"}
CHOICE = {"class": "select"}


def _text(label, length, **fields):
    return forms.CharField(label=label, max_length=length, widget=forms.TextInput(attrs=BOX), **fields)


def _day(label, **fields):
    return forms.DateField(label=label, initial=timezone.localdate, widget=DayInput(BOX), **fields)


class StandingForm(forms.Form):
    """The next standing of a member; only the arrows of the table are offered."""

    new = forms.ChoiceField(label=_("改成"), widget=forms.Select(attrs=CHOICE))
    on = _day(_("哪天起"))
    decided_by = _text(
        _("哪个组织定的"), 60, required=False, help_text=_("停止、恢复党籍和除名要写；系统只登记，不作决定")
    )
    note = _text(_("说明"), 100, required=False)

    def __init__(self, *args, member, **kwargs):
        super().__init__(*args, **kwargs)
        allowed = NEXT_STANDING[Standing(member.standing)]
        self.fields["new"].choices = [(each, each.label) for each in Standing if each in allowed]


class OutForm(forms.Form):
    """Where a member's relations go: a branch of ours, or an organisation outside."""

    to_branch = forms.ModelChoiceField(
        label=_("转到本社区的哪个支部"), queryset=PartyBranch.objects.none(), required=False,
        empty_label=_("不在本社区"), widget=forms.Select(attrs=CHOICE),
    )  # fmt: skip
    outside = _text(_("外面的组织"), 60, required=False, help_text=_("不在本社区的，写全称"))
    valid_days = forms.IntegerField(
        label=_("介绍信有效几天"), min_value=1, max_value=VALID_DAYS_MAX, initial=VALID_DAYS,
        widget=forms.NumberInput(attrs={"class": "input w-s", "inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args, branch, **kwargs):
        super().__init__(*args, **kwargs)
        others = branches_with_members(branch.community).exclude(pk=branch.pk)
        self.fields["to_branch"].queryset = others


class InForm(forms.Form):
    """A letter that came from outside: for somebody whom the register of persons knows."""

    who = _text(_("是谁"), 40, help_text=_("写全名或完整的电话；没有登记过的人，先在后台登记"))
    outside = _text(_("从哪个组织来"), 60)
    to_branch = forms.ModelChoiceField(
        label=_("到哪个支部"), queryset=PartyBranch.objects.none(), empty_label=_("请选"),
        widget=forms.Select(attrs=CHOICE),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("类别"), choices=PartyMember.Kind.choices[:2], widget=forms.Select(attrs=CHOICE)
    )
    letter = _text(_("介绍信编号"), 30)
    issued_on = _day(_("开信日期"))
    valid_days = forms.IntegerField(
        label=_("有效几天"), min_value=1, max_value=VALID_DAYS_MAX, initial=VALID_DAYS,
        widget=forms.NumberInput(attrs={"class": "input w-s", "inputmode": "numeric"}),
    )  # fmt: skip
    joined_on = forms.DateField(label=_("入党日期"), required=False, widget=DayInput(BOX))

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.community = community
        self.fields["to_branch"].queryset = branches_with_members(community)

    def clean_who(self):
        """The one `Person` that was meant."""
        found = Person.objects.filter(persons_like(self.cleaned_data["who"]), community=self.community)
        return _the_one(found.filter(state=Person.State.ALIVE))

    def clean_issued_on(self):
        return _not_to_come(self.cleaned_data["issued_on"])


class StepForm(forms.Form):
    """The next step of a letter."""

    on = forms.DateField(label=_("日期"), required=False, widget=DayInput(BOX))
    letter = _text(_("介绍信编号"), 30, required=False)
    note = _text(_("说明"), 100, required=False)


class CheckInForm(forms.Form):
    """Who reports: a unit of the list, or a serving member with their unit."""

    who = _text(
        _("哪位在职党员"), 40, required=False, help_text=_("写全名或完整的电话；单位自己来报到的，空着")
    )
    unit = forms.ModelChoiceField(
        label=_("单位"), queryset=PartnerUnit.objects.none(), required=False, empty_label=_("名册里没有"),
        widget=forms.Select(attrs=CHOICE),
    )  # fmt: skip
    unit_name = _text(_("名册里没有的单位"), 60, required=False)
    on = _day(_("报到日期"))
    willing = _text(_("愿意做什么"), 100, required=False)

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.community = community
        self.fields["unit"].queryset = PartnerUnit.objects.filter(community=community, active=True)

    def clean_who(self):
        """The one serving member that was meant; None for a unit."""
        if not (typed := self.cleaned_data["who"].strip()):
            return None
        person = Person.objects.filter(persons_like(typed), community=self.community)
        members = PartyMember.objects.current().filter(kind=PartyMember.Kind.SERVING, person__in=person)
        return _the_one(members)

    def clean_on(self):
        return _not_to_come(self.cleaned_data["on"])


class FeedbackForm(forms.Form):
    """What the community tells the unit."""

    text = _text(_("给单位的反馈"), 200)


def branches_with_members(community):
    """The organisations of a community that members belong to: not those that stand above branches."""
    above = [PartyBranch.Kind.STREET, PartyBranch.Kind.COMMITTEE, PartyBranch.Kind.GENERAL]
    return PartyBranch.objects.filter(community=community).exclude(kind__in=above).order_by("name")


def _the_one(rows):
    found = list(rows[:2])
    if len(found) == 1:
        return found[0]
    raise forms.ValidationError(
        _("有好几位同名的，请写完整的电话") if found else _("没有找到，请核对姓名或电话")
    )


def _not_to_come(day):
    if day > timezone.localdate():
        raise forms.ValidationError(_("日期不能晚于今天"))
    return day
