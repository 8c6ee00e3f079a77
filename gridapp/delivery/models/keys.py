"""What is known of sealing keys without any of them: when each was first seen, what it seals, how far a rotation is."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class SealingKey(models.Model):
    """`mark` tells another secret under the same id. `uses`: column -> values it had sealed at `counted_at`."""

    number = models.PositiveIntegerField(primary_key=True)
    algorithm = models.CharField(max_length=8)
    mark = models.CharField(max_length=16)
    since = models.DateTimeField(db_default=Now())
    uses = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True)

    @property
    def total(self) -> int:
        """Values that it had sealed when they were counted."""
        return sum(self.uses.values())


class Rotation(models.Model):
    """One column on its way to the key `key`. `after`: primary key up to which it has come; `left`: of this pass."""

    id = models.BigAutoField(primary_key=True)
    key = models.PositiveIntegerField()
    column = models.CharField(max_length=100)
    after = models.CharField(max_length=64, blank=True)
    passes = models.PositiveSmallIntegerField(default=1)
    resealed = models.PositiveBigIntegerField(default=0)
    unreadable = models.PositiveBigIntegerField(default=0)
    left = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "column"], name="one_rotation_a_column")]
