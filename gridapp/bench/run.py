"""The three ways to run: pipeline, drain, trickle; times from the database's clock."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection

from gridapp.delivery import clock
from gridapp.delivery.models import Lane
from gridapp.delivery.wake import wake

from .load import Scene, people, submit_one
from .workers import Cost, workers


@dataclass
class Figures:
    """What a run showed. Rates per second; latencies in ms from submit to the entry's last delivery."""

    mode: str
    entries: int
    targets: int
    workers: int
    seconds: float = 0.0
    entries_per_second: float = 0.0
    deliveries_per_second: float = 0.0
    submit_p50_ms: float = 0.0
    latency_p50_ms: float = 0.0
    latency_p95_ms: float = 0.0
    latency_p99_ms: float = 0.0
    cpu_seconds_per_1000: float = 0.0
    peak_mb: float = 0.0
    not_delivered: int = 0
    bare_posts_per_second: float | None = None
    share_of_bare: float | None = None
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run(
    mode: str, scene: Scene, *, entries: int, target_ids: list[int], count: int, env: Mapping[str, str], patience: float
) -> Figures:
    """One run of a mode on a fresh database with the targets in place; `count` worker processes.

    `patience`: seconds without any progress until it is called off.
    """
    figures = Figures(mode, entries, len(target_ids), count)
    threads = 2 * len(target_ids) + 8
    if mode == "drain":
        submitted = submit_all(entries, scene, gap=0)
        with workers(count, environment=env, threads=threads) as cost:
            wake(target_ids)
            wait_for_all(entries * len(target_ids), patience)
    else:
        with workers(count, environment=env, threads=threads) as cost:
            submitted = submit_all(entries, scene, gap=1.0 if mode == "trickle" else 0)
            wait_for_all(entries * len(target_ids), patience)
    _evaluate(figures, submitted, cost)
    return figures


def submit_all(entries: int, scene: Scene, *, gap: float) -> list[tuple[Any, float, float]]:
    """(record id, submit time of the database, seconds the submit took) per entry, one after the other."""
    done = []
    for entry in people(entries, scene.flats):
        began = time.monotonic()
        at = clock.now()
        record_id = submit_one(entry, scene)
        took = time.monotonic() - began
        done.append((record_id, at.timestamp(), took))
        if gap:
            time.sleep(max(0.0, gap - took))
    return done


def wait_for_all(expected: int, patience: float) -> None:
    """Until so many are delivered, or none more for `patience` seconds."""
    last, since = -1, time.monotonic()
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM delivery_delivery WHERE status = 'delivered'")
            done = cursor.fetchone()[0]
        if done >= expected:
            return
        if done != last:
            last, since = done, time.monotonic()
        elif time.monotonic() - since > patience:
            return
        time.sleep(0.1)


def _evaluate(figures: Figures, submitted: list[tuple[Any, float, float]], cost: Cost) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.record_id, extract(epoch FROM max(a.finished_at))::float8
            FROM delivery_attempt a JOIN delivery_delivery d ON d.id = a.delivery_id
            WHERE d.status = 'delivered' GROUP BY d.record_id
            """
        )
        ended = dict(cursor.fetchall())
        cursor.execute("SELECT extract(epoch FROM min(started_at))::float8 FROM delivery_attempt")
        first_sent = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM delivery_delivery WHERE status <> 'delivered'")
        figures.not_delivered = cursor.fetchone()[0]
    if not ended:
        figures.notes.append("nothing was delivered: is anything listening at the url?")
        return
    began = first_sent if figures.mode == "drain" else submitted[0][1]
    figures.seconds = max(ended.values()) - began
    figures.entries_per_second = len(submitted) / figures.seconds
    figures.deliveries_per_second = (len(submitted) * figures.targets - figures.not_delivered) / figures.seconds
    waits = sorted((ended[one] - at) * 1000 for one, at, _ in submitted if one in ended)
    figures.latency_p50_ms, figures.latency_p95_ms, figures.latency_p99_ms = (_at(waits, q) for q in (0.5, 0.95, 0.99))
    figures.submit_p50_ms = _at(sorted(took * 1000 for *_, took in submitted), 0.5)
    figures.cpu_seconds_per_1000 = cost.cpu_seconds * 1000 / max(1, len(submitted) * figures.targets)
    figures.peak_mb = cost.peak_mb
    stopped = Lane.objects.exclude(stopped_why="").values_list("target__key", "stopped_why")
    figures.notes += [f"{key}: {why}" for key, why in stopped]


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
