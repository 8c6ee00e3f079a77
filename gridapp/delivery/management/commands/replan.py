"""Plans every record again: after a target was connected or a mapping changed. The clock does the same every night."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from gridapp.delivery.replan import replan
from gridapp.registry.models import Record


class Command(BaseCommand):
    help = "Plans every record again. Targets that hold what is wanted are told nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", type=UUID, help="go on behind this record, as a broken-off run said")

    def handle(self, *args: Any, **options: Any) -> None:
        total, seen, written = Record.objects.count(), 0, 0
        last: UUID | None = options["after"]
        while True:
            last, records, deliveries = replan(last)
            if last is None:
                break
            seen, written = seen + records, written + deliveries
            self.stdout.write(f"{seen} / {total}, {written} deliveries changed, last record {last}")
        self.stdout.write(f"done: {seen} records, {written} deliveries changed")
