"""What a flood of callbacks costs those who enter: the same entries over the API before, during and after it.

The flood is of calls that look right and are not: the shape of the self-declaration platform's, signed by nobody.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from gridapp.catalogue.models import Target
from gridapp.org import tokens

from . import load, pouring
from .own_database import own_database

PAUSE = 0.2
"""Seconds between entries."""
_LEAST = 5  # entries of a phase
_KEY = "ZZSB"
_CONNECTOR = "self_declaration"
# The public key of the example in GB/T 32918.5, annex A: nobody here has the private one at hand.
_PLATFORM_KEY = (
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)


@dataclass(frozen=True)
class Phase:
    """Entries while `calls` calls came, and what these were answered (status -> how many)."""

    name: str
    seconds: float
    entries: int
    p50_ms: float
    p95_ms: float
    calls: int
    answers: dict[str, int]
    rows_changed: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run(*, per_second: int, seconds: float, forged: int) -> list[Phase]:
    """Quiet, a flood of `per_second` for `seconds`, then `forged` calls as fast as they go, then quiet again."""
    with own_database() as environment:
        scene = load.scene(2000)
        token = tokens.issue(scene.worker)
        _configure()
        people = load.people(5000, scene.flats)
        with _web(environment) as port:
            _enter(port, token, people, seconds=3)  # warm
            phases = []
            for name, rate, count, lasts in (
                ("quiet", 0, 0, seconds / 2),
                ("flood", per_second, int(per_second * seconds), seconds),
                ("forged", 0, forged, 0.0),
                ("quiet again", 0, 0, seconds / 2),
            ):
                phases.append(_phase(name, port, token, people, rate=rate, calls=count, seconds=lasts))
    return phases


def _phase(
    name: str, port: int, token: str, people: Iterator[dict[str, Any]], *, rate: int, calls: int, seconds: float
) -> Phase:
    before, began = _state(), time.monotonic()
    address = f"http://127.0.0.1:{port}/callbacks/{_KEY}/"
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        flood = pool.apply_async(pouring.pour, (address, calls, rate)) if calls else None
        took = _enter(port, token, people, seconds=seconds, during=flood)
        answers = dict(flood.get()) if flood is not None else {}
    changed = sum(before[table] != now for table, now in _state().items())
    spread = statistics.quantiles(took, n=20)
    ended = time.monotonic() - began
    return Phase(name, ended, len(took), statistics.median(took), spread[-1], sum(answers.values()), answers, changed)


def _enter(
    port: int, token: str, people: Iterator[dict[str, Any]], *, seconds: float, during: Any = None
) -> list[float]:
    """Milliseconds of each entry, one every PAUSE, for so long or as long as `during` is not ready."""
    took: list[float] = []
    end = time.monotonic() + seconds
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while len(took) < _LEAST or time.monotonic() < end or (during is not None and not during.ready()):
        body = json.dumps(next(people)).encode()
        began = time.monotonic()
        line.request("POST", "/api/v1/entries/", body, headers)
        answer = line.getresponse()
        answer.read()
        took.append((time.monotonic() - began) * 1000)
        if answer.status != 201:
            raise RuntimeError(f"an entry was answered {answer.status}")
        time.sleep(max(0.0, PAUSE - took[-1] / 1000))
    return took


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


@contextmanager
def _web(environment: Mapping[str, str]) -> Iterator[int]:
    """The web server as the demo runs it, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        command = [
            sys.executable, "-m", "gunicorn", "gridapp.wsgi:application", "-k", "gthread", "--workers", "2",
            "--threads", "8", "--bind", f"fd://{listening.fileno()}", "--no-control-socket", "--log-level", "error",
        ]  # fmt: skip
        told = {**environment, "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]}
        serving = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, env=told, cwd=settings.BASE_DIR, pass_fds=(listening.fileno(),)
        )
        try:
            yield listening.getsockname()[1]
        finally:
            serving.terminate()
            serving.wait(timeout=30)
