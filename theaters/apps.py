from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TheatersConfig(AppConfig):
    name = "theaters"
    verbose_name = _("Theaters")
