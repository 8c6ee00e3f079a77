"""The clock's work, every few seconds: the guarantee behind all hints. Two sweepers at once are harmless."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import QuerySet

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured

from . import clock, gates
from .claim import expire
from .models import Delivery, Hold, Status
from .retrying import after_deadlock

_LOCK = 990101  # any number, the same in every sweeper
_AT_ONCE = 5000


@after_deadlock
def sweep() -> list[int]:
    """Frees expired leases, moves rows in and out of `held`; returns the targets whose lanes have something to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return []
        now = clock.now()
        due = []
        for one in targets.targets():
            if one.connector is not None:
                expire(one.target.pk, resend_safe=one.connector.capabilities.resend_safe)
            block = gates.block(one, now)
            _hold(one, block.hold if block else "")
            if block is None and _has_work(one.target.pk):
                due.append(one.target.pk)
        return due


def _hold(one: Configured, hold: str) -> None:
    """Rows of a closed target are held, those of an open one wait again; a few thousand each time.

    A row that a plan or a lane has in hand at this moment is left to it: the next look takes it as it is then.
    """
    rows = Delivery.objects.filter(target=one.target).select_for_update(skip_locked=True, no_key=True)
    released = [held for held in (Hold.WINDOW, Hold.PAUSED) if held != hold]
    for held in released:
        some = _first(rows.filter(status=Status.HELD, hold=held).order_by("pk"))
        if hold:
            some.update(hold=hold)
        else:
            some.update(status=Status.WAITING, hold="", due_at=clock.now(), reason_code="", reason="")
    if hold:
        _first(rows.filter(status=Status.WAITING).order_by("due_at", "pk")).update(
            status=Status.HELD, hold=hold, due_at=None
        )


def _first(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:_AT_ONCE]))


def _has_work(target_id: int) -> bool:
    """Whether the lane has due rows or tickets and is not pausing: index look-ups, whatever the backlog."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT NOT EXISTS (SELECT FROM delivery_lane WHERE target_id = %(id)s AND closed_until > now()) AND (
                EXISTS (SELECT FROM delivery_delivery
                    WHERE target_id = %(id)s AND status = 'waiting' AND due_at <= now())
                OR EXISTS (SELECT FROM delivery_delivery
                    WHERE target_id = %(id)s AND status = 'submitted' AND track_at <= now()))
            """,
            {"id": target_id},
        )
        return bool(cursor.fetchone()[0])
