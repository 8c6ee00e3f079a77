"""What an operator does to a target's lane and to what waits for it. Paused means held, never dropped.

Everything is a conditional update of rows that no lane has in hand; bulk acts go slice by slice. What is done to a
delivery is filed as an attempt of the person's, what is done to a target in the log.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from kombu.exceptions import OperationalError

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.org import scope
from gridapp.org.models import User

from . import alarms, breaker, clock, gates, wake
from .models import Alarm, Delivery, Hold, Lane, Status
from .retrying import after_deadlock
from .transitions import require

logger = logging.getLogger(__name__)

SLICE = 1000
"""Rows of one transaction, so that no lane waits long for a lock."""
CANCELLED = "by_operator"
"""The reason of what an operator cancelled. It stands until the record's content changes: what is wanted then is news,
and the plan sends it.
"""
PLANNED = frozenset({"incomplete", "inexpressible", "unmapped", "not_wanted", "withheld"})
"""Reasons that only another plan takes away: sending again would send what cannot be sent."""

REMOVABLE = (Status.WAITING, Status.HELD, Status.FAILED, Status.RETURNED, Status.CONFLICT, Status.MANUAL)
SENDABLE = (Status.WAITING, Status.HELD, Status.FAILED, Status.RETURNED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a slice: rows changed, and of those the ones that may have arrived and are asked about first."""

    changed: int = 0
    doubtful: int = 0


def _statement(chosen: str, change: str) -> str:
    """Changes rows that nobody has in hand and files it; how many, and how many of them are uncertain now."""
    return f"""
WITH chosen AS MATERIALIZED (SELECT id FROM delivery_delivery WHERE {chosen} FOR NO KEY UPDATE SKIP LOCKED),
changed AS (
    UPDATE delivery_delivery d SET {change}, changed_at = now() FROM chosen WHERE d.id = chosen.id
    RETURNING d.id, d.status, d.wanted_version, d.generation, d.wanted_digest, d.held_digest),
filed AS (
    INSERT INTO delivery_attempt (delivery_id, version, generation, action, outcome, code, reason, by_id, started_at,
        finished_at)
    SELECT id, wanted_version, generation, CASE WHEN wanted_digest IS NULL THEN 'close'
        WHEN held_digest IS NULL THEN 'create' ELSE 'change' END, %(word)s, '', '', %(by)s, now(), now() FROM changed)
SELECT count(*), count(*) FILTER (WHERE status = 'uncertain') FROM changed
"""  # noqa: S608 - our own words


_NOW = _statement(
    "id = %(id)s AND status = %(status)s AND generation = %(generation)s",
    """status = 'waiting', rank = 0, hold = '', attempts = 0, reason_code = '', reason = '', fields = '{}',
    due_at = LEAST(now(), (SELECT min(w.due_at) - interval '1 ms' FROM delivery_delivery w
        WHERE w.target_id = d.target_id AND w.status = 'waiting' AND w.rank = 0))""",
)
_AGAIN = _statement(
    "id = ANY(%(ids)s)",
    """status = CASE WHEN maybe_sent AND NOT %(safe)s THEN 'uncertain' ELSE 'waiting' END,
    reason_code = CASE WHEN maybe_sent AND NOT %(safe)s THEN 'unknown' ELSE '' END,
    due_at = CASE WHEN %(safe)s OR NOT maybe_sent THEN now() END, rank = 1, attempts = 0, reason = '',
    fields = '{}'""",
)
_CANCEL = _statement(
    "id = ANY(%(ids)s)",
    f"""status = 'cancelled', due_at = NULL, hold = '', waits_for = '', reason_code = '{CANCELLED}', reason = '',
    fields = '{{}}'""",
)
_LET_GO = """
WITH held AS MATERIALIZED (
    SELECT id FROM delivery_delivery WHERE target_id = %s AND status = 'held' AND hold = 'paused'
    ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)
UPDATE delivery_delivery d SET status = 'waiting', hold = '', due_at = now(), rank = 1, reason_code = '', reason = '',
    changed_at = now()
FROM held WHERE d.id = held.id
"""
_END_SLOW = """
UPDATE delivery_lane l SET slowly = NULL WHERE slowly IS NOT NULL
    AND NOT EXISTS (SELECT FROM catalogue_target t WHERE t.id = l.target_id AND t.paused_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM delivery_delivery d WHERE d.target_id = l.target_id AND d.status = 'waiting'
        AND d.rank = 1 AND d.due_at <= now())
    AND NOT EXISTS (SELECT FROM delivery_delivery d WHERE d.target_id = l.target_id AND d.status = 'held'
        AND d.hold = 'paused')
"""


def pause(target: Target, why: str, by: User | None) -> bool:
    """Nothing goes out until somebody resumes it; what waits is held. False where it was paused already.

    `by` None: from the command line.
    """
    done = Target.objects.filter(pk=target.pk, paused_at=None).update(
        paused_at=clock.now(), paused_why=why[:200], draining_at=None, draining_why=""
    )
    if done:
        target.refresh_from_db(fields=["paused_at", "paused_why"])
        _told("pause", target, by)
    return bool(done)


def resume(target: Target, by: User | None, *, slowly: float | None = None) -> bool:
    """What was held goes out again, at most `slowly` records a second until the backlog is out. False: was not paused.

    What the target rejected before is forgotten, so that it is not paused again for it.
    """
    with transaction.atomic():
        was = Target.objects.filter(pk=target.pk, paused_at__isnull=False).update(paused_at=None, paused_why="")
        Lane.objects.get_or_create(target=target)
        Lane.objects.filter(target=target).update(lately="", slowly=slowly, closed_until=None)
        alarms.end(target.pk, Alarm.Kind.REJECTIONS)
        transaction.on_commit(lambda: _soon("let_go_held", target.pk), robust=True)
    target.refresh_from_db(fields=["paused_at", "paused_why"])
    _told("resume", target, by, slowly=slowly)
    return bool(was)


def slow(target: Target, by: User | None, *, slowly: float | None) -> None:
    """Changes how fast a backlog is let out, records a second; None as fast as the target takes it."""
    Lane.objects.get_or_create(target=target)
    Lane.objects.filter(target=target).update(slowly=slowly)
    _told("slowly", target, by, slowly=slowly)


def reopen(target: Target, by: User | None) -> None:
    """The cause is mended: a lane that stopped or rests tries again at once."""
    breaker.reopen(target.pk)
    wake.after_commit([target.pk])
    _told("reopen", target, by)


@after_deadlock
def let_go(one: Configured) -> int:
    """Frees a slice of what a pause held; how many rows. 0 while the target takes nothing, and at the end."""
    if gates.block(one, clock.now()) is not None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LET_GO, [one.target.pk, SLICE])
        return int(cursor.rowcount)


def end_slow_lanes() -> None:
    """A lane that was let out slowly goes at its own pace again when nothing of the backlog is held or due any more."""
    with connection.cursor() as cursor:
        cursor.execute(_END_SLOW)


def refusal(row: Delivery, one: Configured) -> str:
    """Why this delivery cannot be sent now, as a code; "" where it can."""
    if not one.live:
        return "not_live"
    if block := gates.block(one, clock.now()) or gates.limit(one, clock.now()):
        return block.code
    if row.hold == Hold.DEPENDENCY:
        return "dependency"
    if row.hold == Hold.RESTRICTED:
        return "restricted"
    if row.status not in SENDABLE:
        return f"is_{row.status}"
    if row.status == Status.CANCELLED and row.reason_code != CANCELLED:
        return "not_wanted"
    if row.reason_code in PLANNED:
        return row.reason_code
    return "doubtful" if row.maybe_sent and not _resend_safe(one) else ""


def send_now(row: Delivery, one: Configured, by: User) -> str:
    """Due at once and before all others, even if it was to wait longer. "" when done, else why not, as a code.

    `row` as the person saw it: nothing is done where it stands otherwise by now, or a lane has it.
    """
    if code := refusal(row, one):
        return code
    require(row.status, Status.WAITING)
    told: dict[str, Any] = {
        "id": row.pk,
        "status": row.status,
        "generation": row.generation,
        "word": "hurried",
        "by": by.pk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NOW, told)
        if not cursor.fetchone()[0]:
            return "changed"
        wake.after_commit([row.target_id])
    return ""


def stuck(target: Target, by: User, *, status: Status = Status.FAILED) -> QuerySet[Delivery]:
    """What may be retried in bulk: failed by itself or at the target, or returned by the target, not by a plan."""
    rows = Delivery.objects.filter(target=target, status=status).exclude(reason_code__in=PLANNED)
    return scope.within(rows, by, "record__grid_code")


def removable(target: Target, by: User) -> QuerySet[Delivery]:
    """What may be cancelled: the target surely holds nothing of it, and nobody has it in hand."""
    rows = Delivery.objects.filter(
        target=target, status__in=REMOVABLE, held_digest=None, maybe_sent=False, wanted_digest__isnull=False
    )
    return scope.within(rows, by, "record__grid_code")


@after_deadlock
def retry(rows: QuerySet[Delivery], one: Configured, by: User) -> Done:
    """Sends a slice of `stuck` rows again, as a backlog. Call it until nothing is changed any more.

    What may have arrived at a target that would store it twice becomes `uncertain`: it is asked about, not sent.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        told: dict[str, Any] = {"ids": _first(rows), "safe": _resend_safe(one), "word": "retried", "by": by.pk}
        cursor.execute(_AGAIN, told)
        changed, doubtful = cursor.fetchone()
        wake.after_commit([one.target.pk] if changed else [])
    return Done(changed, doubtful)


def retry_all(one: Configured, by: User, *, status: Status, seconds: float) -> tuple[Done, bool]:
    """Retries all that is `stuck`, for so long; what was done, and whether a task goes on with the rest."""
    until, all_of_it = time.monotonic() + seconds, Done()
    while (done := retry(stuck(one.target, by, status=status), one, by)).changed:
        all_of_it = Done(all_of_it.changed + done.changed, all_of_it.doubtful + done.doubtful)
        if done.changed == SLICE and time.monotonic() >= until:
            return all_of_it, _soon("retry_stuck", one.target.pk, by.pk, str(status))
    return all_of_it, False


@after_deadlock
def cancel(rows: QuerySet[Delivery], by: User) -> Done:
    """Cancels a slice of `removable` rows; call it until nothing is changed any more."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CANCEL, {"ids": _first(rows), "word": "cancelled", "by": by.pk})
        return Done(cursor.fetchone()[0])


def _first(rows: QuerySet[Delivery]) -> list[int]:
    """The ids of a slice, locked as they stand; a row that somebody has in hand is left to them."""
    locked = rows.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return list(locked.values_list("pk", flat=True)[:SLICE])


def _soon(task: str, *ids: int | str) -> bool:
    """Has a task of ours begun when every process knows what was decided here. False without a broker."""
    from . import tasks

    try:
        getattr(tasks, task).apply_async(ids, retry=False, countdown=settings.CATALOGUE_KEPT)
    except OperationalError:
        logger.warning("the broker is away: %s is not begun", task)
        return False
    return True


def _resend_safe(one: Configured) -> bool:
    return one.connector is not None and one.connector.capabilities.resend_safe


def _told(act: str, target: Target, by: User | None, **more: float | None) -> None:
    """Who did it, by number: names are for pages."""
    note(Act.LANE_ACTED, by=by.pk if by else None, about=f"target:{target.key}", did=act)
    who = "the command line" if by is None else f"user {by.pk}"
    logger.warning("operator: %s %s by %s", act, target.key, who, extra={"target": target.key, "act": act, **more})
