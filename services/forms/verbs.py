"""The few words that the verbs of an order need. Shape only: whether a verb may be done now, its action says."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.models import ServiceOrder
from volunteers.models import HelperProfile

HELPERS_SHOWN = 30


def _words(label, missing, *, rows=3, help_text=""):
    return forms.CharField(
        label=label,
        max_length=200,
        help_text=help_text,
        error_messages={"required": missing},
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class VerbForm(forms.Form):
    """Base of all; `order` and `user` are at hand for forms with choices."""

    def __init__(self, *args, order, user, **kwargs):
        self.order, self.user = order, user
        super().__init__(*args, label_suffix="", **kwargs)


class FinishForm(VerbForm):
    """How it ended: the button says which of the two ends, the line is what the resident reads."""

    text = _words(_("办得怎么样（居民会看到）"), _("请写一句办得怎么样，居民会看到"), rows=2)
    minutes = forms.IntegerField(
        label=_("服务了多少分钟（可不填，路上不算）"),
        required=False,
        min_value=1,
        max_value=24 * 60,
        error_messages={
            "min_value": _("时长要在 1 分钟到 24 小时之间"),
            "max_value": _("时长要在 1 分钟到 24 小时之间"),
            "invalid": _("分钟只写数字就行"),
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 1, "max": 1440}),
    )
    end = forms.ChoiceField(
        choices=[("solved", _("已解决")), ("replied", _("已答复"))],
        widget=forms.HiddenInput,
        error_messages={"required": _("请选“已解决”或“已答复”")},
    )


class AskForm(VerbForm):
    text = _words(_("要居民补充什么"), _("请写清楚要居民补充什么"))


class ResumeForm(VerbForm):
    text = _words(_("居民说了什么"), _("请写一下补充的内容"))


class ReturnForm(VerbForm):
    text = _words(_("为什么退回（只有社区看得到）"), _("请写一句为什么退回，社区好接着办"))


class OtherGridForm(VerbForm):
    text = _words(
        _("应该转到哪一格，为什么"),
        _("请写一句应该转到哪一格"),
        help_text=_("社区核实以后改；单号、时限和办理经过都不变"),
    )


class NoteForm(VerbForm):
    text = _words(_("备注（居民看不到）"), _("备注还是空的"))


class VisitForm(VerbForm):
    on = forms.DateField(
        label=_("哪天上门"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请选哪天"), "invalid": _("日期没看懂，请重新选")},
    )
    half = forms.ChoiceField(
        label=_("上午还是下午"),
        choices=[c for c in ServiceOrder.Half.choices if c[0]],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选上午或下午")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = self.order.visit_on or self.order.wish_on or timezone.localdate()
        self.fields["half"].initial = self.order.visit_half or self.order.wish_half


class OfferForm(VerbForm):
    """Whom to ask: the helpers of the order's grid that the user may see."""

    helpers = forms.MultipleChoiceField(
        label=_("请谁来办（可以多选，谁先答应谁办）"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请先选一位"), "invalid_choice": _("名单刚刚变了，请重新选")},
    )
    words = forms.CharField(label=_("交代一句（可不填）"), required=False, max_length=100)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = HelperProfile.objects.for_user(self.user).active().filter(grid=self.order.grid)
        known = known.exclude(person__in=filter(None, [self.order.contact_id, self.order.for_person_id]))
        self.known = list(known.with_details().order_by("pk")[:HELPERS_SHOWN])
        self.fields["helpers"].choices = [(str(helper.pk), _helper_line(helper)) for helper in self.known]

    def persons(self):
        """The chosen persons."""
        chosen = set(self.cleaned_data["helpers"])
        return [helper.person for helper in self.known if str(helper.pk) in chosen]


def _helper_line(helper):
    skills = "、".join(skill.name_zh for skill in helper.skills.all())
    free = "、".join(str(half) for half in helper.free_half_days.all())
    return " · ".join(filter(None, [str(helper.person), skills, free]))
