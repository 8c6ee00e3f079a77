"""Sends one claimed delivery and settles it: the child process of gridapp.delivery.alone."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.catalogue import targets
from gridapp.delivery import clock, dispatch
from gridapp.delivery.alone import limit_process
from gridapp.delivery.breaker import Turn
from gridapp.delivery.claim import claimed_by
from gridapp.delivery.settle import settle


class Command(BaseCommand):
    help = "Sends one delivery that killed its workers, apart from all others."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("delivery", type=int)
        parser.add_argument("token", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        limit_process()
        target_id, row = claimed_by(options["delivery"], token=options["token"])
        one = targets.target(target_id)
        if one is None or one.connector is None:
            raise CommandError("the target has no connector")
        now = clock.now()
        prepared = dispatch.prepare([row], one, on=clock.day(now))
        with asyncio.Runner() as runner:
            connector = one.connector(one.target.settings())
            runner.run(connector.__aenter__())
            # Whatever happens here is this record's fault: the lane goes on with the others meanwhile.
            answered = dispatch.send(runner, connector, prepared, Turn(now, recently_well=True))
            runner.run(connector.__aexit__(None, None, None))
        settle(answered.settled, source=one.target.key, token=options["token"], started_at=now)
