"""Areas, people who sign in, roles and scope: who may do what, and where."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgConfig(AppConfig):
    name = "gridapp.org"
    verbose_name = _("机构与人员")

    def ready(self) -> None:
        from gridapp import checks  # noqa: F401 - models cannot be imported before the applications are known
