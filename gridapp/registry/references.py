"""Numbers that departments gave for a record and that others wait for: housing code, registration, filing number."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from . import locks
from .models import Record

logger = logging.getLogger(__name__)

HOUSING_CODE = "housing.housing_code"
Given = Mapping[str, str]

_SQL = """
INSERT INTO registry_reference AS known (record_id, name, value, source, received_at)
SELECT record_id, name, value, %s, now()
FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS given(record_id, name, value)
ON CONFLICT (record_id, name) DO UPDATE SET value = excluded.value, source = excluded.source, received_at = now()
    WHERE known.value <> excluded.value
RETURNING record_id, name, value
"""


def receive(record: Record, values: Given, *, source: str) -> bool:
    """Keeps the numbers that target `source` gave for one record; True if one of them is new.

    A housing code becomes the record's own, on the given object too.
    """
    changed = record.id in receive_all({record.id: values}, source=source)
    if changed and record.kind == Record.Kind.HOUSING and values.get(HOUSING_CODE):
        record.refresh_from_db(fields=["housing_code"])
    return changed


def receive_all(given: Mapping[UUID, Given], *, source: str) -> set[UUID]:
    """The same for a batch, in one statement; returns the records for which something is new."""
    rows = sorted(
        (record_id, name, str(value)[:64])
        for record_id, values in given.items()
        for name, value in values.items()
        if value
    )
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [source, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]])
        new = cursor.fetchall()
    for record_id, name, value in new:
        if name == HOUSING_CODE:
            _give_code(record_id, value, source)
    return {row[0] for row in new}


def _give_code(record_id: UUID, code: str, source: str) -> None:
    housing = Record.objects.filter(pk=record_id, kind=Record.Kind.HOUSING)
    locks.hold_code(code)
    try:
        with transaction.atomic():
            housing.update(housing_code=code)
    except IntegrityError:
        # Two of our rooms under one code of theirs: the number stays a reference of this one, somebody must look.
        logger.warning("%s gave the code of record %s to another housing unit as well", source, record_id)
