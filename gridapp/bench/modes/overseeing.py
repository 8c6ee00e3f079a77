"""What supervisors look at in a large district: fourteen systems, ninety days of what they said, no log of tries."""

from __future__ import annotations

from collections.abc import Iterator

from gridapp.bench import filling, overseeing, standing
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row
from gridapp.bench.sizes import Bench
from gridapp.bench.standing import Took

from .standing import SMALL, compared


def run(bench: Bench) -> Iterator[Row]:
    """See standing.py for the figures."""
    small = {took.name: took for took in _measured(SMALL, bench.size.standing_calls)}
    for took in _measured(bench.size.residents, bench.size.standing_calls):
        yield compared("overseeing", bench.size.residents, took, small[took.name])


def _measured(residents: int, calls: int) -> Iterator[Took]:
    with own_database():
        filled = filling.fill(residents, tries=False)
        yield from overseeing.pages(filled, calls=calls)
        yield from standing.searches(standing.people(filled, calls), calls)
