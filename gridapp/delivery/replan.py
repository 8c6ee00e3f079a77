"""Planning everything again, slice by slice: what changes with time, and targets or mappings that changed.

Nothing is told to a target that already holds what is wanted, so it may run at any time and be broken off anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction

from gridapp.catalogue import targets
from gridapp.registry.models import Record

from . import wake
from .models import Delivery, Hold, Rank, Status
from .plan import outdated, plan
from .retrying import after_deadlock

SLICE = 200
"""Records looked at in one go, and at most so many locked in one transaction: well under a second of work."""
_searched_with: frozenset[str] | None = None


@after_deadlock
def replan(after: UUID | None = None) -> tuple[UUID | None, int, int]:
    """Plans the next slice of all records by id; (last id or None at the end, records seen, deliveries written)."""
    rows = Record.objects.order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    ids = list(rows.values_list("pk", flat=True)[:SLICE])
    if not ids:
        return None, 0, 0
    # Nearly all stand as they should: only the others are locked and written.
    return ids[-1], len(ids), _planned(outdated(ids))


def some(after: str = "") -> str:
    """The same for a task that passes the rest on: the id to go on behind, "" at the end."""
    last, _, _ = replan(UUID(after) if after else None)
    return str(last) if last else ""


@after_deadlock
def unmapped() -> int:
    """Goes on with records that lacked the code of a grid which somebody has mapped since; how many deliveries changed.

    Those whose grid is still without a code are left out, so that they never stand in the way of the others.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT d.record_id FROM delivery_delivery d JOIN registry_record r ON r.id = d.record_id
            JOIN org_gridmapping m ON m.grid_id = r.grid_code AND 'mapped.' || m.system = ANY(d.fields)
            WHERE d.status = 'failed' AND d.reason_code = 'unmapped' LIMIT %s
            """,
            [SLICE],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return _planned(ids)


@after_deadlock
def orphaned() -> int:
    """Goes on with what waits for a target that is no longer here: nobody gives that number; how many changed.

    What waits for a target that is only switched off goes on waiting: it is late, and the alarm for that names it.
    """
    global _searched_with
    here = frozenset(one.target.key for one in targets.targets())
    if here == _searched_with:
        return 0  # what is held is many: it is gone through when a target has come or gone, not every minute
    held = Delivery.objects.filter(status=Status.HELD, hold=Hold.DEPENDENCY).exclude(waits_for__in=here)
    ids = list(held.order_by("pk").values_list("record_id", flat=True)[:SLICE])
    if not ids:
        _searched_with = here
    return _planned(ids)


def _planned(ids: Sequence[UUID]) -> int:
    if not ids:
        return 0
    with transaction.atomic():
        planned = plan(ids, rank=Rank.BACKLOG)
        wake.after_commit(planned.due)
    return planned.written
