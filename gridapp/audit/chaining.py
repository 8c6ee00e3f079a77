"""Puts committed notes into the chain, seconds after they were made: numbered 1, 2, 3 … one chainer at a time.

Inserting a note takes no lock and waits for nobody, so ids of notes come neither in order nor without gaps: what was
rolled back leaves one, and a lower id may be committed later. A note's place is where the chain took it up.

Which are new is told without looking at all: with each batch stands the oldest transaction that was still running when
it was read (the horizon). Whatever is committed of transactions before that was seen then and stands in the chain.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from . import digests

logger = logging.getLogger(__name__)

BATCH = 5000
_LOCK = 990108  # any number, the same for all chainers
_LAST = """
SELECT number, digest, horizon, pg_snapshot_xmin(pg_current_snapshot())::text::bigint
FROM (SELECT 1) AS always LEFT JOIN LATERAL (
    SELECT number, digest, horizon FROM audit_link ORDER BY number DESC LIMIT 1) AS last ON TRUE
"""
_CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_UNCHAINED = f"""
SELECT {digests.COLUMNS} FROM audit_note AS n
WHERE n.xact >= %s AND NOT EXISTS (SELECT FROM audit_link AS l WHERE l.note_id = n.id)
ORDER BY n.xact, n.id LIMIT %s
"""  # noqa: S608 - our own words
_LINK = """
INSERT INTO audit_link (number, note_id, algorithm, own, digest, seal, horizon, at)
SELECT l.number, l.note_id, %(algorithm)s, l.own, l.digest, l.seal, %(horizon)s,
    to_timestamp(0) + %(at)s * interval '1 microsecond'
FROM unnest(%(numbers)s::bigint[], %(notes)s::bigint[], %(owns)s::bytea[], %(digests)s::bytea[], %(seals)s::text[])
    AS l(number, note_id, own, digest, seal) ORDER BY l.number
"""


@dataclass(frozen=True, slots=True)
class _Last:
    """The end of the chain; `running`: the oldest transaction that was not over when it was looked at."""

    number: int
    digest: bytes
    horizon: int
    running: int


def chain(*, whole: bool = False, seconds: float = 30) -> int:
    """Takes up what is committed, for so long; how many. Nothing where another chainer is at it.

    `whole`: looks at all notes, not at those since the horizon: after a restore transactions may count from lower down.
    """
    until, done = time.monotonic() + seconds, 0
    while some := _take_up(whole=whole):
        done += some
        if some < BATCH or time.monotonic() > until:
            break
    return done


def unchained() -> int:
    """Notes that stand outside the chain; those of transactions since the horizon are looked at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_note AS n WHERE n.xact >= coalesce((SELECT horizon FROM audit_link "
            "ORDER BY number DESC LIMIT 1), 0) AND NOT EXISTS (SELECT FROM audit_link AS l WHERE l.note_id = n.id)"
        )
        return int(cursor.fetchone()[0])


@transaction.atomic
def _take_up(*, whole: bool) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_LAST)
        number, digest, horizon, running = cursor.fetchone()
        last = _Last(number or 0, bytes(digest) if digest else digests.FIRST, horizon or 0, running)
        behind = last.running < last.horizon  # another cluster, whose transactions count from lower down
        cursor.execute(_UNCHAINED, [0 if whole or behind else last.horizon, BATCH])
        notes = cursor.fetchall()
        if notes:
            cursor.execute(_CLOCK)
            cursor.execute(_LINK, _links(last, notes, at=cursor.fetchone()[0]))
            logger.info("audit: chained up to %d", last.number + len(notes))
    return len(notes)


def _links(last: _Last, notes: list[tuple[Any, ...]], *, at: int) -> dict[str, Any]:
    """What _LINK inserts. Where more are left than were taken, the horizon stands at the last one's transaction."""
    algorithm, before = settings.AUDIT_DIGEST, last.digest
    horizon = last.running if len(notes) < BATCH else min(last.running, notes[-1][-1])
    columns: dict[str, list[Any]] = {"numbers": [], "notes": [], "owns": [], "digests": [], "seals": []}
    for number, note in enumerate(notes, start=last.number + 1):
        own = digests.own(algorithm, note)
        before = digests.linked(algorithm, before=before, number=number, note_id=note[0], at=at, own=own)
        values = (number, note[0], own, before, digests.seal(algorithm, before))
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return {**columns, "algorithm": algorithm, "horizon": horizon, "at": at}
