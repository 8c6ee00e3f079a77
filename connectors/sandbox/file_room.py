"""A department that works by files: an SFTP door, and a clerk behind it who answers each file in his own time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .sftp import SftpChannel, Site

if TYPE_CHECKING:
    from .department import Department

logger = logging.getLogger(__name__)

PAUSE = 0.02
"""Seconds between two looks of the clerk."""
AGAIN = 0.5
"""Seconds until the clerk tries a file again that could not be read or answered."""


class FileRoom:
    """What opens and closes together. `answer`: batch -> what comes back for it; the file counts with its `marker`.

    `comes_back`: the ending of the answer's name. `closes`: outside its hours nobody gets in and the clerk rests.
    """

    def __init__(
        self,
        department: Department,
        site: Site,
        answer: Callable[[str], bytes],
        *,
        marker: str,
        comes_back: str,
        closes: bool = False,
    ) -> None:
        self._department = department
        self._site = site
        self._answer = answer
        self._marker = marker
        self._comes_back = comes_back
        self._closes = closes
        self._due: dict[str, float] = {}
        self._door = SftpChannel(department, site, counts=marker, closes=closes)
        self._closing = threading.Event()
        self._clerk = threading.Thread(target=self._run, name="sandbox-clerk", daemon=True)
        self._baffled: set[str] = set()

    def open(self, port: int) -> int:
        served = self._door.open(port)
        self._clerk.start()
        return served

    def close(self) -> None:
        self._door.close()
        self._closing.set()
        self._clerk.join()

    def _run(self) -> None:
        while not self._closing.wait(PAUSE):
            if self._closes and self._department.faults.is_on("window_closed"):
                continue
            for path in sorted(self._site.up.glob(f"*{self._marker}")):
                self._try(path.name.removesuffix(self._marker))

    def _try(self, batch: str) -> None:
        """One file that cannot be read or answered now does not keep the others waiting; it is tried again."""
        try:
            self._work(batch)
        except OSError as error:
            self._due[batch] = time.monotonic() + AGAIN
            if batch not in self._baffled:
                logger.warning("%s: a file is not answered yet: %s", self._department.key, type(error).__name__)
            self._baffled.add(batch)
        else:
            self._baffled.discard(batch)

    def _work(self, batch: str) -> None:
        """One file, if its time has come; what comes back appears whole, never in the writing."""
        back = self._site.down / (batch + self._comes_back)
        if back.exists() or time.monotonic() < self._due.setdefault(batch, time.monotonic() + self._department.waits()):
            return
        with self._site.lock:
            if (self._site.up / (batch + self._marker)).exists():  # not cleared away meanwhile
                beside = back.with_name(f".{back.name}")
                beside.write_bytes(self._answer(batch))
                beside.rename(back)
        self._due.pop(batch, None)
