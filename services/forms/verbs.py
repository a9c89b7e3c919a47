"""The few words that the verbs of an order need. Shape only: whether a verb may be done now, its action says."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Appointment
from services.models import ServiceOrder
from services.suggestions import askable, suggest
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
    """Whom to ask: the helpers and duty holders of the order's grid, as far as the user may see them (V12)."""

    helpers = forms.MultipleChoiceField(
        label=_("请谁来办（可以多选，谁先答应谁办）"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请先选一位"), "invalid_choice": _("名单刚刚变了，请重新选")},
    )
    words = forms.CharField(label=_("交代一句（可不填）"), required=False, max_length=100)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        near = self._persons_of_the_grid()
        self.known = [found for found in suggest(self.order, limit=None) if found.pk in near][:HELPERS_SHOWN]
        self.fields["helpers"].choices = [(str(found.pk), _line(found)) for found in self.known]

    def _persons_of_the_grid(self):
        """The keys of those who help or hold a duty in the grid and whom the user may see."""
        here = {"grid": self.order.grid}
        helpers = HelperProfile.objects.for_user(self.user).filter(**here)
        holders = Appointment.objects.for_user(self.user).current().filter(**here)
        return {*helpers.values_list("person", flat=True), *holders.values_list("person", flat=True)}

    def persons(self):
        """The chosen persons."""
        return askable(self.order, self.cleaned_data["helpers"])


def _line(found):
    """One suggestion by name: whoever is sent has agreed to help or holds a duty in the grid; with its reasons."""
    return " · ".join(filter(None, [found.name, *found.reasons, found.limits]))
