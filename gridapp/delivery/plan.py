"""The plan: one row per (record, target), set to what is wanted now. Idempotent: call it whenever anything changed.

Runs inside the caller's transaction, next to the change it answers; what comes next is a lane.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind
from gridapp.registry.models import Record

from . import clock, gates
from .loading import locked
from .models import Hold, Rank, Status
from .models.lanes import EPOCH_GENERATIONS
from .transitions import require
from .views import views
from .wishes import Block, Others, Wish, wish

_AWAY = (Status.SENDING, Status.SUBMITTED)
_COLUMNS = (
    "id", "record_id", "target_id", "status", "wanted_version", "wanted_digest", "generation", "held_digest",
    "maybe_sent", "hold", "waits_for", "reason_code", "fields",
)  # fmt: skip
NEXT_GENERATION = f"GREATEST(generation + 1, {EPOCH_GENERATIONS} * (SELECT max(epoch) FROM delivery_timeline))"  # noqa: S608 - our own words
"""A generation that this delivery never had, nor had in days that a restore from backup made us forget."""


@dataclass
class Planned:
    """What a plan did: the targets with something to do now, how many rows it wrote, and how many of which target."""

    due: set[int] = field(default_factory=set)
    written: int = 0
    of: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class _Row:
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

    def stand(self, status: str, block: Block | None = None) -> None:
        if self.status:
            require(self.status, status)
        self.status = status
        self.hold = block.hold if block else ""
        self.waits_for = block.waits_for if block else ""
        self.reason_code = block.code if block else ""
        self.reason = block.reason if block else ""
        self.fields = block.fields if block else ()


def plan(
    record_ids: Iterable[UUID],
    *,
    residents: bool = False,
    on: date | None = None,
    rank: Rank = Rank.ENTERED,
    only: Collection[int] | None = None,
) -> Planned:
    """Sets the deliveries of these records; with `residents` also of the people living at any housing among them.

    `rank`: of what is to be sent anew because of it. `only`: ids of the targets that it is about; None: all of them.

    Must run inside a transaction: it locks the records, so that two plans of one record follow each other.
    """
    chosen, now = locked(record_ids, residents=residents)
    if not chosen:
        return Planned()
    configured = targets.targets()
    others = Others.of({one.target.key: one.profile for one in configured})
    concerned = [one for one in configured if only is None or one.target.pk in only]
    known = views(chosen, on=on or clock.day(now))
    existing = _existing([record.id for record in chosen])
    planned = Planned()
    fresh: list[_Row] = []
    changed: list[_Row] = []
    for record in chosen:
        kind, ended = Kind(record.kind), record.closed_at is not None
        for one in concerned:
            old = existing.get((record.id, one.target.pk))
            if old is None and not one.live:
                continue  # what a target was told once is kept right even while it is switched off
            wanted = wish(known[record.id], kind, one.profile, others, ended=ended)
            row = _renewed(old, record, wanted, one, now) if old else _new(record, wanted, one, now)
            if row is None:
                continue
            (changed if old else fresh).append(row)
            if row.status == Status.WAITING:
                planned.due.add(row.target_id)
    _insert(fresh, rank)
    _update(changed, rank)
    planned.written = len(fresh) + len(changed)
    planned.of.update(row.target_id for row in (*fresh, *changed))
    return planned


def _existing(record_ids: Sequence[UUID]) -> dict[tuple[UUID, int], dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(_COLUMNS)}, {NEXT_GENERATION} FROM delivery_delivery WHERE record_id = ANY(%s) "  # noqa: S608 - our own names
            "ORDER BY id FOR NO KEY UPDATE",
            [list(record_ids)],
        )
        rows = [dict(zip((*_COLUMNS, "next"), row, strict=True)) for row in cursor.fetchall()]
    return {(row["record_id"], row["target_id"]): row for row in rows}


def _new(record: Record, wanted: Wish | None, one: Configured, now: datetime) -> _Row | None:
    if wanted is None or wanted.digest is None:
        return None
    row = _Row(None, record.id, one.target.pk, "", record.version, wanted.digest, 1)
    _send_or_wait(row, wanted, one, now)
    return row


def _renewed(old: dict[str, Any], record: Record, wanted: Wish | None, one: Configured, now: datetime) -> _Row | None:
    """The row as it should be now, or None where nothing changes."""
    row = _Row(
        old["id"], record.id, old["target_id"], old["status"], old["wanted_version"], old["wanted_digest"],
        old["generation"], old["hold"], old["waits_for"], old["reason_code"], "", tuple(old["fields"]),
    )  # fmt: skip
    untouched = old["held_digest"] is None and not old["maybe_sent"] and old["status"] not in _AWAY
    if wanted is None or wanted.digest is None:
        return _unwanted(row, old, record, wanted, untouched, one, now)
    moved = wanted.digest != old["wanted_digest"]
    if moved:
        row.wanted_digest, row.wanted_version, row.generation = wanted.digest, record.version, old["next"]
    if old["status"] in _AWAY or old["status"] == Status.UNCERTAIN:
        return row if moved else None  # settled when the answer is there: what is wanted then is compared again
    unsent = moved or old["status"] in (Status.WAITING, Status.HELD)
    if unsent and wanted.digest == old["held_digest"] and not old["maybe_sent"]:
        row.stand(Status.DELIVERED)  # changed back before it was sent: nothing to tell
        return row
    ours = old["status"] in (Status.WAITING, Status.HELD) or old["reason_code"] in _OURS
    if moved or (ours and not _stands_as(old, wanted.block)):
        _send_or_wait(row, wanted, one, now)
        return row
    return None


_OURS = frozenset({"incomplete", "inexpressible", "unmapped", "not_wanted", "withheld"})
"""Reasons that a plan gave and only a plan takes back."""


def _stands_as(old: dict[str, Any], block: Block | None) -> bool:
    """True where the row says already what the plan would say."""
    if block is None:
        return old["status"] == Status.WAITING or old["hold"] in (Hold.WINDOW, Hold.PAUSED, Hold.LIMIT)
    said = (old["status"], old["hold"], old["waits_for"], old["reason_code"], tuple(old["fields"]))
    return said == (block.status, block.hold, block.waits_for, block.code, block.fields)


def _unwanted(
    row: _Row,
    old: dict[str, Any],
    record: Record,
    wanted: Wish | None,
    untouched: bool,
    one: Configured,
    now: datetime,
) -> _Row | None:
    if untouched:
        if old["status"] == Status.CANCELLED:
            return None
        row.wanted_digest = None
        row.stand(Status.CANCELLED, Block(Status.CANCELLED, "not_wanted"))  # create and cancel before sending: nothing
        return row
    away = old["status"] in (*_AWAY, Status.UNCERTAIN)
    if wanted is None:
        return None if away else _kept(row, old)
    refused = old["status"] in (Status.RETURNED, Status.CONFLICT) and record.version > old["wanted_version"]
    if old["wanted_digest"] is None and not refused:
        return None  # it is being told already
    row.wanted_digest, row.wanted_version, row.generation = None, record.version, old["next"]
    if not away:
        _send_or_wait(row, Wish(None), one, now)
    return row


def _kept(row: _Row, old: dict[str, Any]) -> _Row | None:
    """No concern of the target any more, and it cannot be told: it keeps what it has, and nobody has anything to do."""
    settled = old["status"] in (Status.DELIVERED, Status.CANCELLED)
    if settled or old["maybe_sent"] or old["held_digest"] is None or old["wanted_digest"] is None:
        return None
    row.wanted_digest, row.generation = old["held_digest"], old["next"]
    row.stand(Status.DELIVERED)
    return row


def _send_or_wait(row: _Row, wanted: Wish, one: Configured, now: datetime) -> None:
    block = wanted.block or gates.block(one, now)
    row.stand(block.status if block else Status.WAITING, block)


def _insert(rows: Sequence[_Row], rank: Rank) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO delivery_delivery (record_id, target_id, status, wanted_version, wanted_digest, generation,
                due_at, rank, maybe_sent, was_maybe_sent, attempts, crashes, ticket, reference, hold, waits_for,
                reason_code, reason, fields, changed_at)
            SELECT r, t, s, v, d, g, CASE WHEN s = 'waiting' THEN now() END, %s, FALSE, FALSE, 0, 0, '', '', h, w, c,
                why, string_to_array(f, ',')::varchar[], now()
            FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::int[], %s::bytea[], %s::int[], %s::text[], %s::text[],
                %s::text[], %s::text[], %s::text[]) AS n(r, t, s, v, d, g, h, w, c, why, f)
            ON CONFLICT (record_id, target_id) DO NOTHING
            """,
            [
                rank, [row.record_id for row in rows], [row.target_id for row in rows], [row.status for row in rows],
                [row.wanted_version for row in rows], [row.wanted_digest for row in rows],
                [row.generation for row in rows], [row.hold for row in rows], [row.waits_for for row in rows],
                [row.reason_code for row in rows], [row.reason for row in rows], [",".join(row.fields) for row in rows],
            ],
        )  # fmt: skip


def _update(rows: Sequence[_Row], rank: Rank) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_delivery AS d SET status = s, wanted_version = v, wanted_digest = w, generation = g,
                due_at = CASE WHEN s = 'waiting' THEN coalesce(CASE WHEN d.generation = g THEN d.due_at END, now()) END,
                rank = CASE WHEN d.generation = g THEN d.rank ELSE %s END,
                attempts = CASE WHEN d.generation = g THEN attempts ELSE 0 END,
                hold = h, waits_for = f, reason_code = c, reason = why,
                fields = string_to_array(n.names, ',')::varchar[], changed_at = now()
            FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::bytea[], %s::int[], %s::text[], %s::text[], %s::text[],
                %s::text[], %s::text[]) AS n(id, s, v, w, g, h, f, c, why, names)
            WHERE d.id = n.id
            """,
            [
                rank, [row.id for row in rows], [row.status for row in rows], [row.wanted_version for row in rows],
                [row.wanted_digest for row in rows], [row.generation for row in rows], [row.hold for row in rows],
                [row.waits_for for row in rows], [row.reason_code for row in rows], [row.reason for row in rows],
                [",".join(row.fields) for row in rows],
            ],
        )  # fmt: skip
