"""What an entry locks before it looks: its own id, the person's document, the records in the order of their ids."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from gridapp import direct, sealing

from .models import Record

_RECORDS = """
SELECT {columns} FROM registry_record WHERE id = ANY(ARRAY(
    SELECT unnest(%(ids)b::uuid[])
    UNION SELECT id FROM registry_record WHERE housing_code = %(housing_code)s
    UNION SELECT id FROM registry_record WHERE identity = ANY(%(identities)b::bytea[])
    UNION SELECT record_id FROM registry_formerdocument
          WHERE identity = ANY(%(identities)b::bytea[])))
ORDER BY id FOR NO KEY UPDATE
"""


def hold(key: bytes) -> None:
    """Waits for whoever works on the same entry id or document, until the end of the transaction."""
    number = int.from_bytes(key[:8], "big", signed=True)
    direct.fetch("SELECT pg_advisory_xact_lock(%s)", [number])


def hold_document(identities: Sequence[bytes]) -> None:
    """Waits for whoever works on the same document, whichever index key writes there: the same order for all."""
    for identity in sorted(identities):
        hold(identity)


def hold_all(keys: Sequence[bytes]) -> None:
    """The same for many, one after the other as they stand."""
    numbers = [int.from_bytes(key[:8], "big", signed=True) for key in keys]
    direct.fetch("SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", [numbers])


def is_known(entry_id: UUID) -> bool:
    """True where the entry was made before; after `hold` of its id nobody else is making it."""
    return bool(direct.fetch("SELECT 1 FROM registry_entry WHERE id = %s", [entry_id]))


def hold_code(code: str) -> None:
    """The same for a housing code, so that two units never get one."""
    hold(sealing.standing(code, purpose="housing code"))


def records(*ids: UUID | None, housing: UUID | str | None = None, identities: Sequence[bytes] = ()) -> list[Record]:
    """The records by id, the housing unit by id or code, and whoever has or had the document, locked in one statement.

    In the order of their ids, so that two entries never wait for each other.
    """
    # Not through the ORM: every entry passes here. The search tokens stay behind, nobody reads them.
    names = [field.attname for field in Record._meta.concrete_fields if field.name != "tokens"]
    by_id = [id_ for id_ in (*ids, housing) if isinstance(id_, UUID)]
    code = housing if isinstance(housing, str) else None
    given = {"ids": by_id, "housing_code": code, "identities": [*identities]}
    rows = direct.fetch(_RECORDS.format(columns=", ".join(names)), given)
    return [Record.from_db(connection.alias, names, row) for row in rows]
