"""Hints that a lane may have work. Losing one costs seconds, never data: the sweeper looks anyway.

A hint carries target ids and nothing else. Where the lane already runs in this process the hint is an event; else it is
one message on the broker.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterable, Iterator

from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

Hint = threading.Event
_COALESCE = 0.2
_running: dict[int, Hint] = {}
_stopping = threading.Event()
_sent_at: dict[int, float] = {}


@contextlib.contextmanager
def listening(target_id: int) -> Iterator[Hint]:
    """The lane of this target runs here: hints reach it at once."""
    hint = _Once()
    _running[target_id] = hint
    try:
        yield hint
    finally:
        if _running.get(target_id) is hint:
            del _running[target_id]


class _Once(threading.Event):
    """An event that is used up by the wait it ends."""

    def wait(self, timeout: float | None = None) -> bool:
        heard = super().wait(timeout)
        self.clear()
        return heard


def stop() -> None:
    """This process is asked to end: its lanes finish the call they are in and claim nothing more."""
    _stopping.set()
    for hint in list(_running.values()):
        hint.set()


def stopping() -> bool:
    return _stopping.is_set()


def here(target_id: int) -> bool:
    """Tells the lane of this target if it runs in this process."""
    hint = _running.get(target_id)
    if hint is not None:
        hint.set()
    return hint is not None


def after_commit(target_ids: Iterable[int]) -> None:
    """Wakes these lanes when the transaction is through."""
    chosen = sorted(set(target_ids))
    if chosen:
        transaction.on_commit(lambda: wake(chosen), robust=True)


def read_inbox(target_ids: Iterable[int]) -> None:
    """Has the calls of these departments worked on: a hint like the others."""
    from .tasks import read_inboxes

    try:
        read_inboxes.apply_async((list(target_ids),), retry=False, ignore_result=True)
    except OperationalError:
        logger.warning("the broker is away; the sweeper reads the calls")


def wake(target_ids: Iterable[int]) -> None:
    """Wakes lanes now, at most once in 0.2 s each: a lane that was just woken looks again by itself for longer."""
    now = time.monotonic()
    away = [one for one in target_ids if not here(one) and now - _sent_at.get(one, 0.0) > _COALESCE]
    if not away:
        return
    _sent_at.update(dict.fromkeys(away, now))
    from .tasks import wake_lanes  # the task serves lanes, and lanes wake: one of the two looks the other up late

    try:
        wake_lanes.apply_async((away,), retry=False, ignore_result=True)
    except OperationalError:
        logger.warning("the broker is away; the sweeper wakes the lanes of %s", away)
