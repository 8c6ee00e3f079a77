"""What a flood of callbacks costs those who enter: the same entries over the API before, during and after it.

Callbacks have web processes of their own that give way to the others, as the README has it.

The flood is of calls that look right and are not: the shape of the self-declaration platform's, signed by nobody.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from gridapp.bench import load, pouring
from gridapp.bench.entering import enter, web
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row, at
from gridapp.bench.sizes import Bench
from gridapp.catalogue.models import Target
from gridapp.org import tokens

PAUSE = 0.2
"""Seconds between entries."""
_WARM = 10  # entries
_MOST = 5000  # entries
_KEY = "ZZSB"
_CONNECTOR = "self_declaration"
# The public key of the example in GB/T 32918.5, annex A: nobody here has the private one at hand.
_PLATFORM_KEY = (
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)


@dataclass(frozen=True)
class _Door:
    """Where entries go in and whose they are, and where departments call."""

    port: int
    called: int
    token: str
    people: Iterator[dict[str, Any]]


def run(bench: Bench) -> Iterator[Row]:
    """Quiet, a flood of so many a second, then forged calls as fast as they go, then quiet again."""
    size = bench.size
    with own_database(like=bench.stock.empty) as environment:
        _configure()
        scene = bench.stock.scene
        with web(environment) as port, web(environment, nice=10) as called:
            door = _Door(port, called, tokens.issue(scene.worker), load.people(_MOST, scene.flats))
            for _ in range(_WARM):
                enter(port, door.token, iter([next(door.people)]), going=lambda: False)
            yield _phase("quiet", door, calls=0, rate=0, seconds=size.flood_s / 2)
            calls = int(size.flood_per_second * size.flood_s)
            yield _phase("flood", door, calls=calls, rate=size.flood_per_second, seconds=size.flood_s)
            yield _phase("forged", door, calls=size.forged, rate=0, seconds=0)
            yield _phase("quiet again", door, calls=0, rate=0, seconds=size.flood_s / 2)


def _phase(name: str, door: _Door, *, calls: int, rate: int, seconds: float) -> Row:
    before, began = _state(), time.monotonic()
    end = began + seconds
    address = f"http://127.0.0.1:{door.called}/callbacks/{_KEY}/"
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        flood = pool.apply_async(pouring.pour, (address, calls, rate)) if calls else None
        took = enter(
            door.port,
            door.token,
            door.people,
            going=lambda: time.monotonic() < end or (flood is not None and not flood.ready()),
            pause=PAUSE,
        )
        answers = flood.get() if flood is not None else {}
    ordered = sorted(took)
    figures = {
        "entries": len(took),
        "p50_ms": at(ordered, 0.5),
        "p95_ms": at(ordered, 0.95),
        "calls": sum(answers.values()),
        "calls_per_second": sum(answers.values()) / (time.monotonic() - began),
        **{f"answered_{status}": count for status, count in sorted(answers.items())},
        "rows_changed": sum(before[table] != now for table, now in _state().items()),
    }
    return Row("flood", "ours", name, figures)


def _configure() -> None:
    target = Target(key=_KEY, connector=_CONNECTOR, zh="压测", en="Bench", enabled=True)
    keys = {"sign_key": "1" * 64, "field_key": "1" * 32, "platform_key": _PLATFORM_KEY}
    target.seal_settings({"url": "http://127.0.0.1:1/", "app_key": "bench", **keys})
    target.save()


def _state() -> dict[str, int]:
    """What callbacks could change: calls kept, and deliveries that the department has decided about."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM delivery_callback), (SELECT count(*) FROM delivery_attempt), "
            "(SELECT count(*) FROM delivery_delivery WHERE status NOT IN ('waiting', 'held', 'sending', 'returned'))"
        )
        return dict(zip(("callbacks", "attempts", "decided"), cursor.fetchone(), strict=True))
