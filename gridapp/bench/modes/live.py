"""What a worker's page asks while they type, in the register of a whole district."""

from __future__ import annotations

from collections.abc import Iterator

from gridapp.bench import filling, live
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row
from gridapp.bench.sizes import Bench
from gridapp.bench.standing import Took

from .standing import compared

SMALL = 500
"""Residents of the register that the large one is compared with: one grid."""


def run(bench: Bench) -> Iterator[Row]:
    """See standing.py for the figures."""
    small = {took.name: took for took in _measured(SMALL, bench.size.standing_calls)}
    for took in _measured(bench.size.residents, bench.size.standing_calls):
        yield compared("live", bench.size.residents, took, small[took.name])


def _measured(residents: int, calls: int) -> Iterator[Took]:
    with own_database():
        yield from live.asked(filling.fill(residents, history=False), calls=calls)
