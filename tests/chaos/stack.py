"""The whole house as separate processes in a folder of its own, with departments behind wires that can be bent.

Database and broker are real servers; workers and the clock come from a nursery, the web server is gunicorn. Whatever is
killed is started again, as a process supervisor would.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil
from django.conf import settings

from .stack_departments import Department

THREADS = 16
PATIENCE = 60.0
_pause = threading.Event()


def until(condition: Any, why: str, *, seconds: float = PATIENCE) -> Any:
    """Asks again and again and returns the first true answer. Raises TimeoutError."""
    for _ in range(int(seconds / 0.05)):
        if answer := condition():
            return answer
        _pause.wait(0.05)
    raise TimeoutError(why)


def lives(pid: int) -> bool:
    """Whether it runs: a dead one that nobody has cleared away does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@dataclass
class Nursed:
    """A process of the nursery by its name; `pid` None while it is meant to be down."""

    name: str
    argv: Sequence[str]
    log: Path
    pid: int | None = None
    starts: int = 0

    @property
    def lives(self) -> bool:
        return self.pid is not None and lives(self.pid)


@dataclass
class House:
    """What runs, where it is, and what a fault may do to it."""

    folder: Path
    workers: int
    departments: list[Department]
    environment: dict[str, str]
    mutation: str = ""
    deaths_at_commit: float = 0.0
    seed: int = 0
    url: str = ""
    nursed: list[Nursed] = field(default_factory=list)
    _nursery: subprocess.Popen[str] | None = None
    _web: subprocess.Popen[bytes] | None = None
    _socket: socket.socket | None = None
    _orders: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _watch: threading.Thread | None = None
    _logs: list[IO[bytes]] = field(default_factory=list)

    def up(self) -> None:
        """Nursery, workers, clock and web, each ready; servers and departments are there already."""
        self._open_nursery()
        beat = ["-A", "gridapp", "beat", "-s", str(self.folder / "beat"), "--pidfile="]
        self.nursed = [self._nursed(f"worker-{number}") for number in range(self.workers)]
        self.nursed.append(Nursed("beat", beat, self.folder / "log" / "beat.log"))
        for one in self.nursed:
            self.start(one)
        self._open_web()
        self._watch = threading.Thread(target=self._look_after, name="supervisor", daemon=True)
        self._watch.start()

    def down(self) -> None:
        """Ends every process that this house started, in order."""
        self._ended.set()
        if self._watch is not None:
            self._watch.join(timeout=10)
        for one in self.nursed:
            self.signal(one, signal.SIGCONT)
            self.signal(one, signal.SIGKILL)
        for process in (self._web, self._nursery):
            if process is not None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=10)
                process.kill()
                process.wait(timeout=10)
        if self._socket is not None:
            self._socket.close()
        for log in self._logs:
            log.close()

    def start(self, one: Nursed) -> None:
        with self._orders:
            nursery = self._nursery
            if nursery is None or nursery.stdin is None or nursery.stdout is None:
                raise RuntimeError("the nursery is closed")
            mutation = self.mutation if one.name.startswith("worker") else ""
            order = {"argv": list(one.argv), "log": str(one.log), "mutation": mutation}
            nursery.stdin.write(json.dumps(order) + "\n")
            nursery.stdin.flush()
            one.pid = int(nursery.stdout.readline())
            one.starts += 1

    def signal(self, one: Nursed, number: signal.Signals) -> bool:
        """False where it is gone already."""
        if not one.lives or one.pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(one.pid, number)
            return True
        return False

    def web_workers(self) -> list[int]:
        """Process ids of gunicorn's workers."""
        if self._web is None or self._web.poll() is not None:
            return []
        return sorted(child.pid for child in psutil.Process(self._web.pid).children())

    def must_be_armed(self) -> None:
        """Raises RuntimeError where a known-bad design could not be put in: a house without workers proves nothing."""
        for one in self.nursed:
            if one.log.exists() and "DisarmedError" in (said := one.log.read_text(errors="replace")):
                raise RuntimeError(f"{one.name} has not the design {self.mutation}: {said[-1500:]}")

    def let_go(self, one: Nursed) -> None:
        """Asks a worker to end, as a deployment does, and waits for it; the supervisor leaves it alone meanwhile."""
        pid, self_ended = one.pid, Nursed(one.name, one.argv, one.log, one.pid)
        one.pid = None
        os.kill(pid or 0, signal.SIGTERM)
        until(lambda: not self_ended.lives, f"{one.name} did not end in a minute")

    def _nursed(self, name: str) -> Nursed:
        argv = ["-A", "gridapp", "worker", "-P", "threads", "-c", str(THREADS), "--without-gossip", "--without-mingle",
                "--without-heartbeat", "-n", f"{name}@chaos", "-l", "INFO"]  # fmt: skip
        return Nursed(name, argv, self.folder / "log" / f"{name}.log")

    def _open_nursery(self) -> None:
        log = (self.folder / "log" / "nursery.log").open("ab")
        self._logs.append(log)
        command = [sys.executable, "-m", "tests.chaos.stack_nursery"]
        self._nursery = subprocess.Popen(
            command, env=self.environment, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=log, text=True, start_new_session=True,
        )  # fmt: skip
        if self._nursery.stdout is None or self._nursery.stdout.readline() != "ready\n":
            raise RuntimeError((self.folder / "log" / "nursery.log").read_text()[-3000:])

    def _open_web(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        log = (self.folder / "log" / "web.log").open("ab")
        self._logs.append(log)
        command = [
            sys.executable, "-m", "gunicorn", "gridapp.wsgi:application", "-k", "gthread", "--workers", "2",
            "--threads", "8", "--bind", f"fd://{self._socket.fileno()}", "--no-control-socket", "--preload",
            "--config", str(Path(__file__).with_name("faults_web.py")),
        ]  # fmt: skip
        told = {
            **self.environment,
            "CHAOS_DEATHS_AT_COMMIT": str(self.deaths_at_commit),
            "CHAOS_DEATHS": str(self.folder / "deaths-at-commit"),
            "CHAOS_SEED": str(self.seed),
        }
        self._web = subprocess.Popen(
            command, env=told, cwd=settings.BASE_DIR, pass_fds=(self._socket.fileno(),), stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        until(lambda: len(self.web_workers()) >= 2, "the web server did not start")

    def _look_after(self) -> None:
        while not self._ended.wait(0.1):
            for one in self.nursed:
                if one.pid is not None and not one.lives:
                    self.start(one)
