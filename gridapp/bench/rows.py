"""What a run showed: one row a mode, a way and a kind of targets; how the figures come from single deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .departments import Tally


@dataclass(frozen=True)
class Row:
    """`figures`: name -> number; a name's end is its unit (per_second, _ms, _mb, _s, _share), else it is a count."""

    mode: str
    way: str
    targets: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"mode": self.mode, "way": self.way, "targets": self.targets, **self.figures, "note": self.note}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Row:
        words = {name: str(told.get(name, "")) for name in ("mode", "way", "targets", "note")}
        return cls(**words, figures={name: told[name] for name in told if name not in words})


@dataclass(frozen=True)
class Done:
    """One delivery: the number of its entry, of its target, and when it was durably delivered (epoch s), None: not."""

    entry: int
    target: int
    at: float | None


@dataclass
class Cost:
    """What workers used while it was measured: CPU seconds, and the memory of all their processes at its end (MB)."""

    cpu_s: float = 0.0
    memory_mb: float = 0.0


@dataclass(frozen=True)
class Submitted:
    """When each entry was submitted (epoch s), by its number, and how long that took (s)."""

    at: Sequence[float]
    took: Sequence[float]


def throughput(
    done: Sequence[Done],
    submitted: Submitted,
    tallies: Sequence[Tally],
    cost: Cost,
    *,
    well: Sequence[int],
    drain: bool,
) -> dict[str, float]:
    """The figures of a pipeline, a drain or a trickle.

    Rates are of the targets numbered in `well`: from the first submit, with `drain` from the first request at any
    target, to the last durable status. `lost`: wanted there and never received; `doubled`: received again.
    `false`: called delivered and not received.
    """
    healthy = [one for one in done if one.target in set(well)]
    ended = [one.at for one in healthy if one.at is not None]
    first = min((one.first_at for one in tallies if one.first_at), default=0.0) if drain else min(submitted.at)
    seconds = max(0.001, max(ended, default=first) - first)
    there = sum(tallies[number].keys for number in well)
    figures = {
        "deliveries": len(healthy),
        "per_second": len(ended) / seconds,
        "cpu_s_per_1000": cost.cpu_s * 1000 / max(1, len(ended)),
        "memory_mb": cost.memory_mb,
        "submit_p50_ms": at(sorted(submitted.took), 0.5) * 1000,
        "not_delivered": len(healthy) - len(ended),
        "lost": len(healthy) - there,
        "doubled": sum(one.receipts - one.keys for one in tallies),
        "false": max(0, len(ended) - there),
    }
    return figures | _waits(healthy, submitted, first if drain else None)


def _waits(healthy: Sequence[Done], submitted: Submitted, drained_from: float | None) -> dict[str, float]:
    """From submit (in a drain from its beginning) to the last delivery of an entry, of entries that are through."""
    last: dict[int, float | None] = {}
    for one in healthy:
        known = last.get(one.entry, 0.0)
        last[one.entry] = None if one.at is None or known is None else max(known, one.at)
    since = {number: drained_from or submitted.at[number] for number in last}
    waits = sorted((ended - since[number]) * 1000 for number, ended in last.items() if ended is not None)
    return {f"p{share}_ms": at(waits, share / 100) for share in (50, 95, 99)} if waits else {}


def at(ordered: Sequence[float], share: float) -> float:
    """The quantile of sorted values, 0 of none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
