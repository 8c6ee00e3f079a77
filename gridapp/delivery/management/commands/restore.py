"""Reads a backup into the empty database that the settings name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.delivery import backup_reading
from gridapp.delivery.backup_programs import BackupError


class Command(BaseCommand):
    help = (
        "Reads a backup in. Nothing is sent afterwards before departments were asked; who was deleted is deleted again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--identity", type=Path, required=True, help="file of age-keygen")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            opens = backup_reading.identities(options["identity"])
            done = backup_reading.restore(options["folder"], opens)
        except BackupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{done['rows']} rows; {done['buried']} records deleted again; {done['asked']} targets are asked before "
            "anything is sent there. Now: manage.py migrate, manage.py audit_role, then workers, then people"
        )
