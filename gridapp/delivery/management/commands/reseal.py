"""Seals everything with the newest of SEALING_KEYS, so that an older one can be taken out of them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp import resealing, sealing

PASSES = 3
"""Looks at one column, for rows that somebody else had in hand."""


class Command(BaseCommand):
    help = (
        "Seals records, entries, files, target settings and whatever else is sealed with the last of SEALING_KEYS. "
        "Runs beside everything else, and may be broken off and begun again. Every process must know the new key first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--look", action="store_true", help="only count what an older key has sealed")
        parser.add_argument("--slice", type=int, default=resealing.SLICE, help="rows at a time (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        size = options["slice"]
        if size < 1:
            raise CommandError("--slice must be at least 1")
        unreadable = 0 if options["look"] else sum(self._one(column, size) for column in resealing.columns())
        left = {column: resealing.remaining(column) for column in resealing.columns()}
        for column, number in left.items():
            self.stdout.write(f"{column}: {number} with an older key")
        if not options["look"] and any(left.values()):
            raise CommandError(
                f"{sum(left.values())} values still need an older key, {unreadable} of them do not open: "
                "keep every key, and run it again"
            )

    def _one(self, column: resealing.Column, size: int) -> int:
        """How many values do not open."""
        came = resealing.Came()
        for _ in range(PASSES):
            for came in resealing.reseal(column, size=size):
                self.stdout.write(f"{column}: {came.resealed} sealed anew with key {sealing.newest()}")
            if not came.left:
                break
        return came.unreadable
