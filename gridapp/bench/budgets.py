"""The budgets, and how far what was measured is from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .answering import SLOW
from .at_once import EIGHT
from .rows import Row
from .ways import bare, ours

Value = Callable[["Found"], float | None]


@dataclass(frozen=True)
class Found:
    """The rows of a run, to be asked for single figures; None where the mode was not run."""

    rows: Sequence[Row]

    def figure(self, name: str, mode: str, targets: str = "fast", way: str = ours.NAME) -> float | None:
        values = [
            row.figures[name]
            for row in self.rows
            if (row.mode, row.way, row.targets) == (mode, way, targets) and name in row.figures
        ]
        return values[-1] if values else None

    def tuned(self, mode: str, targets: str = "fast") -> Row | None:
        """The better of the tuned ways by hand."""
        rows = [row for row in self.rows if (row.mode, row.targets) == (mode, targets) and "tuned" in row.way]
        return max(rows, key=lambda row: row.figures["per_second"], default=None)

    def to_tuned(self, name: str, mode: str) -> float | None:
        tuned = self.tuned(mode)
        return _ratio(self.figure(name, mode), tuned.figures[name] if tuned else None)


@dataclass(frozen=True)
class Budget:
    """`value` at least or at most `bound`; `unit` stands behind both when they are shown."""

    what: str
    value: Value
    bound: float
    unit: str = ""
    at_most: bool = False

    def met(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound

    def distance(self, value: float) -> str:
        """How far off: by what factor."""
        if self.met(value):
            return "met"
        if not value or not self.bound:
            return "not met"
        factor = value / self.bound if self.at_most else self.bound / value
        return f"{factor:.2g} × off"


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _more(one: float | None, other: float | None) -> float | None:
    return one - other if one is not None and other is not None else None


def _slow(found: Found) -> float | None:
    """Of what eight at once can get from targets that take 50 ms, or of what the cores can do at all."""
    fastest = found.figure("per_second", "drain")
    measured = found.figure("per_second", "drain", "slow", f"{ours.NAME}, {EIGHT} at once")
    return _ratio(measured, min(12 * EIGHT / SLOW, fastest) if fastest else None)


def _gone(count: int, name: str) -> Value:
    return lambda found: found.figure(name, "isolation", f"{count} gone")


BUDGETS: tuple[Budget, ...] = (
    Budget("pipeline, of the tuned way by hand", lambda found: found.to_tuned("per_second", "pipeline"), 5, " ×"),
    Budget("drain, of the tuned way by hand", lambda found: found.to_tuned("per_second", "drain"), 12, " ×"),
    Budget(
        "drain, of a bare aiohttp loop with as many processes",
        lambda found: _ratio(
            found.figure("per_second", "drain"), found.figure("per_second", "drain", way=bare.NAME)
        ),
        0.5,
        " ×",
    ),
    Budget(
        "worker CPU for a delivery in the drain, of the tuned way",
        lambda found: found.to_tuned("cpu_s_per_1000", "drain"),
        1 / 12,
        " ×",
        at_most=True,
    ),
    Budget(
        "the engine alone, one process",
        lambda found: found.figure("per_second", "engine", "answers at once"),
        20_000,
        " /s",
    ),
    Budget("trickle, submit to 12th answer, p50", lambda found: found.figure("p50_ms", "trickle"), 60, " ms", True),
    Budget("trickle, submit to 12th answer, p95", lambda found: found.figure("p95_ms", "trickle"), 150, " ms", True),
    Budget("submit request, p50", lambda found: found.figure("p50_ms", "submit", "14 targets"), 60, " ms", True),
    Budget("submit request, p95", lambda found: found.figure("p95_ms", "submit", "14 targets"), 150, " ms", True),
    Budget(
        "submit p50 for 14 targets, of that for 1",
        lambda found: _ratio(
            found.figure("p50_ms", "submit", "14 targets"), found.figure("p50_ms", "submit", "1 target")
        ),
        1.3,
        " ×",
        at_most=True,
    ),
    Budget(
        "submit p50 with all 14 dead, of that for 14",
        lambda found: _ratio(
            found.figure("p50_ms", "submit", "all dead"), found.figure("p50_ms", "submit", "14 targets")
        ),
        1.1,
        " ×",
        at_most=True,
    ),
    Budget("targets of 50 ms, 8 at once, of what they or the cores can do", _slow, 0.9, " ×"),
    Budget("1 of 12 gone, what a healthy one takes", _gone(1, "share"), 0.98, " ×"),
    Budget("3 of 12 gone, what a healthy one takes", _gone(3, "share"), 0.97, " ×"),
    Budget("6 of 12 gone, what a healthy one takes", _gone(6, "share"), 0.95, " ×"),
    Budget("6 of 12 gone, p95", _gone(6, "slower"), 1.5, " ×", at_most=True),
    Budget("killed half-way: receipts missing", lambda found: found.figure("lost", "killed"), 0, "", at_most=True),
    Budget(
        "killed half-way: said to be delivered and not there",
        lambda found: found.figure("false", "killed"), 0, "", at_most=True,
    ),
    Budget(
        "killed half-way: what was in hand is settled again, p99",
        lambda found: found.figure("again_p99_s", "killed"), 60, " s", at_most=True,
    ),
    Budget("killed half-way: in hand", lambda found: found.figure("in_hand", "killed"), 256, " rows", at_most=True),
    Budget(
        "behind the backlog: claim of a healthy lane, p99",
        lambda found: found.figure("claim_p99_ms", "backlog", "with"), 20, " ms", at_most=True,
    ),
    Budget(
        "behind the backlog: submit p95, of that without",
        lambda found: _ratio(
            found.figure("submit_p95_ms", "backlog", "with"), found.figure("submit_p95_ms", "backlog", "without")
        ),
        1.5, " ×", at_most=True,
    ),
    Budget(
        "behind the backlog: memory of the worker, more than without",
        lambda found: _more(
            found.figure("resident_mb", "backlog", "with"), found.figure("resident_mb", "backlog", "without")
        ),
        50, " MB", at_most=True,
    ),
    Budget(
        "the target returns: of its own limit",
        lambda found: found.figure("share", "backlog", "returned"), 0.9, " ×",
    ),
    Budget(
        "memory of a worker with 14 lanes",
        lambda found: found.figure("resident_mb", "memory", "14 fast"), 250, " MB", at_most=True,
    ),
    Budget(
        "its growth over the run, of what it was",
        lambda found: _ratio(
            found.figure("grown_mb", "memory", "14 fast"), found.figure("first_resident_mb", "memory", "14 fast")
        ),
        0.05, " ×", at_most=True,
    ),
    Budget(
        "idle, 14 lanes, worker and clock, of one core",
        lambda found: found.figure("cpu_share", "idle", "14 fast"), 0.02, " ×", at_most=True,
    ),
)  # fmt: skip
