"""The clock's work, every few seconds: the guarantee behind all hints. Two sweepers at once are harmless."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured

from . import clock, gates
from .claim import expire
from .models import Hold, Rank
from .readback import DUE
from .retrying import after_deadlock

_LOCK = 990101  # any number, the same in every sweeper
_AT_ONCE = 5000
_WORK = f"""
SELECT NOT EXISTS (SELECT FROM delivery_lane WHERE target_id = %(id)s AND closed_until > now()) AND (
    (NOT EXISTS (SELECT FROM delivery_lane WHERE target_id = %(id)s AND next_call_at > now()) AND EXISTS (
        SELECT FROM delivery_delivery
        WHERE target_id = %(id)s AND status = 'waiting' AND rank IN (0, 1) AND due_at <= now()))
    OR EXISTS (SELECT FROM delivery_delivery
        WHERE target_id = %(id)s AND status = 'submitted' AND track_at <= now())
    OR (%(can_read_back)s AND (
        EXISTS (SELECT FROM delivery_delivery WHERE target_id = %(id)s AND status = 'uncertain' AND {DUE})
        OR EXISTS (SELECT FROM delivery_reconciliation WHERE target_id = %(id)s AND finished_at IS NULL))))
"""  # noqa: S608 - our own words

_FOUND = """
WITH unserved AS (
    SELECT target_id FROM delivery_lane AS lane
    WHERE target_id = ANY(%s) AND (lease_until IS NULL OR lease_until < now()) AND EXISTS (
        SELECT FROM delivery_delivery AS d
        WHERE d.target_id = lane.target_id AND status = 'waiting' AND rank IN (0, 1)
            AND due_at < now() - interval '2 seconds')
    FOR UPDATE SKIP LOCKED)
UPDATE delivery_lane AS lane SET found_by_sweep = found_by_sweep + 1 FROM unserved
WHERE lane.target_id = unserved.target_id
"""

# Whose worker died with nothing more to do is taken over by nobody: it is nobody's then, and is shown as that.
_LEFT = """
WITH gone AS (
    SELECT target_id FROM delivery_lane WHERE lease_until < now() - interval '5 seconds' FOR UPDATE SKIP LOCKED)
UPDATE delivery_lane AS lane SET token = NULL, lease_until = NULL FROM gone WHERE lane.target_id = gone.target_id
"""

# Each in the order of an index, so that a backlog of a million is neither read nor sorted for its first few thousand.
_SOME_WAITING = """
WITH first AS MATERIALIZED (
    SELECT id FROM delivery_delivery WHERE target_id = %(target)s AND status = 'waiting'
    ORDER BY rank, due_at, id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED)
"""
_SOME_HELD = """
WITH first AS MATERIALIZED (
    SELECT id FROM delivery_delivery WHERE target_id = %(target)s AND status = 'held' AND hold = %(released)s
    ORDER BY id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED)
"""
_HELD = f"""{_SOME_WAITING}
UPDATE delivery_delivery AS d SET status = 'held', hold = %(hold)s, due_at = NULL FROM first WHERE d.id = first.id
"""  # noqa: S608 - our own words
_HELD_FOR_ANOTHER = f"""{_SOME_HELD}
UPDATE delivery_delivery AS d SET hold = %(hold)s FROM first WHERE d.id = first.id
"""  # noqa: S608 - our own words
_RELEASED = f"""{_SOME_HELD}
UPDATE delivery_delivery AS d SET status = 'waiting', hold = '', due_at = now(), rank = {Rank.BACKLOG.value},
    reason_code = '', reason = ''
FROM first WHERE d.id = first.id
"""  # noqa: S608 - our own words


@after_deadlock
def sweep() -> list[int]:
    """Frees expired leases, moves rows in and out of `held`; returns the targets whose lanes have something to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return []
        now = clock.now()
        due = []
        for one in targets.targets():
            if one.connector is not None:
                expire(one.target.pk, resend_safe=one.connector.capabilities.resend_safe)
            block = gates.block(one, now) or gates.limit(one, now)
            _hold(one, str(block.hold) if block else "")
            if (block is None or block.hold == Hold.LIMIT) and _has_work(one):
                due.append(one.target.pk)
        _note(due)
        return due


def _note(due: Sequence[int]) -> None:
    """Counts where work was due that nobody was serving, a lost hint or a try put off; and that the clock has looked.

    Last in the transaction: whoever holds a lane waits for nothing that we hold.
    """
    with connection.cursor() as cursor:
        if due:
            cursor.execute(_FOUND, [list(due)])
        cursor.execute(_LEFT)
        cursor.execute(
            "INSERT INTO delivery_sweep (id, done_at) VALUES (1, clock_timestamp()) "
            "ON CONFLICT (id) DO UPDATE SET done_at = EXCLUDED.done_at"
        )


def _hold(one: Configured, hold: str) -> None:
    """Rows of a closed target are held, those of an open one wait again; a few thousand each time.

    A row that a plan or a lane has in hand at this moment is left to it: the next look takes it as it is then.
    """
    with connection.cursor() as cursor:
        for released in (Hold.WINDOW, Hold.PAUSED, Hold.LIMIT):
            if released != hold:
                told: dict[str, Any] = {
                    "target": one.target.pk,
                    "released": str(released),
                    "hold": hold,
                    "most": _AT_ONCE,
                }
                cursor.execute(_HELD_FOR_ANOTHER if hold else _RELEASED, told)
        if hold:
            cursor.execute(_HELD, {"target": one.target.pk, "hold": hold, "most": _AT_ONCE})


def _has_work(one: Configured) -> bool:
    """Whether the lane has something to send or to ask and is not pausing: index look-ups, whatever the backlog."""
    with connection.cursor() as cursor:
        can_read_back = one.connector is not None and one.connector.capabilities.can_read_back
        cursor.execute(_WORK, {"id": one.target.pk, "can_read_back": can_read_back})
        return bool(cursor.fetchone()[0])
