"""Sends claimed deliveries one by one and settles each: the child process of gridapp.delivery.alone."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import Connector
from gridapp.delivery import alone, clock, dispatch
from gridapp.delivery.breaker import Turn
from gridapp.delivery.claim import Claimed, claim, claimed_by, release
from gridapp.delivery.settle import settle


class Command(BaseCommand):
    help = "Sends deliveries that killed their workers, apart from all others."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("delivery", type=int)
        parser.add_argument("token", type=UUID)
        parser.add_argument("--says", type=int, required=True, help="descriptor on which the parent hears what is held")
        parser.add_argument("--most", type=int, required=True)
        parser.add_argument("--rest", type=float, required=True, help="seconds from one call to the next")

    def handle(self, *args: Any, **options: Any) -> None:
        alone.limit_process()
        os.set_inheritable(options["says"], False)  # a browser of ours that outlives us must not keep the pipe open
        stop, token = threading.Event(), options["token"]
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        target_id, held = claimed_by(options["delivery"], token=token)
        one = targets.target(target_id)
        if one is None or one.connector is None:
            raise CommandError("the target has no connector")
        row: Claimed | None = held
        with asyncio.Runner() as runner:
            connector = one.connector(one.target.settings())
            runner.run(connector.__aenter__())
            until, left = time.monotonic() + alone.TOGETHER, options["most"]
            while row is not None:
                well = _send(row, one, connector, runner, token=token)
                left -= 1
                in_time = time.monotonic() + options["rest"] < until
                goes_on = well and left > 0 and in_time and not stop.wait(options["rest"])
                row = _next(one, connector, token=token, says=options["says"]) if goes_on else None
            runner.run(connector.__aexit__(None, None, None))


def _send(row: Claimed, one: Configured, connector: Connector, runner: asyncio.Runner, *, token: UUID) -> bool:
    """Sends and settles one; whether its target took part."""
    now = clock.now()
    prepared = dispatch.prepare([row], one, on=clock.day(now))
    # Whatever happens here is this record's fault: the lane goes on with the others meanwhile.
    answered = dispatch.send(runner, connector, prepared, Turn(now, recently_well=True))
    settle(answered.settled, source=one.target.key, token=token, started_at=now)
    return not answered.trouble


def _next(one: Configured, connector: Connector, *, token: UUID, says: int) -> Claimed | None:
    """The next such record, told to the parent before anything is done with it; None where there is none."""
    claimed = claim(one.target.pk, token=token, limit=1, lease=alone.lease_of_one(connector), alone=True)[1]
    if not claimed:
        return None
    try:
        alone.took_up(claimed[0].id, says=says)
    except BrokenPipeError:  # the worker died; whoever takes the lane next tries it
        release(claimed, token=token)
        return None
    return claimed[0]
