"""How much waits at each target and since when: index look-ups that stop counting at a limit, whatever the backlog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from gridapp.catalogue.targets import Configured

COUNTED = 1000
"""More than this is said as "more than this"."""
WORDS = ("waiting", "held", "submitted", "manual", "returned", "conflict", "uncertain", "failed")

_COUNT = (
    "(SELECT count(*) FROM (SELECT FROM delivery_delivery WHERE target_id = t.id AND status = '{}' LIMIT %(most)s) c)"
)
_FIRST = """(SELECT due_at FROM delivery_delivery WHERE target_id = t.id AND status = 'waiting' AND rank = {}
    AND due_at <= now() ORDER BY due_at LIMIT 1)"""
_SQL = f"""
SELECT t.id, LEAST({_FIRST.format(0)}, {_FIRST.format(1)}), {", ".join(_COUNT.format(word) for word in WORDS)}
FROM unnest(%(targets)s::bigint[]) AS t(id)
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Backlog:
    """`counts`: status -> deliveries, COUNTED + 1 where there are more. `since`: when the oldest was due, None: nothing
    is due.
    """

    counts: Mapping[str, int]
    since: datetime | None = None


_NEXT = {
    "waiting": "system", "held": "system", "returned": "worker", "conflict": "supervisor", "manual": "clerk",
    "uncertain": "operator", "submitted": "department",
}  # fmt: skip


def whose_move(state: str, waits: Backlog) -> str:
    """A key of standing.MOVE_WORDS: the operator's where the lane does not move by itself or something failed.

    `state`: of the lane's health. Else whoever is next for what waits there, the system first.
    """
    if state in ("paused", "stopped") or waits.counts["failed"]:
        return "operator"
    return next((move for word, move in _NEXT.items() if waits.counts[word]), "nobody")


def of(ones: Sequence[Configured]) -> dict[str, Backlog]:
    """Key -> what waits there now, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"targets": [one.target.pk for one in ones], "most": COUNTED + 1})
        found = {row[0]: Backlog(dict(zip(WORDS, row[2:], strict=True)), row[1]) for row in cursor.fetchall()}
    return {one.target.key: found[one.target.pk] for one in ones}
