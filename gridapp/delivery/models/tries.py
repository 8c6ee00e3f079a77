"""What was tried and what came of it: attempts, evidence, workbooks. Append-only but for a workbook's return."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from gridapp.catalogue.models import Target
from gridapp.registry.models import Record

from .delivery import Delivery

NOTHING_LEFT = Q(outcome="unavailable", code="unreached") | Q(outcome="broken", code="unreadable")
"""Tries by which not a byte can have left the house: no connection came about, or the record did not open."""


class Attempt(models.Model):
    """One try, or what a person or the department said of one. Append-only. `by`: the person, where one said so.

    `told`: number of the FieldSet that went out; NULL where nothing did, and for tries of before it was written down.

    In the database it is partitioned by the month of `started_at` (UTC), with the key (id, started_at): see partitions.
    No foreign keys there, so that a month comes and goes without a lock on deliveries or accounts.
    """

    id = models.BigAutoField(primary_key=True)
    delivery_id: ClassVar[int]
    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="tries", db_constraint=False, db_index=False
    )
    version = models.PositiveIntegerField()
    generation = models.PositiveIntegerField()
    action = models.CharField(max_length=8)
    outcome = models.CharField(max_length=16)
    code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    told = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["delivery", "-id"], name="attempt_by_delivery"),
            models.Index(fields=["by"], condition=Q(by__isnull=False), name="attempt_by_person"),
            models.Index(fields=["started_at"], condition=NOTHING_LEFT, name="attempt_nothing_left"),
        ]


class Evidence(models.Model):
    """What was seen when a page was filled: a masked picture (PNG), sealed, bound to its delivery."""

    id = models.BigAutoField(primary_key=True)
    delivery_id: ClassVar[int]
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="evidence")
    version = models.PositiveIntegerField()
    sealed = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["delivery", "-id"], name="evidence_by_delivery")]

    @property
    def bound_to(self) -> str:
        return f"evidence:{self.delivery_id}"


class Sheet(models.Model):
    """A workbook that a person uploads at a target and whose answer is brought back: one delivery a row.

    While it is out its deliveries are `submitted` under the ticket `sheet-{id}-{row}` (rows from 1).
    `sealed`: the file as it was made, bound to the id.
    """

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="sheets")
    kind = models.CharField(max_length=8, choices=Record.Kind)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    rows = models.PositiveIntegerField()
    sealed = models.BinaryField()
    grid_code = models.CharField(max_length=15)  # the area it was made for: who may see it
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    returned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)  # outcome word -> rows
    sealed_answer = models.BinaryField(default=b"", blank=True)  # brought back, and looked at before it counts
    answer_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["target", "-id"], name="sheet_by_target")]

    @property
    def bound_to(self) -> str:
        return f"sheet:{self.id}"

    def ticket(self, row: int) -> str:
        return f"sheet-{self.id}-{row}"
