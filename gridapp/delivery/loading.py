"""Records for plans and batches, past the ORM: with what views read of them, and nothing else.

Read for every entry and every batch, which is why it is not written as a queryset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from gridapp import direct
from gridapp.contract import Worker
from gridapp.org.models import User


class Kept(NamedTuple):
    """The columns of one record that views and plans read."""

    id: UUID
    kind: str
    grid_code: str
    version: int
    sealed: bytes
    closed_at: datetime | None
    verified_at: datetime | None
    building_id: str | None
    floor_no: int | None
    room_no: str
    housing_code: str | None


_COLUMNS = ", ".join(f"r.{name}" for name in Kept._fields)
_RESIDENTS = "UNION SELECT resident_id FROM registry_residency WHERE housing_id = ANY(%(ids)b::uuid[]) AND is_open"
_HOLD = f"""
SELECT r.id FROM registry_record r WHERE r.id = ANY(ARRAY(SELECT unnest(%(ids)b::uuid[]) {_RESIDENTS}))
ORDER BY r.id FOR NO KEY UPDATE
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Made:
    """A record, and who made its newest entry and when: what targets ask for as worker and time."""

    record: Kept
    worker: Worker
    at: datetime


def newest(record_ids: Sequence[UUID]) -> Mapping[UUID, Made]:
    """Record id -> the record with its newest act. One statement, and one per worker not met before."""
    rows = direct.fetch(
        f"""
        SELECT e.by_id, e.made_at, {_COLUMNS} FROM registry_record r
        CROSS JOIN LATERAL (SELECT by_id, made_at FROM registry_entry
            WHERE record_id = r.id ORDER BY number DESC LIMIT 1) AS e
        WHERE r.id = ANY(%(ids)b::uuid[])
        """,  # noqa: S608 - our own column names
        {"ids": list(record_ids)},
    )
    database = str(connection.settings_dict["NAME"])
    return {row[2]: Made(Kept._make(row[2:]), _worker(row[0], database), row[1]) for row in rows}


def locked(record_ids: Iterable[UUID], *, residents: bool) -> tuple[list[Kept], datetime]:
    """The records, with `residents` also the people living at any housing among them, and the database's time.

    Locked in the order of their ids, so that two plans never wait for each other.
    """
    return _chosen(record_ids, residents=residents, locking=True)


def hold(record_ids: Iterable[UUID]) -> None:
    """Locks the records and the people living at any housing among them, before any delivery is locked.

    For who will plan them in the same transaction: plans lock records first, and whoever came the other way round would
    wait for a plan that waits for them.
    """
    direct.fetch(_HOLD, {"ids": list(record_ids)})


def seen(record_ids: Iterable[UUID]) -> tuple[list[Kept], datetime]:
    """The same records as they are at this moment, locked by nobody."""
    return _chosen(record_ids, residents=False, locking=False)


def _chosen(record_ids: Iterable[UUID], *, residents: bool, locking: bool) -> tuple[list[Kept], datetime]:
    rows = direct.fetch(
        f"""
        SELECT clock_timestamp(), {_COLUMNS} FROM registry_record r
        WHERE r.id = ANY(ARRAY(SELECT unnest(%(ids)b::uuid[]) {_RESIDENTS if residents else ""}))
        ORDER BY r.id {"FOR NO KEY UPDATE" if locking else ""}
        """,  # noqa: S608 - our own column names
        {"ids": list(record_ids)},
    )
    return [Kept._make(row[1:]) for row in rows], rows[-1][0] if rows else timezone.now()


@lru_cache(maxsize=4096)
def _worker(user_id: int, database: str) -> Worker:
    """Kept in memory; `database` tells the accounts of different databases apart."""
    user = User.objects.get(pk=user_id)
    return Worker(user.staff_no, user.display_name, user.id_number)
