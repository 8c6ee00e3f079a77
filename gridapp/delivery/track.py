"""Asking a department what became of its tickets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import connection

from gridapp.catalogue.targets import Configured
from gridapp.contract import Connector, Misconfigured, Outcome, Unavailable, Unknown

from .dispatch import trace
from .settle import Owned, Settled, settle
from .transitions import move

logger = logging.getLogger(__name__)

BATCH = 500


def ask(runner: asyncio.Runner, one: Configured, connector: Connector, keep: Callable[[], bool]) -> bool:
    """Asks for the tickets that are due; True when there were any. A target that does not answer is asked later.

    `keep`: makes the lane ours for as long as a call may take, False where it is lost.
    """
    if not connector.capabilities.asynchronous:
        return False
    due = _due(one.target.pk, connector.capabilities.track_every)
    if not due or not keep():
        return False
    tickets = [ticket for _, _, ticket, _ in due]
    try:
        outcomes = runner.run(_within(connector, tickets))
    except (Unavailable, Misconfigured, TimeoutError) as error:
        logger.warning("%s: asking for %d tickets failed: %s", one.target.key, len(due), error)
        return True
    except Exception as error:  # our own bug: the tickets stay, and what is to be sent goes on
        logger.error("%s: asking for tickets broke: %s", one.target.key, trace(error))
        return True
    settled = [
        _settled(row_id, record_id, ticket, outcome)
        for (row_id, record_id, ticket, _), outcome in zip(due, outcomes, strict=True)
        if outcome is not None
    ]
    settle(settled, source=one.target.key, owned=Owned.TICKET, started_at=due[0][3])
    return True


async def _within(connector: Connector, tickets: list[str]) -> list[Outcome | None]:
    async with asyncio.timeout(connector.capabilities.deadline):
        outcomes = list(await connector.track(tickets))
    if len(outcomes) != len(tickets):
        raise ValueError(f"{len(outcomes)} outcomes for {len(tickets)} tickets")
    return outcomes


def _settled(row_id: int, record_id: UUID, ticket: str, outcome: Outcome) -> Settled:
    # A ticket was given: the target has it, so what it says later is about something it received.
    # An answer that does not fit is nobody's yes, and no reason to send again unasked either.
    moved = move(outcome, attempts=1, resend_safe=not isinstance(outcome, Unknown))
    return Settled(row_id, record_id, moved, type(outcome).__name__.lower(), "track", ticket)


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
