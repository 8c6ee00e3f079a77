"""The counters held against a full count, and made anew from one: for whoever doubts them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from .counts import GRID_DAYS, LEVELS, UNFOLDED, UNFOLDED_FLOWS
from .counts_folding import LOCK

# What stands, from the rows themselves (the view), at every level, against what is counted: one statement, one moment.
_DIFFERING = f"""
SELECT area, target_id, standing, since, sum(counted)::bigint, sum(found)::bigint
FROM (
    SELECT area, target_id, kind, standing, since, number AS counted, 0 AS found FROM delivery_count
    UNION ALL
    SELECT area, target_id, kind, standing, since, number, 0 FROM ({UNFOLDED.format(steps="delivery_step")}) AS late
    UNION ALL
    SELECT left(grid_code, size), target_id, kind, standing, since, 0, number
    FROM delivery_full_count CROSS JOIN {LEVELS} WHERE length(grid_code) >= size) AS both_
GROUP BY area, target_id, kind, standing, since HAVING sum(counted) <> sum(found)
UNION ALL
SELECT area, NULL, 'entered', day, sum(counted)::bigint, sum(found)::bigint
FROM (
    SELECT area, day, entered + verified AS counted, 0 AS found FROM delivery_flow WHERE target_id IS NULL
    UNION ALL
    SELECT area, day, entered + verified, 0 FROM ({UNFOLDED_FLOWS.format(steps="delivery_step")}) AS late
    WHERE target_id IS NULL
    UNION ALL
    SELECT left(grid_code, size), (received_at AT TIME ZONE 'Asia/Shanghai')::date, 0, 1
    FROM registry_entry CROSS JOIN {LEVELS} WHERE length(grid_code) >= size) AS both_
WHERE length(area) < 15 OR day > (now() AT TIME ZONE 'Asia/Shanghai')::date - {GRID_DAYS}
GROUP BY area, day HAVING sum(counted) <> sum(found)
ORDER BY 1, 2, 3, 4 LIMIT %(most)s
"""  # noqa: S608 - our own words
_STEP = """INSERT INTO delivery_step (made_at, grid_code, target_id, kind, was, was_since, stands, stands_since,
    verdict, at_once, bucket, number)"""
# What targets said on which day is nowhere else as cheaply: it is kept, of the flows only entries are counted anew.
_ANEW = f"""
WITH counts AS (DELETE FROM delivery_count),
entries AS (DELETE FROM delivery_flow WHERE target_id IS NULL),
steps AS (DELETE FROM delivery_step RETURNING *)
{_STEP}
SELECT now(), grid_code, target_id, kind, '', NULL::date, standing, since, '', false, NULL::smallint, number
FROM delivery_full_count
UNION ALL
SELECT date_trunc('day', e.received_at AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai', e.grid_code, NULL,
    r.kind, '', NULL, '', NULL, CASE WHEN e.action = 'verify' THEN 'verified' ELSE 'entered' END, false, NULL, count(*)
FROM registry_entry e JOIN registry_record r ON r.id = e.record_id GROUP BY 1, 2, 4, 9
UNION ALL
SELECT made_at, grid_code, target_id, kind, '', NULL, '', NULL, verdict, at_once, bucket, number
FROM steps WHERE verdict <> '' AND target_id IS NOT NULL
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that is wrong. `standing` "entered": entries of the day `since`."""

    area: str
    target_id: int | None
    standing: str
    since: date | None
    counted: int
    found: int


def differing(most: int = 100) -> list[Difference]:
    """The counters that are not what a full count finds, at most so many; reads every delivery."""
    with _unhurried() as cursor:
        cursor.execute(_DIFFERING, {"most": most})
        return [Difference(*row) for row in cursor.fetchall()]


def recount() -> int:
    """Forgets what is counted and counts anew, while the work goes on; how many groups it found."""
    with _unhurried() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(_ANEW)
        return int(cursor.rowcount)


@contextmanager
def _unhurried() -> Iterator[CursorWrapper]:
    """A transaction whose statements may take minutes: a full count reads every delivery there is."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield cursor
