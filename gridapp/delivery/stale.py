"""What has waited so long that it may no longer be so: planned anew between claim and sending, by the record of today.

A week's outage or a target's closed season is over: the child is older now, the family has moved, the flat was closed.
What is still right goes out at once; the rest stands as the new plan says, and what it said before never goes out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from gridapp.catalogue.targets import Configured

from . import wake
from .claim import Claimed, release
from .models import Rank
from .plan import plan
from .retrying import after_deadlock

AGE = timedelta(days=7)
"""A record entered since was planned since: of those nothing can have waited longer."""


def give_back(claimed: Sequence[Claimed], outdated: Collection[int], one: Configured, *, token: UUID) -> frozenset[int]:
    """Plans those anew that a plan of today would want otherwise; ids of the claimed that are ours no more."""
    old = [row for row in claimed if row.id in outdated]
    return _planned_anew(old, one, token=token) if old else frozenset()


@after_deadlock
def _planned_anew(old: Sequence[Claimed], one: Configured, *, token: UUID) -> frozenset[int]:
    with transaction.atomic():
        until = _ours_until(old, token=token)
        release(old, token=token)  # a plan leaves alone what is on its way
        planned = plan([row.record_id for row in old], rank=Rank.BACKLOG, only=[one.target.pk])
        wake.after_commit(planned.due)
        still_right = _taken_again(old, token=token, until=until)
    return frozenset(row.id for row in old) - still_right


def _ours_until(old: Sequence[Claimed], *, token: UUID) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(lease_until) FROM delivery_delivery WHERE id = ANY(%s) AND token = %s",
            [[row.id for row in old], token],
        )
        until: datetime | None = cursor.fetchone()[0]
    return until


def _taken_again(old: Sequence[Claimed], *, token: UUID, until: datetime | None) -> set[int]:
    """Those that the plan left as they were, in our hands again under the lease they had."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_delivery SET status = 'sending', due_at = NULL, token = %s, lease_until = %s,
                was_maybe_sent = maybe_sent, maybe_sent = TRUE, attempts = LEAST(attempts + 1, 30000),
                changed_at = now()
            WHERE id = ANY(%s) AND status = 'waiting' AND generation = sent_generation AND %s::timestamptz IS NOT NULL
            RETURNING id
            """,
            [token, until, [row.id for row in old], until],
        )
        return {row[0] for row in cursor.fetchall()}
