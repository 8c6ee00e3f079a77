"""The plan: one row per (record, target), set to what is wanted now. Idempotent: call it whenever anything changed.

Runs inside the caller's transaction, next to the change it answers; what comes next is a lane.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from gridapp.catalogue import recoding, targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind

from . import clock, gates
from .loading import Kept, locked, seen
from .models import Hold, Rank, Status
from .rows import Row, insert, rows_of, update
from .views import views
from .wishes import Block, Others, Wish, wish

_AWAY = (Status.SENDING, Status.SUBMITTED)


@dataclass
class Planned:
    """What a plan did: the targets with something to do now, how many rows it wrote, and how many of which target."""

    due: set[int] = field(default_factory=set)
    written: int = 0
    of: Counter[int] = field(default_factory=Counter)


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
    fresh: list[Row] = []
    changed: list[Row] = []
    for row in _to_write(chosen, now, rows_of([record.id for record in chosen]), on=on, only=only) if chosen else ():
        (fresh if row.id is None else changed).append(row)
    insert(fresh, rank)
    update(changed, rank)
    due = {row.target_id for row in (*fresh, *changed) if row.status == Status.WAITING}
    return Planned(due, len(fresh) + len(changed), Counter(row.target_id for row in (*fresh, *changed)))


def outdated(record_ids: Iterable[UUID], *, only: Collection[int] | None = None) -> list[UUID]:
    """Those of the records for which a plan would write something now. Locks nothing, so that nobody waits for it."""
    chosen, now = seen(record_ids)
    existing = rows_of([record.id for record in chosen], locking=False)
    return list(dict.fromkeys(row.record_id for row in _to_write(chosen, now, existing, on=None, only=only)))


def _to_write(
    chosen: Sequence[Kept],
    now: datetime,
    existing: Mapping[tuple[UUID, int], dict[str, Any]],
    *,
    on: date | None,
    only: Collection[int] | None,
) -> Iterator[Row]:
    """The rows that are not as they should be, as they should be."""
    configured = targets.targets()
    others = Others.of({one.target.key: one.profile for one in configured})
    concerned = [
        (one, recoding.planned(one.changes, now)) for one in configured if only is None or one.target.pk in only
    ]
    known = views(chosen, on=on or clock.day(now))
    for record in chosen:
        kind, ended = Kind(record.kind), record.closed_at is not None
        for one, codes in concerned:
            old = existing.get((record.id, one.target.pk))
            if old is None and not one.live:
                continue  # what a target was told once is kept right even while it is switched off
            view = recoding.told(known[record.id], codes)
            wanted = wish(view, kind, one.profile, others, ended=ended)
            row = _renewed(old, record, wanted, one, now) if old else _new(record, wanted, one, now)
            if row is not None:
                yield row


def _new(record: Kept, wanted: Wish | None, one: Configured, now: datetime) -> Row | None:
    if wanted is None or wanted.digest is None:
        return None
    row = Row(None, record.id, one.target.pk, "", record.version, wanted.digest, 1)
    _send_or_wait(row, wanted, one, now)
    return row


def _renewed(old: dict[str, Any], record: Kept, wanted: Wish | None, one: Configured, now: datetime) -> Row | None:
    """The row as it should be now, or None where nothing changes."""
    row = Row(
        old["id"], record.id, old["target_id"], old["status"], old["wanted_version"], old["wanted_digest"],
        old["generation"], old["hold"], old["waits_for"], old["reason_code"], "", tuple(old["fields"]),
        doubtful=old["maybe_sent"] and not (one.connector is not None and one.connector.capabilities.resend_safe),
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


_NOT_OURS = (Hold.WINDOW, Hold.PAUSED, Hold.LIMIT, Hold.RESTRICTED)
"""What holds a row besides its content: no plan says so, and none ends it."""
_OURS = frozenset({"incomplete", "inexpressible", "unmapped", "not_wanted", "withheld"})
"""Reasons that a plan gave and only a plan takes back."""


def _stands_as(old: dict[str, Any], block: Block | None) -> bool:
    """True where the row says already what the plan would say."""
    if block is None:
        return old["status"] == Status.WAITING or old["hold"] in _NOT_OURS
    said = (old["status"], old["hold"], old["waits_for"], old["reason_code"], tuple(old["fields"]))
    return said == (block.status, block.hold, block.waits_for, block.code, block.fields)


def _unwanted(
    row: Row,
    old: dict[str, Any],
    record: Kept,
    wanted: Wish | None,
    untouched: bool,
    one: Configured,
    now: datetime,
) -> Row | None:
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


def _kept(row: Row, old: dict[str, Any]) -> Row | None:
    """No concern of the target any more, and it cannot be told: it keeps what it has, and nobody has anything to do."""
    settled = old["status"] in (Status.DELIVERED, Status.CANCELLED)
    if settled or old["maybe_sent"] or old["held_digest"] is None or old["wanted_digest"] is None:
        return None
    row.wanted_digest, row.generation = old["held_digest"], old["next"]
    row.stand(Status.DELIVERED)
    return row


def _send_or_wait(row: Row, wanted: Wish, one: Configured, now: datetime) -> None:
    if row.doubtful and row.status == Status.FAILED:  # it failed in mid-call: asked about before anything new is sent
        row.stand(Status.UNCERTAIN, Block(Status.UNCERTAIN, "unknown"))
        return
    block = wanted.block or gates.block(one, now)
    row.stand(block.status if block else Status.WAITING, block)
