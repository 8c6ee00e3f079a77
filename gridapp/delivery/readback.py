"""Asking a target what it holds of deliveries that may have arrived, before anything is sent again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from gridapp.catalogue.targets import Configured
from gridapp.contract import Connector, Differs, Misconfigured, NotYet, Outcome, Parcel, Unavailable, Unknown

from . import clock, wake
from .claim import Claimed
from .dispatch import prepare, trace
from .models import Status
from .plan import plan
from .restored import REASON
from .retrying import after_deadlock
from .settle import Owned, Settled, settle
from .transitions import Move, move

logger = logging.getLogger(__name__)

DUE = (
    "(asked_at IS NULL OR asked_at < now() - make_interval("
    "secs => LEAST(3600, GREATEST(5, extract(epoch FROM asked_at - changed_at)))))"
)
"""A doubt is asked about at once, then ever more rarely, at least once an hour."""


def ask(runner: asyncio.Runner, one: Configured, connector: Connector, keep: Callable[[], bool]) -> bool:
    """Settles doubts that the target can settle; True when there were any to ask about.

    `keep`: makes the lane ours for as long as a call may take, False where it is lost.
    """
    if not connector.capabilities.can_read_back:
        return False
    doubtful, restored = _doubtful(one.target.pk, limit=connector.capabilities.batch)
    if not doubtful or not keep():
        return False
    started_at = clock.now()
    answered = held(runner, one, connector, doubtful)
    settled = [
        Settled(
            row.id, row.record_id, _move(outcome, row, row.id in restored), type(outcome).__name__.lower(), "read",
            "uncertain", row.generation,
        )
        for row, outcome in answered
        if not isinstance(outcome, Unknown)  # the doubt stands: asked again later
    ]  # fmt: skip
    _settle(settled, one, started_at=started_at, again=[row.record_id for row in settled if row.id in restored])
    return True


@after_deadlock
def _settle(settled: Sequence[Settled], one: Configured, *, started_at: datetime, again: Sequence[UUID]) -> None:
    """`again`: records to plan once more, for what came out of a restore was not planned to go out now."""
    with transaction.atomic():
        settle(settled, source=one.target.key, owned=Owned.STANDING, started_at=started_at)
        if again:
            wake.after_commit(plan(again, only=[one.target.pk]).due)


def held(
    runner: asyncio.Runner, one: Configured, connector: Connector, rows: Sequence[Claimed]
) -> list[tuple[Claimed, Outcome]]:
    """What the target says it holds of these, row by row; nothing of those it did not answer for."""
    prepared = prepare(rows, one, on=clock.day(clock.now()))
    try:
        outcomes = runner.run(_within(connector, prepared.batch)) if prepared.batch else []
    except (Unavailable, Misconfigured, TimeoutError) as error:
        logger.warning("%s: reading back %d deliveries failed: %s", one.target.key, len(rows), error)
        return []
    except Exception as error:  # our own bug: the doubts stay, and what is to be sent goes on
        logger.error("%s: reading back broke: %s", one.target.key, trace(error))
        return []
    return list(zip(prepared.claimed, outcomes, strict=True))


async def _within(connector: Connector, batch: Sequence[Parcel]) -> Sequence[Outcome]:
    async with asyncio.timeout(connector.capabilities.deadline):
        outcomes = await connector.read_back(batch)
    if len(outcomes) != len(batch):
        raise ValueError(f"{len(outcomes)} outcomes for {len(batch)} parcels")
    return outcomes


def _move(outcome: Outcome, row: Claimed, restored: bool) -> Move:
    """`restored`: the doubt came with a backup, and what is there now may be newer than what we have."""
    if restored and (other := disputed(outcome, held=row.held is not None and row.digest is not None)):
        return other
    if isinstance(outcome, NotYet):  # it holds nothing of it: the doubt is over, and it goes out again
        return Move(Status.WAITING, "not_there", outcome.reason, wait=timedelta(0), counts=False)
    return replace(move(outcome, attempts=1, resend_safe=True), restores_doubt=False)


def disputed(outcome: Outcome, *, held: bool) -> Move | None:
    """What a person decides after a restore: the target has something else, or nothing of what it `held` in our books.

    None for every other answer.
    """
    if isinstance(outcome, Differs):
        return disagreed(outcome)
    if isinstance(outcome, NotYet) and held:
        return Move(Status.CONFLICT, "gone_there", holds_nothing=True)
    return None


def disagreed(outcome: Differs) -> Move:
    """Nothing is overwritten: whose content counts is asked."""
    fields, reference = outcome.fields, outcome.reference
    return Move(Status.CONFLICT, "changed_there", fields=fields, reference=reference, holds_other=True)


def _doubtful(target_id: int, *, limit: int) -> tuple[list[Claimed], set[int]]:
    """Those to ask about now, and the ids of those that a restore put in doubt: of them what is wanted now is asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH due AS MATERIALIZED (
                SELECT id FROM delivery_delivery WHERE target_id = %s AND status = 'uncertain' AND {DUE}
                ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            UPDATE delivery_delivery AS d SET asked_at = now(),
                sent_version = CASE reason_code WHEN %s THEN wanted_version ELSE sent_version END,
                sent_digest = CASE reason_code WHEN %s THEN wanted_digest ELSE sent_digest END,
                sent_generation = CASE reason_code WHEN %s THEN generation ELSE sent_generation END
            FROM due WHERE d.id = due.id
            RETURNING d.reason_code = %s, d.id, d.record_id, d.sent_version, d.sent_digest, d.sent_generation,
                d.held_digest, d.reference, d.attempts, TRUE
            """,  # noqa: S608 - a condition of our own
            [target_id, limit, *[REASON] * 4],
        )
        rows = cursor.fetchall()
    return [Claimed(*row[1:]) for row in rows], {row[1] for row in rows if row[0]}
