"""What a printer needs to make the pictures for doors: one line a housing unit, nothing personal."""

from __future__ import annotations

import csv
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from gridapp.registry import door_codes
from gridapp.registry.buildings import PARTS
from gridapp.registry.models import Record


class Command(BaseCommand):
    help = "Writes the housing units of an area as CSV: address, room, housing code, and the address for the picture."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("area", help="code of a grid or of a larger area")
        parser.add_argument("--site", required=True, help="where the pages are, for example https://grid.example")

    def handle(self, *args: Any, **options: Any) -> None:
        written = csv.writer(self.stdout)
        written.writerow(["address", "room", "housing_code", "picture"])
        there = Record.objects.filter(kind=Record.Kind.HOUSING, grid_code__startswith=options["area"], closed_at=None)
        known = (
            there.select_related("building").defer("sealed", "tokens").order_by("building_id", "floor_no", "room_no")
        )
        for one in known.iterator(chunk_size=1000):
            address = "".join(getattr(one.building, part) for part in PARTS) if one.building else ""
            picture = f"{options['site'].rstrip('/')}{reverse('desk:door')}?k={door_codes.picture_key(one.id)}"
            written.writerow([address, one.room_no, one.housing_code or "", picture])
