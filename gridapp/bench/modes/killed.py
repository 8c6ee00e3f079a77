"""SIGKILL for all workers half-way through a drain, then new ones: what is missing when nothing goes on any more."""

from __future__ import annotations

from collections.abc import Iterator

from gridapp.bench.departments import departments, mixed
from gridapp.bench.rows import Row
from gridapp.bench.sizes import Bench
from gridapp.bench.ways import hand, ours
from gridapp.bench.ways.order import Order

PATIENCE_BY_HAND = 15.0
"""Seconds without progress after which the ways by hand have settled: Celery's own retries come sooner, what was
claimed and not acknowledged comes back after the broker's visibility timeout, an hour."""


def run(bench: Bench) -> Iterator[Row]:
    size = bench.size
    with departments(mixed(bench.targets, "fast")) as there:
        order = Order("drain", size.part, there, bench.processes, killed=True, patience=size.killed_patience_s)
        yield Row("killed", ours.NAME, "fast", ours.run(order, bench.stock))
        for style, entries in ((hand.AS_WRITTEN, size.by_hand), (hand.TUNED[0], size.tuned)):
            order = Order(
                "drain", entries, there, 1, killed=True, patience=min(PATIENCE_BY_HAND, size.killed_patience_s)
            )
            yield Row("killed", style.name, "fast", hand.run(order, bench.stock, style))
