"""Whose rows stand in which file that left the house: asked for a resident, and when an export went astray."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from .exports_kept import Export


class Exported(models.Model):
    """The records of one workbook of an export. Stays when the file is gone."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="exported")
    number = models.PositiveSmallIntegerField()
    records = ArrayField(models.UUIDField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="one_exported_of_a_number")]
        indexes = [GinIndex(fields=["records"], name="exported_records")]


def keep(export: Export, number: int, records: Iterable[UUID]) -> None:
    """Writes down whose rows a workbook has."""
    Exported.objects.create(export=export, number=number, records=list(records))


def forget(export_id: UUID) -> None:
    """The files were thrown away before anybody had them."""
    Exported.objects.filter(export=export_id).delete()


def records_of(export_id: UUID) -> list[UUID]:
    """Whose rows stand in it."""
    kept = Exported.objects.filter(export=export_id).values_list("records", flat=True)
    return [record_id for records in kept for record_id in records]


def exports_with(record_id: UUID) -> list[Export]:
    """The exports in which a record stands, oldest first."""
    found = Export.objects.filter(exported__records__contains=[record_id])
    return list(found.select_related("by").distinct().order_by("asked_at"))
