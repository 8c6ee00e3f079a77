"""Makes an encrypted backup of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.delivery import backup
from gridapp.delivery.backup_programs import BackupError


class Command(BaseCommand):
    help = "Makes a folder with the database of this moment, encrypted to BACKUP_RECIPIENTS, and a manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("where", type=Path, help="folder in which it is made")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(str(backup.make(options["where"])))
        except BackupError as error:
            raise CommandError(str(error)) from None
