"""What is kept of searches and exports: filters by a name, who asked for which export and why, the files until fetched.

An export's row stays for good: it is the answer to who took what, when and for what. Its files go within a day.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gridapp import sealing


class SavedSearch(models.Model):
    """Filters that somebody comes back to. `sealed`: {"name", "criteria"}: a name may be somebody's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-saved_at"], name="saved_search_of_owner")]

    @property
    def bound_to(self) -> str:
        return f"saved search:{self.id}"

    def document(self) -> dict[str, Any]:
        """`name` and `criteria`. Raises sealing.Unsealable."""
        opened: dict[str, Any] = sealing.unseal_json(self.sealed, bound_to=self.bound_to)
        return opened


class Export(models.Model):
    """Records that somebody wants as a workbook. `area_code`: the area that holds all of them.

    `sealed`: {"criteria", "purpose", "reason", "children", "numbers", "language"}. `rows`: written so far; `left_out`:
    people under 14 who were passed over; `restricted`: those passed over because their processing is restricted.
    `after_grid`, `after`: the last record that was looked at, in that order.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等人批准")
        MAKING = "making", _("正在制作")
        READY = "ready", _("可以下载")
        FETCHED = "fetched", _("已下载")
        REFUSED = "refused", _("没有批准")
        EXPIRED = "expired", _("过期未下载，已删除")
        TOO_MANY = "too_many", _("行数太多，没有制作")
        BROKEN = "broken", _("没有做成，请管理员处理")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8)
    area_code = models.CharField(max_length=15, blank=True)
    state = models.CharField(max_length=8, choices=State)
    sealed = models.BinaryField()
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    restricted = models.PositiveIntegerField(default=0, db_default=0)
    after_grid = models.CharField(max_length=15, blank=True)
    after = models.UUIDField(null=True)
    ready_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-asked_at"], name="export_newest"),
            models.Index(fields=["state"], condition=Q(state__in=["making", "ready"]), name="export_under_way"),
        ]

    @property
    def bound_to(self) -> str:
        return f"export:{self.id}"

    @property
    def short_id(self) -> str:
        """What stands in every row of the file, so that a page of it leads back here."""
        return self.id.hex[:8].upper()

    def document(self) -> dict[str, Any]:
        """What was asked for. Raises sealing.Unsealable."""
        opened: dict[str, Any] = sealing.unseal_json(self.sealed, bound_to=self.bound_to)
        return opened


class ExportPart(models.Model):
    """One workbook of an export, `number` from 1. `sealed`: the file, bound to export and number."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    rows = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="one_part_of_a_number")]

    @property
    def bound_to(self) -> str:
        return f"export part:{self.export_id}:{self.number}"
