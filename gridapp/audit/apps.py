from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "gridapp.audit"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - models cannot be imported before the applications are known
