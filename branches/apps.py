from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BranchesConfig(AppConfig):
    name = "branches"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("网格党支部")

    def ready(self):
        """Let `people.actions.update_role` know what gives a role here, whatever else is imported."""
        import_module("branches.actions.posts")
