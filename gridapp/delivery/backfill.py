"""Planning all records anew for one target: it was connected, or its mapping changed. Slice by slice, never at once.

A slice and how far it has come are one transaction: whatever is killed goes on where it was, and two at once do nothing
twice, for one of them finds the run taken. What is to be sent stands behind what was just entered, and the lane's pace
lets it out: rows are cheap, a target that takes a hundred a day takes a hundred a day.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from gridapp.catalogue import profiles, recoding, targets
from gridapp.catalogue.fingerprint import fingerprint
from gridapp.catalogue.models import Target
from gridapp.registry.models import Record

from . import wake
from .models import Backfill, Lane, Rank
from .plan import plan
from .retrying import after_deadlock

SLICE = 200
"""Records in one transaction: well under a second, so that nobody who enters something waits long for a lock."""
LOOK = 60.0
"""Seconds between looks whether a target was connected or its mapping changed."""
CROWD = 20
"""So many entries within a second are a busy time: the next slice waits for a quieter one."""

_UNFINISHED = """
FROM delivery_backfill b JOIN delivery_lane l ON l.target_id = b.target_id
JOIN unnest(%s::bigint[], %s::text[]) AS ours(target_id, planned_with)
    ON ours.target_id = b.target_id AND ours.planned_with = l.planned_with
WHERE b.finished_at IS NULL
"""
_looked_at = 0.0


def due() -> bool:
    """Whether there is something to carry on; once a minute it is looked whether something has to begin."""
    global _looked_at
    if time.monotonic() - _looked_at > LOOK or not _looked_at:
        _looked_at = time.monotonic()
        look()
    ours = _ours()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT {_UNFINISHED})", [list(ours), list(ours.values())])
        return bool(cursor.fetchone()[0])


def look() -> list[int]:
    """Begins for every live target whose records were planned with another mapping or with none; returns their ids.

    A target that is switched off forgets what it was planned with: records are entered meanwhile that it lacks.
    """
    planned = dict(Lane.objects.values_list("target_id", "planned_with"))
    ours = _ours()
    off = [target_id for target_id, known in planned.items() if known and target_id not in ours]
    Lane.objects.filter(target__in=off).update(planned_with="")
    new = [target_id for target_id, wanted in ours.items() if planned.get(target_id, "") != wanted]
    anything = bool(new) and Record.objects.exists()
    begun = []
    for target_id in new:
        with transaction.atomic():
            # Whoever is second finds it noted: two clocks begin one run.
            if _note(target_id, ours[target_id]) and anything:
                _begin(target_id, Backfill.Why.CHANGED if planned.get(target_id) else Backfill.Why.ADDED)
                begun.append(target_id)
    return begun


def begin(target_id: int, why: Backfill.Why = Backfill.Why.ASKED) -> Backfill:
    """Starts a run, or the one under way from its beginning. Raises LookupError for a target that is not live."""
    wanted = _ours().get(target_id)
    if wanted is None:
        raise LookupError(f"target {target_id} is not live")
    with transaction.atomic():
        _note(target_id, wanted)
        return _begin(target_id, why)


def up_to_date(target_ids: Sequence[int]) -> None:
    """All records there are were planned for these targets as they are now: nothing has to be filled in."""
    for row in Target.objects.filter(pk__in=target_ids):
        if (speaks := profiles.connector(row.connector)) is not None:
            _note(row.pk, fingerprint(speaks))


def latest(target_id: int) -> Backfill | None:
    """The run that is under way, else the one before; None where there never was one."""
    return Backfill.objects.filter(target=target_id).order_by("-id").first()


def go_on(seconds: float) -> int:
    """Plans slices for so long; records seen. Rests as long as each took: half a core at most is taken from the others.

    Stops early when nothing is left, when somebody else is at it, and while many are entering.
    """
    until, seen = time.monotonic() + seconds, 0
    while (began := time.monotonic()) < until and not wake.stopping() and not _busy():
        done = _slice()
        if done is None:
            break
        seen += done
        ended = time.monotonic()
        time.sleep(max(0.0, min(ended - began, until - ended)))
    return seen


@dataclass(frozen=True, slots=True)
class _Run:
    """A run in our hands until the transaction ends."""

    id: int
    target_id: int
    after: UUID | None


@after_deadlock
def _slice() -> int | None:
    """The next records for all runs that stand at the same place; how many, None where there is no run to be had."""
    with transaction.atomic():
        runs = _taken()
        if not runs:
            return None
        rows = Record.objects.order_by("pk")
        if runs[0].after is not None:
            rows = rows.filter(pk__gt=runs[0].after)
        ids = list(rows.values_list("pk", flat=True)[:SLICE])
        planned = plan(ids, rank=Rank.BACKLOG, only=[run.target_id for run in runs])
        wake.after_commit(planned.due)
        _keep(runs, ids, [planned.of[run.target_id] for run in runs])
        return len(ids)


def _taken() -> list[_Run]:
    """Those that stand where the hindmost stands, planned with the mappings that this process knows."""
    ours = _ours()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT b.id, b.target_id, b.after {_UNFINISHED} "
            "ORDER BY b.after NULLS FIRST, b.id FOR UPDATE OF b SKIP LOCKED",
            [list(ours), list(ours.values())],
        )
        runs = [_Run(*row) for row in cursor.fetchall()]
    return [run for run in runs if run.after == runs[0].after]


def _keep(runs: Sequence[_Run], ids: Sequence[UUID], written: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_backfill AS b SET after = coalesce(%(last)s, b.after), seen = b.seen + %(seen)s,
                written = b.written + n.written, finished_at = CASE WHEN %(last)s::uuid IS NULL THEN now() END
            FROM unnest(%(runs)s::bigint[], %(written)s::int[]) AS n(id, written) WHERE b.id = n.id
            """,
            {
                "last": ids[-1] if ids else None,
                "seen": len(ids),
                "runs": [run.id for run in runs],
                "written": list(written),
            },
        )


def _ours() -> dict[int, str]:
    """Live target -> the word of its mapping, as this process has it."""
    return {
        one.target.pk: recoding.word(one.connector, one.changes)
        for one in targets.targets()
        if one.live and one.connector
    }


def _note(target_id: int, wanted: str) -> bool:
    """Writes down what the target is planned with from now on; True where it was something else."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO delivery_lane AS l (target_id, failures, stopped_why, sent_that_day, planned_with)
            VALUES (%s, 0, '', 0, %s) ON CONFLICT (target_id) DO UPDATE SET planned_with = EXCLUDED.planned_with
                WHERE l.planned_with <> EXCLUDED.planned_with
            """,
            [target_id, wanted],
        )
        return bool(cursor.rowcount)


def _begin(target_id: int, why: Backfill.Why) -> Backfill:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO delivery_backfill (target_id, why, started_at, total, seen, written)
            VALUES (%s, %s, now(), (SELECT count(*) FROM registry_record), 0, 0)
            ON CONFLICT (target_id) WHERE finished_at IS NULL DO UPDATE SET why = EXCLUDED.why, started_at = now(),
                after = NULL, total = EXCLUDED.total, seen = 0, written = 0
            RETURNING id
            """,
            [target_id, why],
        )
        (run_id,) = cursor.fetchone()
    return Backfill.objects.get(pk=run_id)


def _busy() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT received_at FROM registry_entry ORDER BY number DESC OFFSET %s LIMIT 1) "
            "> now() - interval '1 second', FALSE)",
            [CROWD - 1],
        )
        return bool(cursor.fetchone()[0])
