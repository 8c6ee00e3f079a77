"""One run in which departments fall silent: those that answer must not notice (I6), and the silent ones catch up (I7).

    python -m tests.chaos.run isolation [--hanging 1] [--seconds 20] [--seed N] [--mutation NAME]

People enter at an even pace, first with all departments well, then with some that take every question and never
answer. Both halves are measured in the same run, by the departments' own ledgers.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from . import driver, oracle, oracle_evidence
from .driver_clients import Clients
from .stack import House, until
from .stack_departments import TAME, Department
from .stack_opening import opened

LEAST_RATE = 0.95
"""Of what those that are well took while all were well, in as long a time."""
MOST_SLOWED, NOISE = 1.5, 0.5
"""p95 from acknowledgement to effect: so many times as long, and so many seconds more on a machine that is shared."""
FIRST_AGAIN = 60.0
"""Seconds until the first success at a department that answers again."""
SETTLE = 3.0
"""Seconds that what is under way may take after the last entry, in both halves."""
_pause = threading.Event()


@dataclass
class Isolation:
    """`before`, `during`: (deliveries of those that are well in time, median and p95 seconds)."""

    hanging: int
    mutation: str = ""
    before: tuple[float, float, float] = (0.0, 0.0, 0.0)
    during: tuple[float, float, float] = (0.0, 0.0, 0.0)
    first_again: float = 0.0
    seconds: float = 0.0
    findings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not any(self.findings.values())

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}


def isolation(
    folder: Path, *, hanging: int, seconds: float, seed: int, rate: float = 20.0, mutation: str = ""
) -> Isolation:
    """Runs and judges; the environment is prepared. `rate`: entries a second, each goes to six departments."""
    began, report = time.monotonic(), Isolation(hanging, mutation)
    half = int(rate * seconds)
    crowd = driver.script(seed, 2 * half, quiet=True)
    with opened(folder, count=6, flats=driver.flats_for(2 * half), seed=seed, rates=TAME) as made:
        house = House(folder, 2, made.departments, made.environment, mutation)
        silent, well = made.departments[:hanging], made.departments[hanging:]
        try:
            house.up()
            enter = _Entering(house.url, made.token, made.flats, seed, rate)
            report.before = _measured(well, enter.all(crowd[:half]))
            for one in silent:
                one.bend("blackhole")
            report.during = _measured(well, enter.all(crowd[half:]))
            report.first_again = _answers_again(silent)
            until(_at_rest, "it did not come to rest", seconds=2 * FIRST_AGAIN)
            evidence = oracle_evidence.gathered(made.departments, crowd, url=house.url, token=made.token)
        except TimeoutError as error:
            report.findings["I7 recovery"] = [str(error)]
        else:
            report.findings = oracle.judge(evidence)
        finally:
            house.down()
    report.findings["I6 isolation"] = _noticed(report.before, report.during)
    report.seconds = time.monotonic() - began
    return report


@dataclass(frozen=True, slots=True)
class _Entering:
    url: str
    token: str
    flats: Sequence[str]
    seed: int
    rate: float

    def all(self, people: Sequence[driver.Person]) -> Sequence[driver.Person]:
        """Enters each at the pace, and gives what is under way a moment."""
        acts = driver.in_order(people, self.seed)
        Clients(self.url, self.token, self.flats, acts, per_second=self.rate).send_all(threading.Event())
        _pause.wait(SETTLE)
        return people


def _measured(well: Sequence[Department], people: Sequence[driver.Person]) -> tuple[float, float, float]:
    """What these have taken of these people by now: how many, and how long it took."""
    entered = {oracle_evidence.word(one.number): one.acknowledged_at[0] for one in people if one.acknowledged_at}
    took = [
        line["at"] - entered[line["record"]]
        for one in well
        for line in one.requests()
        if line["effect"] == "applied" and line["record"] in entered
    ]
    if len(took) < 2:
        return float(len(took)), 0.0, 0.0
    return float(len(took)), statistics.median(took), statistics.quantiles(took, n=20)[-1]


def _noticed(before: tuple[float, float, float], during: tuple[float, float, float]) -> list[str]:
    found = []
    if during[0] < LEAST_RATE * before[0]:
        found.append(f"those that are well took {during[0]:.0f} while others hung, {before[0]:.0f} before")
    if during[2] > MOST_SLOWED * before[2] + NOISE:
        found.append(f"p95 {during[2]:.2f} s at those that are well while others hung, {before[2]:.2f} s before")
    return found


def _answers_again(silent: Sequence[Department]) -> float:
    """Straightens their wires; seconds until each of them has taken something."""
    began, taken = time.monotonic(), [len(one.requests()) for one in silent]
    for one in silent:
        one.bend("pass")
    until(
        lambda: all(len(one.requests()) > had for one, had in zip(silent, taken, strict=True)),
        "a department that answers again got nothing",
        seconds=FIRST_AGAIN,
    )
    return time.monotonic() - began


def _at_rest() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM delivery_delivery WHERE status IN ('waiting', 'sending', 'held'))"
        )
        return bool(cursor.fetchone()[0])
