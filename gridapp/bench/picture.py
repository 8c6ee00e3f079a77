"""The modes by name, and the whole picture: which of them, over which targets, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from .modes import (
    backlog,
    engine,
    flood,
    idle,
    isolation,
    killed,
    ledger,
    live,
    memory,
    overseeing,
    rotation,
    standing,
    submitting,
    tablets,
    throughput,
)
from .rows import Row
from .sizes import Bench

Mode = Callable[[Bench], Iterator[Row]]

MODES: Mapping[str, Mode] = MappingProxyType(
    {
        "drain": partial(throughput.run, mode="drain"),
        "pipeline": partial(throughput.run, mode="pipeline"),
        "trickle": partial(throughput.run, mode="trickle"),
        "killed": killed.run,
        "isolation": isolation.run,
        "submit": submitting.run,
        "engine": engine.run,
        "memory": memory.run,
        "backlog": backlog.run,
        "flood": flood.run,
        "idle": idle.run,
        "standing": standing.run,
        "live": live.run,
        "overseeing": overseeing.run,
        "ledger": ledger.run,
        "tablets": tablets.run,
        "rotation": rotation.run,
    }
)
BY_KIND = ("drain", "pipeline", "trickle")
"""Modes that any kind of targets can be asked of."""
WITHOUT_ENTRIES = frozenset(
    {"submit", "flood", "idle", "standing", "live", "overseeing", "ledger", "tablets", "rotation"}
)
"""Modes that need no backlog to begin with."""


def whole(bench: Bench) -> Iterator[Row]:
    """The modes of this size over fast targets, and drains over the other kinds."""
    for name, run in MODES.items():
        if name in bench.size.leaves_out:
            continue
        yield from run(replace(bench, kind="fast"))
        if name == "drain":
            for kind in bench.size.kinds:
                yield from run(replace(bench, kind=kind))
