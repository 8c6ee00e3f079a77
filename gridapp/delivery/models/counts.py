"""How many deliveries stand where, and how many came and went on which day: numbers that pages read at any size.

Triggers of the database (migration 0008_counts) write one `Step` per statement and group of rows, to which nobody
waits; the clock folds steps into `Count` and `Flow`. What is folded and what is not yet, together, is always exact.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gridapp.catalogue.models import Target
from gridapp.registry.models import Record

ENTERED, VERIFIED = "entered", "verified"
CREATED, CHANGED, CLOSED, RETURNED = "created", "changed", "closed", "returned"
OPEN = "open"
"""How a record stands that nobody has closed; its `since` is the Monday of the week in which it was verified last."""


class Step(models.Model):
    """What one statement changed for one group: `number` left `was` and came to `stands`. Append-only until folded.

    `was`, `stands`: a status, what a held delivery waits for, or OPEN of a record; "" for nowhere. `*_since`: the day
    it was returned, the week it was verified. `verdict`: what the target said, or that somebody entered; "" neither.
    `bucket`: of the time that it took (counts.BOUNDS). `target` None: it is about records and entries.
    """

    id = models.BigAutoField(primary_key=True)
    made_at = models.DateTimeField()
    grid_code = models.CharField(max_length=15)
    target_id: ClassVar[int | None]
    target = models.ForeignKey(
        Target, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=8, choices=Record.Kind)
    was = models.CharField(max_length=10, blank=True)
    was_since = models.DateField(null=True)
    stands = models.CharField(max_length=10, blank=True)
    stands_since = models.DateField(null=True)
    verdict = models.CharField(max_length=8, blank=True)
    at_once = models.BooleanField(default=False)
    bucket = models.PositiveSmallIntegerField(null=True)
    number = models.IntegerField()


class Count(models.Model):
    """How many stand so in one area, which is a district, sub-district, community or grid; `parent` is around it."""

    id = models.BigAutoField(primary_key=True)
    area = models.CharField(max_length=15)
    parent = models.CharField(max_length=12, blank=True)
    target_id: ClassVar[int | None]
    target = models.ForeignKey(
        Target, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=8, choices=Record.Kind)
    standing = models.CharField(max_length=10)
    since = models.DateField(null=True)
    number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "target", "kind", "standing", "since"], nulls_distinct=False, name="one_count"
            )
        ]
        indexes = [models.Index(fields=["parent"], name="count_by_parent")]


class Flow(models.Model):
    """What happened in one area on one day (Asia/Shanghai). `target` None: entries; else what that target took.

    `at_once`: of what it took, how much at the first try. `times`: deliveries per counts.BOUNDS, from the entry to the
    receipt; empty where nothing was timed.
    """

    id = models.BigAutoField(primary_key=True)
    area = models.CharField(max_length=15)
    parent = models.CharField(max_length=12, blank=True)
    day = models.DateField()
    target_id: ClassVar[int | None]
    target = models.ForeignKey(
        Target, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    entered = models.PositiveBigIntegerField(default=0)
    verified = models.PositiveBigIntegerField(default=0)
    created = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)
    closed = models.PositiveBigIntegerField(default=0)
    at_once = models.PositiveBigIntegerField(default=0)
    returned = models.PositiveBigIntegerField(default=0)
    times = ArrayField(models.IntegerField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "day", "target"], nulls_distinct=False, name="one_flow")]
        indexes = [models.Index(fields=["parent", "day"], name="flow_by_parent")]
