"""A million deliveries wait for a dead target: what that costs a healthy lane, who enters, and the worker's memory;
then the target returns.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from uuid import uuid4

from django.db import connection, transaction

from gridapp.bench import again, heap, load, workers
from gridapp.bench.departments import Departments, departments
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row, at
from gridapp.bench.sizes import Bench
from gridapp.bench.stock import Stock
from gridapp.bench.waiting import wait_until
from gridapp.bench.ways import ours
from gridapp.delivery import breaker
from gridapp.delivery.claim import claim
from gridapp.delivery.models import Lane

CLAIMS = 100
_AT_ONCE = 50  # rows of a claim
_SOON = {"BREAKER_FIRST": "1", "BREAKER_LONGEST": "2"}
"""The pauses of the breaker: what comes back is knocked on soon, so that the rate after it is what is measured."""
_PAUSE = 0.05  # seconds between entries
_SETTLES = 3.0  # seconds


def run(bench: Bench) -> Iterator[Row]:
    """Rows `without` and `with` the backlog, then `returned`: what the target takes of its own limit."""
    size = bench.size
    kinds = ["refusing"] + ["fast"] * (bench.targets - 1)
    with departments(kinds) as there, own_database(like=bench.stock.backlog) as environment:
        ids = load.readdress(there.urls)
        told = {**environment, **_SOON}
        dead, healthy = ids[0], ids[1:]
        claims = _claims(healthy[0])
        resident = _living(bench, told, healthy, first=0)
        yield Row("backlog", "ours", "without", {**claims, **resident})
        heap.pile_up(dead, openable=int(size.limit * size.limit_s * 2), rows=size.rows)
        with connection.cursor() as cursor:
            cursor.execute(_WAITING_AGAIN, [healthy[0]])
        claims = _claims(healthy[0])
        resident = _living(bench, told, healthy, first=size.submits)
        yield Row("backlog", "ours", "with", {"rows": size.rows, **claims, **resident})
        yield Row("backlog", "ours", "returned", _returned(bench, there, told, dead))


_WAITING_AGAIN = """
UPDATE delivery_delivery SET status = 'waiting', due_at = now(), generation = generation + 1, held_version = NULL,
    held_digest = NULL WHERE target_id = %s
"""


def _claims(target_id: int) -> dict[str, float]:
    """Milliseconds that a claim of a healthy lane takes, each taken back."""
    _nobody_serves()
    took: list[float] = []
    token = uuid4()
    if breaker.take(target_id, token=token, lease=60) is None:
        raise RuntimeError("somebody serves the lane")
    for _ in range(CLAIMS):
        with transaction.atomic():
            began = time.monotonic()
            claim(target_id, token=token, limit=_AT_ONCE, lease=60)
            took.append((time.monotonic() - began) * 1000)
            transaction.set_rollback(True)
    breaker.give_up(target_id, token=token)
    return {"claim_p50_ms": at(sorted(took), 0.5), "claim_p99_ms": at(sorted(took), 0.99)}


def _nobody_serves() -> None:
    """The workers were killed: what they held is free without waiting for its lease."""
    Lane.objects.update(token=None, lease_until=None)


def _living(bench: Bench, told: Mapping[str, str], healthy: list[int], *, first: int) -> dict[str, float]:
    """Entries while workers serve the healthy lanes and knock on the dead one; then the worker's memory."""
    stock, size = bench.stock, bench.size
    with workers.ours(1, bench.targets, told) as running:
        running.begin()
        again.one_round(healthy, patience=size.patience_s)
        took = _entries(stock, size.submits, first=len(stock.record_ids) + first)
        time.sleep(_SETTLES)
        return {
            "submit_p50_ms": at(took, 0.5),
            "submit_p95_ms": at(took, 0.95),
            "resident_mb": running.resident_mb()[0],
        }


def _entries(stock: Stock, count: int, *, first: int) -> list[float]:
    took = []
    for entry in load.people(count, stock.scene.flats, first=first):
        began = time.monotonic()
        load.submit_one(entry, stock.scene)
        took.append((time.monotonic() - began) * 1000)
        time.sleep(_PAUSE)
    return sorted(took)


def _returned(bench: Bench, there: Departments, told: Mapping[str, str], dead: int) -> dict[str, float]:
    """The rate at which it takes its backlog, of `limit` records a second."""
    size = bench.size
    load.paced(dead, there.urls[0], per_second=size.limit)
    _nobody_serves()
    with workers.ours(1, bench.targets, told) as running:
        running.begin()
        time.sleep(_SETTLES)
        there.behave(0, "fast")
        there.forget()
        wait_until(lambda: there.tally()[0].receipts, size.limit, patience=size.patience_s)  # a second's worth
        before, began = there.tally()[0].receipts, time.monotonic()
        time.sleep(size.limit_s)
        tally, seconds = there.tally()[0], time.monotonic() - began
        rate = (tally.receipts - before) / seconds
        return {
            "limit_per_second": size.limit,
            "per_second": rate,
            "share": rate / size.limit,
            "doubled": tally.receipts - tally.keys,
            "delivered": ours.delivered([dead]),
            "resident_mb": running.resident_mb()[0],
        }
