"""One fault at a time, done to a house that runs; what a fault took away for a while is put back by a timer."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import redis
from django.conf import settings

from .faults import Fault, Kind
from .stack import House, Nursed, lives, until
from .stack_departments import Department
from .stack_opening import postmaster


@dataclass
class Striker:
    """Knows how each fault is done here. `seen`: what stood in the broker, looked through for `secret`."""

    house: House
    secret: re.Pattern[bytes]
    found: set[str] = field(default_factory=set)  # secrets that stood in the broker
    _back: list[threading.Timer] = field(default_factory=list)
    _bent: dict[str, int] = field(default_factory=dict)
    _asleep: set[int] = field(default_factory=set)

    def strike(self, fault: Fault) -> bool:
        """True when it hit. Raises OSError where what it aims at went away meanwhile."""
        match fault.kind:
            case Kind.KILL:
                return self._kill(fault)
            case Kind.KILL_WEB:
                return self._kill_web(fault)
            case Kind.KILL_BEAT:
                return self.house.signal(self._called("beat"), signal.SIGKILL)
            case Kind.STOP:
                return self._stop(fault)
            case Kind.RESTART:
                return self._restart()
            case Kind.FLUSH:
                return self._flush()
            case Kind.WIRE:
                return self._bend(fault)

    def put_back(self) -> None:
        """Ends every fault that still lasts."""
        for timer in self._back:
            timer.cancel()
        for one in self.house.nursed:
            self.house.signal(one, signal.SIGCONT)
        for department in self.house.departments:
            department.bend("pass")

    def look_into_the_broker(self) -> None:
        """Everything that stands in it now, searched for what must never be there."""
        with redis.Redis(unix_socket_path=str(settings.EMBEDDED.broker_socket)) as broker:
            for key in list(broker.scan_iter()):
                stored = key + (broker.dump(key) or b"")
                self.found |= {hit.decode() for hit in self.secret.findall(stored)}

    def _called(self, name: str) -> Nursed:
        return next(one for one in self.house.nursed if one.name == name)

    def _workers(self) -> list[Nursed]:
        return [one for one in self.house.nursed if one.name.startswith("worker") and one.lives]

    def _kill(self, fault: Fault) -> bool:
        awake = [one for one in self._workers() if one.pid not in self._asleep]
        return bool(awake) and self.house.signal(awake[fault.which % len(awake)], signal.SIGKILL)

    def _kill_web(self, fault: Fault) -> bool:
        workers = self.house.web_workers()
        if not workers:
            return False
        os.kill(workers[fault.which % len(workers)], signal.SIGKILL)
        return True

    def _stop(self, fault: Fault) -> bool:
        """A worker that sleeps through its leases, and goes on as if nothing had been."""
        awake = [one for one in self._workers() if one.pid not in self._asleep]
        if not awake:
            return False
        one = awake[fault.which % len(awake)]
        pid = one.pid or 0
        os.kill(pid, signal.SIGSTOP)
        self._asleep.add(pid)
        self._later(fault.lasts, lambda: self._wake(pid))
        return True

    def _wake(self, pid: int) -> None:
        self._asleep.discard(pid)
        if any(one.pid == pid for one in self.house.nursed):
            os.kill(pid, signal.SIGCONT)

    def _restart(self) -> bool:
        """As after the plug was pulled: no session is ended in order, nothing unwritten is written."""
        pid = postmaster()
        os.kill(pid, signal.SIGQUIT)
        until(lambda: not lives(pid), "the database did not die", seconds=20)
        settings.EMBEDDED.ensure_pg()
        return True

    def _flush(self) -> bool:
        self.look_into_the_broker()
        with redis.Redis(unix_socket_path=str(settings.EMBEDDED.broker_socket)) as broker:
            return bool(broker.flushall())

    def _bend(self, fault: Fault) -> bool:
        department = self.house.departments[fault.which % len(self.house.departments)]
        turn = self._bent[department.key] = self._bent.get(department.key, 0) + 1
        department.bend(fault.how)
        self._later(fault.lasts, lambda: self._straighten(department, turn))
        return True

    def _straighten(self, department: Department, turn: int) -> None:
        if self._bent[department.key] == turn:  # else it was bent anew meanwhile
            department.bend("pass")

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, what)
        timer.daemon = True
        timer.start()
        self._back.append(timer)
