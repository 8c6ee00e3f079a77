"""Each thing that can be done to a slice of what waits for one cause. Every delivery is filed under who wanted it."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.db.models import F, QuerySet

from gridapp import sealing
from gridapp.catalogue.targets import Configured
from gridapp.contract import Rejected

from . import byhand, clock, doubts, operating, wake
from .models import CauseAct, Delivery, Rank
from .operating import Done
from .plan import plan
from .settle import Owned, Settled, settle
from .transitions import move

_FILE = """
INSERT INTO delivery_attempt (delivery_id, version, generation, action, outcome, code, reason, by_id, started_at,
    finished_at)
SELECT id, wanted_version, generation, CASE WHEN wanted_digest IS NULL THEN 'close' WHEN held_digest IS NULL
    THEN 'create' ELSE 'change' END, 'recoded', '', '', %s, now(), now()
FROM delivery_delivery WHERE id = ANY(%s) AND status IN ('waiting', 'held')
"""


def retry(act: CauseAct, one: Configured, rows: QuerySet[Delivery]) -> Done:
    """The same again. What may have arrived at a target that would store it twice is asked about first."""
    return operating.retry(rows, one, act.by)


def cancel(act: CauseAct, one: Configured, rows: QuerySet[Delivery]) -> Done:
    """Not sent any more until the record changes; only where the target surely holds nothing of it."""
    ids = list(rows.values_list("pk", flat=True))
    return operating.cancel(operating.removable(one.target, act.by).filter(pk__in=ids), act.by)


def recode(act: CauseAct, one: Configured, rows: QuerySet[Delivery]) -> Done:
    """Planned anew with the codes as they are now: what reads otherwise goes out, the rest stands as it is."""
    found = dict(rows.values_list("pk", "record_id"))
    planned = plan(found.values(), rank=Rank.BACKLOG, only=[one.target.pk])
    wake.after_commit(planned.due)
    with connection.cursor() as cursor:
        cursor.execute(_FILE, [act.by_id, list(found)])
        return Done(cursor.rowcount)


def back(act: CauseAct, one: Configured, rows: QuerySet[Delivery]) -> Done:
    """The worker's move, with the reason that was given."""
    reason = sealing.unseal(act.sealed, bound_to=act.bound_to).decode()
    told = Rejected("by_hand", reason, (act.field,) if act.field else ())
    ids = list(rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).values_list("pk", flat=True))
    # What was looked at is what is wanted now, as if a lane had taken it there.
    Delivery.objects.filter(pk__in=ids).update(
        sent_version=F("wanted_version"), sent_digest=F("wanted_digest"), sent_generation=F("generation")
    )
    settled = [
        Settled(
            row.pk, row.record_id, move(told, attempts=row.attempts, resend_safe=True), "rejected",
            byhand.in_hand(row).action, row.status, row.generation,
        )
        for row in Delivery.objects.filter(pk__in=ids)
    ]  # fmt: skip
    done = settle(settled, source=one.target.key, owned=Owned.STANDING, started_at=clock.now(), by=act.by_id)
    return Done(done)


def arrived(act: CauseAct, one: Configured, rows: QuerySet[Delivery]) -> Done:
    """Somebody has looked at the target: all of it is there."""
    return _each(act, rows, lambda row: doubts.arrived(row, reference="", generation=_sent(row), by=act.by))


def not_there(act: CauseAct, one: Configured, rows: QuerySet[Delivery]) -> Done:
    """Somebody has looked at the target: none of it is there, so it is sent again."""
    return _each(act, rows, lambda row: doubts.not_there(row, generation=_sent(row), by=act.by))


def _each(act: CauseAct, rows: QuerySet[Delivery], decide: Callable[[Delivery], bool]) -> Done:
    """One by one, of what only a person can decide."""
    mine = doubts.undecided(act.by).filter(pk__in=list(rows.values_list("pk", flat=True)))
    return Done(sum(decide(row) for row in mine))


def _sent(row: Delivery) -> int:
    return row.sent_generation or 0
