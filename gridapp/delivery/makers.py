"""Who made the newest entry of a record, and when: what targets ask for as worker and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection

from gridapp.contract import Worker
from gridapp.org.models import User


@dataclass(frozen=True, slots=True)
class Made:
    """The newest act on a record."""

    worker: Worker
    at: datetime


def newest(record_ids: Sequence[UUID]) -> Mapping[UUID, Made]:
    """Record id -> its newest entry's worker and time. One statement, and one per worker not met before."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.id, e.by_id, e.made_at FROM unnest(%s::uuid[]) AS r(id)
            CROSS JOIN LATERAL (SELECT by_id, made_at FROM registry_entry
                WHERE record_id = r.id ORDER BY number DESC LIMIT 1) AS e
            """,
            [list(record_ids)],
        )
        rows = cursor.fetchall()
    database = str(connection.settings_dict["NAME"])
    return {record_id: Made(_worker(by, database), at) for record_id, by, at in rows}


@lru_cache(maxsize=4096)
def _worker(user_id: int, database: str) -> Worker:
    user = User.objects.get(pk=user_id)
    return Worker(user.staff_no, user.display_name, user.id_number)
