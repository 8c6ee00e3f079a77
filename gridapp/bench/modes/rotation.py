"""Every sealed value is taken over to a new key while people enter at doors; it is killed half-way and begun again.

Targets are paused: lanes have modes of their own.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psutil
from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from gridapp import resealing, sealing
from gridapp.bench import filling, load
from gridapp.bench.entering import enter, web
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row, at
from gridapp.bench.sizes import Bench
from gridapp.catalogue.models import Target
from gridapp.delivery import keys_known
from gridapp.delivery.models import Rotation
from gridapp.org import tokens
from gridapp.org.models import User
from gridapp.registry.models import Record

PAUSE = 0.25
"""Seconds between entries."""
QUIET = 100
"""Entries before the rotation."""
_WARM = 20  # entries
_MOST = 20_000  # entries
_STRANGERS = 900_000  # the first number of those who are entered at doors


def run(bench: Bench) -> Iterator[Row]:
    """Rows `quiet`: entries alone, and `rotating`: values sealed anew, and entries meanwhile."""
    with own_database() as environment:
        filling.fill(bench.size.residents, history=False)
        Target.objects.update(paused_at=timezone.now(), paused_why="bench")
        old, keys = sealing.newest(), settings.SEALING_KEYS
        settings.SEALING_KEYS = f"{keys},{max(key.id for key in sealing.at_hand()) + 1}:aes:{secrets.token_hex(32)}"
        try:
            yield from _measured(environment | {"SEALING_KEYS": settings.SEALING_KEYS}, old, bench)
        finally:
            settings.SEALING_KEYS = keys


def _measured(environment: Mapping[str, str], old: int, bench: Bench) -> Iterator[Row]:
    homes = Record.objects.filter(kind="housing", grid_code=load.GRID).order_by("pk").values_list("pk", flat=True)
    door = load.people(_MOST, [str(home) for home in homes], first=_STRANGERS)
    token = tokens.issue(User.objects.get(username="w0"))
    with web(environment) as port:
        for _ in range(_WARM):
            enter(port, token, iter([next(door)]), going=lambda: False)
        left = iter(range(min(QUIET, bench.size.residents // 20)))
        quiet = enter(port, token, door, going=lambda: next(left, None) is not None, pause=PAUSE)
        yield Row("rotation", "ours", "quiet", _times(quiet))
        under_way = _Rotating(environment)
        meanwhile = enter(port, token, door, going=under_way.going, pause=PAUSE)
    slower = at(sorted(meanwhile), 0.95) / at(sorted(quiet), 0.95)
    yield Row("rotation", "ours", "rotating", {**under_way.figures(old), **_times(meanwhile), "slower": slower})


@dataclass
class _Rotating:
    """`manage.py reseal` at work; ended by SIGKILL once, half-way, and begun again."""

    environment: Mapping[str, str]
    killed_at: int = 0
    ended: float = 0.0

    def __post_init__(self) -> None:
        self.values = sum(map(resealing.remaining, resealing.columns()))
        self.began = time.monotonic()
        self.running = self._begin()

    def _begin(self) -> psutil.Popen:
        command = [sys.executable, "manage.py", "reseal"]
        return psutil.Popen(command, env=dict(self.environment), cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)

    def going(self) -> bool:
        """Looks at it, and kills it when its time has come; False when it has ended by itself."""
        if self.running.poll() is not None:
            if self.running.returncode:
                raise RuntimeError(f"sealing anew ended with {self.running.returncode}")
            self.ended = time.monotonic()
            return False
        done = Rotation.objects.aggregate(done=Sum("resealed"))["done"] or 0
        if not self.killed_at and done >= self.values // 2:
            self.killed_at = done
            self.running.kill()
            self.running.wait()
            self.running = self._begin()
        return True

    def figures(self, old: int) -> dict[str, float]:
        seconds = self.ended - self.began
        used = {one.key.number: one.key.total for one in keys_known.count()}
        return {
            "values": self.values,
            "seconds": seconds,
            "per_second": self.values / seconds,
            "killed_at": self.killed_at,
            "left_with_old": used[old],
            "not_readable": _unreadable(),
        }


def _unreadable() -> int:
    """Values that do not open with the newest key alone."""
    keys, number = settings.SEALING_KEYS, 0
    settings.SEALING_KEYS = keys.rpartition(",")[2]
    try:
        for column in resealing.columns():
            for row in column.model._base_manager.iterator(chunk_size=1000):
                number += _does_not_open(getattr(row, column.name), getattr(row, "bound_to"))  # noqa: B009
    finally:
        settings.SEALING_KEYS = keys
    return number


def _does_not_open(sealed: bytes | None, bound_to: str) -> bool:
    try:
        return bool(sealed) and sealing.unseal(sealed or b"", bound_to=bound_to) is None
    except sealing.Unsealable:
        return True


def _times(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {"entries": len(took), "p50_ms": at(ordered, 0.5), "p95_ms": at(ordered, 0.95)}
