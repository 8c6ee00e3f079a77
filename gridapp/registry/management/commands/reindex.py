"""Makes every blind index anew with INDEX_KEY, so that INDEX_KEY_BEFORE can be taken out."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.registry import index_keys, reindexing

_PATIENCE = 0.2
"""Seconds until it looks again, while another process has a slice in hand."""


class Command(BaseCommand):
    help = (
        "Makes the indexes of people, documents and searches anew with INDEX_KEY. Runs beside everything else, and may "
        "be broken off and begun again. Every process must know both keys first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--look", action="store_true", help="only count what another key has made")
        parser.add_argument("--begin", action="store_true", help="only begin: the workers carry it on")
        parser.add_argument("--slice", type=int, default=reindexing.SLICE, help="rows at a time (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["slice"] < 1:
            raise CommandError("--slice must be at least 1")
        if problems := index_keys.look():
            raise CommandError(problems[0])
        if not options["look"]:
            number = reindexing.begin()
            if options["begin"]:
                self.stdout.write(f"{number} indexes are to be made anew")
                return
            self._carry(options["slice"])
        left = index_keys.count()
        self.stdout.write(f"{left} indexes of another key")
        if left and not options["look"]:
            unreadable = index_keys.current().unreadable
            raise CommandError(f"{unreadable} of {left} do not open: keep both keys, and run it again")

    def _carry(self, size: int) -> None:
        while reindexing.due():
            began = time.monotonic()
            if reindexing.carry(size=size):
                time.sleep(min(time.monotonic() - began, reindexing.LONGEST_REST))  # nobody waits, people enter
            else:
                time.sleep(_PATIENCE)
