"""Counts everything anew, or says where the counters differ from a full count."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.delivery import counts_full


class Command(BaseCommand):
    help = "Counts deliveries, records and entries anew, while the work goes on; reads every one of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare; ends with 1 where a counter is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            self.stdout.write(f"counted anew: {counts_full.recount()} groups")
            return
        wrong = counts_full.differing()
        for one in wrong:
            self.stdout.write(
                f"{one.area} target {one.target_id or '-'} {one.standing} {one.since or ''}: "
                f"counted {one.counted}, found {one.found}"
            )
        if wrong:
            raise CommandError("counters differ from a full count")
        self.stdout.write("every counter equals a full count")
