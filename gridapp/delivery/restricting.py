"""限制处理 (PIPL 44): while a person's processing is restricted nothing new of them goes to any department.

The database holds whatever would go out (0016_restricted), whoever writes it. Only a close still goes: it ends what a
department does with them. What stands in a workbook or was sent already is out of our hands.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from gridapp.org.models import User
from gridapp.registry import rights
from gridapp.registry.models import RightsRequest
from gridapp.registry.rights import Decision

from . import loading, wake
from .models import Rank
from .retrying import after_deadlock

# Every row, whatever it is: one that a lane settles at this moment is waited for, and looked at by the trigger then.
_HOLD = "UPDATE delivery_delivery SET status = status WHERE record_id = %(record)s"
_RELEASE = f"""
UPDATE delivery_delivery SET status = 'waiting', hold = '', due_at = now(), rank = {Rank.BACKLOG.value},
    reason_code = '', reason = '', changed_at = now()
WHERE record_id = %(record)s AND status = 'held' AND hold = 'restricted' RETURNING target_id
"""  # noqa: S608 - our own words


@after_deadlock
@transaction.atomic
def decide(row: RightsRequest, said: Decision, *, by: User) -> bool:
    """As `rights.decide`; a restriction that is granted holds at once."""
    loading.hold([row.record_id])
    done = rights.decide(row, said, by=by)
    if done and rights.restricts(row.record_id):
        _run(_HOLD, row.record_id)
    return done


@after_deadlock
@transaction.atomic
def lift(row: RightsRequest, *, by: User) -> bool:
    """Ends the restriction: what was held goes on. False where there is none or it is not theirs to end."""
    loading.hold([row.record_id])
    if not rights.lift(row, by=by):
        return False
    if not rights.restricts(row.record_id):
        wake.after_commit(_run(_RELEASE, row.record_id))
    return True


def _run(statement: str, record_id: UUID) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"record": record_id})
        return [target_id for (target_id,) in cursor.fetchall()] if cursor.description else []
