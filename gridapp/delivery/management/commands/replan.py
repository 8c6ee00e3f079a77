"""Plans records again: all of them, or those of targets that were connected or changed. The clock does the same."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.catalogue import targets
from gridapp.delivery import backfill
from gridapp.delivery.models import Backfill
from gridapp.delivery.replan import replan
from gridapp.registry.models import Record

PAUSE = 1.0
"""Seconds until the next look while many are entering, or while a worker has the run."""


class Command(BaseCommand):
    help = "Plans every record again. Targets that hold what is wanted are told nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", type=UUID, help="go on behind this record, as a broken-off run said")
        parser.add_argument("--target", metavar="KEY", help="for this target alone")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["target"]:
            self._one(options["target"])
            return
        total, seen, written = Record.objects.count(), 0, 0
        last: UUID | None = options["after"]
        backfill.look()
        while True:
            last, records, deliveries = replan(last)
            if last is None:
                break
            seen, written = seen + records, written + deliveries
            self.stdout.write(f"{seen} / {total}, {written} deliveries changed, last record {last}")
        self.stdout.write(f"done: {seen} records, {written} deliveries changed")

    def _one(self, key: str) -> None:
        one = next((one for one in targets.targets() if one.target.key == key and one.live), None)
        if one is None:
            raise CommandError(f"no target that is connected and switched on is called {key}")
        run = backfill.begin(one.target.pk, Backfill.Why.ASKED)
        while run.finished_at is None:
            if not backfill.go_on(PAUSE):
                time.sleep(PAUSE)
            run.refresh_from_db()
            self.stdout.write(f"{run.seen} / {run.total}, {run.written} deliveries changed")
        self.stdout.write(f"done: {run.seen} records, {run.written} deliveries changed")
