"""The same backlog once more: what was delivered is wanted anew, so that a small stock makes long runs."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import connection

from gridapp.delivery.wake import wake

from .waiting import wait_until
from .ways import ours

_AGAIN = """
UPDATE delivery_delivery SET status = 'waiting', due_at = now(), generation = generation + 1, held_version = NULL,
    held_digest = NULL, maybe_sent = FALSE
WHERE status = 'delivered'
"""


def want_again() -> None:
    """Every delivery that is through is due again, with new content."""
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN)


def one_round(target_ids: Sequence[int], *, patience: float) -> tuple[int, float]:
    """Wakes the lanes; (deliveries, seconds from then to the last durable status)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM delivery_delivery WHERE target_id = ANY(%s)", [list(target_ids)])
        expected = cursor.fetchone()[0]
    began = time.time()
    wake(target_ids)
    wait_until(lambda: ours.delivered(target_ids), expected, patience=patience)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(extract(epoch FROM max(changed_at)), 0)::float8 FROM delivery_delivery "
            "WHERE status = 'delivered' AND target_id = ANY(%s)",
            [list(target_ids)],
        )
        done, ended = cursor.fetchone()
    return done, max(0.001, ended - began)
