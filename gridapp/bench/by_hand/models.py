"""Tables that only the bench's own databases have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.db import connection, models


class HandEntry(models.Model):
    """One entry: what is to be told to everybody."""

    objects: ClassVar[models.Manager[HandEntry]] = models.Manager()
    body = models.BinaryField()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "by_hand_entry"


class HandDelivery(models.Model):
    """One row a delivery, with its status."""

    objects: ClassVar[models.Manager[HandDelivery]] = models.Manager()
    entry = models.ForeignKey(HandEntry, on_delete=models.CASCADE, related_name="deliveries")
    target = models.PositiveSmallIntegerField()
    url = models.URLField()
    status = models.CharField(max_length=10, default="pending", db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "by_hand_delivery"


def make_tables(tables: Iterable[type[models.Model]] = (HandEntry, HandDelivery)) -> None:
    """In the database that this process is switched to."""
    with connection.schema_editor() as editor:
        for one in tables:
            editor.create_model(one)
