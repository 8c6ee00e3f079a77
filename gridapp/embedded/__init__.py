"""Private PostgreSQL and Valkey servers, run from wheels, for when no DATABASE_URL / BROKER_URL is set.

Any number of processes may call ensure_pg() and ensure_broker(). Each holds a shared flock while it lives; a small
guard process waits for the exclusive one, so the servers stop when their last user is gone, even after kill -9.
This package imports the standard library only: the guard runs without the rest. Linux and macOS.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypedDict

from gridapp.embedded import machine, postgresql, valkey
from gridapp.embedded.machine import EmbeddedError

__all__ = ["Address", "EmbeddedError", "Services"]

_LONGEST_SOCKET_FOLDER = 80  # a socket's path has 107 bytes at most, PostgreSQL appends up to 19
_TRIES, _TRY_EVERY = 30, 0.01
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")  # what needs no quoting in a connection string or a broker URL
_SHORT_FOLDER = Path("/tmp")  # noqa: S108 - only a folder in it that machine.make_own() has found to be ours
# The guard gets this package alone: whatever else gridapp imports when it is imported stays out of it
_GUARD = """
import sys, types
sys.modules["gridapp"] = types.ModuleType("gridapp")
sys.modules["gridapp"].__path__ = [sys.argv[1]]
from gridapp import embedded
embedded.be_guard(sys.argv[2])
"""


class Address(TypedDict):
    """Where PostgreSQL listens, in libpq's words."""

    host: str
    port: int
    user: str


class Services:
    """The servers of one folder. Making one starts nothing and touches nothing.

    `fast` is for tests: what was written is lost when the machine dies.
    """

    def __init__(self, home: Path, *, fast: bool = False) -> None:
        self._wanted_home, self.fast = home, fast
        self._makes_files = True
        self._users: dict[int, int] = {}  # pid -> descriptor of the shared lock: a forked child takes its own

    @cached_property
    def home(self) -> Path:
        """Where data, sockets and locks live. A closed folder of root's is not opened for this: another is used."""
        run_as = machine.rights()
        home = machine.make_own(self._wanted_home.resolve(), 0o711 if run_as else 0o700)
        if run_as and not machine.others_may_enter(home):
            return machine.make_own(machine.SHARED_FOLDER / f"gridapp-{machine.digest(str(home))}", 0o711)
        return home

    @cached_property
    def sockets(self) -> Path:
        """Open to their owner alone, so that PostgreSQL needs no password."""
        inside = self.home / "s"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER and _PLAIN_PATH.fullmatch(str(inside)):
            return inside
        return _SHORT_FOLDER / f"gridapp-{machine.digest(str(self.home))}"

    @property
    def pg_socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    @property
    def broker_socket(self) -> Path:
        return self.sockets / "valkey"

    def ensure_pg(self) -> Address:
        """Starts PostgreSQL unless it runs; it stays until this process, and every other user, is gone."""
        self._ensure(self.pg_socket, lambda: postgresql.start(self.home, self.pg_socket, fast=self.fast))
        return {"host": str(self.sockets), "port": 5432, "user": "app"}

    def ensure_broker(self) -> str:
        """Starts Valkey unless it runs; the URL that Celery takes. Called again after an outage it starts it anew."""
        self._ensure(self.broker_socket, lambda: valkey.start(self.home, self.broker_socket))
        return f"redis+socket://{self.broker_socket}"

    def leave(self) -> None:
        """Stops using the servers, and stops them at once unless somebody else uses them."""
        if held := self._users.pop(os.getpid(), None):
            _unlock(held)
        gate = self._lock("gate", fcntl.LOCK_EX)
        try:
            if self._is_unused():
                self._stop()
        finally:
            _unlock(gate)

    def _is_unused(self) -> bool:
        """For who holds the gate. Asks for a moment: the guard, or a user that is just dying, may have the lock."""
        for _ in range(_TRIES):
            try:
                _unlock(self._lock("users", fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError:
                time.sleep(_TRY_EVERY)
            else:
                return True
        return False

    def guard(self) -> None:
        """Waits until no process uses the servers, then stops them. Returns at once when another guard waits.

        Raises FileNotFoundError when the folder is taken away meanwhile: it makes nothing anew.
        """
        try:
            alone = self._lock("guard", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        self._makes_files = False
        while True:
            _unlock(self._lock("users", fcntl.LOCK_EX))  # blocks while any user lives
            time.sleep(float(os.environ.get("EMBEDDED_LINGER", "2")))  # the next command often comes at once
            gate = self._lock("gate", fcntl.LOCK_EX)
            if self._is_unused():
                self._stop()
                _unlock(alone)  # before the gate opens, so that the next start gets a guard of its own
                _unlock(gate)
                return
            _unlock(gate)

    def _ensure(self, listening: Path, start: Callable[[], None]) -> None:
        if os.getpid() in self._users and machine.answers(listening):
            return
        gate = self._lock("gate", fcntl.LOCK_EX)  # one process or thread at a time starts or stops a server
        try:
            if os.getpid() not in self._users:
                self._users[os.getpid()] = self._lock("users", fcntl.LOCK_SH)  # open until this process is gone
                self._ensure_guard()
            if not machine.answers(listening):
                machine.make_own(self.sockets, 0o700, owner=machine.rights())
                start()
        finally:
            _unlock(gate)

    def _ensure_guard(self) -> None:
        """For who holds the gate: a guard that lives now cannot leave before it has seen our shared lock."""
        try:
            _unlock(self._lock("guard", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return
        root = Path(__file__).resolve().parents[1]
        with Path(os.devnull).open("r+b") as nothing:
            subprocess.run(  # noqa: S603 - ourselves
                [sys.executable, "-I", "-S", "-c", _GUARD, str(root), str(self.home)],
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                cwd="/",
                start_new_session=True,
                check=True,
            )

    def _stop(self) -> None:
        if machine.answers(self.broker_socket):
            valkey.stop(self.broker_socket)
        postgresql.stop(self.home, self.pg_socket)
        if self.sockets.parent != self.home:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _lock(self, name: str, how: int) -> int:
        make = os.O_CREAT if self._makes_files else 0
        descriptor = os.open(self.home / name, os.O_RDWR | make | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _unlock(descriptor: int) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing is not enough: a child forked meanwhile has it open too
    os.close(descriptor)


def be_guard(home: str) -> None:
    """Goes on as a process of its own, so that whoever called neither waits nor keeps a dead child."""
    if os.fork() == 0:
        Services(Path(home)).guard()
