"""The ways by hand: their workers, their rows, the same figures."""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass
from typing import Any

from django.db import connection

from gridapp.bench import rows
from gridapp.bench.by_hand import models
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Done, Submitted
from gridapp.bench.stock import Stock
from gridapp.bench.workers import workers
from gridapp.celery import broker_url

from .order import Order


@dataclass(frozen=True)
class Style:
    """One of the two ways, with the pool its worker runs: a process or a thread for each task at a time."""

    name: str
    module: str
    pool: str
    at_once: int

    @property
    def application(self) -> str:
        return f"gridapp.bench.by_hand.celery:{self.module}"


AS_WRITTEN = Style("by hand, as written", "as_written", "prefork", 4)
TUNED = (Style("by hand, tuned", "tuned", "prefork", 4), Style("by hand, tuned (threads)", "tuned", "threads", 16))
"""The same code; which pool does better depends on the targets."""


def run(order: Order, stock: Stock, style: Style) -> dict[str, float]:
    """The figures of one run in a database of its own."""
    order.there.forget()
    pool = ["-P", style.pool, "-c", str(style.at_once)]
    with own_database(like=stock.empty) as environment:
        models.make_tables()
        submitted = _submit(order, stock, style, environment["GRIDAPP_QUEUE"]) if order.drain else None
        with workers(style.application, 1, pool, environment=environment) as running:
            running.begin()
            if submitted is None:
                submitted = _submit(order, stock, style, environment["GRIDAPP_QUEUE"])
            order.see_through(running, lambda: _delivered(order))
        return rows.throughput(
            _done(), submitted, order.there.tally(), running.cost, well=order.there.well, drain=order.drain
        )


def _submit(order: Order, stock: Stock, style: Style, queue: str) -> Submitted:
    written: Any = importlib.import_module(f"gridapp.bench.by_hand.{style.module}")
    written.app.conf.broker_url = broker_url()
    at, took = [], []
    for body in stock.bodies[: order.entries]:
        at.append(time.time())
        written.submit(body, order.there.urls, queue=queue)
        took.append(time.time() - at[-1])
        if order.gap:
            time.sleep(max(0.0, order.gap - took[-1]))
    return Submitted(at, took)


def _delivered(order: Order) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM by_hand_delivery WHERE status = 'delivered' AND target = ANY(%s)", [order.there.well]
        )
        return int(cursor.fetchone()[0])


def _done() -> list[Done]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry_id - (SELECT min(id) FROM by_hand_entry), target, "
            "CASE WHEN status = 'delivered' THEN extract(epoch FROM updated_at)::float8 END FROM by_hand_delivery"
        )
        return [Done(*row) for row in cursor.fetchall()]
