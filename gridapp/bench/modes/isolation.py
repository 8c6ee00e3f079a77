"""What dead and hanging targets cost the others: the same backlog with none of them gone, and with some."""

from __future__ import annotations

from collections.abc import Iterator

from gridapp.bench.departments import departments
from gridapp.bench.rows import Row
from gridapp.bench.sizes import Bench
from gridapp.bench.ways import ours
from gridapp.bench.ways.order import Order


def run(bench: Bench) -> Iterator[Row]:
    """A drain each, in a database of its own. Of those that are gone half hang, half refuse the connection.

    `share`: what one healthy target takes a second, of what it took in the first round; `slower`: the same of p95.
    """
    first: dict[str, float] = {}
    for gone in bench.size.gone:
        kinds = ["refusing" if number % 2 else "hanging" for number in range(gone)]
        with departments([*kinds, *["fast"] * (bench.targets - gone)]) as there:
            order = Order("drain", bench.size.isolation, there, bench.processes, patience=bench.size.patience_s)
            figures = ours.run(order, bench.stock)
            figures["per_second_each"] = figures["per_second"] / len(there.well)
        first = first or figures
        figures["share"] = figures["per_second_each"] / first["per_second_each"] if first["per_second_each"] else 0
        figures["slower"] = figures["p95_ms"] / first["p95_ms"] if {"p95_ms"} <= figures.keys() & first.keys() else 0
        yield Row("isolation", ours.NAME, f"{gone} gone", figures)
