"""Celery workers of a bench: real processes, what they cost, and their violent death."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psutil
from django.conf import settings

from gridapp.celery import app

from .rows import Cost

OURS = "gridapp"
READY_WITHIN = 90.0
"""Seconds."""


@dataclass
class Workers:
    """`count` worker processes of a Celery application, told to take nothing until `begin()`.

    `pool`: Celery's -P and -c. `clock`: the first one has beat beside it.
    """

    application: str
    count: int
    pool: Sequence[str]
    environment: Mapping[str, str]
    clock: bool = False
    cost: Cost = field(default_factory=Cost)
    _running: list[psutil.Popen] = field(default_factory=list)
    _used: float = 0.0
    _started: int = 0

    @property
    def queue(self) -> str:
        return self.environment["GRIDAPP_QUEUE"]

    def start(self) -> None:
        """Starts them and waits until each answers."""
        names = [f"{self.queue}-{self._started + number}@bench" for number in range(self.count)]
        self._started += self.count
        self._running = [self._one(name, clock=self.clock and name == names[0]) for name in names]
        deadline = time.monotonic() + READY_WITHIN
        answers = 0
        while answers < self.count and time.monotonic() < deadline:
            found = app.control.broadcast(
                "ping", reply=True, destination=names, limit=self.count, timeout=1.0, connection=None
            )
            answers = len(found or [])
        if answers < self.count:
            raise TimeoutError(f"{self.count} workers did not come up in {READY_WITHIN:.0f} s")
        self._used = self._cpu()

    def begin(self) -> None:
        """From now on they take what is in the run's queue."""
        names = [f"{self.queue}-{self._started - 1 - number}@bench" for number in range(self.count)]
        app.control.add_consumer(self.queue, reply=True, destination=names, limit=self.count, timeout=5.0)

    def kill(self) -> None:
        """SIGKILL, with all their children, at once."""
        for one in [process for root in self._running for process in [root, *_children(root)]]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        for root in self._running:
            root.wait()
        self._running = []

    def measure(self) -> Cost:
        """Fills in the cost since they were ready."""
        self.cost.cpu_s = self._cpu() - self._used
        self.cost.memory_mb = sum(_memory(one) for root in self._running for one in [root, *_children(root)])
        return self.cost

    def resident_mb(self) -> list[float]:
        """The resident memory of each worker process, without its children, MB."""
        return [root.memory_info().rss / 2**20 for root in self._running]

    def _one(self, name: str, *, clock: bool) -> psutil.Popen:
        schedule = ["-B", "-s", str(settings.VAR / f"beat-{self.queue}")] if clock else []
        command = [
            sys.executable, "-m", "celery", "-A", self.application, "worker", *self.pool, "-l", "CRITICAL",
            "--without-gossip", "--without-mingle", "--without-heartbeat", "-Q", f"{self.queue}-waiting", "-n", name,
        ]  # fmt: skip
        return psutil.Popen(
            [*command, *schedule], env=dict(self.environment), cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL
        )

    def _cpu(self) -> float:
        return float(sum(sum(one.cpu_times()[:2]) for root in self._running for one in [root, *_children(root)]))


@contextlib.contextmanager
def workers(
    application: str, count: int, pool: Sequence[str], *, environment: Mapping[str, str], clock: bool = False
) -> Iterator[Workers]:
    """Workers that are ready and wait for `begin()`; killed when the block ends: nothing of theirs is needed then."""
    made = Workers(application, count, pool, environment, clock)
    try:
        made.start()
        yield made
    finally:
        made.kill()
        for left in settings.VAR.glob(f"beat-{made.queue}*"):
            left.unlink()


def ours(count: int, targets: int, environment: Mapping[str, str]) -> contextlib.AbstractContextManager[Workers]:
    """The product's own workers, with their clock."""
    return workers(OURS, count, ["-P", "threads", "-c", str(2 * targets + 8)], environment=environment, clock=True)


def _children(root: psutil.Popen) -> list[psutil.Process]:
    try:
        return list(root.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _memory(process: psutil.Process) -> float:
    """Proportional: what forked children share counts once."""
    try:
        return float(process.memory_full_info().pss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0
