"""What is kept of an archive package (归档包): who asked for which receipts and why; the package for a day."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gridapp import sealing


class Archive(models.Model):
    """Receipts and tries of an area and some days. `target`: key of one system, "" for all of them.

    `sealed`: {"purpose"}. `sealed_package`: the ZIP, bound like it; emptied when it was fetched or nobody came.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等人批准")
        READY = "ready", _("可以下载")
        FETCHED = "fetched", _("已下载")
        REFUSED = "refused", _("没有批准")
        EXPIRED = "expired", _("过期未下载，已删除")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    area_code = models.CharField(max_length=15)
    target = models.CharField(max_length=32, blank=True)
    first = models.DateField()
    last = models.DateField()
    state = models.CharField(max_length=8, choices=State)
    rows = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField()
    sealed_package = models.BinaryField(default=b"", blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("by")), name="archive_agreed_by_another"
            )
        ]
        indexes = [models.Index(fields=["-asked_at"], name="archive_newest")]

    @property
    def bound_to(self) -> str:
        return f"archive:{self.id}"

    @property
    def number(self) -> str:
        return self.id.hex[:8].upper()

    def said(self) -> dict[str, Any]:
        """`purpose`. Raises sealing.Unsealable."""
        opened: dict[str, Any] = sealing.unseal_json(self.sealed, bound_to=self.bound_to)
        return opened
