"""The engine alone: one process, and a connector that answers at once and renders nothing."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from gridapp.bench import again, load, workers
from gridapp.bench.at_once import installed
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row
from gridapp.bench.sizes import Bench
from gridapp.bench.stock import NOWHERE


def run(bench: Bench) -> Iterator[Row]:
    """Rounds over the same stock: `first_per_second` opens every record, `per_second` is the median of the others."""
    rates: list[float] = []
    with own_database(like=bench.stock.backlog) as environment, installed(environment) as told:
        ids = load.readdress([NOWHERE] * bench.targets, "at_once", batch=None)
        with workers.ours(1, bench.targets, told) as running:
            running.begin()
            deliveries = 0
            for number in range(bench.size.engine_rounds):
                if number:
                    again.want_again()
                done, seconds = again.one_round(ids, patience=bench.size.patience_s)
                rates.append(done / seconds)
                deliveries += done
            cost = running.measure()
    figures = {
        "deliveries": deliveries,
        "per_second": statistics.median(rates[1:]),
        "first_per_second": rates[0],
        "cpu_s_per_1000": cost.cpu_s * 1000 / max(1, deliveries),
        "not_delivered": len(bench.stock.record_ids) * bench.targets * len(rates) - deliveries,
    }
    yield Row("engine", "ours", "answers at once", figures)
