"""What departments call us with: kept at once, worked on after we have answered, matched to deliveries by ticket.

A call may come before our own request is settled, twice, out of order, or about what nobody knows: a ticket that is not
known yet is looked for again and again for a day, a decision about a ticket that has been decided changes nothing.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from gridapp import sealing
from gridapp.catalogue.targets import Configured
from gridapp.contract import Signed

from . import clock
from .dispatch import trace
from .models import Callback, Delivery, Status
from .retrying import after_deadlock
from .settle import Owned, Settled, settle
from .transitions import move

logger = logging.getLogger(__name__)

TOLERANCE = timedelta(minutes=5)
"""How far a call's own time may be from ours (Standard Webhooks)."""
PATIENCE = timedelta(days=1)
"""How long a ticket that nobody knows is looked for: our own request may still be on its way."""
KEPT = timedelta(days=30)
"""How long a call that was worked on is remembered, so that it is known when it comes again."""
BATCH = 100


class StaleError(Exception):
    """A call signed too long ago, or in the future: sent again by somebody, or a clock is wrong."""


def keep(one: Configured, signed: Signed, body: bytes) -> bool:
    """Keeps a verified call; False where it is here already. Raises StaleError."""
    event = signed.event[:128] or hashlib.sha256(body).hexdigest()
    bound_to = Callback(target=one.target, event=event).bound_to
    told: dict[str, Any] = {
        "target": one.target.pk,
        "event": event,
        "sealed": sealing.seal(body, bound_to=bound_to),
        "signed": signed.at,
        "tolerance": TOLERANCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO delivery_callback (target_id, event, sealed, signed_at, received_at, due_at, came_of_it)
            SELECT %(target)s, %(event)s, %(sealed)s, %(signed)s, now(), now(), ''
            WHERE %(signed)s BETWEEN now() - %(tolerance)s AND now() + %(tolerance)s
            ON CONFLICT (target_id, event) DO NOTHING
            """,
            told,
        )
        if cursor.rowcount:
            return True
    if abs(clock.now() - signed.at) > TOLERANCE:
        raise StaleError
    return False


@after_deadlock
def read(one: Configured) -> int:
    """Works on the calls that are due; how many. Two workers at once each take their own."""
    if one.connector is None:
        return 0
    with transaction.atomic():
        due = Callback.objects.select_for_update(skip_locked=True, no_key=True)
        calls = list(due.filter(target=one.target, due_at__lte=clock.now()).order_by("due_at")[:BATCH])
        for call in calls:
            _work_on(one, call)
    return len(calls)


def due() -> list[int]:
    """The targets with calls to be worked on."""
    waiting = Callback.objects.filter(due_at__lte=clock.now())
    return sorted(waiting.values_list("target_id", flat=True).distinct())


def forget() -> int:
    """Throws away what was worked on long ago; how many calls."""
    return Callback.objects.filter(due_at=None, received_at__lt=timezone.now() - KEPT).delete()[0]


def _work_on(one: Configured, call: Callback) -> None:
    assert one.connector is not None  # noqa: S101 - told to the type checker
    try:
        body = sealing.unseal(bytes(call.sealed), bound_to=call.bound_to)
        notices = one.connector(one.target.settings()).notices(body)
    except Exception as error:  # whatever a department sends, it must not stop what others send
        logger.error("%s: call %d cannot be read: %s", one.target.key, call.pk, trace(error))
        _done(call, "unreadable")
        return
    decided = [notice for notice in notices if notice.outcome is not None]
    known = _known(one, [notice.ticket for notice in decided])
    settled = [
        Settled(row_id, record_id, move(notice.outcome, attempts=1, resend_safe=False),
                type(notice.outcome).__name__.lower(), "callback", notice.ticket)
        for notice in decided if notice.outcome is not None and notice.ticket in known
        for row_id, record_id in [known[notice.ticket]]
    ]  # fmt: skip
    settle(settled, source=one.target.key, owned=Owned.TICKET, started_at=call.received_at)
    unknown = [notice for notice in decided if notice.ticket not in known]
    if unknown and clock.now() - call.received_at < PATIENCE:
        _later(call)
    else:
        _done(call, "unknown" if unknown else "settled" if settled else "nothing")


def _known(one: Configured, tickets: Sequence[str]) -> dict[str, tuple[int, uuid.UUID]]:
    """Ticket -> (delivery, record) of those that wait for a decision."""
    waiting = Delivery.objects.filter(
        target=one.target, ticket__in=tickets, status__in=(Status.SUBMITTED, Status.UNCERTAIN)
    )
    return {ticket: (pk, record_id) for ticket, pk, record_id in waiting.values_list("ticket", "pk", "record_id")}


def _later(call: Callback) -> None:
    """After as long again as it has been waiting, at least a second, at most an hour."""
    now: datetime = clock.now()
    waits = min(max(now - call.received_at, timedelta(seconds=1)), timedelta(hours=1))
    Callback.objects.filter(pk=call.pk).update(due_at=now + waits)


def _done(call: Callback, came_of_it: str) -> None:
    Callback.objects.filter(pk=call.pk).update(due_at=None, done_at=clock.now(), came_of_it=came_of_it, sealed=b"")
