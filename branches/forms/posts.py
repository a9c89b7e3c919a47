"""Forms of the admin for posts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Post


class PostForm(forms.ModelForm):
    leave_on = forms.DateField(
        label=_("离任日期"), required=False, help_text=_("填了这一天，就按这一天办离任；空着表示还在任")
    )

    class Meta:
        model = Post
        fields = ("member", "kind", "since", "ends_on")
