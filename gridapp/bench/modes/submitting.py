"""What an entry costs whoever enters it: for one target, for fourteen, and with all fourteen dead."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gridapp.bench import load, workers
from gridapp.bench.entering import enter, web
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row, at
from gridapp.bench.sizes import Bench
from gridapp.bench.stock import NOWHERE
from gridapp.catalogue.models import Target
from gridapp.org import tokens

from .memory import LANES

_WARM = 10  # entries of each phase that do not count
_PAUSE = 0.02  # seconds


def run(bench: Bench) -> Iterator[Row]:
    """Each over the API of its own web server; workers run beside the dead ones only, and knock on them."""
    for name, wanted, dead in (("1 target", 1, False), (f"{LANES} targets", LANES, False), ("all dead", LANES, True)):
        with own_database(like=bench.stock.empty) as environment, contextlib.ExitStack() as beside:
            load.targets([NOWHERE] * (LANES - bench.targets), first=bench.targets)
            Target.objects.filter(position__gte=wanted).update(enabled=False)
            if dead:
                beside.enter_context(workers.ours(bench.processes, LANES, environment)).begin()
            port = beside.enter_context(web(environment))
            yield Row("submit", "ours", name, _entered(bench, port))


def _entered(bench: Bench, port: int) -> dict[str, float]:
    scene, count = bench.stock.scene, bench.size.submits
    token = tokens.issue(scene.worker)
    took = enter(port, token, load.people(_WARM + count, scene.flats), going=lambda: True, pause=_PAUSE)
    ordered = sorted(took[_WARM:])
    return {"entries": len(ordered), "p50_ms": at(ordered, 0.5), "p95_ms": at(ordered, 0.95)}
