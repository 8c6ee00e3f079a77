from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "gridapp.registry"
    verbose_name = _("档案")

    def ready(self) -> None:
        from . import index_keys  # noqa: F401 - registers a check
