"""What residents say to a disclosure, and how the admin asks for a notice."""

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.forms.topics import CommentForm
from branches.models import Notice, NoticeObjection
from grids.forms.places import BuildingField, BuildingSelect
from haimengyuan.lib.forms import SpokenForm


class ObjectionForm(CommentForm):
    """An objection to a disclosure: words, name, telephone."""

    text = forms.CharField(
        label=_("对公示有什么意见？"),
        max_length=200,
        widget=forms.Textarea(attrs={"class": "textarea", "rows": 3, "maxlength": 200}),
        error_messages={"required": _("请写一下您的意见")},
    )


class WhereForm(SpokenForm):
    """Which building the notices should concern."""

    building = BuildingField(
        label=_("只看我家这栋楼的"), required=False, widget=BuildingSelect(attrs={"class": "select"})
    )

    def __init__(self, *args, community, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["building"].offer(community, unknown=False)


class NoticeForm(forms.ModelForm):
    class Meta:
        model = Notice
        fields = (
            "community",
            "kind",
            "title",
            "meaning",
            "text",
            "grids",
            "buildings",
            "is_draft",
            "pinned",
            "shows_on",
            "expires_on",
        )


class AnswerForm(forms.ModelForm):
    class Meta:
        model = NoticeObjection
        fields = ("answer",)
