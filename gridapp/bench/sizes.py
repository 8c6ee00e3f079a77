"""How much of everything: to see that it works, for a look, for figures worth quoting."""

from __future__ import annotations

from dataclasses import dataclass

from .stock import Stock


@dataclass(frozen=True)
class Size:
    """Entries, unless the name says otherwise; `_s` are seconds.

    `window_s`: the most that a run with slow or gone targets may take. `by_hand` and `tuned`: of the ways by hand.
    """

    stock: int
    pipeline: int
    by_hand: int
    tuned: int
    trickle: int
    trickle_gap_s: float
    part: int
    window_s: float
    patience_s: float
    killed_patience_s: float  # longer than a lease of the plain connector: after it comes back what was in hand
    submits: int
    isolation: int
    rows: int
    limit: int  # records a second that the target of the backlog takes
    limit_s: float
    engine_rounds: int
    memory_deliveries: int
    idle_s: float
    flood_per_second: int
    flood_s: float
    forged: int
    gone: tuple[int, ...] = (0, 1, 3, 6)
    """Rounds of the mode isolation: so many of the twelve are dead."""
    kinds: tuple[str, ...] = ("slow", "hanging", "refusing", "flaky")
    """Beside fast targets, in the whole picture."""
    residents: int = 1_000
    """Of the modes standing, live, overseeing, ledger and rotation."""
    standing_calls: int = 3
    tablets: int = 4
    leaves_out: frozenset[str] = frozenset({"standing", "live", "overseeing", "ledger", "tablets", "rotation"})
    """Modes that the whole picture has no time for."""


SIZES = {
    "tiny": Size(
        stock=8, pipeline=6, by_hand=4, tuned=4, trickle=2, trickle_gap_s=0.2, part=4, window_s=60, patience_s=30,
        killed_patience_s=3, submits=8, isolation=6, rows=2_000, limit=40, limit_s=2, engine_rounds=2,
        memory_deliveries=200, idle_s=1, flood_per_second=200, flood_s=1, forged=50, gone=(0, 2),
    ),
    "quick": Size(
        stock=300, pipeline=100, by_hand=20, tuned=60, trickle=4, trickle_gap_s=0.5, part=60, window_s=5,
        patience_s=20, killed_patience_s=75, submits=40, isolation=60, rows=50_000, limit=100, limit_s=5,
        engine_rounds=3, memory_deliveries=20_000, idle_s=10, flood_per_second=500, flood_s=3, forged=500,
        gone=(0, 3), kinds=("hanging",), residents=10_000, standing_calls=20, tablets=40,
        leaves_out=frozenset({"killed", "memory", "flood", "standing", "live", "overseeing", "ledger", "tablets",
            "rotation"}),
    ),
    "full": Size(
        stock=1200, pipeline=600, by_hand=100, tuned=300, trickle=8, trickle_gap_s=1.0, part=300, window_s=10,
        patience_s=20, killed_patience_s=60, submits=100, isolation=300, rows=1_000_000,
        limit=200, limit_s=20, engine_rounds=6, memory_deliveries=60_000, idle_s=60,
        flood_per_second=2000, flood_s=10, forged=5000, residents=1_000_000, standing_calls=100, tablets=200,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """What every mode is given. `processes`: workers of ours and of the bare loop; `kind`: of the targets."""

    size: Size
    stock: Stock
    processes: int
    targets: int = 12
    kind: str = "fast"
