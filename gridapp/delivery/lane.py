"""The loop that serves one target: claim a batch, send it, settle it, until nothing is due or the time slice ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import Connector

from . import alone, breaker, clock, dispatch, gates, track, wake
from .breaker import Turn
from .claim import claim, release
from .settle import settle

logger = logging.getLogger(__name__)

POLL = 0.05
"""Seconds between looks of a lane that lingers; a hint in this process ends the wait at once."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the target is called: rows a batch, seconds between calls, whether a batch is one call."""

    batch: int
    rest: float
    one_call: bool

    def after(self, rows: int, took: float) -> float:
        """Seconds to rest after a batch of `rows` that took `took` seconds."""
        return max(0.0, self.rest * (1 if self.one_call else rows) - took)


def pace(one: Configured, connector: Connector) -> Pace:
    """The connector's capabilities, as overridden for this target."""
    can = connector.capabilities
    per_second = one.target.per_second or can.per_second
    return Pace(one.target.batch or can.batch, 1 / per_second if per_second else 0.0, can.batch_is_one_call)


def lease_of(connector: Connector | type[Connector]) -> float:
    """Seconds a claim, and the lane, is ours: longer than any call by two margins, never too short."""
    return connector.capabilities.deadline + 2 * settings.LANE_MARGIN


def serve(target_id: int) -> bool:
    """Serves a target for one slice. True when work is left for the next slice."""
    one = targets.target(target_id)
    if one is None or not one.live or one.connector is None:
        return False
    token = uuid4()
    if breaker.take(target_id, token=token, lease=lease_of(one.connector)) is None:
        return False
    try:
        with asyncio.Runner() as runner, _open(runner, one) as connector, wake.listening(target_id) as hint:
            return _loop(runner, one, connector, token, hint)
    finally:
        breaker.give_up(target_id, token=token)


@contextlib.contextmanager
def _open(runner: asyncio.Runner, one: Configured) -> Iterator[Connector]:
    if one.connector is None:
        raise ValueError(f"{one.target.key} has no connector")
    connector = one.connector(one.target.settings())
    runner.run(connector.__aenter__())
    try:
        yield connector
    finally:
        runner.run(connector.__aexit__(None, None, None))


def _loop(runner: asyncio.Runner, one: Configured, connector: Connector, token: UUID, hint: wake.Hint) -> bool:
    speed = pace(one, connector)
    until = time.monotonic() + settings.LANE_SLICE
    busy_at = time.monotonic()
    while time.monotonic() < until:
        turn = breaker.take(one.target.pk, token=token, lease=lease_of(connector))
        if turn is None:
            logger.warning("%s: the lane's lease was lost", one.target.key)
            return False
        if gates.block(one, turn.now) is not None:
            return False
        if turn.rest > settings.LANE_LINGER:
            return False  # the sweeper calls again when the pause is over
        if turn.rest > 0:
            hint.wait(turn.rest)
            continue
        if _turn(runner, one, connector, token, turn, speed):
            busy_at = time.monotonic()
        elif time.monotonic() - busy_at > settings.LANE_LINGER:
            return False
        else:
            hint.wait(POLL)
    return True


def _turn(runner: asyncio.Runner, one: Configured, connector: Connector, token: UUID, turn: Turn, speed: Pace) -> bool:
    """One batch, or the tickets that are due. True when there was something to do."""
    limit = 1 if turn.probing else speed.batch
    claimed = claim(one.target.pk, token=token, limit=limit, lease=lease_of(connector))
    if not claimed:
        return track.ask(runner, one, connector) or alone.serve_one(one, connector, token=token)
    began = time.monotonic()
    prepared = dispatch.prepare(claimed, one, on=clock.day(turn.now))
    if time.monotonic() - began > settings.LANE_MARGIN:
        release(claimed, token=token)  # too late to be sure of an answer within the lease
        return True
    answered = dispatch.send(runner, connector, prepared, turn)
    settle(
        answered.settled,
        source=one.target.key,
        token=token,
        started_at=turn.now,
        track_after=connector.capabilities.track_every,
    )
    if answered.trouble:
        breaker.went_wrong(one.target.pk, token=token, why=answered.stop, rest=answered.rest)
    else:
        breaker.went_well(one.target.pk, token=token, rest=speed.after(len(claimed), time.monotonic() - began))
    return True
