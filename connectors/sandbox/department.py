"""What every sandbox department is: a server with its own store, a ledger of what it saw, and faults it can be told.

A department is written from its documentation alone and imports nothing of the connector that speaks to it.
"""

from __future__ import annotations

import copy
import math
import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from .faults import Faults


class Channel(Protocol):
    """The open door of a department: a socket, or a clock that works on tables."""

    def open(self, port: int) -> int:
        """Serve from now on; port 0 takes a free one. Returns the port served (0 where there is none)."""

    def close(self) -> None:
        """Serve no more: whoever connects is refused, whoever waits for an answer is cut off."""


class Store:
    """What a department holds: named tables of JSON-able records by the department's own natural key. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tables: dict[str, dict[str, dict[str, Any]]] = {}

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several reads and writes as one: nobody else looks or writes in between."""
        with self._lock:
            yield

    def put(self, table: str, key: str, record: dict[str, Any]) -> None:
        """Hold `record` under `key`, in place of what was there."""
        with self._lock:
            self._tables.setdefault(table, {})[key] = copy.deepcopy(record)

    def get(self, table: str, key: str) -> dict[str, Any] | None:
        with self._lock:
            return copy.deepcopy(self._tables.get(table, {}).get(key))

    def remove(self, table: str, key: str) -> bool:
        """True when there was something to remove."""
        with self._lock:
            return self._tables.get(table, {}).pop(key, None) is not None

    def table(self, table: str) -> dict[str, dict[str, Any]]:
        """A copy of one table, in the order in which its records came."""
        with self._lock:
            return copy.deepcopy(self._tables.get(table, {}))

    def dump(self) -> dict[str, dict[str, dict[str, Any]]]:
        with self._lock:
            return copy.deepcopy(self._tables)

    def sizes(self) -> dict[str, int]:
        with self._lock:
            return {table: len(records) for table, records in self._tables.items()}

    def clear(self) -> None:
        with self._lock:
            self._tables.clear()


class Ledger:
    """Every request seen, in order, never changed: what the oracle of the tests counts. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[dict[str, Any]] = []

    def add(self, key: str, action: str, **more: Any) -> None:
        """Note one record of one request: `key` as the sender named it, the asked `action`, whatever else matters."""
        line = {"at": datetime.now(UTC).isoformat(), "key": key, "action": action, **more}
        with self._lock:
            self._lines.append(line)

    def lines(self) -> list[dict[str, Any]]:
        with self._lock:
            return [dict(line) for line in self._lines]

    def __len__(self) -> int:
        with self._lock:
            return len(self._lines)

    def clear(self) -> None:
        with self._lock:
            self._lines.clear()


class Department(ABC):
    """One departmental system. `start`, `stop`, `reset` may be called from any thread but its own.

    `own_time`: answer as slowly as the real one does (`takes`), waits above 10 s divided by `hurry`; otherwise at once.
    `callback_url`: where those that call back do so, `{callback_url}{key}/`; "" and they call nobody.
    """

    key: ClassVar[str]
    slug: ClassVar[str]
    takes: ClassVar[tuple[float, float]] = (0.0, 0.0)
    """Seconds to its answer: median and 95th percentile."""
    shuts_port: ClassVar[frozenset[str]] = frozenset({"down"})
    """Faults under which its port refuses."""
    honours: ClassVar[frozenset[str]] = frozenset()
    """Faults it can be told, where they are not all named in its own modules: see honoured.py."""
    needs_database: ClassVar[bool] = False
    """Works on tables in a database of its own: is left out where no database is given."""

    def __init__(
        self, *, database_url: str = "", callback_url: str = "", hurry: float = 1.0, own_time: bool = False
    ) -> None:
        self.database_url = database_url
        self.callback_url = callback_url
        self.hurry = hurry
        self.own_time = own_time
        self.store = Store()
        self.ledger = Ledger()
        self.elsewhere = Ledger()  # who followed it to an address that is not its own
        self.faults = Faults(on_change=self._follow_faults)
        self.port = 0
        self._gate = threading.RLock()
        self._channel: Channel | None = None
        self._wanted = False

    @abstractmethod
    def channel(self) -> Channel:
        """A new, still closed door of this department."""

    @abstractmethod
    def settings(self) -> dict[str, str]:
        """What a connector must be configured with to be let in: address and credentials of this run."""

    @property
    def running(self) -> bool:
        return self._channel is not None

    def start(self, port: int = 0) -> None:
        """Serve on `port`; 0 takes the port of the last time, or a free one."""
        with self._gate:
            self._wanted = True
            self._open(port)

    def stop(self) -> None:
        """Down: its socket refuses. Store, ledger and credentials stay."""
        with self._gate:
            self._wanted = False
            self._shut()

    def dump(self) -> dict[str, Any]:
        """Everything a test may want to look at, as plain JSON."""
        return {"store": self.store.dump(), "ledger": self.ledger.lines(), "faults": self.faults.as_json()}

    def reset(self) -> None:
        """As on the first day: nothing held, nothing seen, no faults. Stays up or down as it is."""
        self.faults.clear()
        self.store.clear()
        self.ledger.clear()
        self.elsewhere.clear()

    def upload(self, content: bytes) -> bytes:
        """A person uploads a workbook, as at a department that takes nothing else; returns the one that comes back.

        Raises NotImplementedError where nothing is uploaded, ValueError (in Chinese) for a file it does not take.
        """
        raise NotImplementedError

    def waits(self) -> float:
        """Seconds until this answer: log-normal through median and 95th percentile, never above twice the latter."""
        median, late = self.takes
        if not self.own_time or median <= 0:
            return 0.0
        spread = math.log(late / median) / 1.645 if late > median else 0.0
        seconds = min(random.lognormvariate(math.log(median), spread), 2 * late)
        return seconds / self.hurry if seconds > 10 else seconds

    def _follow_faults(self) -> None:
        with self._gate:
            shut = any(self.faults.is_on(name) for name in self.shuts_port)
            if shut:
                self._shut()
            elif self._wanted:
                self._open(0)

    def _open(self, port: int) -> None:
        if self._channel is None:
            channel = self.channel()
            self.port = channel.open(port or self.port)
            self._channel = channel

    def _shut(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()
