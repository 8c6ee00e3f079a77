"""The loop that serves one target: claim a batch, send it, settle it, until nothing is due or the time slice ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import Error as DatabaseProblem

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import Connector

from . import alone, breaker, clock, dispatch, gates, overtaken, readback, reconcile, rejections, stale, track, wake
from .breaker import Turn
from .claim import Claimed, claim, release
from .retrying import outlasting
from .settle import settle

logger = logging.getLogger(__name__)

POLL = 0.05
"""Seconds between looks of a lane that lingers; a hint in this process ends the wait at once."""
GATHER = 0.1
"""Seconds that a busy lane waits after a small batch: what arrives meanwhile shares the next one's statements."""
IDLE_LEASE = 2.0
"""Seconds that a lane stays ours beyond its longest pause while nothing is sent: what a dead worker costs then."""
OUTAGE = 10.0
"""Seconds that a lane waits for a database that went away before it leaves the lane to its lease."""
LOOK = 1.0
"""Seconds between looks at the target's own row: paused, slowed or given other hours meanwhile."""
_ASKING = (track.ask, readback.ask, reconcile.go_on)


def lease_of(connector: Connector | type[Connector]) -> float:
    """Seconds a claim is ours: longer than any call by two margins and what it takes to prepare it, never too short."""
    return connector.capabilities.deadline + settings.LANE_MARGIN + preparing(connector)


def preparing(connector: Connector | type[Connector]) -> float:
    """Seconds in which a whole batch must be opened and written as parcels: a thousand take well under one."""
    return settings.LANE_MARGIN + connector.capabilities.batch / 1000


def serve(target_id: int) -> bool:
    """Serves a target for one slice. True when work is left for the next slice."""
    one = targets.target(target_id)
    if one is None or not one.live or one.connector is None:
        return False
    token = uuid4()
    turn = breaker.take(target_id, token=token, lease=settings.LANE_LINGER + IDLE_LEASE)
    if turn is None:
        return False
    if turn.rest > settings.LANE_LINGER:
        breaker.give_up(target_id, token=token)
        return False
    try:
        with asyncio.Runner() as runner, _open(runner, one) as connector, wake.listening(target_id) as hint:
            return _Slice(one, connector, runner, token, hint, turn).serve()
    except _Unopened as error:
        logger.error("%s: the connector does not open: %s", one.target.key, error)
        breaker.went_wrong(target_id, token=token, why=str(error))
        return False
    finally:
        outlasting(lambda: breaker.give_up(target_id, token=token), seconds=OUTAGE)


class _Unopened(Exception):
    """Nothing can be sent with these settings; the text names what broke and no value."""


@contextlib.contextmanager
def _open(runner: asyncio.Runner, one: Configured) -> Iterator[Connector]:
    if one.connector is None:
        raise ValueError(f"{one.target.key} has no connector")
    try:
        connector = one.connector(one.target.settings())
        runner.run(connector.__aenter__())
    except Exception as error:  # sealed with a lost key, an address that is none: the lane stops, nothing is burnt
        raise _Unopened(dispatch.trace(error)) from None
    try:
        yield connector
    finally:
        try:
            runner.run(connector.__aexit__(None, None, None))
        except Exception as error:
            logger.warning("%s: the connector does not close: %s", one.target.key, dispatch.trace(error))


@dataclass
class _Slice:
    """One slice of one lane: what is ours while it lasts. Times are monotonic seconds."""

    one: Configured
    connector: Connector
    runner: asyncio.Runner
    token: UUID
    hint: wake.Hint
    turn: Turn
    taken_at: float = field(default_factory=time.monotonic)
    looked_at: float = field(default_factory=time.monotonic)
    listened_at: float = field(default_factory=time.monotonic)
    well_said_at: float = 0.0
    kept_long: bool = False  # the last claim kept the lane for as long as its rows
    lately: str = ""
    rejects: bool = False  # nearly everything: its target is paused, this slice is over

    def serve(self) -> bool:
        """One slice. True when it ended with work left."""
        self.lately = before = self.turn.lately
        try:
            return self._serve()
        finally:
            if self.lately != before:
                breaker.remember(self.one.target.pk, token=self.token, lately=self.lately)

    def _serve(self) -> bool:
        """Batch after batch."""
        until = time.monotonic() + settings.LANE_SLICE
        busy_at = time.monotonic()
        while time.monotonic() < until and not wake.stopping():
            if self.rejects or not self._still_ours() or not self._open_now() or self.turn.rest > settings.LANE_LINGER:
                return False  # the sweeper calls again when the window opens or the pause is over
            if pause := self.turn.rest or (self.turn.pace if self.turn.pace <= settings.LANE_LINGER else 0):
                self.hint.wait(pause)
                self.taken_at = 0.0  # whether the pause is over is asked of the database
                continue
            sent = self._send() if self._may_send() else 0
            if self._listen(always=not sent) or sent:
                busy_at = time.monotonic()
                if sent < self._batch // 2:
                    self.hint.wait(GATHER)
            elif time.monotonic() - busy_at > settings.LANE_LINGER:
                return False
            elif self.kept_long:
                self.taken_at, self.kept_long = 0.0, False  # idle: a short lease is enough from here on
            else:
                self.hint.wait(POLL)
        return True

    @property
    def _batch(self) -> int:
        if self.turn.probing:
            return 1
        batch = min(self.one.target.batch or self.connector.capabilities.batch, self._left_today())
        if self.turn.slowly:
            batch = min(batch, max(1, int(self.turn.slowly * LOOK)))
        return batch

    def _left_today(self) -> int:
        """Records that the target takes today, beyond those it was sent."""
        most = self.connector.capabilities.per_day
        return sys.maxsize if most is None else max(0, most - self.turn.sent_today)

    def _may_send(self) -> bool:
        """False while the pace or the day's limit allows nothing; the target is listened to all the same."""
        return self.turn.pace == 0 and self._left_today() > 0

    def _listen(self, *, always: bool) -> bool:
        """Asks for tickets, then for doubts, then goes on with the comparison; True when there was something to ask.

        `always` False: not more than once a second, so that what is to be sent is not kept waiting.
        """
        if not always and time.monotonic() - self.listened_at < LOOK:
            return False
        self.listened_at = time.monotonic()
        return any(ask(self.runner, self.one, self.connector, self._keep) for ask in _ASKING)

    def _still_ours(self) -> bool:
        """Renews the lease of the lane when a quarter of it has gone, and after every failure or pause."""
        lease = settings.LANE_LINGER + IDLE_LEASE
        if time.monotonic() - self.taken_at < lease / 4:
            return True
        turn = breaker.take(self.one.target.pk, token=self.token, lease=lease)
        if turn is None:
            logger.warning("%s: the lane's lease was lost", self.one.target.key)
            breaker.lost(self.one.target.pk)
            return False
        self.turn, self.taken_at = turn, time.monotonic()
        return True

    def _keep(self) -> bool:
        """Makes the lane ours for as long as a call may take."""
        self.kept_long = True
        return breaker.take(self.one.target.pk, token=self.token, lease=lease_of(self.connector)) is not None

    def _open_now(self) -> bool:
        if time.monotonic() - self.looked_at > LOOK:
            now = targets.target(self.one.target.pk)
            if now is None or not now.live:
                return False
            self.one, self.looked_at = now, time.monotonic()
        return gates.block(self.one, clock.near(self.turn.now, self.taken_at)) is None

    def _send(self) -> int:
        """One batch, if any is due; how many rows it had."""
        # Counted from before the claim: who is stopped in the middle of it must not think the lease still whole.
        lease, began = lease_of(self.connector), time.monotonic()
        started_at, claimed = claim(self.one.target.pk, token=self.token, limit=self._batch, lease=lease)
        if not claimed:
            return self._send_alone()
        self.kept_long = True
        prepared = self._prepared(claimed, now=started_at)
        if time.monotonic() - began > preparing(self.connector):
            release(claimed, token=self.token)  # too late to be sure of an answer within the lease
            return len(claimed)
        answered = dispatch.send(self.runner, self.connector, prepared, self.turn)
        source, left = self.one.target.key, began + lease - time.monotonic()
        mine = outlasting(
            lambda: settle(answered.settled, source=source, token=self.token, started_at=started_at), seconds=left
        )
        if mine < len(answered.settled):
            breaker.lost(self.one.target.pk)
        self._judge(answered)
        if prepared.batch:
            self._note(answered, rest=self._rest(len(claimed), time.monotonic() - began))
        return len(claimed)

    def _send_alone(self) -> int:
        """What killed its workers, while nothing else is due; how many."""
        most, rest = 1 if self.turn.probing else self._left_today(), self._rest(1, 0.0)
        sent = alone.serve(self.one, self.connector, token=self.token, most=most, rest=rest)
        if sent:
            self.kept_long, self.taken_at = True, 0.0  # whether the lane is still ours is asked of the database
        return sent

    def _prepared(self, claimed: Sequence[Claimed], *, now: datetime) -> dispatch.Prepared:
        try:
            prepared = dispatch.prepare(claimed, self.one, on=clock.day(now), judges_before=now - stale.AGE)
            old = stale.give_back(prepared.claimed, prepared.outdated, self.one, token=self.token)
            prepared = dispatch.without(prepared, old)
            return dispatch.without(prepared, overtaken.give_back(prepared.claimed, token=self.token))
        except DatabaseProblem:
            outlasting(lambda: release(claimed, token=self.token), seconds=OUTAGE)  # no record's fault, nothing is sent
            raise

    def _rest(self, rows: int, took: float) -> float:
        """Seconds until the next call by the target's pace."""
        can = self.connector.capabilities
        per_second = self.one.target.per_second or can.per_second
        calls = 1 if can.batch_is_one_call else rows
        own = calls / per_second if per_second else 0.0
        slow = rows / self.turn.slowly if self.turn.slowly else 0.0
        return max(0.0, max(own, slow) - took)

    def _judge(self, answered: dispatch.Answered) -> None:
        """A target that begins to reject nearly everything is paused before more is burned."""
        outcomes = [row.outcome for row in answered.settled]
        self.lately = rejections.remembered(self.lately, outcomes)
        if "rejected" in outcomes:
            self.rejects = rejections.note(self.one.target.pk, self.token, self.lately)

    def _note(self, answered: dispatch.Answered, *, rest: float) -> None:
        """Tells the lane's row how it went: every failure and every pause, a plain success every ten seconds."""
        target_id, token, now = self.one.target.pk, self.token, time.monotonic()
        if self.connector.capabilities.per_day is not None:
            self.taken_at = 0.0  # what is left of the day is asked of the database
        if answered.trouble:
            breaker.went_wrong(target_id, token=token, why=answered.stop, rest=answered.rest)
        elif rest or self.turn.failures or now - self.well_said_at > 10:
            breaker.went_well(target_id, token=token, rest=rest)
            self.well_said_at = now
        else:
            return
        self.taken_at = 0.0
