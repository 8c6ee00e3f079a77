"""What happens at the platform by itself: landlords and officers decide when their time has come, and we are called."""

from __future__ import annotations

import heapq
import http.client
import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a call waits for its answer."""

Act = Callable[[], None]


class Office:
    """A diary and a few clerks who do what is due. What is in the diary outlives closing time."""

    def __init__(self, clerks: int = 4) -> None:
        self._clerks = clerks
        self._diary: list[tuple[float, int, Act]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._opened = 0

    def after(self, seconds: float, act: Act) -> None:
        with self._changed:
            heapq.heappush(self._diary, (time.monotonic() + seconds, next(self._numbers), act))
            self._changed.notify()

    def open(self) -> None:
        with self._changed:
            self._opened += 1
            day = self._opened
        for number in range(self._clerks):
            threading.Thread(target=self._work, args=(day,), name=f"sandbox-clerk-{number}", daemon=True).start()

    def close(self) -> None:
        """Nothing more is begun; a call under way ends by itself."""
        with self._changed:
            self._opened += 1
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._diary.clear()

    def _work(self, day: int) -> None:
        while (act := self._next(day)) is not None:
            try:
                act()
            except (LookupError, ValueError, OSError) as error:  # one case gone wrong: the clerk takes the next
                logger.warning("a clerk of the platform gives a case up: %s", type(error).__name__)

    def _next(self, day: int) -> Act | None:
        with self._changed:
            while self._opened == day:
                wait = self._diary[0][0] - time.monotonic() if self._diary else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._diary)[2]
                self._changed.wait(wait)
        return None


def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """The status of the answer; 0 where nobody answered."""
    address = urlsplit(url)
    secure = address.scheme == "https"
    made = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    try:
        with closing(made(address.netloc, timeout=PATIENCE)) as connection:
            connection.request("POST", address.path, body, dict(headers))
            return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
