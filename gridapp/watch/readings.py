"""What a scrape reads from the database: a fixed number of statements, each by index, whatever the backlog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

MOST = 10_000
"""Counts end here, so that a scrape costs the same with any backlog. Whether a lane is well is told by its age."""
PATIENCE = 5000
"""Milliseconds that one statement of a scrape may take."""

Rows = list[tuple[Any, ...]]

_LANES = """
SELECT t.key, t.enabled, t.paused_at IS NOT NULL, coalesce(l.stopped_why, '') <> '', coalesce(l.failures, 0),
    greatest(0, extract(epoch FROM l.closed_until - now()))::float8, coalesce(l.leases_lost, 0),
    coalesce(l.found_by_sweep, 0), extract(epoch FROM l.last_success_at)::float8,
    coalesce(l.lease_until > now(), FALSE), l.slowly
FROM catalogue_target AS t LEFT JOIN delivery_lane AS l ON l.target_id = t.id ORDER BY t.position, t.key
"""
_AGES = """
SELECT t.key, r.rank, coalesce(extract(epoch FROM now() - (
    SELECT due_at FROM delivery_delivery
    WHERE target_id = t.id AND rank = r.rank AND status = 'waiting' AND due_at <= now()
    ORDER BY due_at LIMIT 1)), 0)::float8
FROM catalogue_target AS t CROSS JOIN (VALUES (0), (1)) AS r(rank)
"""
# Each status by the partial index that is about it. The orders, and ranges of one value where a plain "=" would be
# ordered by anything, leave PostgreSQL no other index: one of all of a target's rows would do for an estimate that is
# wrong, and read them all. `sending` is never more than what is on its way.
_SENDING = """
SELECT t.key, 'sending', '', count(d.target_id) FROM catalogue_target AS t LEFT JOIN (
    SELECT target_id FROM delivery_delivery WHERE status = 'sending' LIMIT %(most)s) AS d ON d.target_id = t.id
GROUP BY t.key
"""
_NUMBER = """
SELECT t.key, '{status}', '{hold}', (SELECT count(*) FROM (
    SELECT FROM delivery_delivery WHERE target_id = t.id AND {rows} LIMIT %(most)s) AS d)
FROM catalogue_target AS t
"""
_SOMEONES_MOVE = "status IN ('returned', 'conflict', 'manual', 'uncertain', 'failed') AND "
_RANGE = "{column} >= '{only}' AND {column} <= '{only}' ORDER BY {column}"
_COUNTS = "UNION ALL".join(
    [
        _SENDING,
        _NUMBER.format(status="waiting", hold="", rows="status = 'waiting' ORDER BY rank, due_at, id"),
        _NUMBER.format(status="submitted", hold="", rows="status = 'submitted' ORDER BY track_at"),
        *(
            _NUMBER.format(status=one, hold="", rows=_SOMEONES_MOVE + _RANGE.format(column="status", only=one))
            for one in ("returned", "conflict", "manual", "uncertain", "failed")
        ),
        *(
            _NUMBER.format(
                status="held", hold=one, rows="status = 'held' AND " + _RANGE.format(column="hold", only=one) + ", id"
            )
            for one in ("dependency", "window", "limit", "paused", "restricted")
        ),
    ]
)
_DOUBTS = f"""
SELECT t.key, coalesce(extract(epoch FROM now() - d.oldest), 0)::float8
FROM catalogue_target AS t CROSS JOIN LATERAL (
    SELECT min(changed_at) AS oldest FROM (
        SELECT changed_at FROM delivery_delivery
        WHERE target_id = t.id AND {_SOMEONES_MOVE} {_RANGE.format(column="status", only="uncertain")}
        LIMIT 1000) AS first
) AS d
"""  # noqa: S608 - our own words
_TALLIES = """
SELECT t.key, y.outcome, y.tries FROM delivery_tally AS y JOIN catalogue_target AS t ON t.id = y.target_id ORDER BY 1, 2
"""
_ALARMS = """
SELECT coalesce(t.key, ''), a.kind, count(*)
FROM delivery_alarm AS a LEFT JOIN catalogue_target AS t ON t.id = a.target_id WHERE a.ended_at IS NULL GROUP BY 1, 2
"""
_CALLS = """
SELECT t.key, c.number, coalesce(extract(epoch FROM now() - c.oldest), 0)::float8
FROM catalogue_target AS t CROSS JOIN LATERAL (
    SELECT count(*) AS number, min(received_at) AS oldest FROM (
        SELECT received_at FROM delivery_callback WHERE target_id = t.id AND due_at IS NOT NULL LIMIT %(most)s) AS first
) AS c
"""
_RECONCILIATIONS = """
SELECT t.key, extract(epoch FROM r.finished_at)::float8, r.asked, r.agreed, r.lost, r.differing, r.undecided,
    r.trouble <> ''
FROM catalogue_target AS t CROSS JOIN LATERAL (
    SELECT * FROM delivery_reconciliation WHERE target_id = t.id AND finished_at IS NOT NULL
    ORDER BY id DESC LIMIT 1) AS r
"""
_BACKFILLS = """
SELECT t.key, b.finished_at IS NULL, b.total, b.seen, b.written
FROM catalogue_target AS t CROSS JOIN LATERAL (
    SELECT * FROM delivery_backfill WHERE target_id = t.id ORDER BY id DESC LIMIT 1) AS b
"""
_SWEEP = "SELECT extract(epoch FROM clock_timestamp() - done_at)::float8 FROM delivery_sweep"


@dataclass(frozen=True, slots=True)
class Lane:
    """A target and how its lane fares. `rests`: seconds until the next try. `well_at`: Unix time, None for never."""

    key: str
    enabled: bool
    paused: bool
    stopped: bool
    failures: int
    rests: float | None
    leases_lost: int
    found_by_sweep: int
    well_at: float | None
    served: bool
    slowly: float | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows begin with the target's key. Ages are seconds; counts end at MOST."""

    lanes: list[Lane]
    ages: Rows  # rank, seconds
    counts: Rows  # status, hold, number
    doubts: Rows  # seconds, of the oldest of a thousand
    calls: Rows  # number, seconds
    tallies: Rows  # outcome, tries
    alarms: Rows  # kind, number; key "" for the whole house
    reconciliations: Rows  # finished (Unix time), asked, agreed, lost, differing, undecided, in trouble
    backfills: Rows  # running, total, seen, written
    sweep_age: float | None
    at: datetime


def read() -> Reading:
    """Everything as it is now. Raises django.db.Error."""
    with transaction.atomic(), connection.cursor() as cursor:
        # With all of a backlog in one target PostgreSQL takes any other for as full, and would read the whole table to
        # find that it is empty.
        cursor.execute(
            "SELECT now(), set_config('statement_timeout', %s, TRUE), set_config('enable_seqscan', 'off', TRUE), "
            "set_config('enable_bitmapscan', 'off', TRUE)",
            [str(PATIENCE)],
        )
        at = cursor.fetchone()[0]

        def rows(statement: str) -> Rows:
            cursor.execute(statement, {"most": MOST})
            return list(cursor.fetchall())

        swept = rows(_SWEEP)
        return Reading(
            lanes=[Lane(*row) for row in rows(_LANES)],
            ages=rows(_AGES),
            counts=rows(_COUNTS),
            doubts=rows(_DOUBTS),
            calls=rows(_CALLS),
            tallies=rows(_TALLIES),
            alarms=rows(_ALARMS),
            reconciliations=rows(_RECONCILIATIONS),
            backfills=rows(_BACKFILLS),
            sweep_age=swept[0][0] if swept else None,
            at=at,
        )
