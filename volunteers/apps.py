from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("志愿者")

    def ready(self):
        """Let `people.actions.update_role` know what gives a role here, whatever else is imported."""
        import_module("volunteers.actions.helpers")
