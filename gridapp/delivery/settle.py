"""Settling a batch: attempts, what the target holds now, the next move; then the records that waited for its numbers.

Two statements for the batch, both checked against the fencing token: fewer rows than expected means that the lease was
lost and somebody else has them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import transaction

from gridapp import direct, sealing
from gridapp.dictionary import mask_text
from gridapp.registry.references import receive_all

from . import loading, wake
from .models import Delivery, Evidence
from .plan import plan
from .retrying import after_deadlock
from .transitions import Move

logger = logging.getLogger(__name__)


class Owned(Enum):
    """What makes a row ours to settle: our claim, the ticket that was answered, or that it stands as it was found."""

    CLAIM = "claim"
    TICKET = "ticket"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Settled:
    """One row and what became of it. `outcome`: the word the attempt is filed under.

    `asked`: the ticket it answers, or the status it was found in. `generation`: of what was sent, where it was found.
    `told`: number of the set of fields that went out (disclosure_fields).
    """

    id: int
    record_id: UUID
    move: Move
    outcome: str
    action: str
    asked: str = ""
    generation: int = 0
    told: int | None = None


@after_deadlock
def settle(
    rows: Sequence[Settled],
    *,
    source: str,
    started_at: datetime,
    owned: Owned = Owned.CLAIM,
    token: UUID | None = None,
    by: int | None = None,
) -> int:
    """Writes what came of a batch; returns how many rows were still ours, by the claim's `token` or as `owned` says.

    `source`: the target's key. `started_at`: when the batch went out (database time). `by`: id of the user who said so.
    """
    if not rows:
        return 0
    giving = [row.record_id for row in rows if row.move.gives]
    with transaction.atomic():
        if giving:
            loading.hold(giving)
        mine = _write(rows, owned=owned, token=token, by=by, started_at=started_at)
        if len(mine) < len(rows):
            # An answer that a call and a question bring at once is settled by the first of them: no reason to worry.
            logger.log(
                logging.WARNING if owned is Owned.CLAIM else logging.INFO,
                "%s: %d deliveries were no longer ours to settle",
                source,
                len(rows) - len(mine),
            )
        again = [row.record_id for row in rows if mine.get(row.id)]
        _keep_evidence([row for row in rows if row.id in mine and row.move.evidence])
        given = {row.record_id: row.move.gives for row in rows if row.id in mine and row.move.gives}
        again += receive_all(given, source=source) if given else ()
        if again:
            wake.after_commit(plan(again, residents=True).due)
    return len(mine)


_OWNED = {
    Owned.CLAIM: "d.token = %(token)s",
    Owned.TICKET: "d.status IN ('submitted', 'uncertain') AND d.ticket = s.asked",
    Owned.STANDING: "d.status = s.asked AND d.sent_generation = s.generation",
}
# Only who has survived sending a record clears its count: asked about in between, it would kill workers for ever.
_SQL = """
WITH said AS (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS s(id bigint, status text, wait float8, code text, reason text,
        fields text, reference text, ticket text, holds bool, keeps bool, restores bool, counts bool, outcome text,
        action text, asked text, other bool, nothing bool, generation int, told bigint)),
mine AS (
    SELECT d.id, d.generation <> d.sent_generation AND s.status NOT IN ('submitted', 'uncertain') AS superseded,
        CASE WHEN d.generation <> d.sent_generation AND s.status NOT IN ('submitted', 'uncertain') THEN 'waiting'
            WHEN s.status = 'delivered' AND d.sent_digest IS NULL THEN 'cancelled' ELSE s.status END AS next
    FROM delivery_delivery d JOIN said s USING (id)
    WHERE {owned} ORDER BY d.id FOR UPDATE OF d),
written AS (
    UPDATE delivery_delivery AS d SET
        status = m.next, lease_until = NULL, token = NULL,
        due_at = CASE WHEN m.next = 'waiting' THEN
            now() + make_interval(secs => CASE WHEN m.superseded THEN 0 ELSE coalesce(s.wait, 0) END) END,
        held_version = CASE WHEN s.nothing OR (s.holds AND d.sent_digest IS NULL) THEN NULL
            WHEN s.holds THEN d.sent_version ELSE d.held_version END,
        held_digest = CASE WHEN s.nothing THEN NULL WHEN s.holds THEN d.sent_digest
            WHEN s.other THEN %(unlike)s ELSE d.held_digest END,
        reference = CASE WHEN s.reference <> '' THEN s.reference ELSE d.reference END,
        ticket = CASE WHEN s.ticket <> '' THEN s.ticket WHEN m.next IN ('submitted', 'uncertain') THEN d.ticket
            ELSE '' END,
        track_at = CASE WHEN m.next = 'submitted' THEN now() + interval '1 second' END,
        maybe_sent = CASE WHEN s.keeps THEN TRUE WHEN s.restores THEN d.was_maybe_sent ELSE FALSE END,
        attempts = CASE WHEN s.holds OR m.superseded THEN 0 WHEN s.counts THEN d.attempts
            ELSE GREATEST(d.attempts - 1, 0) END,
        crashes = CASE WHEN d.token IS NULL AND NOT (s.holds OR m.superseded) THEN d.crashes ELSE 0 END,
        hold = '', waits_for = '',
        reason_code = CASE WHEN m.superseded THEN '' ELSE s.code END,
        reason = CASE WHEN m.superseded THEN '' ELSE s.reason END,
        fields = CASE WHEN m.superseded THEN '{{}}' ELSE string_to_array(s.fields, ',')::varchar[] END,
        changed_at = now()
    FROM said s JOIN mine m USING (id) WHERE d.id = m.id
    RETURNING d.id, d.target_id, d.sent_version, d.sent_generation, m.superseded),
filed AS (
    INSERT INTO delivery_attempt (delivery_id, version, generation, action, outcome, code, reason, by_id, started_at,
        finished_at, told)
    SELECT w.id, w.sent_version, w.sent_generation, s.action, s.outcome, s.code, s.reason, %(by)s, %(started)s, now(),
        s.told
    FROM written w JOIN said s USING (id) WHERE s.outcome <> ''),
tallied AS (
    INSERT INTO delivery_tally (target_id, outcome, tries)
    SELECT target_id, outcome, count(*) FROM written JOIN said USING (id) WHERE outcome <> ''
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (target_id, outcome) DO UPDATE SET tries = delivery_tally.tries + excluded.tries)
SELECT id, superseded FROM written
"""
_STATEMENTS = {owned: _SQL.format(owned=condition) for owned, condition in _OWNED.items()}
_UNLIKE_ANY = b"\0" * 20
"""The digest of content that nobody knows: whatever is wanted differs from it."""


def _write(
    rows: Sequence[Settled], *, owned: Owned, token: UUID | None, by: int | None, started_at: datetime
) -> dict[int, bool]:
    """Row id -> was superseded meanwhile, for the rows that were still ours."""
    given = {
        "rows": direct.table([_told(row) for row in rows]),
        "unlike": _UNLIKE_ANY,
        "by": by,
        "token": token,
        "started": started_at,
    }
    return dict(direct.fetch(_STATEMENTS[owned], given))


def _told(row: Settled) -> dict[str, Any]:
    move = row.move
    return {
        "id": row.id, "status": move.status, "wait": _seconds(move.wait), "code": _clean(move.code[:64]),
        "reason": mask_text(_clean(move.reason[:2000])) if move.reason else "", "fields": ",".join(move.fields),
        "reference": _clean(move.reference[:128]), "ticket": _clean(move.ticket[:128]), "holds": move.holds,
        "keeps": move.keeps_doubt, "restores": move.restores_doubt, "counts": move.counts, "outcome": row.outcome,
        "action": row.action, "asked": row.asked, "other": move.holds_other, "nothing": move.holds_nothing,
        "generation": row.generation, "told": row.told,
    }  # fmt: skip


def _keep_evidence(rows: Sequence[Settled]) -> None:
    if not rows:
        return
    sent = Delivery.objects.in_bulk([row.id for row in rows])
    for row in rows:
        seen = Evidence(delivery_id=row.id, version=sent[row.id].sent_version or 0)
        seen.sealed = sealing.seal(row.move.evidence, bound_to=seen.bound_to)
        seen.save(force_insert=True)


def _clean(text: str) -> str:
    return text.replace("\0", "")  # what a department may say and PostgreSQL does not take


def _seconds(wait: timedelta | None) -> float | None:
    return None if wait is None else wait.total_seconds()
