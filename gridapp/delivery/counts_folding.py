"""Steps are summed up into counts and flows, slice by slice: the clock's work, which may end anywhere and go on."""

from __future__ import annotations

import time

from django.db import connection, transaction

from .counts import GRID_DAYS, UNFOLDED, UNFOLDED_FLOWS

SLICE = 20_000
LOCK = 990102  # any number, the same in whoever folds or counts anew
_NUMBERS = ("entered", "verified", "created", "changed", "closed", "at_once", "returned")
# Steps that other transactions have written and not committed are not seen, and are of the next slice.
_FOLD = f"""
WITH taken AS (
    DELETE FROM delivery_step WHERE id = ANY(ARRAY(SELECT id FROM delivery_step ORDER BY id LIMIT %(most)s))
    RETURNING *),
counted AS (
    INSERT INTO delivery_count AS c (area, parent, target_id, kind, standing, since, number)
    SELECT area, parent, target_id, kind, standing, since, sum(number)
    FROM ({UNFOLDED.format(steps="taken")}) AS late GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(number) <> 0
    ON CONFLICT (area, target_id, kind, standing, since) DO UPDATE SET number = c.number + excluded.number),
flowed AS (
    INSERT INTO delivery_flow AS f (area, parent, day, target_id, {", ".join(_NUMBERS)}, times)
    {UNFOLDED_FLOWS.format(steps="taken")}
    ON CONFLICT (area, day, target_id) DO UPDATE SET
        {", ".join(f"{name} = f.{name} + excluded.{name}" for name in _NUMBERS)},
        times = ARRAY(SELECT coalesce(was, 0) + coalesce(more, 0)
            FROM unnest(f.times, excluded.times) WITH ORDINALITY AS both_(was, more, place) ORDER BY place))
SELECT count(*) FROM taken
"""  # noqa: S608 - our own words
_EMPTY = "DELETE FROM delivery_count WHERE number = 0"
_PAST = "DELETE FROM delivery_flow WHERE length(area) = 15 AND day <= (now() AT TIME ZONE 'Asia/Shanghai')::date - %s"


def fold(*, seconds: float = 2.0) -> int:
    """Folds what is there for at most so long; how many steps. 0 where somebody else is at it."""
    until, folded = time.monotonic() + seconds, 0
    while done := _slice():
        folded += done
        if done < SLICE or time.monotonic() >= until:
            break
    return folded


def tidy() -> int:
    """Throws away counts of nothing (a day's returned ones are none at last) and old days of grids; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(_EMPTY)
        gone = cursor.rowcount
        cursor.execute(_PAST, [GRID_DAYS])
        return int(gone + cursor.rowcount)


@transaction.atomic
def _slice() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_FOLD, {"most": SLICE})
        return int(cursor.fetchone()[0])
