"""What is kept of an objection (异议): who says that a value is wrong, what it should be, and what became of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Objection(models.Model):
    """Somebody says that `field` of a record is wrong: raised, taken up, checked, then the value is kept or put right.

    `field`: canonical name; `residency.housing` where two grids claim one person, and then `residency` is the home that
    is claimed. `grid_code`: where the record was kept when it was raised, `raised_in`: the area it came from. `target`:
    key of the system whose office raised it. `version`: of the record as it was disputed. `entry_id`: the correction.
    `sealed`: {"claimed", "was", "contact", "steps": [{"act", "at", "by", "text"}]}, bound to the id.
    """

    class Source(models.TextChoices):
        DEPARTMENT = "department", _("部门")
        GRID = "grid", _("其他网格")
        RESIDENT = "resident", _("居民")

    class Status(models.TextChoices):
        RAISED = "raised", _("待受理")
        ACCEPTED = "accepted", _("核实中")
        CHECKED = "checked", _("待决定")
        UPHELD = "upheld", _("已更正")
        KEPT = "kept", _("维持原值")
        REFUSED = "refused", _("不予受理")
        OVER = "over", _("已了结")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey("registry.Record", on_delete=models.PROTECT, related_name="objections")
    residency = models.ForeignKey("registry.Residency", null=True, on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    source = models.CharField(max_length=10, choices=Source)
    target = models.CharField(max_length=32, blank=True)
    grid_code = models.CharField(max_length=15)
    raised_in = models.CharField(max_length=15, blank=True)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    due_on = models.DateField()
    status = models.CharField(max_length=8, choices=Status, default=Status.RAISED)
    sealed = models.BinaryField()
    decided_at = models.DateTimeField(null=True)
    entry_id = models.UUIDField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["raised", "accepted", "checked"], decided_at=None)
                | Q(status__in=["upheld", "kept", "refused", "over"], decided_at__isnull=False),
                name="objection_decided_once",
            )
        ]
        indexes = [
            models.Index(F("due_on"), F("id"), condition=Q(decided_at=None), name="objection_open"),
            models.Index(F("decided_at").desc(), condition=Q(decided_at__isnull=False), name="objection_decided"),
        ]

    @property
    def bound_to(self) -> str:
        return f"objection:{self.id}"

    @property
    def is_open(self) -> bool:
        return self.decided_at is None
