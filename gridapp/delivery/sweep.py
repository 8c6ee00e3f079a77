"""The clock's work, every few seconds: the guarantee behind all hints. Two sweepers at once are harmless."""

from __future__ import annotations

from django.db import connection, transaction

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
            if not one.live or one.connector is None:
                continue
            expire(one.target.pk, resend_safe=one.connector.capabilities.resend_safe)
            block = gates.block(one, now)
            _hold(one, block.hold if block else "")
            if block is None and _has_work(one.target.pk):
                due.append(one.target.pk)
        return due


def _hold(one: Configured, hold: str) -> None:
    """Rows of a closed target are held, those of an open one wait again; a few thousand each time."""
    rows = Delivery.objects.filter(target=one.target)
    released = [held for held in (Hold.WINDOW, Hold.PAUSED) if held != hold]
    for held in released:
        some = rows.filter(status=Status.HELD, hold=held).order_by("pk").values("pk")[:_AT_ONCE]
        if hold:
            Delivery.objects.filter(pk__in=some).update(hold=hold)
        else:
            now = clock.now()
            Delivery.objects.filter(pk__in=some).update(status=Status.WAITING, hold="", due_at=now, reason_code="")
    if hold:
        some = rows.filter(status=Status.WAITING).order_by("due_at", "pk").values("pk")[:_AT_ONCE]
        Delivery.objects.filter(pk__in=some).update(status=Status.HELD, hold=hold, due_at=None)


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
