"""Waiting for a run to end: when enough is done, when nothing goes on any more, or when its time is over."""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK = 0.1
"""Seconds between looks."""


def wait_until(count: Callable[[], int], expected: int, *, patience: float, window: float = float("inf")) -> bool:
    """True when `count()` has reached `expected`; False after `patience` seconds without any progress, or `window`."""
    began = since = time.monotonic()
    last = -1
    while (done := count()) < expected:
        now = time.monotonic()
        if done != last:
            last, since = done, now
        if now - since > patience or now - began > window:
            return False
        time.sleep(LOOK)
    return True
