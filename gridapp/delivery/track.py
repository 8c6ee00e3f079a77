"""Asking a department what became of its tickets."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from uuid import UUID

from django.db import connection

from gridapp.catalogue.targets import Configured
from gridapp.contract import Connector, Misconfigured, Outcome, Unavailable

from .settle import Settled, settle
from .transitions import move

logger = logging.getLogger(__name__)

BATCH = 500


def ask(runner: asyncio.Runner, one: Configured, connector: Connector) -> bool:
    """Asks for the tickets that are due; True when there were any. A target that does not answer is asked later."""
    if not connector.capabilities.asynchronous:
        return False
    due = _due(one.target.pk, connector.capabilities.track_every)
    if not due:
        return False
    tickets = [ticket for _, _, ticket, _ in due]
    try:
        outcomes = runner.run(_within(connector, tickets))
    except (Unavailable, Misconfigured, TimeoutError) as error:
        logger.warning("%s: asking for %d tickets failed: %s", one.target.key, len(due), error)
        return True
    settled = [
        _settled(row_id, record_id, outcome)
        for (row_id, record_id, _, _), outcome in zip(due, outcomes, strict=True)
        if outcome is not None
    ]
    settle(settled, source=one.target.key, token=None, started_at=due[0][3])
    return True


async def _within(connector: Connector, tickets: list[str]) -> list[Outcome | None]:
    async with asyncio.timeout(connector.capabilities.deadline):
        return list(await connector.track(tickets))


def _settled(row_id: int, record_id: UUID, outcome: Outcome) -> Settled:
    # A ticket was given: the target has it, so what it says later is about something it received.
    return Settled(
        row_id, record_id, move(outcome, attempts=1, resend_safe=True), type(outcome).__name__.lower(), "track"
    )


def _due(target_id: int, longest: float) -> list[tuple[int, UUID, str, datetime]]:
    """Tickets to ask for now. While the department thinks each is asked for ever more rarely: after half as long again
    as it has been waiting, and at least every `longest` seconds.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM delivery_delivery WHERE target_id = %s AND status = 'submitted' AND track_at <= now()
                ORDER BY track_at LIMIT %s FOR UPDATE SKIP LOCKED)
            UPDATE delivery_delivery AS d SET track_at = now() + make_interval(
                secs => LEAST(%s, GREATEST(1, extract(epoch FROM now() - changed_at) / 2)))
            FROM due WHERE d.id = due.id RETURNING d.id, d.record_id, d.ticket, now()
            """,
            [target_id, BATCH, longest],
        )
        return list(cursor.fetchall())
