"""The months of the attempts: made ahead of time, strays brought home, months that nobody must keep dropped whole.

Months are UTC's, so that their bounds never move with a setting. Every step is a short transaction that waits a moment
for its lock at most, and may be broken off and begun again anywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from django.db import OperationalError, connection, transaction
from psycopg import sql
from psycopg.errors import LockNotAvailable

logger = logging.getLogger(__name__)

TABLE = "delivery_attempt"
AHEAD = 2
"""Months that are there before they begin: so long the nightly work may stay away."""
_LOCK = 990105  # any number, the same for all who make or drop months
_PATIENCE = "2s"
"""While we wait for the table everybody else waits behind us."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Tries from `begins` (None: from the beginning) until before `ends`."""

    name: str
    begins: datetime | None
    ends: datetime

    def covers(self, moment: datetime) -> bool:
        return (self.begins is None or self.begins <= moment) and moment < self.ends


def month_of(moment: datetime) -> datetime:
    """The first moment of its month."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def months_later(moment: datetime, months: int) -> datetime:
    """The first moment of the month so many months after (before, where negative) that of `moment`."""
    number = moment.astimezone(UTC).year * 12 + moment.astimezone(UTC).month - 1 + months
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


def partitions() -> list[Partition]:
    """All but the default one, oldest first; none where the table is not divided."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"""
            SELECT name, substring(bound FROM 'FROM \(''([^'']+)''')::timestamptz,
                substring(bound FROM 'TO \(''([^'']+)''')::timestamptz
            FROM (SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
                FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = to_regclass(%s) AND c.relispartition) AS parts
            WHERE bound <> 'DEFAULT' ORDER BY 3
            """,
            [TABLE],
        )
        return [Partition(*row) for row in cursor.fetchall()]


def is_divided() -> bool:
    """Whether the table is there and has months: not before its migration, nor after it was taken back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(%s) AND relkind = 'p')", [TABLE])
        return bool(cursor.fetchone()[0])


def make(first: datetime, last: datetime) -> int:
    """Makes the months from that of `first` to that of `last` that are not there yet; how many it made.

    What lies in the default partition of such a month moves into it.
    """
    known, month, made = partitions(), month_of(first), 0
    while month <= last:
        if not any(one.covers(month) for one in known):
            made += _unless_busy(partial(_make, month))
        month = months_later(month, 1)
    return made


def drop(before: datetime) -> int:
    """Drops the partitions that end by `before`, with all that is in them; how many."""
    return sum(_unless_busy(partial(_drop, one.name)) for one in partitions() if one.ends <= before)


def strays(since: datetime, until: datetime) -> list[datetime]:
    """The months between the two of what lies in the default partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT date_trunc('month', started_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
            FROM delivery_attempt_default WHERE started_at >= %s AND started_at < %s ORDER BY 1
            """,
            [since, until],
        )
        return [row[0] for row in cursor.fetchall()]


def _make(begins: datetime) -> bool:
    """One month, made apart and then attached: what is born in its place would lock out all who read or write."""
    ends, name = months_later(begins, 1), sql.Identifier(f"{TABLE}_{begins:%Y_%m}")
    with connection.cursor() as cursor:
        if any(one.covers(begins) for one in partitions()):
            return False  # another process got there first
        cursor.execute("LOCK TABLE delivery_attempt_default IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            sql.SQL("CREATE TABLE {} (LIKE delivery_attempt INCLUDING DEFAULTS INCLUDING CONSTRAINTS)").format(name)
        )
        cursor.execute(
            sql.SQL(
                """
                WITH moved AS (
                    DELETE FROM delivery_attempt_default WHERE started_at >= {} AND started_at < {} RETURNING *)
                INSERT INTO {} SELECT * FROM moved
                """
            ).format(begins, ends, name)
        )
        cursor.execute(
            sql.SQL("ALTER TABLE delivery_attempt ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
                name, begins.isoformat(), ends.isoformat()
            )
        )
    return True


def _drop(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))
    return True


def _unless_busy(step: Callable[[], bool]) -> bool:
    """Runs a step in a transaction of its own; False where the table is not free in time: the next night is there."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
            cursor.execute("SELECT set_config('statement_timeout', '15min', true)")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return step()
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        logger.warning("%s is busy: its months are left to the next night", TABLE)
        return False
