"""What a way of delivering is told to do, the same for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gridapp.bench.departments import Departments
from gridapp.bench.waiting import wait_until
from gridapp.bench.workers import Workers


@dataclass(frozen=True)
class Order:
    """`mode`: pipeline, drain or trickle. `gap`: seconds between entries. `killed`: SIGKILL all workers half-way, once.

    `processes`: of the workers. `patience`: seconds without progress until it is called off, `window`: seconds at all.
    """

    mode: str
    entries: int
    there: Departments
    processes: int
    gap: float = 0.0
    killed: bool = False
    patience: float = 15.0
    window: float = float("inf")

    @property
    def drain(self) -> bool:
        return self.mode == "drain"

    @property
    def expected(self) -> int:
        return self.entries * len(self.there.well)

    def see_through(
        self, running: Workers, delivered: Callable[[], int], *, at_death: Callable[[], None] = lambda: None
    ) -> None:
        """Until all is delivered or nothing goes on any more; on the way the workers die, where that is wanted."""
        if self.killed:
            wait_until(delivered, self.expected // 2, patience=self.patience, window=self.window)
            running.kill()
            at_death()
            running.start()
            running.begin()
        wait_until(delivered, self.expected, patience=self.patience, window=self.window)
        running.measure()
