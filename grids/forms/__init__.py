from grids.forms.duties import AppointmentForm

__all__ = ["AppointmentForm"]
