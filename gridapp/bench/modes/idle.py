"""What fourteen lanes cost while nobody enters anything."""

from __future__ import annotations

import time
from collections.abc import Iterator

from gridapp.bench import load, workers
from gridapp.bench.departments import departments
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row
from gridapp.bench.sizes import Bench

from .memory import LANES

SETTLES = 6.0
"""Seconds until lanes that were woken have let go."""


def run(bench: Bench) -> Iterator[Row]:
    """`cpu_share`: of one core, worker and beat together."""
    with departments(["fast"] * LANES) as there, own_database(like=bench.stock.empty) as environment:
        load.readdress(there.urls)
        load.targets(there.urls[bench.targets :], first=bench.targets)
        with workers.ours(1, LANES, environment) as running:
            running.begin()
            time.sleep(min(SETTLES, bench.size.idle_s))
            before = running.measure().cpu_s
            time.sleep(bench.size.idle_s)
            used = running.measure().cpu_s - before
    yield Row("idle", "ours", f"{LANES} fast", {"seconds": bench.size.idle_s, "cpu_share": used / bench.size.idle_s})
