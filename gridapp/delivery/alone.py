"""Records that killed three workers are tried once more apart from all others, in a child process with limits.

The child is `manage.py send_alone`. Starting it takes seconds, so it goes on with the next such record when it has
settled one, and tells us first which it takes up. If it dies or hangs, that one is parked for the operator, the lane
moves on, and the next child begins with the record after it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from uuid import UUID

from django.conf import settings

from gridapp.catalogue.targets import Configured
from gridapp.contract import Connector

from . import clock, wake
from .claim import Claimed, claim, claimed_by, release
from .settle import Settled, settle
from .transitions import refused

logger = logging.getLogger(__name__)

MEMORY = 3 << 29
"""Bytes of its own that the child, and every process it starts, may write to. Not its address space: a browser reserves
terabytes of that and uses few.
"""
START = 20.0
"""Seconds that a child may take until it sends: on a busy machine an innocent record must not be parked for it."""
TOGETHER = 10.0
"""Seconds in which a child takes up further records: what else is due waits for it meanwhile."""
_LOOK = 0.5
_ID = 8


def serve(one: Configured, connector: Connector, *, token: UUID, most: int, rest: float) -> int:
    """Has a child send such records, at most so many and with so many seconds from one to the next; how many it had."""
    lease = START + lease_of_one(connector)
    claimed = claim(one.target.pk, token=token, limit=1, lease=lease, alone=True)[1]
    if not claimed:
        return 0
    taken = [claimed[0].id]
    hears, says = os.pipe()
    asked = [sys.executable, str(settings.BASE_DIR / "manage.py"), "send_alone", str(taken[0]), str(token)]
    asked += ["--says", str(says), "--most", str(most), "--rest", str(rest)]
    with os.fdopen(hears, "rb", buffering=0):
        try:
            child = subprocess.Popen(asked, pass_fds=(says,))  # noqa: S603
        finally:
            os.close(says)  # ours: the pipe ends with the child
        code = _watch(child, hears, taken, each=connector.capabilities.deadline + settings.LANE_MARGIN)
    try:
        held = claimed_by(taken[-1], token=token)[1]
    except LookupError:  # settled already: whatever ended the child, nothing is left in its hands
        return len(taken)
    _ended(one, held, token=token, code=code)
    return len(taken)


def lease_of_one(connector: Connector) -> float:
    """Seconds that such a record is ours: what a call may take, and the time to end a child that takes longer."""
    return connector.capabilities.deadline + 3 * settings.LANE_MARGIN


def took_up(delivery_id: int, *, says: int) -> None:
    """The child tells which record it holds from now on. Raises BrokenPipeError where nobody listens any more."""
    os.write(says, delivery_id.to_bytes(_ID))


def _watch(child: subprocess.Popen[bytes], hears: int, taken: list[int], *, each: float) -> int:
    """Notes what the child takes up until it ends; its code. One that holds a record too long is killed."""
    end = time.monotonic() + START + each
    with selectors.DefaultSelector() as heard:
        heard.register(hears, selectors.EVENT_READ)
        while True:
            if heard.select(_LOOK):
                if not (said := os.read(hears, _ID)):
                    break
                taken.append(int.from_bytes(said))
                end = time.monotonic() + each
            elif time.monotonic() > end:
                child.kill()
            elif wake.stopping():
                child.terminate()  # it finishes the call it is in
    with contextlib.suppress(subprocess.TimeoutExpired):
        return child.wait(settings.LANE_MARGIN)
    child.kill()
    return child.wait()


def _ended(one: Configured, held: Claimed, *, token: UUID, code: int) -> None:
    """Parks what was in the child's hands. One that was asked to end before it knew how has sent nothing yet."""
    if code == -signal.SIGTERM:
        release([held], token=token)
        return
    logger.error("%s: delivery %d is parked: its process ended with %d", one.target.key, held.id, code)
    parked = Settled(held.id, held.record_id, refused("poison", ""), "broken", held.action)
    settle([parked], source=one.target.key, token=token, started_at=clock.now())


def limit_process() -> None:
    """The child's first act: what it may use. Not between fork and exec, where other threads' locks are held."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
