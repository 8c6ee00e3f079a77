"""The rows that a plan reads and writes: one statement to read them, one for the new, one for the changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gridapp import direct

from .models import Rank
from .models.lanes import EPOCH_GENERATIONS
from .transitions import require
from .wishes import Block

NEXT_GENERATION = f"GREATEST(generation + 1, {EPOCH_GENERATIONS} * (SELECT max(epoch) FROM delivery_timeline))"  # noqa: S608 - our own words
"""A generation that this delivery never had, nor had in days that a restore from backup made us forget."""
_COLUMNS = (
    "id", "record_id", "target_id", "status", "wanted_version", "wanted_digest", "generation", "held_digest",
    "maybe_sent", "hold", "waits_for", "reason_code", "fields",
)  # fmt: skip
_READ = f"""
SELECT {", ".join(_COLUMNS)}, {NEXT_GENERATION} FROM delivery_delivery WHERE record_id = ANY(%(ids)b::uuid[])
"""  # noqa: S608 - our own names
_LOCKED = "ORDER BY id FOR NO KEY UPDATE"
_INSERT = """
INSERT INTO delivery_delivery (record_id, target_id, status, wanted_version, wanted_digest, wanted_at, generation,
    due_at, rank,
    maybe_sent, was_maybe_sent, attempts, crashes, ticket, reference, hold, waits_for, reason_code, reason, fields,
    changed_at)
SELECT record, target, status, version, decode(digest, 'hex'), CASE WHEN %(rank)s = 0 THEN now() END, generation,
    CASE WHEN status = 'waiting' THEN now() END,
    %(rank)s, FALSE, FALSE, 0, 0, '', '', hold, awaits, code, why, string_to_array(fields, ',')::varchar[], now()
FROM json_to_recordset(%(rows)s::json) AS n(record uuid, target bigint, status text, version int, digest text,
    generation int, hold text, awaits text, code text, why text, fields text)
ON CONFLICT (record_id, target_id) DO NOTHING
"""
_UPDATE = """
UPDATE delivery_delivery AS d SET status = n.status, wanted_version = version, wanted_digest = decode(digest, 'hex'),
    generation = n.generation,
    wanted_at = CASE WHEN d.generation = n.generation THEN d.wanted_at WHEN %(rank)s = 0 THEN now() END,
    due_at = CASE WHEN n.status = 'waiting' THEN
        coalesce(CASE WHEN d.generation = n.generation THEN d.due_at END, now()) END,
    rank = CASE WHEN d.generation = n.generation THEN d.rank ELSE %(rank)s END,
    attempts = CASE WHEN d.generation = n.generation THEN attempts ELSE 0 END,
    hold = n.hold, waits_for = awaits, reason_code = code, reason = why,
    fields = string_to_array(n.fields, ',')::varchar[], changed_at = now()
FROM json_to_recordset(%(rows)s::json) AS n(id bigint, status text, version int, digest text, generation int,
    hold text, awaits text, code text, why text, fields text)
WHERE d.id = n.id
"""


@dataclass(slots=True)
class Row:
    """The columns a plan sets; `id` None is a new row."""

    id: int | None
    record_id: UUID
    target_id: int
    status: str
    wanted_version: int
    wanted_digest: bytes | None
    generation: int
    hold: str = ""
    waits_for: str = ""
    reason_code: str = ""
    reason: str = ""
    fields: tuple[str, ...] = ()
    doubtful: bool = False  # it may have arrived at a target that would store it twice

    def stand(self, status: str, block: Block | None = None) -> None:
        if self.status:
            require(self.status, status)
        self.status = status
        self.hold = block.hold if block else ""
        self.waits_for = block.waits_for if block else ""
        self.reason_code = block.code if block else ""
        self.reason = block.reason if block else ""
        self.fields = block.fields if block else ()

    def told(self) -> dict[str, Any]:
        """Its columns as the statements name them."""
        return {
            "id": self.id, "record": self.record_id, "target": self.target_id, "status": self.status,
            "version": self.wanted_version, "digest": self.wanted_digest, "generation": self.generation,
            "hold": self.hold, "awaits": self.waits_for, "code": self.reason_code, "why": self.reason,
            "fields": ",".join(self.fields),
        }  # fmt: skip


def rows_of(record_ids: Sequence[UUID], *, locking: bool = True) -> dict[tuple[UUID, int], dict[str, Any]]:
    """(record id, target id) -> its columns as they stand, locked; "next": the generation that a change would have."""
    found = direct.fetch(_READ + _LOCKED if locking else _READ, {"ids": list(record_ids)})
    rows = [dict(zip((*_COLUMNS, "next"), row, strict=True)) for row in found]
    return {(row["record_id"], row["target_id"]): row for row in rows}


def insert(rows: Sequence[Row], rank: Rank) -> None:
    """Writes new rows; one that is there meanwhile stays as it is."""
    _write(_INSERT, rows, rank)


def update(rows: Sequence[Row], rank: Rank) -> None:
    """Writes changed rows; one of the same generation keeps its rank, its tries and when it is due."""
    _write(_UPDATE, rows, rank)


def _write(statement: str, rows: Sequence[Row], rank: Rank) -> None:
    if rows:
        direct.run(statement, {"rank": int(rank), "rows": direct.table([row.told() for row in rows])})
