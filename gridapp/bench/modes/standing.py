"""Every page, the API and the engine's statements in a house with the standing data of a large district."""

from __future__ import annotations

from collections.abc import Iterator

from gridapp.bench import clockwork, filling, overseeing, standing
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row
from gridapp.bench.sizes import Bench

SMALL = 2_000
"""Residents of the small house that the large one is compared with: what does not grow is the view's own time."""


def run(bench: Bench) -> Iterator[Row]:
    """See `compared`."""
    small = {took.name: took for took in _measured(SMALL, bench.size.standing_calls)}
    for took in _measured(bench.size.residents, bench.size.standing_calls):
        yield compared("standing", bench.size.residents, took, small[took.name])


def compared(mode: str, residents: int, took: standing.Took, small: standing.Took) -> Row:
    """`grew`: p50 in the large house, of that in a small one in the same run. `budget_ms`: what p95 should stay under.

    `cpu_ms`, `database_cpu_ms`: of a call, on average, in this process and in its database session.
    """
    figures = {
        "residents": residents,
        "p50_ms": took.p50_ms,
        "p95_ms": took.p95_ms,
        "worst_ms": took.worst_ms,
        "cpu_ms": took.cpu_ms,
        "database_cpu_ms": took.database_cpu_ms,
        "grew": took.p50_ms / small.p50_ms,
    }
    budget = {"budget_ms": took.budget_ms} if took.budget_ms else {}
    return Row(mode, "ours", took.name, figures | budget)


def _measured(residents: int, calls: int) -> Iterator[standing.Took]:
    with own_database():
        filled = filling.fill(residents)
        yield from standing.pages(filled, calls=calls)
        yield from overseeing.pages(filled, calls=calls)
        yield from clockwork.clockwork(calls)
