"""What an entry locks before it looks: its own id, the person's document, the records in the order of their ids."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from gridapp import sealing

from .models import Record

_RECORDS = """
SELECT * FROM registry_record WHERE id = ANY(ARRAY(
    SELECT unnest(%(ids)s::uuid[])
    UNION SELECT id FROM registry_record WHERE housing_code = %(housing_code)s
    UNION SELECT id FROM registry_record WHERE identity = %(identity)s
    UNION SELECT record_id FROM registry_formerdocument WHERE identity = %(identity)s))
ORDER BY id FOR NO KEY UPDATE
"""


def hold(key: bytes) -> None:
    """Waits for whoever works on the same entry id or document, until the end of the transaction."""
    number = int.from_bytes(key[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def hold_code(code: str) -> None:
    """The same for a housing code, so that two units never get one."""
    hold(sealing.blind(code, purpose="housing code"))


def records(*ids: UUID | None, housing: UUID | str | None = None, identity: bytes | None = None) -> list[Record]:
    """The records by id, the housing unit by id or code, and whoever has or had the document, locked in one statement.

    In the order of their ids, so that two entries never wait for each other.
    """
    by_id = [id_ for id_ in (*ids, housing) if isinstance(id_, UUID)]
    code = housing if isinstance(housing, str) else None
    return list(Record.objects.raw(_RECORDS, {"ids": by_id, "housing_code": code, "identity": identity}))
