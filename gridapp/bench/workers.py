"""Celery workers of a bench: real processes, with what they cost."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psutil
from django.conf import settings

from gridapp.celery import app


@dataclass
class Cost:
    """What the workers used since they were ready: CPU seconds and the highest resident memory, MB, of any one."""

    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


@contextlib.contextmanager
def workers(count: int, *, environment: Mapping[str, str], threads: int) -> Iterator[Cost]:
    """Starts workers, waits until each answers, yields; fills in the cost when the block ends, then stops them."""
    command = [
        sys.executable, "-m", "celery", "-A", "gridapp", "worker", "-P", "threads", "-c", str(threads), "-l", "ERROR",
        "--without-gossip", "--without-mingle", "--without-heartbeat", "-s",
        str(settings.VAR / f"beat-{environment['GRIDAPP_QUEUE']}"),
    ]  # fmt: skip
    running = [
        subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, "-n", f"{environment['GRIDAPP_QUEUE']}-{number}@%h", *(["-B"] if number == 0 else [])],
            env=dict(environment),
            cwd=settings.BASE_DIR,
            stdout=subprocess.DEVNULL,
        )
        for number in range(count)
    ]
    cost = Cost()
    try:
        _wait_until_ready(count, environment["GRIDAPP_QUEUE"])
        watched = [psutil.Process(one.pid) for one in running]
        before = sum(_cpu(one) for one in watched)
        yield cost
        cost.cpu_seconds = sum(_cpu(one) for one in watched) - before
        cost.peak_mb = max(_peak(one) for one in watched)
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(timeout=60)
        for left in settings.VAR.glob(f"beat-{environment['GRIDAPP_QUEUE']}*"):
            left.unlink()


def _cpu(process: psutil.Process) -> float:
    # a worker with an embedded clock has a child
    return float(sum(process.cpu_times()[:2]) + sum(sum(child.cpu_times()[:2]) for child in process.children()))


def _peak(process: psutil.Process) -> float:
    with open(f"/proc/{process.pid}/status") as status:  # noqa: PTH123 - a kernel file
        high = next((line for line in status if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(high.split()[1]) / 1024


def _wait_until_ready(count: int, queue: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answers = app.control.ping(timeout=0.5) or []
        if sum(name.startswith(queue) for answer in answers for name in answer) >= count:
            return
    raise TimeoutError(f"{count} workers did not come up in a minute")
