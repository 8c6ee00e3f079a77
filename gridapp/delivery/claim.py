"""Claiming: a conditional update with a lease and a fencing token, counted and written before the wire is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from gridapp import direct
from gridapp.contract import Action

from .breaker import TODAY
from .wishes import action_for

POISON = 3
"""A record that was claimed this often by a worker that died is tried alone, apart from all others."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One row in our hands until the lease ends. `attempts` counts this try. `told`: the set of fields it carries."""

    id: int
    record_id: UUID
    version: int
    digest: bytes | None
    generation: int
    held: bytes | None
    reference: str
    attempts: int
    was_maybe_sent: bool
    told: int | None = None

    @property
    def action(self) -> Action:
        action = action_for(self.digest, self.held)
        # "Nothing changed" is no news to a target that may have taken a change which was taken back since.
        nothing_new = action is Action.VERIFY and (self.was_maybe_sent or self.digest == self.held)
        return Action.CHANGE if nothing_new else action

    @property
    def may_be_older_there(self) -> bool:
        """Whether a target that has it already may have it from an earlier content, sent without an answer."""
        return self.action is Action.CREATE and self.was_maybe_sent and self.generation > 1


_DUE = """
    SELECT id FROM delivery_delivery
    WHERE target_id = %(target)s AND status = 'waiting' AND rank = {rank} AND due_at <= now()
        AND (crashes >= %(poison)s) = %(alone)s {besides}
        AND EXISTS (SELECT FROM delivery_lane WHERE target_id = %(target)s AND token = %(token)s)
    ORDER BY due_at, id LIMIT {limit} FOR UPDATE SKIP LOCKED
"""
# A tenth of every batch is the backlog's, whatever is entered meanwhile; of a batch of one, one in ten.
_CLAIM = f"""
WITH share AS MATERIALIZED ({_DUE.format(rank=1, limit="floor(%(limit)s * 0.1 + random())", besides="")}),
entered AS MATERIALIZED ({_DUE.format(rank=0, limit="%(limit)s - (SELECT count(*) FROM share)", besides="")}),
backlog AS MATERIALIZED ({
    _DUE.format(
        rank=1,
        limit="%(limit)s - (SELECT count(*) FROM share) - (SELECT count(*) FROM entered)",
        besides="AND id <> ALL (ARRAY(SELECT id FROM share))",
    )
}),
due AS (SELECT id FROM share UNION ALL SELECT id FROM entered UNION ALL SELECT id FROM backlog),
kept AS (
    UPDATE delivery_lane SET lease_until = now() + make_interval(secs => %(lease)s), day = {TODAY},
        sent_that_day = CASE WHEN day = {TODAY} THEN sent_that_day ELSE 0 END + (SELECT count(*) FROM due)
    WHERE target_id = %(target)s AND EXISTS (SELECT FROM due))
UPDATE delivery_delivery AS d SET status = 'sending', due_at = NULL, token = %(token)s,
    lease_until = now() + make_interval(secs => %(lease)s), was_maybe_sent = maybe_sent, maybe_sent = TRUE,
    attempts = LEAST(attempts + 1, 30000), sent_version = wanted_version, sent_digest = wanted_digest,
    sent_generation = generation, changed_at = now()
FROM due WHERE d.id = due.id
RETURNING d.id, d.record_id, d.wanted_version, d.wanted_digest, d.generation, d.held_digest, d.reference,
    d.attempts, d.was_maybe_sent, now()
"""  # noqa: S608 - our own words


def claim(
    target_id: int, *, token: UUID, limit: int, lease: float, alone: bool = False
) -> tuple[datetime, list[Claimed]]:
    """When, and up to `limit` due rows of one target: what was just entered, then the rest, oldest first; `lease` in
    seconds.

    Only while the lane is ours; whoever claims keeps the lane as long as the rows. `alone`: only one, of those that
    killed workers.
    """
    rows = direct.fetch(
        _CLAIM,
        {
            "target": target_id, "limit": 1 if alone else limit, "token": token, "lease": lease,
            "poison": POISON, "alone": alone,
        },
    )  # fmt: skip
    claimed = sorted((Claimed(*row[:-1]) for row in rows), key=lambda one: one.id)
    return (rows[0][-1] if rows else timezone.now()), claimed


def claimed_by(delivery_id: int, *, token: UUID) -> tuple[int, Claimed]:
    """(target id, row) of one delivery claimed under `token`. Raises LookupError where the claim is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT target_id, id, record_id, sent_version, sent_digest, sent_generation, held_digest, reference,
                attempts, was_maybe_sent FROM delivery_delivery WHERE id = %s AND token = %s
            """,
            [delivery_id, token],
        )
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"delivery {delivery_id} is no longer claimed")
    return row[0], Claimed(*row[1:])


def release(claimed: Sequence[Claimed], *, token: UUID) -> int:
    """Gives back rows that were not sent, as if never claimed: what was doubtful before is doubtful again."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_delivery SET status = 'waiting', due_at = now(), lease_until = NULL, token = NULL,
                maybe_sent = was_maybe_sent, attempts = GREATEST(attempts - 1, 0), changed_at = now()
            WHERE id = ANY(%s) AND token = %s
            """,
            [[one.id for one in claimed], token],
        )
        return int(cursor.rowcount)


def expire(target_id: int, *, resend_safe: bool) -> int:
    """Rows whose worker died: the try is written down as unknown, and the row goes on as its target allows.

    One that killed workers three times is tried alone; if that dies too it is parked for the operator.
    """
    after = "waiting" if resend_safe else "uncertain"
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH dead AS MATERIALIZED (
                SELECT id, lease_until FROM delivery_delivery
                WHERE target_id = %(target)s AND status = 'sending' AND lease_until < now()
                ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED),
            freed AS (
                UPDATE delivery_delivery AS d SET status = CASE WHEN crashes >= %(poison)s THEN 'failed'
                        ELSE %(after)s END,
                    due_at = CASE WHEN crashes < %(poison)s AND %(after)s = 'waiting' THEN now() END,
                    reason_code = CASE WHEN crashes >= %(poison)s THEN 'poison' ELSE 'unknown' END,
                    crashes = crashes + 1, lease_until = NULL, token = NULL, changed_at = now()
                FROM dead WHERE d.id = dead.id
                RETURNING d.id, d.sent_version, d.sent_generation, d.sent_digest, d.held_digest, dead.lease_until)
            INSERT INTO delivery_attempt (delivery_id, version, generation, action, outcome, code, reason, started_at,
                finished_at)
            SELECT id, sent_version, sent_generation,
                CASE WHEN sent_digest IS NULL THEN 'close' WHEN held_digest IS NULL THEN 'create' ELSE 'change' END,
                'unknown', 'worker_gone', '', lease_until, now() FROM freed
            """,
            {"target": target_id, "after": after, "poison": POISON},
        )
        return int(cursor.rowcount)
