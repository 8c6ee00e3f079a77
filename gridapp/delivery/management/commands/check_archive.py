"""Says whether an archive package is still as it was made here: every digest, and the seal of its manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.delivery import archive_files


class Command(BaseCommand):
    help = "Checks an archive package file by file; ends with 1 and names what was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("package", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["package"].read_bytes()
        except OSError as error:
            raise CommandError(f"the package cannot be read: {error.strerror}") from error
        found = archive_files.wrong(content)
        for one in found:
            self.stderr.write(one)
        if found:
            raise CommandError(f"{len(found)} things are not as they were made")
        self.stdout.write("every file is as it was made")
