"""What goes wrong and when: a plan that is a pure function of seed and measure, and the hand that carries it out."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

logger = logging.getLogger(__name__)


class Kind(StrEnum):
    """A fault, by the word under which it is counted."""

    KILL = "kill a worker"
    KILL_WEB = "kill a web worker"
    KILL_BEAT = "kill the clock"
    STOP = "stop a worker longer than its lease"
    RESTART = "restart the database at once"
    FLUSH = "flush the broker"
    WIRE = "bend a wire"


WIRES = ("delay 0.2", "delay 1.5", "drip", "cut 1", "cut 60", "cut 200", "cut 400", "blackhole")
"""What a proxy does between a worker and a department; it passes again at the next fault of the same wire."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`at`: seconds after the start. `which`: of those that could be hit, modulo how many there are. `how`: of a wire.

    `lasts`: seconds; a stop or a bent wire ends by itself.
    """

    at: float
    kind: Kind
    which: int = 0
    how: str = ""
    lasts: float = 0.0


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of each in how many seconds. `lease`: seconds a claim lives, which a stop outlasts."""

    seconds: float
    lease: float
    counts: dict[Kind, int]


def plan(seed: int, measure: Measure) -> list[Fault]:
    """The faults of a run in order: each kind spread over the time, hit or miss within its share of it."""
    faults: list[Fault] = []
    for kind in Kind:
        count = measure.counts.get(kind, 0)
        rng = random.Random(f"{seed} {kind}")
        for number in range(count):
            at = (number + rng.random()) * measure.seconds / count
            faults.append(_fault(rng, kind, at, measure))
    return sorted(faults, key=lambda fault: (fault.at, fault.kind, fault.which))


def _fault(rng: random.Random, kind: Kind, at: float, measure: Measure) -> Fault:
    which = rng.randrange(1 << 16)
    if kind is Kind.STOP:
        return Fault(at, kind, which, lasts=measure.lease * rng.uniform(1.1, 1.7))
    if kind is Kind.WIRE:
        return Fault(at, kind, which, how=rng.choice(WIRES), lasts=rng.uniform(1.0, 4.0))
    return Fault(at, kind, which)


@dataclass
class Hand:
    """Carries out a plan in a thread. `strike`: does one fault, and says whether it hit; it may raise OSError."""

    faults: Sequence[Fault]
    strike: Callable[[Fault], bool]
    done: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)  # when it was done, when it was planned, what, whether it hit

    def carry_out(self, ended: threading.Event) -> None:
        """From now on, until the plan or the run ends. A fault that comes late because another took long comes then."""
        began = time.monotonic()
        for fault in self.faults:
            if ended.wait(max(0.0, began + fault.at - time.monotonic())):
                return
            try:
                hit = self.strike(fault)
            except OSError as error:
                logger.warning("%s did not hit: %s", fault.kind, error)
                hit = False
            (self.done if hit else self.missed)[str(fault.kind)] += 1
            self.log.append(f"{time.monotonic() - began:7.1f} {fault.at:7.1f} {fault.kind} {fault.how} {hit}")
