"""gunicorn's settings in a run with faults: some workers die at the worst moment, between commit and wake-up.

The entry is stored, no lane was told, and the client has no answer: it sends the entry again.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def when_ready(server: Any) -> None:
    """gunicorn's hook, in the preloaded parent: what a first request would load is there for all workers."""
    from django.urls import get_resolver

    from gridapp.catalogue.profiles import profiles

    assert get_resolver().url_patterns and profiles()


def post_fork(server: Any, worker: Any) -> None:
    """gunicorn's hook: what happens in each new worker before its first request."""
    from gridapp.delivery import wake  # after the fork of a preloaded application: as good as loaded

    share, deaths = float(os.environ["CHAOS_DEATHS_AT_COMMIT"]), Path(os.environ["CHAOS_DEATHS"])
    rng, wakes = random.Random(f"{os.environ['CHAOS_SEED']} {worker.age}"), wake.wake

    def die_or_wake(target_ids: Iterable[int]) -> None:
        if rng.random() < share:
            with deaths.open("a") as noted:
                noted.write(f"{os.getpid()}\n")
            os.kill(os.getpid(), signal.SIGKILL)
        wakes(target_ids)

    wake.wake = die_or_wake
