"""Deleting a record for good, and deleting it again when a backup brings it back.

Begun by two people's decision: departments are told first (delivery.deleting), then `bury` empties the rows. What was
begun stands in a file outside the database as well (TOMBSTONES), so that an older backup learns of it.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import locks
from .models import Record, RightsRequest, Tombstone
from .tombstones_burying import bury

logger = logging.getLogger(__name__)

Forget = Callable[[Collection[UUID]], None]
_others: list[Forget] = []
_torn: set[int] = set()
"""Lines of the file that were complained of."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file."""

    record_id: UUID
    identity: bytes | None
    why: str
    request_id: UUID | None
    by: int
    agreed_by: int
    begun_at: datetime


def also(forget: Forget) -> None:
    """What a part above this one does with the rows that it keeps of records that are buried; told when it starts."""
    if forget not in _others:
        _others.append(forget)


def is_under_way(record_id: UUID) -> bool:
    """Whether the record is being deleted: whoever wrote to it now would lose it."""
    return Tombstone.objects.filter(record_id=record_id, purged_at=None).exists()


def begin(row: RightsRequest) -> Tombstone:
    """The deletion that two people decided on. Runs inside the caller's transaction. Raises ValueError."""
    if row.status != RightsRequest.Status.DELETING or row.decided_by_id is None or row.agreed_by_id is None:
        raise ValueError("two people decide on a deletion")
    stone, _new = Tombstone.objects.get_or_create(
        record_id=row.record_id,
        defaults={
            "identity": row.record.identity, "why": row.ground, "request_id": row.pk, "by": row.decided_by_id,
            "agreed_by": row.agreed_by_id, "begun_at": timezone.now(),
        },
    )  # fmt: skip
    note(Act.RECORD_DELETING, by=row.agreed_by_id, about=f"record:{row.record_id}", request=str(row.pk), why=row.ground)
    return stone


@transaction.atomic
def bury_one(record_id: UUID) -> list[UUID]:
    """Empties every row of a record; the homes they lived at. Twice does nothing more."""
    rows = locks.records(record_id)
    homes = bury(rows[0]) if rows and rows[0].grid_code else []
    for forget in _others:
        forget([record_id])
    Tombstone.objects.filter(record_id=record_id, purged_at=None).update(purged_at=timezone.now())
    note(Act.RECORD_DELETED, about=f"record:{record_id}")
    return homes


def write_down() -> int:
    """Appends to the file what is not in it yet; how many. The file is on the disk before the row says so."""
    fresh = list(Tombstone.objects.filter(file_at=None).order_by("begun_at"))
    if not fresh:
        return 0
    path = settings.TOMBSTONES
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two processes' lines do not run into each other
        if (size := os.fstat(descriptor).st_size) and os.pread(descriptor, 1, size - 1) != b"\n":
            file.write(b"\n")  # what a full disk cut short takes the next line with it otherwise
        for stone in fresh:
            file.write(orjson.dumps(_told(stone)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return Tombstone.objects.filter(pk__in=[stone.pk for stone in fresh]).update(file_at=timezone.now())


def read_back() -> int:
    """Deletions that stand in the file and not in the database, which was restored from before them; how many.

    Whatever way it was restored: they are under way again from now on.
    """
    lost = _lost()
    for line in lost:
        Tombstone.objects.get_or_create(
            record_id=line.record_id,
            defaults={
                "identity": line.identity, "why": line.why, "request_id": line.request_id, "by": line.by,
                "agreed_by": line.agreed_by, "begun_at": line.begun_at, "file_at": timezone.now(),
            },
        )  # fmt: skip
    if lost:
        logger.warning("%d deletions are begun again: the database knew nothing of them", len(lost))
    return len(lost)


def forgotten() -> bool:
    """Whether there is anything to be read back."""
    return bool(_lost())


def _lost() -> list[_Line]:
    lines = list(_lines())
    known = set(Tombstone.objects.values_list("record_id", flat=True)) if lines else set()
    return [line for line in lines if line.record_id not in known]


def apply_tombstones() -> int:
    """After a restore: whatever was deleted since the backup, or was being deleted, is deleted again; how many records.

    Departments are not told once more here: they were, or the deletion's row says who was not. Who was entered again
    after their deletion has another record, and keeps it.
    """
    read_back()
    buried = 0
    stones = Tombstone.objects.values_list("record_id", flat=True)
    for record_id in Record.objects.filter(pk__in=stones).exclude(grid_code="").values_list("pk", flat=True):
        bury_one(record_id)
        buried += 1
    Tombstone.objects.filter(purged_at=None).update(purged_at=timezone.now())
    note(Act.TOMBSTONES_APPLIED, records=buried)
    logger.info("%d records were deleted again", buried)
    return buried


def _lines() -> Iterator[_Line]:
    """The file's lines; one that a crash cut short is passed over, for its deletion was not begun."""
    if not settings.TOMBSTONES.exists():
        return
    for number, raw in enumerate(settings.TOMBSTONES.read_bytes().splitlines(), start=1):
        try:
            told: dict[str, Any] = orjson.loads(raw)
            yield _Line(
                UUID(told["record"]),
                bytes.fromhex(told["identity"]) if told["identity"] else None,
                str(told["why"]),
                UUID(told["request"]) if told["request"] else None,
                int(told["by"]),
                int(told["agreed_by"]),
                datetime.fromisoformat(told["begun_at"]),
            )
        except (ValueError, KeyError, TypeError):
            if number not in _torn:  # once a process, not with every look of the clock
                _torn.add(number)
                logger.error("line %d of the tombstones does not read", number)


def _told(stone: Tombstone) -> dict[str, Any]:
    return {
        "record": str(stone.record_id),
        "identity": bytes(stone.identity).hex() if stone.identity else "",
        "why": stone.why,
        "request": str(stone.request_id) if stone.request_id else "",
        "by": stone.by,
        "agreed_by": stone.agreed_by,
        "begun_at": stone.begun_at.isoformat(),
    }
