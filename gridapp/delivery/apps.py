"""The engine: getting it there."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    name = "gridapp.delivery"
    verbose_name = _("填报")

    def ready(self) -> None:
        # models cannot be imported before the applications are known
        from gridapp.registry import tombstones

        from . import deleting, keeping, keys_known  # noqa: F401 - the last one registers a check

        tombstones.also(deleting.forget)

        # A house that was just set up, or stood still for months, has this month's partition before its first try.
        post_migrate.connect(keeping.after_migrate, sender=self)
