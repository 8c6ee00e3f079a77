"""Reads a backup into a database of its own, looks at everything in it, and drops it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.delivery import backup_reading
from gridapp.delivery.backup_programs import BackupError


class Command(BaseCommand):
    help = "Whether a backup can be read in and is whole: rows, the audit's chain, samples of what is sealed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--identity", type=Path, required=True, help="file of age-keygen")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            opens = backup_reading.identities(options["identity"])
            report = backup_reading.verify(options["folder"], opens)
        except BackupError as error:
            raise CommandError(str(error)) from None
        for fault in report.faults:
            self.stderr.write(fault)
        self.stdout.write(
            f"{report.rows} rows, {report.links} links of the audit, {report.opened} values opened, "
            f"{report.seconds:.1f} s"
        )
        if report.faults:
            raise CommandError(f"{len(report.faults)} faults: do not rely on it")
