from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicesConfig(AppConfig):
    name = "services"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("便民服务")

    def ready(self):
        """Let `volunteers.errands` know what helpers carry, whatever else is imported."""
        import_module("services.errands")
