from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "gridapp.catalogue"
    verbose_name = _("目录")

    def ready(self) -> None:
        from . import checks  # noqa: F401 - connectors are loaded after all applications are known
