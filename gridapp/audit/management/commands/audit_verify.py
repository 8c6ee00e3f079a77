"""manage.py audit_verify: goes through the whole chain; ends with 1 and a line for each fault where there is one."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from gridapp.audit import verifying


class Command(BaseCommand):
    help = "Verifies every note, every link, every anchor and every stamp. Reads only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anchors", type=Path, help="a folder to hold the chain against: a copy kept elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verifying.verify(options["anchors"])
        for fault in report.faults:
            place = f"number {fault.number or '-'}, note {fault.note_id or '-'}"
            self.stdout.write(f"{fault.kind}: {place}{': ' if fault.said else ''}{fault.said}")
        if report.found > len(report.faults):
            self.stdout.write(f"… and {report.found - len(report.faults)} more")
        for first, last in report.missing:
            self.stdout.write(f"(ids {first}–{last} were never chained: rolled back, or gone within seconds)")
        if report.void:
            self.stdout.write(f"({report.void} anchors count no more: the database was restored from before them)")
        changed, deleted = report.counted
        self.stdout.write(f"(the server counted {changed} changes and {deleted} deletions of rows in these tables)")
        self.stdout.write(
            f"{report.links} links, {report.anchors} anchors, {report.stamps} stamps: {report.found} faults, "
            f"{report.seconds:.1f} s"
        )
        if report.found:
            sys.exit(1)
