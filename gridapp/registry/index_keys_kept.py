"""What is known of index keys without any of them: which were in use, and how far the change to each has come."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class IndexKey(models.Model):
    """`needed`: something may be kept that was made with it. `stands`: what nothing can make anew was made with it.

    `part`, `after`: up to where its indexes were made; `left`, `unreadable`: of this pass.
    """

    mark = models.CharField(max_length=16, primary_key=True)
    since = models.DateTimeField(db_default=Now())
    needed = models.BooleanField(default=True)
    stands = models.BooleanField(default=False)
    part = models.PositiveSmallIntegerField(default=0)
    after = models.CharField(max_length=64, blank=True)
    passes = models.PositiveSmallIntegerField(default=1)
    made = models.PositiveBigIntegerField(default=0)
    left = models.PositiveBigIntegerField(default=0)
    unreadable = models.PositiveBigIntegerField(default=0)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
