"""Messages that nobody asks for: when may they be forgotten?

A result queue holds answers about tickets, and tickets are asked for a few hundred at a time. An answer that is not
asked for now may be asked for in a moment, so it is not acknowledged; one that is asked for by nobody, such as the
answer that was settled before its connection was closed, or the second copy of it, would stay for ever. While a lane is
served, every open ticket is asked for at least every `track_every` seconds (30 for queues). So what was offered in vain
for several times as long *while somebody asked* is nobody's. Remembered for the process: lanes open and close their
connections all the time.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence

PATIENCE = 120.0
"""Seconds of being asked after which a message that nobody takes is nobody's."""
_GAP = 10.0
"""Seconds between two questions that count as one stretch of being asked: a lane that rests for hours asks nobody."""
_REMEMBERED = 100_000


class Unclaimed:
    """What was offered in vain on one queue, and since when."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[bytes, float] = {}
        self._asked = 0.0  # seconds of being asked so far
        self._last = 0.0

    def nobodys(self, bodies: Sequence[bytes], *, now: float | None = None) -> list[bool]:
        """For each message that is offered in vain this time: whether it may be forgotten. `now`: monotonic seconds."""
        now = time.monotonic() if now is None else now
        with self._lock:
            self._asked += min(max(now - self._last, 0.0), _GAP) if self._last else 0.0
            self._last = now
            names = [hashlib.sha256(body).digest() for body in bodies]
            told = [self._asked - self._since.setdefault(name, self._asked) >= PATIENCE for name in names]
            for name, forgotten in zip(names, told, strict=True):
                if forgotten:
                    self._since.pop(name, None)
            while len(self._since) > _REMEMBERED:
                del self._since[next(iter(self._since))]
            return told


_KNOWN: dict[tuple[str, str], Unclaimed] = {}


def of(address: str, queue: str) -> Unclaimed:
    """The memory of one queue, the same for all who read it in this process."""
    return _KNOWN.setdefault((address, queue), Unclaimed())
