"""A thread of a department that works until closing time, whatever happens outside: a database away, a deadlock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

SAID_AGAIN = 60.0
"""Seconds until trouble that goes on is said once more."""


class Shift:
    """Runs `work(closing)` in a thread of its own and again after an exception it is prepared for (`despite`).

    `work` returns when `closing` is set. `again_after`: seconds.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[threading.Event], None],
        *,
        despite: type[Exception] | tuple[type[Exception], ...],
        again_after: float,
    ) -> None:
        self._name = name
        self._work = work
        self._despite = despite
        self._again_after = again_after
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._said_at = -SAID_AGAIN

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Waits until the work has stopped."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._work(self._closing)
            except self._despite as error:
                self._say(error)
                self._closing.wait(self._again_after)

    def _say(self, error: Exception) -> None:
        """Its kind alone: the text of a database's complaint may quote a row."""
        now = time.monotonic()
        if now - self._said_at >= SAID_AGAIN:
            self._said_at = now
            logger.warning("%s begins again after %s", self._name, type(error).__name__)
