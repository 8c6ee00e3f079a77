"""Our way: entries through the real door, lanes, attempts, everything settled."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from gridapp.bench import load, rows, workers
from gridapp.bench.at_once import installed
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Done, Submitted
from gridapp.bench.stock import Stock
from gridapp.delivery.wake import wake

from .order import Order

NAME = "ours"


def run(order: Order, stock: Stock, *, connector: str = "plain_json") -> dict[str, float]:
    """The figures of one run in a database of its own."""
    order.there.forget()
    like = stock.backlog if order.drain else stock.empty
    with own_database(like=like) as environment, installed(environment) as told:
        ids = load.readdress(order.there.urls, connector)
        record_ids = stock.record_ids[: order.entries]
        if order.drain:
            leave(record_ids)
        well = [ids[number] for number in order.there.well]
        death = _Death()
        with workers.ours(order.processes, len(ids), told) as running:
            running.begin()
            submitted = Submitted([time.time()] * order.entries, [0.0])
            if order.drain:
                wake(ids)
            else:
                record_ids, submitted = submit(order.entries, stock.scene, gap=order.gap)
            order.see_through(running, lambda: delivered(well), at_death=death.note)
        figures = rows.throughput(
            _done(record_ids, ids), submitted, order.there.tally(), running.cost,
            well=order.there.well, drain=order.drain,
        )  # fmt: skip
        return figures | death.figures() if order.killed else figures


def submit(entries: int, scene: load.Scene, *, gap: float = 0.0) -> tuple[list[UUID], Submitted]:
    """Entries through the real door one after the other; the records' ids and when each was entered."""
    ids, at, took = [], [], []
    for entry in load.people(entries, scene.flats):
        at.append(time.time())
        ids.append(load.submit_one(entry, scene))
        took.append(time.time() - at[-1])
        if gap:
            time.sleep(max(0.0, gap - took[-1]))
    return ids, Submitted(at, took)


def delivered(target_ids: Sequence[int]) -> int:
    """How many deliveries of these targets are through."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM delivery_delivery WHERE status = 'delivered' AND target_id = ANY(%s) "
            "AND changed_at > %s",
            [list(target_ids), _LONG_AGO],
        )
        return int(cursor.fetchone()[0])


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def leave(record_ids: Sequence[UUID]) -> None:
    """Takes every delivery of other records out of a backlog: they were delivered long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_delivery SET status = 'delivered', due_at = NULL, held_digest = wanted_digest, "
            "held_version = wanted_version, changed_at = %s WHERE NOT record_id = ANY(%s)",
            [_LONG_AGO, list(record_ids)],
        )


def _done(record_ids: Sequence[UUID], target_ids: Sequence[int]) -> list[Done]:
    number = {record_id: position for position, record_id in enumerate(record_ids)}
    target = {target_id: position for position, target_id in enumerate(target_ids)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT record_id, target_id, CASE WHEN status = 'delivered' THEN "
            "extract(epoch FROM changed_at)::float8 END FROM delivery_delivery WHERE record_id = ANY(%s)",
            [list(record_ids)],
        )
        return [Done(number[record], target[one], when) for record, one, when in cursor.fetchall()]


class _Death:
    """What the workers had in hand when they died, and when that was settled."""

    def __init__(self) -> None:
        self._in_hand: list[int] = []
        self._at = 0.0

    def note(self) -> None:
        self._at = time.time()
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM delivery_delivery WHERE status = 'sending'")
            self._in_hand = [row[0] for row in cursor.fetchall()]

    def figures(self) -> dict[str, float]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM changed_at)::float8 FROM delivery_delivery "
                "WHERE id = ANY(%s) AND status = 'delivered' ORDER BY 1",
                [self._in_hand],
            )
            again = [row[0] - self._at for row in cursor.fetchall()]
        return {"in_hand": len(self._in_hand), "again_p99_s": rows.at(again, 0.99)}
