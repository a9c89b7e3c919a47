from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HaimengyuanConfig(AppConfig):
    name = "haimengyuan"
    verbose_name = _("海梦苑门户")
