"""What the engine's own statements cost beside standing data, and beside a dead target's backlog of all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from gridapp.catalogue import targets
from gridapp.catalogue.models import Target
from gridapp.delivery import breaker, gates, keeping, sweep
from gridapp.delivery.claim import claim
from gridapp.delivery.models import Rank
from gridapp.delivery.plan import plan
from gridapp.delivery.replan import SLICE
from gridapp.registry.models import Record

from .standing import Took, measure

_BATCH = 50
_HEALTHY = 5_000
"""Rows that wait for the healthy target."""


class _Undone(Exception):
    """Ends a transaction that was only to be timed."""


def clockwork(calls: int) -> Iterator[Took]:
    """Statements of lanes, clock and nights. Of the two first targets one is dead with all it should hold waiting."""
    dead, healthy = Target.objects.order_by("position", "key")[:2]
    yield measure("sweep, nothing to do", _undoing(sweep.sweep), calls=calls)
    yield from _replan(calls)
    for target, rows in ((dead, None), (healthy, _HEALTHY)):
        _wait_again(target, rows)
    yield measure("claim of a healthy lane", _claiming(healthy), calls=calls, budget=20)
    yield measure("claim of the dead target's lane", _claiming(dead), calls=calls, budget=20)
    yield measure("sweep, a backlog", _undoing(sweep.sweep), calls=calls)
    one = next(one for one in targets.targets() if one.target.pk == dead.pk)
    yield measure("has it work?", lambda: sweep._has_work(one), calls=calls, budget=20)
    yield measure("is its day's limit reached?", lambda: gates.limit(one, timezone.now()), calls=calls, budget=20)
    Target.objects.filter(pk=dead.pk).update(paused_at=timezone.now())
    yield measure("hold 5,000 of a paused target", _undoing(lambda: sweep._hold(one, "paused")), calls=calls)
    sweep._hold(one, "paused")
    yield measure("release 5,000 again", _undoing(lambda: sweep._hold(one, "")), calls=calls)
    yield measure("a night's tidying", keeping.tidy, calls=3, warm=1)


def _replan(calls: int) -> Iterator[Took]:
    """A slice of the nightly planning: the first time, with everything to write, and again with nothing new."""
    ids = list(Record.objects.filter(kind="resident").order_by("pk").values_list("pk", flat=True)[:SLICE])

    def planned() -> Any:
        with transaction.atomic():
            return plan(ids, rank=Rank.BACKLOG)

    yield measure("plan a slice, all of it new", _undoing(planned), calls=min(calls, 5), warm=1)
    planned()
    yield measure("plan a slice, nothing new", planned, calls=min(calls, 20), warm=1)


def _undoing(act: Callable[[], Any]) -> Callable[[], None]:
    """The same, taken back each time: every call finds what the first one found."""

    def call() -> None:
        with suppress(_Undone), transaction.atomic():
            act()
            raise _Undone

    return call


def _claiming(target: Target) -> Callable[[], None]:
    token = uuid4()
    if breaker.take(target.pk, token=token, lease=600) is None:
        raise RuntimeError("somebody serves the lane")
    return _undoing(lambda: claim(target.pk, token=token, limit=_BATCH, lease=600))


def _wait_again(target: Target, rows: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            """
            UPDATE delivery_delivery SET status = 'waiting', due_at = now() - random() * interval '9 days', rank = 1,
                generation = generation + 1
            WHERE id = ANY(ARRAY(
                SELECT id FROM delivery_delivery WHERE target_id = %s AND status = 'delivered' LIMIT %s))
            """,
            [target.pk, rows],
        )
        cursor.execute("RESET statement_timeout")
