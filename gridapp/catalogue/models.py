"""Targets: the departmental systems as configured in this district."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gridapp import sealing


class Target(models.Model):
    """One departmental system. `key`: its short name in this district (FWBM …), `connector`: slug of what speaks to it.

    `window`: {"opens": "06:30", "closes": "22:30"} where the district's hours differ from the profile's. The pace
    columns override the connector's capabilities.
    """

    key = models.CharField(_("代号"), max_length=32, unique=True)
    connector = models.CharField(_("连接器"), max_length=64)
    zh = models.CharField(max_length=100)
    en = models.CharField(max_length=100)
    enabled = models.BooleanField(_("启用"), default=False)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_why = models.CharField(max_length=200, blank=True)
    window = models.JSONField(null=True, blank=True)
    batch = models.PositiveIntegerField(null=True, blank=True)
    per_second = models.FloatField(null=True, blank=True)
    sealed_settings = models.BinaryField(default=b"", blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return f"{self.key} {self.zh}"

    @property
    def name(self) -> str:
        """In the language of the page."""
        return self.en if (get_language() or "").startswith("en") else self.zh

    @property
    def bound_to(self) -> str:
        return f"target:{self.key}"

    def settings(self) -> dict[str, str]:
        """What its connector was configured with, secrets included. Raises sealing.Unsealable."""
        if not self.sealed_settings:
            return {}
        opened: dict[str, Any] = sealing.unseal_json(self.sealed_settings, bound_to=self.bound_to)
        return {name: str(value) for name, value in opened.items()}

    def seal_settings(self, values: dict[str, str]) -> None:
        """Sets the column; the caller saves."""
        self.sealed_settings = sealing.seal_json(values, bound_to=self.bound_to)
