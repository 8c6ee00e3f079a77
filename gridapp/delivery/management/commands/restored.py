"""Says that the database was restored from a backup, where that does not show by itself; or that it was only moved."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gridapp.delivery import restored


class Command(BaseCommand):
    help = "Nothing is sent any more to targets that may know more than the backup before they were compared."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--look", action="store_true", help="only if it shows that it was restored")
        what.add_argument(
            "--moved", action="store_true", help="it was moved as it was, nothing was sent since: note its new place"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["moved"]:
            restored.moved()
            self.stdout.write("noted: this is where the database is now")
            return
        begun = restored.check() if options["look"] else restored.begin()
        asked = len(restored.runs())
        self.stdout.write(
            f"restored: {asked} targets are asked, or their open deliveries put in doubt, before anything is sent there"
            if begun
            else "this is the database that was known"
        )
