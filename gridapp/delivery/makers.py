"""The records of a batch with who made their newest entry and when: what targets ask for as worker and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection

from gridapp.contract import Worker
from gridapp.org.models import User
from gridapp.registry.models import Record


@dataclass(frozen=True, slots=True)
class Made:
    """A record and its newest act."""

    record: Record
    worker: Worker
    at: datetime


def newest(record_ids: Sequence[UUID]) -> Mapping[UUID, Made]:
    """Record id -> the record with what views read of it, and its newest entry's worker and time.

    One statement, and one per worker not met before: this is read for every batch, so it goes past the ORM.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.by_id, e.made_at, r.id, r.kind, r.grid_code, r.version, r.sealed, r.closed_at, r.verified_at,
                r.building_id, r.floor_no, r.room_no, r.housing_code
            FROM registry_record r
            CROSS JOIN LATERAL (SELECT by_id, made_at FROM registry_entry
                WHERE record_id = r.id ORDER BY number DESC LIMIT 1) AS e
            WHERE r.id = ANY(%s)
            """,
            [list(record_ids)],
        )
        rows = cursor.fetchall()
    database = str(connection.settings_dict["NAME"])
    names = ("id", "kind", "grid_code", "version", "sealed", "closed_at", "verified_at", "building_id", "floor_no",
             "room_no", "housing_code")  # fmt: skip
    return {
        row[2]: Made(Record(**dict(zip(names, row[2:], strict=True))), _worker(row[0], database), row[1])
        for row in rows
    }


@lru_cache(maxsize=4096)
def _worker(user_id: int, database: str) -> Worker:
    """Kept in memory; `database` tells the accounts of different databases apart."""
    user = User.objects.get(pk=user_id)
    return Worker(user.staff_no, user.display_name, user.id_number)
