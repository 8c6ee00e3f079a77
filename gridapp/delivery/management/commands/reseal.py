"""Seals everything with the newest of SEALING_KEYS, so that an older one can be taken out of them."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp import resealing, sealing
from gridapp.delivery import rotation
from gridapp.delivery.models import Rotation

_PATIENCE = 0.2
"""Seconds until it looks again, while another process has a slice in hand."""


class Command(BaseCommand):
    help = (
        "Seals records, entries, files, target settings and whatever else is sealed with the last of SEALING_KEYS. "
        "Runs beside everything else, and may be broken off and begun again. Every process must know the new key first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--look", action="store_true", help="only count what an older key has sealed")
        parser.add_argument("--begin", action="store_true", help="only begin: the workers carry it on")
        parser.add_argument("--slice", type=int, default=resealing.SLICE, help="rows at a time (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["slice"] < 1:
            raise CommandError("--slice must be at least 1")
        if not options["look"]:
            values = rotation.begin()
            if options["begin"]:
                self.stdout.write(f"{values} values are to be sealed with key {sealing.newest()}")
                return
            self._carry(options["slice"])
        left = {column: resealing.remaining(column) for column in resealing.columns()}
        for column, number in left.items():
            self.stdout.write(f"{column}: {number} with an older key")
        if not options["look"] and any(left.values()):
            unreadable = sum(self._mine().filter(column__in=map(str, left)).values_list("unreadable", flat=True))
            raise CommandError(
                f"{sum(left.values())} values still need an older key, {unreadable} of them do not open: "
                "keep every key, and run it again"
            )

    def _carry(self, size: int) -> None:
        told: dict[int, int] = {}
        while rotation.due():
            began = time.monotonic()
            if rotation.carry(size=size):
                time.sleep(min(time.monotonic() - began, rotation.LONGEST_REST))  # nobody waits for it, people enter
            else:
                time.sleep(_PATIENCE)
            for row in self._mine():
                if row.resealed and told.get(row.pk) != row.resealed and row.finished_at:
                    self.stdout.write(f"{row.column}: {row.resealed} sealed anew with key {row.key}")
                    told[row.pk] = row.resealed

    def _mine(self) -> Any:
        return Rotation.objects.filter(key=sealing.newest()).order_by("pk")
