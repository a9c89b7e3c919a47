"""Forms of the admin for duties: facts are fields, the beginning and the end of a duty go through actions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.models import Appointment


class AppointmentForm(forms.ModelForm):
    leave_on = forms.DateField(
        label=_("离任日期"), required=False, help_text=_("填了这一天，就按这一天办离任；空着表示还在任")
    )

    class Meta:
        model = Appointment
        fields = ("duty", "grid", "person", "work_phone", "since", "ends_on")
