"""What Prometheus scrapes: the database's state, read at each scrape, so that any process of any machine answers alike.

Labels are targets' keys, statuses and the like: nothing of a person, a worker or a record.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gridapp.delivery.breaker import OPENS_AFTER

from . import audited, readings
from .readings import Lane, Reading

BREAKER = ("closed", "open", "half_open", "stopped")
RANKS = {0: "entered", 1: "backlog"}
Samples = Iterable[tuple[tuple[Any, ...], float]]
_UP_TO = f"counted up to {readings.MOST}"


class House(Collector):
    """The lanes, what waits in them, the clock, and the process that answers."""

    def collect(self) -> Iterator[Metric]:
        """Raises django.db.Error."""
        began = time.perf_counter()
        reading = readings.read()
        yield from _lanes(reading.lanes)
        yield from _waiting(reading)
        yield from _counted(reading)
        yield from _runs(reading)
        yield from _process()
        took = time.perf_counter() - began
        yield _gauge("gridapp_scrape_seconds", "Time that reading all this took.", (), [((), took)])


def registry() -> CollectorRegistry:
    """What one scrape reads."""
    house = CollectorRegistry()
    house.register(House())
    house.register(audited.Audit())
    return house


def breaker(lane: Lane) -> str:
    """One of BREAKER. Half open: the pause is over, and one probe will tell."""
    if lane.stopped:
        return "stopped"
    if lane.rests:
        return "open"
    return "half_open" if lane.failures >= OPENS_AFTER else "closed"


def _lanes(lanes: list[Lane]) -> Iterator[Metric]:
    def each(value: Callable[[Lane], float | None]) -> list[tuple[tuple[str], float]]:
        return [((one.key,), known) for one in lanes if (known := value(one)) is not None]

    key = ("target",)
    yield _gauge("gridapp_target_enabled", "1 where deliveries are made for it.", key, each(lambda one: one.enabled))
    paused = "1 where an operator or too many rejections paused it."
    yield _gauge("gridapp_target_paused", paused, key, each(lambda one: one.paused))
    states = [((one.key, state), state == breaker(one)) for one in lanes for state in BREAKER]
    yield _gauge("gridapp_lane_breaker_state", "1 for the state that the lane is in.", ("target", "state"), states)
    yield _gauge("gridapp_lane_failures", "Lane failures in a row.", key, each(lambda one: one.failures))
    tries = "Time until the target is called again; 0 now."
    yield _gauge("gridapp_lane_next_try_seconds", tries, key, each(lambda one: one.rests or 0))
    yield _gauge("gridapp_lane_served", "1 while a worker has the lane.", key, each(lambda one: one.served))
    well = "When the target last answered well, to ten seconds."
    yield _gauge("gridapp_lane_last_success_timestamp_seconds", well, key, each(lambda one: one.well_at))
    slowly = "Records a second that a backlog is let out with."
    yield _gauge("gridapp_lane_slowed_per_second", slowly, key, each(lambda one: one.slowly))
    lost = "Times that a worker found its lane taken by another."
    yield _counter("gridapp_lane_leases_lost_total", lost, key, each(lambda one: one.leases_lost))
    finds = "Times that the clock found due work which nobody was serving."
    yield _counter("gridapp_lane_sweeper_finds_total", finds, key, each(lambda one: one.found_by_sweep))


def _waiting(reading: Reading) -> Iterator[Metric]:
    yield _gauge(
        "gridapp_lane_age_seconds",
        "How long the oldest due delivery has been due, by rank: just entered, or backlog; 0 where none is.",
        ("target", "rank"),
        [((key, RANKS[rank]), age) for key, rank, age in reading.ages],
    )
    held = [(key, hold, number) for key, status, hold, number in reading.counts if status == "held"]
    statuses: dict[tuple[str, str], float] = {}
    for key, status, _, number in reading.counts:
        statuses[key, status] = min(statuses.get((key, status), 0) + number, readings.MOST)
    yield _gauge(
        "gridapp_deliveries", f"Deliveries that are somebody's move, {_UP_TO}.", ("target", "status"), statuses.items()
    )
    yield _gauge(
        "gridapp_deliveries_held", f"What held deliveries wait for, {_UP_TO}.", ("target", "hold"),
        [((key, hold), number) for key, hold, number in held],
    )  # fmt: skip
    yield _gauge(
        "gridapp_uncertain_age_seconds", "How long the oldest doubt has stood; 0 where there is none.", ("target",),
        [((key,), age) for key, age in reading.doubts],
    )  # fmt: skip
    yield _gauge(
        "gridapp_callbacks_waiting", f"Calls of the target that are not worked on yet, {_UP_TO}.", ("target",),
        [((key,), number) for key, number, _ in reading.calls],
    )  # fmt: skip
    yield _gauge(
        "gridapp_callbacks_age_seconds", "How long the oldest of them has waited.", ("target",),
        [((key,), age) for key, _, age in reading.calls],
    )  # fmt: skip


def _counted(reading: Reading) -> Iterator[Metric]:
    yield _counter(
        "gridapp_attempts_total", "Tries by what came of them; outcome=\"delivered\" is what arrived.",
        ("target", "outcome"), [((key, outcome), tries) for key, outcome, tries in reading.tallies],
    )  # fmt: skip
    yield _gauge(
        "gridapp_alarms_open", "Alarms that are not over; without a target: of the whole house.", ("target", "kind"),
        [((key, kind), number) for key, kind, number in reading.alarms],
    )  # fmt: skip
    swept = [] if reading.sweep_age is None else [((), reading.sweep_age)]
    yield _gauge(
        "gridapp_sweep_age_seconds", "Time since the clock looked last; absent until it first does.", (), swept
    )


def _runs(reading: Reading) -> Iterator[Metric]:
    results = ("asked", "agreed", "lost", "differing", "undecided")
    yield _gauge(
        "gridapp_reconciliation_timestamp_seconds", "When the last comparison with the target ended.", ("target",),
        [((key,), at) for key, at, *_ in reading.reconciliations],
    )  # fmt: skip
    yield _gauge(
        "gridapp_reconciliation_deliveries", "What the last comparison found.", ("target", "result"),
        [
            ((row[0], result), number)
            for row in reading.reconciliations
            for result, number in zip(results, row[2:7], strict=True)
        ],
    )  # fmt: skip
    yield _gauge(
        "gridapp_reconciliation_broken_off", "1 where the last comparison could not be finished.", ("target",),
        [((row[0],), row[7]) for row in reading.reconciliations],
    )  # fmt: skip
    yield _gauge(
        "gridapp_backfill_running", "1 while all records are planned anew for the target.", ("target",),
        [((key,), running) for key, running, *_ in reading.backfills],
    )  # fmt: skip
    steps = ("total", "seen", "written")
    yield _gauge(
        "gridapp_backfill_records", "How far the last planning has come.", ("target", "step"),
        [((row[0], step), number) for row in reading.backfills for step, number in zip(steps, row[2:5], strict=True)],
    )  # fmt: skip


def _process() -> Iterator[Metric]:
    """Of the web process that answers: another one may answer the next scrape, hence the label."""
    us = psutil.Process()
    pid = (str(os.getpid()),)
    yield _gauge("gridapp_build_info", "What runs; always 1.", ("version", "python"), [(_built(), 1)])
    yield _gauge("gridapp_web_process_start_timestamp_seconds", "When it started.", ("pid",), [(pid, us.create_time())])
    yield _gauge(
        "gridapp_web_process_resident_memory_bytes", "Memory that it holds.", ("pid",), [(pid, us.memory_info().rss)]
    )
    yield _gauge("gridapp_web_process_open_fds", "Files and sockets that it has open.", ("pid",), [(pid, us.num_fds())])


@lru_cache(maxsize=1)
def _built() -> tuple[str, str]:
    return version("gridapp"), platform.python_version()


def _gauge(name: str, said: str, labels: tuple[str, ...], samples: Samples) -> Metric:
    return _filled(GaugeMetricFamily(name, said, labels=labels), samples)


def _counter(name: str, said: str, labels: tuple[str, ...], samples: Samples) -> Metric:
    return _filled(CounterMetricFamily(name.removesuffix("_total"), said, labels=labels), samples)


def _filled(family: Any, samples: Samples) -> Metric:
    for labels, value in samples:
        family.add_metric(labels, float(value))
    made: Metric = family
    return made
